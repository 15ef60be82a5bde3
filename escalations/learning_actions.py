"""What is learnt: themes of what was answered, decisions, the action log, talks (S31 to S33)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import Role, Team, User
from cases.actions import MAY_ANSWER
from cases.models import Case, Contact, FormalMatter
from clocks.calendars import LONDON
from clocks.wording import moment_in_words
from escalations.handlers import case_of
from escalations.models import (
    DeskEntry,
    EscalationStep,
    Learning,
    Theme,
    ThemeAction,
    ThemesDiscussed,
)

Source = Learning.Source

# Who enters what the Ombudsman decided and keeps the action log.
KEEPS_LOG = frozenset({Role.TEAM_LEAD, Role.SENIOR_MANAGER, Role.RESOLUTION_OFFICER})
CODED = {
    Contact.Category.COMPLAINT: Source.COMPLAINT,
    Contact.Category.MEDIATION: Source.MEDIATION,
    Contact.Category.TRIBUNAL: Source.TRIBUNAL,
}


@dataclass(frozen=True, kw_only=True)
class Coding:
    """The ``themes`` of one thing, how it came out and what the service learns from it.

    ``instead_of`` are the ids of the themes that the page showed, when it showed any.
    """

    themes: Sequence[Theme]
    learnt: str = ""
    outcome: str = ""
    instead_of: frozenset[int] | None = None


# --- Themes ---------------------------------------------------------------------------------


@transaction.atomic
def code_matter(*, matter: FormalMatter, coding: Coding, by: User, now: datetime) -> list[Learning]:
    """The themes of a complaint, mediation or tribunal; at least one (S31).

    It counts in the month in which it was first coded after its end. Coding again changes it,
    and the database keeps what was. Raises RuleBroken (``may_not_answer``, ``not_coded``,
    ``theme_missing``, ``coded_meanwhile``).
    """
    if matter.category not in CODED or matter.withdrawn:
        raise RuleBroken("Themes are kept of complaints, mediations and tribunals.", "not_coded")
    FormalMatter.objects.select_for_update(of=("self",)).only("pk").get(pk=matter.pk)
    about = {"matter": matter}
    source = CODED[Contact.Category(matter.category)]
    case = case_of(matter.contact)
    # The clock of a complaint is its acknowledgement.
    ended_at = now if hasattr(matter, "complaint") else matter.clock.stopped_at
    on = _ended_on(ended_at, now)
    return _code(about, source, case, on, coding, by, now)


@transaction.atomic
def code_step(*, step: EscalationStep, coding: Coding, by: User, now: datetime) -> list[Learning]:
    """The themes of a concern that reached step 3 or 4 (S31).

    Raises RuleBroken (``may_not_answer``, ``not_coded``, ``theme_missing``, ``coded_meanwhile``).
    """
    if step.number < EscalationStep.Number.SENIOR_MANAGER:
        raise RuleBroken("Themes are kept of steps 3 and 4.", "not_coded")
    EscalationStep.objects.select_for_update(of=("self",)).only("pk").get(pk=step.pk)
    on = _ended_on(step.answered_at or step.escalation.closed_at, now)
    case = case_of(step.escalation.matter)
    return _code({"step": step}, Source.STEP, case, on, coding, by, now)


@transaction.atomic
def code_entry(*, entry: DeskEntry, coding: Coding, by: User, now: datetime) -> list[Learning]:
    """The themes of what the resolution team settled itself: it is the last step (S31).

    Raises RuleBroken (``may_not_answer``, ``theme_missing``, ``coded_meanwhile``).
    """
    DeskEntry.objects.select_for_update(of=("self",)).only("pk").get(pk=entry.pk)
    on = _ended_on(entry.resolved_at, now)
    return _code({"entry": entry}, Source.STEP, case_of(entry.contact), on, coding, by, now)


@transaction.atomic
def enter_decision(
    *,
    case: Case | None,
    on: date,
    coding: Coding,
    submission: UUID,
    by: User,
    now: datetime,
) -> list[Learning]:
    """A decision of the Ombudsman of the day ``on``, about a case or none (S31).

    ``submission`` is the form's own id: a second click enters it once. Raises RuleBroken
    (``may_not_keep``, ``theme_missing``, ``odd_day``, ``outcome_missing``).
    """
    _refuse_keeper(by)
    if not coding.outcome.strip():
        raise RuleBroken("Write what the Ombudsman decided.", "outcome_missing", field="outcome")
    if on > now.astimezone(LONDON).date():
        raise RuleBroken("The day of the decision is in the future.", "odd_day", field="on")
    if known := list(Learning.objects.filter(submission=submission)):
        return known
    return _code({"submission": submission}, Source.OMBUDSMAN, case, on, coding, by, now)


def _code(
    about: dict[str, Any],
    source: Learning.Source,
    case: Case | None,
    on: date,
    coding: Coding,
    by: User,
    now: datetime,
) -> list[Learning]:
    """Make the rows of ``about`` those of ``coding``; the caller holds what it is about."""
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not choose themes.", "may_not_answer")
    wanted = {theme.pk: theme for theme in coding.themes}
    if not wanted:
        raise RuleBroken("Select at least one theme.", "theme_missing", field="themes")
    there = {row.theme_id: row for row in Learning.objects.filter(**about).select_related("by")}
    _refuse_coded_meanwhile(there, wanted, coding)
    first_on = next((row.on for row in there.values()), on)
    Learning.objects.filter(
        pk__in=[row.pk for pk, row in there.items() if pk not in wanted]
    ).delete()
    said = {"learnt": coding.learnt.strip(), "outcome": coding.outcome.strip()[:200]}
    for row in there.values():
        if row.theme_id in wanted and any(
            getattr(row, key) != words for key, words in said.items()
        ):
            row.learnt, row.outcome = said["learnt"], said["outcome"]
            row.save(update_fields=["learnt", "outcome"])
    made = [
        Learning(**about, source=source, theme=theme, case=case, on=first_on, by=by, at=now, **said)
        for pk, theme in wanted.items()
        if pk not in there
    ]
    # A decision entered by hand holds no row: the second of two clicks adds nothing.
    Learning.objects.bulk_create(made, ignore_conflicts="submission" in about)
    return list(Learning.objects.filter(**about).select_related("theme"))


def _refuse_coded_meanwhile(
    there: dict[int, Learning], wanted: dict[int, Theme], coding: Coding
) -> None:
    """Somebody else has chosen others since the page was opened."""
    if (
        coding.instead_of is None
        or coding.instead_of == there.keys()
        or there.keys() == wanted.keys()
    ):
        return
    row = next(iter(there.values()), None)
    who = (
        f"{row.by} has chosen themes on {moment_in_words(row.at)}" if row else "Somebody changed it"
    )
    raise RuleBroken(
        f"{who} meanwhile. Look at them below. Press the button again to keep yours instead.",
        "coded_meanwhile",
    )


def _ended_on(at: datetime | None, now: datetime) -> date:
    return (at or now).astimezone(LONDON).date()


# --- The action log -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ToDo:
    """Something to do that came out of the report of ``month`` (its first day)."""

    month: date
    words: str
    theme: Theme | None
    owner: User
    due_on: date


def add_action(*, to_do: ToDo, submission: UUID, by: User, now: datetime) -> ThemeAction:
    """Write an action down, with owner and date (S32). A second click makes it once.

    Raises RuleBroken (``may_not_keep``, ``words_missing``, ``odd_day``, ``may_not_own``).
    """
    _refuse_keeper(by)
    if not to_do.words.strip():
        raise RuleBroken("Write what is to be done.", "words_missing", field="words")
    if to_do.due_on < now.astimezone(LONDON).date():
        raise RuleBroken("The date has passed: choose a later one.", "odd_day", field="due_on")
    if not (to_do.owner.is_active and to_do.owner.role in MAY_ANSWER):
        raise RuleBroken(f"{to_do.owner} cannot do this.", "may_not_own", field="owner")
    made = {
        "month": to_do.month.replace(day=1),
        "words": to_do.words.strip(),
        "theme": to_do.theme,
        "owner": to_do.owner,
        "due_on": to_do.due_on,
        "made_by": by,
        "made_at": now,
    }
    action, _ = ThemeAction.objects.get_or_create(submission=submission, defaults=made)
    return action


@transaction.atomic
def finish_action(*, action: ThemeAction, note: str, by: User, now: datetime) -> ThemeAction:
    """It is done, with a note of what came of it (S32). Twice is once.

    Raises RuleBroken (``may_not_keep``, ``note_missing``, ``done_already``).
    """
    if by.pk != action.owner_id:
        _refuse_keeper(by)
    if not note.strip():
        raise RuleBroken("Write what came of it.", "note_missing", field="note")
    locked = ThemeAction.objects.select_for_update(of=("self",)).get(pk=action.pk)
    if locked.done_on:
        if locked.done_note == note.strip():
            return locked
        raise RuleBroken(
            f"Somebody has finished it already: {locked.done_note} What you typed is still below.",
            "done_already",
        )
    locked.done_on, locked.done_note = now.astimezone(LONDON).date(), note.strip()
    locked.save(update_fields=["done_on", "done_note"])
    return locked


# --- Talks ----------------------------------------------------------------------------------


def discuss(*, month: date, team: Team, ideas: str, by: User, now: datetime) -> ThemesDiscussed:
    """A team has talked about a month's themes: once, with its ideas (S33).

    A lead ticks it for the own team. The same twice is once. Raises RuleBroken
    (``may_not_tick``, ``future``, ``discussed_already``).
    """
    if not may_tick(by, team):
        raise RuleBroken("You tick this for the team that you lead.", "may_not_tick")
    first = month.replace(day=1)
    if first > now.astimezone(LONDON).date():
        raise RuleBroken("This month has not begun.", "future")
    said = {"ideas": ideas.strip(), "at": now, "by": by}
    talk, made = ThemesDiscussed.objects.get_or_create(month=first, team=team, defaults=said)
    if not made and talk.ideas != ideas.strip():
        raise RuleBroken(
            f"{talk.by} has ticked it on {moment_in_words(talk.at)}. What you typed is still "
            "below. Add it to the action log if something is to be done.",
            "discussed_already",
        )
    return talk


def may_tick(user: User, team: Team) -> bool:
    return user.role == Role.TEAM_LEAD and user.team_id == team.pk


def _refuse_keeper(by: User) -> None:
    if by.role not in KEEPS_LOG:
        raise RuleBroken("Your role does not keep the action log.", "may_not_keep")
