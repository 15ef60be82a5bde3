"""Listening to voicemail lines, and the list of lines that administrators keep (H43)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.errors import RuleBroken
from accounts.models import Role, Team, User
from cases.models import VoicemailCheck, VoicemailLine
from cases.voicemail import MAY_LISTEN, lines_for

ONE_CLICK = timedelta(minutes=1)


@transaction.atomic
def note_listened(*, line: VoicemailLine, by: User, now: datetime) -> VoicemailCheck:
    """Write down that ``by`` listened to ``line`` at ``now`` (aware); H43.

    Two clicks of one person within a minute are one check. Raises RuleBroken
    (``may_not_listen``, ``not_in_use``).
    """
    if by.role not in MAY_LISTEN:
        raise RuleBroken("Your role does not listen to voicemail.", "may_not_listen")
    # The lock makes the second of two clicks wait, and then find what the first wrote.
    locked = VoicemailLine.objects.select_for_update(no_key=True).get(pk=line.pk)
    if not locked.active:
        raise RuleBroken(f"{locked} is no longer in use.", "not_in_use")
    if not lines_for(by).filter(pk=locked.pk).exists():
        raise RuleBroken(f"{locked} is another team’s line.", "may_not_listen")
    last = locked.checks.first()
    if last and last.by_id == by.pk and now - last.at < ONE_CLICK:
        return last
    locked.checked_at = max(now, locked.checked_at or now)
    locked.save(update_fields=["checked_at"])
    return VoicemailCheck.objects.create(line=locked, at=now, by=by)


@dataclass(frozen=True, kw_only=True)
class LineDetails:
    """What is kept about a line; ``user`` is empty for a team's duty line."""

    name: str
    number: str
    team: Team
    user: User | None = None


def add_line(*, details: LineDetails, by: User) -> VoicemailLine:
    """Put a line on the list. Raises RuleBroken (``may_not_keep``, ``other_team``,
    ``name_taken``)."""
    return _saved(VoicemailLine(), details, by)


@transaction.atomic
def change_line(*, line: VoicemailLine, details: LineDetails, by: User) -> VoicemailLine:
    """Change what is kept about a line; the database keeps what it was. Raises as add_line."""
    return _saved(VoicemailLine.objects.select_for_update().get(pk=line.pk), details, by)


def use_line(*, line: VoicemailLine, active: bool, by: User) -> None:
    """Take a line out of use, or use it again; its messages stay. Raises RuleBroken
    (``may_not_keep``)."""
    _refuse_others(by)
    line.active = active
    line.save(update_fields=["active"])


def _saved(line: VoicemailLine, details: LineDetails, by: User) -> VoicemailLine:
    _refuse_others(by)
    if details.user and details.user.team_id != details.team.pk:
        raise RuleBroken(
            f"{details.user} is not in {details.team}. Select their own team.",
            "other_team",
            field="user",
        )
    line.name, line.number = details.name, details.number
    line.team, line.user = details.team, details.user
    try:
        with transaction.atomic():
            line.save(
                update_fields=None if line._state.adding else ["name", "number", "team", "user"]
            )
    except IntegrityError as error:
        # Two administrators may add the same line at once: the database decides.
        raise RuleBroken(
            f"There is a line called {details.name} already.", "name_taken", field="name"
        ) from error
    return line


def _refuse_others(by: User) -> None:
    if by.role != Role.ADMINISTRATOR:
        raise RuleBroken("Administrators keep the list of voicemail lines.", "may_not_keep")
