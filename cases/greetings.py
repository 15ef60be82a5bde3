"""What callers should hear on a voicemail line, and whether it is what was recorded (H42)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from django.db.models import OuterRef, Subquery

from cases.contact_messages import Wording
from cases.models import GreetingRecording, VoicemailLine
from cases.voicemail_models import VoicemailLineQuerySet
from clocks.calendars import LONDON
from clocks.models import Standard
from clocks.wording import hours_in_words

TEXT = "voicemail.greeting"
# A message left on a line is answered by this promise.
STANDARD = "contact.voicemail"
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


class Greeting(StrEnum):
    """How a line's greeting stands."""

    CURRENT = "current"
    # The figures or the words have changed since.
    AGAIN = "again"
    NEVER = "never"
    # Figures are missing, so it cannot be said what to record.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Figures:
    """All that a script needs besides its line; read once for many lines."""

    words: Wording
    ring_back: str
    open_line: str


def figures_at(now: datetime, words: Wording) -> Figures | None:
    """The figures in force at ``now`` (aware); None while one is missing. One query.

    Without them nobody is asked to record anything: half a greeting helps no caller.
    """
    if words.calendar is None:
        return None
    try:
        standard = Standard.objects.in_force(STANDARD, now.astimezone(LONDON).date())
    except Standard.DoesNotExist:
        return None
    hours = hours_in_words(words.calendar.hours)
    return Figures(words, standard.wording, f"We are open {hours}.")


def script_of(line: VoicemailLine, figures: Figures) -> str:
    """The words to read out on ``line`` (with its team and user)."""
    written = figures.words.texts.write(
        TEXT,
        line=_whose(line),
        ring_back=figures.ring_back,
        open_line=figures.open_line,
        urgent=figures.words.urgent,
    )
    return written.body


def _whose(line: VoicemailLine) -> str:
    return f"{line.user} in the {line.team}" if line.user else f"the {line.team}, {line.name}"


def fingerprint(script: str) -> str:
    """Twelve letters that tell one script from another."""
    return sha256(script.encode()).hexdigest()[:12]


def with_recorded(lines: VoicemailLineQuerySet) -> VoicemailLineQuerySet:
    """``lines`` with ``recorded_script`` and ``recording`` (its key) of the newest recording."""
    newest = GreetingRecording.objects.filter(line=OuterRef("pk")).order_by("-at", "-id")
    return lines.annotate(
        recorded_script=Subquery(newest.values("script")[:1]),
        recording=Subquery(newest.values("pk")[:1]),
    )


def greeting_of(line: VoicemailLine, recorded: str | None, figures: Figures | None) -> Greeting:
    """How the greeting of ``line`` stands when ``recorded`` is what was read out last."""
    if figures is None:
        return Greeting.UNKNOWN
    if recorded is None:
        return Greeting.NEVER
    return Greeting.CURRENT if recorded == script_of(line, figures) else Greeting.AGAIN


@dataclass(frozen=True)
class Changed:
    """What a new recording leaves out and what it adds, a sentence each."""

    gone: list[str]
    new: list[str]


def what_changed(recorded: str, script: str) -> Changed:
    """The sentences by which two scripts differ, in their order."""
    before, after = _sentences(recorded), _sentences(script)
    return Changed(_without(before, after), _without(after, before))


def _sentences(script: str) -> list[str]:
    return [part.strip() for part in SENTENCE.split(script) if part.strip()]


def _without(sentences: list[str], known: Iterable[str]) -> list[str]:
    there = set(known)
    return [sentence for sentence in sentences if sentence not in there]
