"""The mail server that the outbox delivers to."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.notices.mail_server import AnyPortController, Inbox


@pytest.fixture
def inbox(settings: Any) -> Iterator[Inbox]:
    inbox = Inbox()
    controller = AnyPortController(inbox, hostname="127.0.0.1", port=0)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    yield inbox
    controller.stop()
