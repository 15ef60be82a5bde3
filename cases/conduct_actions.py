"""Referring aggressive contact, and what leadership decides about it (H45, H65, H66).

Nothing here touches a clock, a contact or a notice to a family: a referral and a contact plan
change no date, close nothing and hold back no acknowledgement or statutory letter. There is no
other way to make a contact plan than a decision on a referral by leadership.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_LOG
from cases.conduct import lapsed_lately, leadership, may_refer
from cases.models import LEADERSHIP, Case, ConductReferral, Contact, ContactPlan
from cases.routing import may_see
from clocks.calendars import LONDON
from clocks.wording import day_in_words, moment_in_words
from notices.actions import Message, tell
from notices.models import Notice

# Unreasonable behaviour policies review within months; a plan never just goes on.
LONGEST_PLAN = timedelta(days=366)


@transaction.atomic
def refer(
    *, contact: Contact, kind: ConductReferral.Kind, words: str, by: User, now: datetime
) -> ConductReferral:
    """Refer an aggressive contact to SEND leadership at ``now`` (aware), who are told (H65).

    The same words twice are one referral. Raises RuleBroken (``may_not_refer``,
    ``not_from_outside``, ``words_missing``).
    """
    if by.role not in MAY_LOG:
        raise RuleBroken("Your role does not refer contacts.", "may_not_refer")
    if not may_refer(contact):
        raise RuleBroken("Only what came in can be referred.", "not_from_outside")
    words = _said(words, "Write what happened.", "words")
    # Two clicks at once: the second waits here, then finds what the first wrote.
    Contact.objects.select_for_update(of=("self",), no_key=True).get(pk=contact.pk)
    same = ConductReferral.objects.filter(contact=contact, raised_by=by, kind=kind, words=words)
    if existing := same.first():
        return existing
    referral = ConductReferral.objects.create(
        contact=contact, kind=kind, words=words, raised_at=now, raised_by=by
    )
    tell(_messages_about(referral), now=now)
    return referral


def _messages_about(referral: ConductReferral) -> list[Message]:
    """Leadership is told that there is one: what happened is read in the portal only."""
    contact = referral.contact
    return [
        _message(
            key=f"referral:{referral.pk}:{person.pk}",
            subject=f"Referred to SEND leadership: {contact.reference}",
            body=f"{contact.reference} has been referred to SEND leadership. It waits for a "
            "decision. Dates promised stay as they are.",
            path=reverse("cases:referral", args=[referral.pk]),
            person=person,
            case=contact.case,
        )
        for person in leadership(contact.case)
    ]


def _message(
    *, key: str, subject: str, body: str, path: str, person: User, case: Case | None
) -> Message:
    opens = case is None or may_see(case, person)
    return Message(
        key=key,
        kind=Notice.Kind.CONDUCT,
        subject=subject,
        body=body if opens else f"{body}\nThe case is restricted: ask its owner to name you.",
        path=path if opens else "",
        recipient=person,
        address=person.email,
    )


@transaction.atomic
def decide_no_plan(
    *, referral: ConductReferral, reasons: str, by: User, now: datetime
) -> ConductReferral:
    """Leadership decides at ``now`` (aware) that no contact plan is needed, and why (H65).

    The same decision sent twice is one. Raises RuleBroken (``may_not_decide``,
    ``reasons_missing``, ``already_decided``).
    """
    reasons = _said(reasons, "Write the reasons.", "reasons")
    locked = _locked(referral, by)
    if locked.decided_at:
        if locked.decided_by == by and locked.decision == reasons:
            return locked
        raise _already_decided(locked)
    return _decided(locked, reasons, by, now)


@dataclass(frozen=True, kw_only=True)
class PlanDetails:
    """What a contact plan says (H66); days are local dates, ``ends_on`` the first without it."""

    who: str
    arrangement: str
    reason: str
    told_how: str
    appeal: str
    starts_on: date
    review_on: date | None
    ends_on: date | None


@transaction.atomic
def decide_plan(
    *, referral: ConductReferral, details: PlanDetails, by: User, now: datetime
) -> ContactPlan:
    """Leadership decides at ``now`` (aware) how a person is in touch for a while (H66).

    The same plan sent twice is one. Raises RuleBroken (``may_not_decide``, ``no_case``,
    ``already_decided``, ``<field>_missing``, ``start_past``, ``end_before_start``,
    ``review_before_start``, ``review_after_end``).
    """
    _refuse_gaps(details)
    locked = _locked(referral, by)
    if locked.decided_at:
        same = locked.plans.filter(decided_by=by, **asdict(details)).first()
        if same is None:
            raise _already_decided(locked)
        return same
    case = _case_of(locked)
    if details.starts_on < _day(now):
        raise RuleBroken("The plan must start today or later.", "start_past", field="starts_on")
    _refuse_days(details.starts_on, details.review_on, details.ends_on)
    _decided(locked, f"Contact plan. {details.reason}", by, now)
    return ContactPlan.objects.create(
        case=case, referral=locked, decided_at=now, decided_by=by, **asdict(details)
    )


def _case_of(referral: ConductReferral) -> Case:
    """The case on which the plan will be seen: the kept one of two records of one child."""
    case = referral.contact.case
    if case is None:
        raise RuleBroken(
            f"{referral.contact} belongs to no case yet, so nobody would see the plan. File it "
            "to its case first. What you typed is still below.",
            "no_case",
        )
    return case.merged_into or case


@transaction.atomic
def change_plan(
    *,
    plan: ContactPlan,
    arrangement: str,
    review_on: date,
    ends_on: date,
    reason: str,
    version: int,
    by: User,
    now: datetime,
) -> ContactPlan:
    """Change a plan after a review or an appeal; the reason is added to the plan's (H66).

    ``version`` is what :func:`plan_version` said when the page was opened. The same change sent
    twice is one. Raises RuleBroken (``may_not_decide``, ``arrangement_missing``,
    ``reason_missing``, ``already_over``, ``changed_meanwhile``, ``review_past``,
    ``end_past``, ``review_before_start``, ``review_after_end``).
    """
    arrangement = _said(arrangement, "Write how you are in touch.", "arrangement")
    reason = _said(reason, "Write why it is changed.", "reason")
    locked = _locked_plan(plan, by)
    today, note = _day(now), f"Changed on {day_in_words(_day(now))} by {by}: {reason}"
    wanted = {"arrangement": arrangement, "review_on": review_on, "ends_on": ends_on}
    same = all(getattr(locked, name) == value for name, value in wanted.items())
    if same and locked.reason.endswith(note):
        return locked
    _refuse_over(locked, today)
    if plan_version(locked) != version:
        raise RuleBroken(
            "Somebody has changed this plan since you opened the page. Your words are still "
            "below. Look at the plan, then press the button again to save yours.",
            "changed_meanwhile",
        )
    if ends_on <= today:
        raise RuleBroken(
            "The day it ends must be in the future. To end it now, end it early.",
            "end_past",
            field="ends_on",
        )
    if review_on < today:
        raise RuleBroken(
            "The review date must be today or later.", "review_past", field="review_on"
        )
    _refuse_days(locked.starts_on, review_on, ends_on)
    locked.arrangement, locked.review_on, locked.ends_on = arrangement, review_on, ends_on
    locked.reason = f"{locked.reason}\n\n{note}"
    locked.save(update_fields=[*wanted, "reason"])
    return locked


def plan_version(plan: ContactPlan) -> int:
    """How often the plan has been changed: the database keeps a row for each time."""
    return plan.events.count()  # type: ignore[attr-defined]


@transaction.atomic
def end_plan(*, plan: ContactPlan, reason: str, by: User, now: datetime) -> ContactPlan:
    """End a plan early: from the local day of ``now`` (aware) on it no longer holds (H66).

    Twice with the same reason is once. Raises RuleBroken (``may_not_decide``,
    ``reason_missing``, ``already_over``).
    """
    reason = _said(reason, "Write why it ends early.", "reason")
    locked = _locked_plan(plan, by)
    if locked.ended_reason == reason:
        return locked
    today = _day(now)
    _refuse_over(locked, today)
    # One that has not begun never holds.
    locked.ends_on = max(today, locked.starts_on)
    locked.review_on = min(locked.review_on, locked.ends_on)
    locked.ended_reason = reason
    locked.save(update_fields=["ends_on", "review_on", "ended_reason"])
    return locked


@transaction.atomic
def tell_of_plans(*, now: datetime) -> int:
    """Tell leadership of plans whose review has come, and of those that have lapsed (H66).

    Once for each review date and once for the lapse, however often it is run; a day that was
    missed is caught up. The work follows the number of plans due. Returns how many messages
    were handed over.
    """
    today = _day(now)
    due = ContactPlan.objects.to_review(today).select_related("case")
    messages = [message for plan in due for message in _review_messages(plan)]
    messages += [message for plan in lapsed_lately(today) for message in _lapse_messages(plan)]
    return tell(messages, now=now)


def _review_messages(plan: ContactPlan) -> list[Message]:
    return [
        _message(
            key=f"plan:{plan.pk}:review:{plan.review_on}:{person.pk}",
            subject=f"Contact plan to review: {plan.case}",
            body=f"A contact plan on {plan.case} is to be reviewed by "
            f"{day_in_words(plan.review_on)}. It lapses by itself on "
            f"{day_in_words(plan.ends_on)}.",
            path=reverse("cases:contact_plan", args=[plan.pk]),
            person=person,
            case=plan.case,
        )
        for person in leadership(plan.case)
    ]


def _lapse_messages(plan: ContactPlan) -> list[Message]:
    return [
        _message(
            key=f"plan:{plan.pk}:lapsed:{plan.ends_on}:{person.pk}",
            subject=f"Contact plan has ended: {plan.case}",
            body=f"A contact plan on {plan.case} ended on {day_in_words(plan.ends_on)}. It no "
            "longer holds.",
            path=reverse("cases:contact_plan", args=[plan.pk]),
            person=person,
            case=plan.case,
        )
        for person in leadership(plan.case)
    ]


def _locked(referral: ConductReferral, by: User) -> ConductReferral:
    _refuse_others(by)
    visible = ConductReferral.objects.visible_to(by).filter(pk=referral.pk)
    if not visible.exists():
        raise RuleBroken("You may not decide about this case.", "may_not_decide")
    # Without joins: what was waited for is read as it is now, and so is what it points at.
    return ConductReferral.objects.select_for_update().get(pk=referral.pk)


def _locked_plan(plan: ContactPlan, by: User) -> ContactPlan:
    _refuse_others(by)
    if not Case.objects.visible_to(by).filter(pk=plan.case_id).exists():
        raise RuleBroken("You may not decide about this case.", "may_not_decide")
    return ContactPlan.objects.select_for_update().get(pk=plan.pk)


def _refuse_others(by: User) -> None:
    if by.role not in LEADERSHIP:
        raise RuleBroken("Only SEND leadership decides about contact plans.", "may_not_decide")


def _decided(referral: ConductReferral, decision: str, by: User, now: datetime) -> ConductReferral:
    referral.decision, referral.decided_at, referral.decided_by = decision, now, by
    referral.save(update_fields=["decision", "decided_at", "decided_by"])
    return referral


def _already_decided(referral: ConductReferral) -> RuleBroken:
    at = moment_in_words(referral.decided_at) if referral.decided_at else ""
    return RuleBroken(
        f"{referral.decided_by} decided this on {at}. What you typed is still below: nothing has "
        "been lost.",
        "already_decided",
    )


def _refuse_gaps(details: PlanDetails) -> None:
    """Every part is needed: a plan without reason, appeal or review date is none (H66)."""
    for name, value in asdict(details).items():
        if not value or (isinstance(value, str) and not value.strip()):
            raise RuleBroken(f"A contact plan needs {NEEDED[name]}.", f"{name}_missing", field=name)


NEEDED = {
    "who": "the name of the person it is about",
    "arrangement": "how you are in touch",
    "reason": "a reason",
    "told_how": "how they were told",
    "appeal": "how they can ask for another decision",
    "starts_on": "a day on which it starts",
    "review_on": "a review date",
    "ends_on": "a day on which it ends",
}


def _refuse_days(starts_on: date, review_on: date | None, ends_on: date | None) -> None:
    if ends_on is None or ends_on <= starts_on:
        raise RuleBroken(
            "The day it ends must be after the day it starts.", "end_before_start", field="ends_on"
        )
    if review_on is None or review_on < starts_on:
        raise RuleBroken(
            "The review date must not be before the plan starts.",
            "review_before_start",
            field="review_on",
        )
    if ends_on > starts_on + LONGEST_PLAN:
        raise RuleBroken(
            "A contact plan lasts a year at most. Decide again if it is still needed then.",
            "too_long",
            field="ends_on",
        )
    if review_on > ends_on:
        raise RuleBroken(
            "The review date must not be after the plan ends.",
            "review_after_end",
            field="review_on",
        )


def _refuse_over(plan: ContactPlan, today: date) -> None:
    if plan.ended_reason or plan.ends_on <= today:
        raise RuleBroken(
            f"This plan ended on {day_in_words(plan.ends_on)}. What you typed is still below.",
            "already_over",
        )


def _said(words: str, message: str, field: str) -> str:
    if not words.strip():
        raise RuleBroken(message, f"{field}_missing", field=field)
    return words.strip()


def _day(now: datetime) -> date:
    return now.astimezone(LONDON).date()
