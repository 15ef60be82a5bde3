"""What a page says and at what moment, for the tests of the callbacks' pages."""

import re
from datetime import datetime
from html import unescape
from typing import Any

import time_machine


def text(response: Any) -> str:
    """The words of a page on one line, without its markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def at_(moment: datetime) -> time_machine.travel:
    """Time stands still at ``moment``."""
    return time_machine.travel(moment, tick=False)
