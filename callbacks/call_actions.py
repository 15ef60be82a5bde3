"""A call going on: begun, each try to put it through, and the caller who rang off (H26, H27)."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from callbacks.desk import Desk, attempts_of, desk_for
from callbacks.models import Attempt, DeskCall
from callbacks.order import Step
from cases.actions import MAY_LOG
from cases.models import Case
from clocks.calendars import calendar_for_display

Outcome, Party, Result = DeskCall.Outcome, Attempt.Party, Attempt.Result
ONE_CLICK = timedelta(seconds=5)
SKIP_GIVEN = "other"
LONGEST_REASON = 200


@transaction.atomic
def start_call(*, case: Case | None, by: User, now: datetime) -> DeskCall:
    """The call that ``by`` has with somebody about ``case``; goes on with one not finished.

    Raises RuleBroken (``may_not_take_calls``).
    """
    refuse_role(by)
    if begun := DeskCall.objects.going_on(by).about(case).first():
        return begun
    started, _ = DeskCall.objects.get_or_create(
        adviser=by, case=case, ended_at=None, defaults={"started_at": now}
    )
    return started


@transaction.atomic
def note_attempt(
    *,
    case: Case,
    party: Attempt.Party,
    result: Attempt.Result,
    by: User,
    now: datetime,
    reason: str = "",
    after: int | None = None,
) -> Attempt:
    """One try to put the caller through, in one click, with its time (H26, H27).

    A party is skipped for a ``reason`` that the adviser gives. ``after`` is how many tries the
    page showed: the same page sent again, or two clicks within seconds, are one try. Raises
    RuleBroken (``may_not_take_calls``, ``reason_missing``, ``too_early``).
    """
    case = kept_case(case)
    call = held_call(case, by, now)
    tried = attempts_of(call, now)
    if tried and (after not in (None, len(tried)) or _is_one_click(tried[-1], party, result, now)):
        return tried[-1]
    if result == Result.SKIPPED and not reason.strip():
        raise RuleBroken("Say why it is not tried.", "reason_missing", field="skip_reason")
    desk = desk_for(case, by, now, calendar_for_display())
    if party == Party.DUTY_LINE and desk.step == Step.COORDINATOR:
        raise RuleBroken("Try the coordinator first.", "too_early")
    to_coordinator = party == Party.COORDINATOR
    return Attempt.objects.create(
        call=call,
        party=party,
        result=result,
        at=now,
        person=desk.officer if to_coordinator else None,
        number=_number(desk, party),
        reason=SKIP_GIVEN if result == Result.SKIPPED else "",
        reason_words=reason.strip()[:LONGEST_REASON],
    )


def _number(desk: Desk, party: Attempt.Party) -> str:
    if party == Party.DUTY_LINE:
        return desk.case.team.duty_line
    return desk.officer.phone if desk.officer else ""


def _is_one_click(
    last: Attempt, party: Attempt.Party, result: Attempt.Result, now: datetime
) -> bool:
    return (last.party, last.result) == (party, result) and now - last.at < ONE_CLICK


@transaction.atomic
def rang_off(*, case: Case | None, by: User, now: datetime) -> DeskCall | None:
    """The caller was gone before it came to anything; the tries stay on record.

    None when ``by`` had begun nothing, or has ended it: a second click is harmless. Raises
    RuleBroken (``may_not_take_calls``).
    """
    refuse_role(by)
    about = kept_case(case) if case else None
    begun = DeskCall.objects.going_on(by).about(about).first()
    call = _held(begun, about) if begun else None
    if call is None or call.ended_at:
        return None
    call.ended_at, call.outcome = now, Outcome.RANG_OFF
    call.save(update_fields=["case", "ended_at", "outcome"])
    return call


def kept_case(case: Case) -> Case:
    """The record that is kept, with all that the desk shows."""
    return Case.objects.with_people().get(pk=case.kept_id)


def held_call(case: Case | None, by: User, now: datetime) -> DeskCall:
    """The call going on about a kept ``case``, held.

    What one adviser does in two windows comes one by one.
    """
    call = _held(start_call(case=case, by=by, now=now), case)
    # It was ended in the other window while this one waited.
    return held_call(case, by, now) if call.ended_at else call


def _held(call: DeskCall, case: Case | None) -> DeskCall:
    """Its row as it stands now. Begun on a record that was merged since, it ends on the one that
    is kept: saved with its end, while two may be going on until then."""
    DeskCall.objects.select_for_update(of=("self",)).only("pk").get(pk=call.pk)
    call.refresh_from_db()
    call.case = case
    return call


def note_skips(call: DeskCall, desk: Desk, now: datetime) -> None:
    """What the system knows stands in the log without a click; what it does not was tried."""
    tried = {one.party for one in desk.attempts}
    known = {Party.COORDINATOR: desk.skips.coordinator, Party.DUTY_LINE: desk.skips.duty_line}
    Attempt.objects.bulk_create(
        Attempt(
            call=call,
            party=party,
            result=Result.SKIPPED,
            at=now,
            reason="known",
            reason_words=words[:LONGEST_REASON],
        )
        for party, words in known.items()
        if party not in tried and words
    )


def refuse_role(by: User) -> None:
    if by.role not in MAY_LOG:
        raise RuleBroken("Your role does not take calls.", "may_not_take_calls")
