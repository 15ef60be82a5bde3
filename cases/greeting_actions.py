"""Recording the greetings of voicemail lines, and asking for new recordings (H42)."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from accounts.errors import RuleBroken
from accounts.models import User
from cases.contact_messages import wording
from cases.greetings import (
    Figures,
    Greeting,
    figures_at,
    fingerprint,
    greeting_of,
    script_of,
    with_recorded,
)
from cases.models import GreetingRecording, VoicemailLine
from cases.voicemail import MAY_LISTEN, lines_for
from cases.voicemail_actions import ONE_CLICK
from notices.actions import Message, tell
from notices.models import Notice


@transaction.atomic
def record_greeting(
    *, line: VoicemailLine, shown: str, by: User, now: datetime
) -> GreetingRecording:
    """Write down that ``by`` recorded the script as it stands at ``now`` (aware); H42.

    ``shown`` is the fingerprint of the script they read from. Two clicks of one person within a
    minute are one recording. Raises RuleBroken (``may_not_listen``, ``not_in_use``,
    ``no_script``, ``changed_meanwhile``).
    """
    if by.role not in MAY_LISTEN:
        raise RuleBroken("Your role does not record greetings.", "may_not_listen")
    # The lock makes the second of two clicks wait, and then find what the first wrote.
    VoicemailLine.objects.select_for_update(no_key=True).get(pk=line.pk)
    locked = VoicemailLine.objects.select_related("team", "user").get(pk=line.pk)
    if not locked.active:
        raise RuleBroken(f"{locked} is no longer in use.", "not_in_use")
    if not lines_for(by).filter(pk=locked.pk).exists():
        raise RuleBroken(f"{locked} is another team’s line.", "may_not_listen")
    script = _script_now(locked, now)
    if fingerprint(script) != shown:
        raise RuleBroken(
            "The words have changed since you opened the page. Please record these.",
            "changed_meanwhile",
        )
    last = locked.recordings.first()
    if last and last.by_id == by.pk and last.script == script and now - last.at < ONE_CLICK:
        return last
    return GreetingRecording.objects.create(line=locked, at=now, by=by, script=script)


def _script_now(line: VoicemailLine, now: datetime) -> str:
    figures = figures_at(now, wording())
    if figures is None:
        raise RuleBroken("It cannot be said what to record: figures are missing.", "no_script")
    return script_of(line, figures)


@transaction.atomic
def ask_for_recordings(*, now: datetime) -> int:
    """Ask for a recording on every line whose words differ at ``now`` (aware), or has none (H42).

    The line's person is told or, for a duty line, the team's lead: once for each change of the
    words. Returns how many were told. While nothing has changed it only reads: ten queries.
    """
    figures = figures_at(now, wording())
    if figures is None:
        return 0
    lines = with_recorded(VoicemailLine.objects.in_use().select_related("team__lead", "user"))
    wanted = [request for line in lines if (request := _request(line, figures))]
    keys = [request.key for request in wanted]
    known = set(Notice.objects.filter(key__in=keys).values_list("key", flat=True))
    return tell([request for request in wanted if request.key not in known], now=now)


def _request(line: VoicemailLine, figures: Figures) -> Message | None:
    """What is asked for one ``line`` (with_recorded); None when there is nothing or nobody to."""
    recorded: str | None = line.recorded_script  # type: ignore[attr-defined]
    person = _who_records(line)
    if person is None or greeting_of(line, recorded, figures) == Greeting.CURRENT:
        return None
    # With the recording in its key, a figure that changes back is asked for again.
    last = line.recording or 0  # type: ignore[attr-defined]
    mark = fingerprint(script_of(line, figures))
    return Message(
        key=f"greeting:{line.pk}:{last}:{mark}:{person.pk}",
        kind=Notice.Kind.WARNING,
        subject=f"Record the greeting of {line}",
        body=f"{_why(line, recorded)} The words to read out are in the portal. Please record "
        "them and say so there.",
        path=reverse("cases:greeting", args=[line.pk]),
        recipient=person,
        address=person.email,
        in_summary=True,
    )


def _why(line: VoicemailLine, recorded: str | None) -> str:
    if recorded is None:
        return f"No greeting of {line} has been recorded yet."
    return f"Our figures have changed since the greeting of {line} was recorded."


def _who_records(line: VoicemailLine) -> User | None:
    """The line's own person while they work here and may record; else the team's lead."""
    for person in (line.user, line.team.lead):
        if person and person.is_active and person.role in MAY_LISTEN:
            return person
    return None
