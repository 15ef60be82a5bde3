"""The resolution desk: the check, and where it goes from there (H108 to H110).

Rows are held in one order: the matter, its concern, the entry, then a clock.
"""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Subquery
from django.urls import reverse

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import let_see
from cases.answer_actions import add_note, held, refuse_closed
from cases.models import Contact
from clocks.models import OPEN_STATES
from clocks.wording import moment_in_words
from escalations.desk_models import ON_THE_DESK
from escalations.handlers import case_of, somebody_for
from escalations.ladder import Addressee, Ground, Kind, Placement, Step
from escalations.ladder_state import everybody_who_answered, involved, latest_escalation
from escalations.models import DeskEntry, Escalation, EscalationStep
from escalations.one_clock_actions import give_date_back, take_date
from escalations.partners import partners_of
from escalations.resolution_messages import kept_message, sent_on_message
from escalations.sender_messages import taken_words
from escalations.staff_messages import informed_messages
from escalations.step_actions import going_on, start_step
from notices.actions import Message, tell

# What an entry writes on the record follows from the entry: a second click writes it once.
DESK = UUID("3a0b7f52-6d0e-5c1f-9a44-1f6f0f9a2c11")


# --- The check, and where it goes -----------------------------------------------------------


@transaction.atomic
def confirm_check(
    *, entry: DeskEntry, until: int, reason: str, by: User, now: datetime
) -> DeskEntry:
    """Say up to which step the ladder was followed; other than computed it needs a reason (H108).

    Raises RuleBroken (``not_on_desk``, ``reason_missing``, ``no_such_step``, ``sent_already``,
    ``resolved``).
    """
    refuse_role(by)
    if not 0 <= until <= Step.RESOLUTION:
        raise RuleBroken("There are four steps.", "no_such_step", field="until")
    locked = held_entry(entry)
    if (locked.confirmed, locked.confirmed_reason) == (until, reason.strip()):
        return locked
    refuse_resolved(locked)
    _refuse_sent(locked)
    if until != locked.computed and not reason.strip():
        raise RuleBroken(
            "The records say something else: say why.", "reason_missing", field="reason"
        )
    locked.confirmed, locked.confirmed_reason = until, reason.strip()
    locked.confirmed_at, locked.confirmed_by = now, by
    locked.save(update_fields=["confirmed", "confirmed_reason", "confirmed_at", "confirmed_by"])
    return locked


@transaction.atomic
def send_on(*, entry: DeskEntry, by: User, now: datetime) -> EscalationStep | None:
    """To the step after the last that was followed, whose handler is told (H109).

    Back to the case owner when nobody was asked before: then there is no step to make. The
    escalation point is written on the record, and the sender is told who has it. Sent twice it
    is sent once. Raises RuleBroken (``not_on_desk``, ``not_checked``, ``resolved``,
    ``nobody_responsible``, ``already_answered``, ``all_answered``).
    """
    refuse_role(by)
    matter = held(entry.contact)
    concern = latest_escalation(matter)
    locked = held_entry(entry)
    if locked.sent_at:
        return locked.sent_to
    refuse_resolved(locked)
    if locked.confirmed is None:
        raise RuleBroken("Check first which steps were followed.", "not_checked")
    # First, for the concern is about whoever owes the answer, and that is not the desk any more.
    give_date_back(entry=locked, matter=matter, by=by, now=now)
    locked.contact = matter
    number = next_step(locked)
    messages: list[Message] = []
    if number == Step.CASE_OWNER:
        refuse_closed(matter)
    else:
        locked.escalation = going_on(matter, concern, now)
        locked.sent_to, messages = _step_of(locked, matter, number, by, now)
    # It is no longer the team's alone to settle.
    locked.sent_at, locked.kept_with, locked.kept_at = now, None, None
    locked.save(update_fields=["sent_at", "sent_to", "escalation", "kept_with", "kept_at"])
    note_on_record(locked, "sent", _sent_in_words(locked, matter, number), by, now)
    tell([sent_on_message(locked, locked.sent_to), *messages], now=now)
    return locked.sent_to


def next_step(entry: DeskEntry) -> Step:
    """The step after the last that was followed, as confirmed or else by the records (H109).

    Never below one that is being worked on: urgency may have opened it (H95).
    """
    done = entry.computed if entry.confirmed is None else entry.confirmed
    latest = Escalation.objects.filter(matter=entry.contact_id).order_by("-pk").values("pk")
    steps = EscalationStep.objects.filter(escalation=Subquery(latest[:1]))
    taken = dict(steps.values_list("number", "clock__state"))
    owed = {number for number, state in taken.items() if state in OPEN_STATES}
    over, lowest = taken.keys() - owed, max([done + 1, *owed])
    # Whoever has answered already owes nothing more: then it is the one after them.
    return next((step for step in Step if step >= lowest and step not in over), Step.RESOLUTION)


def _step_of(
    entry: DeskEntry, matter: Contact, number: Step, by: User, now: datetime
) -> tuple[EscalationStep, list[Message]]:
    """The step of that number, made now unless it was taken already; and who else hears of it."""
    escalation = entry.escalation
    if escalation is None:
        raise ValueError("A step belongs to a concern.")
    if made := escalation.steps.select_related("clock__owner").filter(number=number).first():
        if not made.clock.is_open:
            raise RuleBroken(
                "Every step has been answered. Keep it here, with the case owner.", "all_answered"
            )
        return made, []
    followed = entry.confirmed == Step.SENIOR_MANAGER
    step = start_step(
        escalation=escalation,
        number=number,
        ground=Ground.OUTSIDE,
        contact=matter,
        handler=_handler(entry, matter, number, now),
        followed=followed,
        asked=Addressee.ABOVE,
        by=by,
        now=now,
    )
    placement = Placement(Kind.STEP, number, Ground.OUTSIDE, followed)
    return step, [*informed_messages(step, by), *taken_words(step, placement)]


def _handler(entry: DeskEntry, matter: Contact, number: Step, now: datetime) -> User:
    """Found, never chosen; on the resolution team's own step whoever has it on the desk."""
    about = involved(matter, entry.escalation)
    officer = entry.clock.owner
    if number == Step.RESOLUTION and officer.is_active and officer not in about:
        return officer
    answered = everybody_who_answered(matter, entry.escalation)
    found = somebody_for(number, matter, about, answered, now)
    if found is None:
        raise RuleBroken(
            "Nobody is left who has not answered. Keep it here, with the case owner.",
            "all_answered",
        )
    return found.person


def _sent_in_words(entry: DeskEntry, matter: Contact, number: Step) -> str:
    clock = entry.sent_to.clock if entry.sent_to else matter.promise
    why = f" {entry.confirmed_reason}" if entry.confirmed_reason else ""
    return (
        f"The resolution team checked the steps: {check_in_words(entry.confirmed or 0)}.{why}\n"
        f"Escalation point: step {int(number)}, {clock.owner}. The answer is due by "
        f"{moment_in_words(clock.due_at)}."
    )


def check_in_words(until: int) -> str:
    """ "followed to step 2", or "not followed" (H108)."""
    return f"followed to step {until}" if until else "not followed"


@transaction.atomic
def keep_jointly(*, entry: DeskEntry, partner: User, by: User, now: datetime) -> DeskEntry:
    """The desk stays accountable, ``partner`` supports: two names, one clock (H110).

    The date of the contact itself goes to whoever is accountable, so that nobody else owes one
    (docs/decisions/0027). Only who answers for the case supports: its owner, their cover, the lead
    professional. Raises RuleBroken (``not_on_desk``, ``may_not_own``, ``resolved``,
    ``sent_already``).
    """
    refuse_role(by)
    matter = held(entry.contact)
    concern = latest_escalation(matter)
    locked = held_entry(entry)
    if not partner.can_own or partner == locked.clock.owner:
        raise _cannot_support(partner)
    refuse_resolved(locked)
    _refuse_sent(locked)
    escalation = going_on(matter, concern, now)
    if locked.kept_with == partner and locked.escalation == escalation and locked.kept_at:
        return locked
    locked.contact = matter
    what = _what_of(locked, partner, now)
    escalation.partner, locked.escalation = partner, escalation
    escalation.save(update_fields=["partner"])
    locked.kept_with, locked.kept_at = partner, now
    locked.save(update_fields=["escalation", "kept_with", "kept_at"])
    let_see(case_of(matter), partner)
    before = take_date(entry=locked, matter=matter, by=by, now=now)
    locked.contact = matter
    words = (
        f"The resolution team keeps this with {partner}, {what}. {locked.accountable} is "
        f"accountable, {partner} supports."
    )
    # With the same person again, after somebody else or by another officer, it is news.
    part = f"kept:{partner.pk}:{locked.clock.owner_id}:{now.isoformat()}"
    note_on_record(locked, part, words, by, now)
    told = kept_message(locked, partner, part, had_date=before == partner)
    tell([] if partner == by else [told], now=now)
    return locked


def _what_of(entry: DeskEntry, partner: User, now: datetime) -> str:
    """As what ``partner`` supports; only who answers for the case does (H110)."""
    found = {one.person: one.what for one in partners_of(entry, now)}
    if partner not in found:
        raise _cannot_support(partner)
    return found[partner]


def _cannot_support(partner: User) -> RuleBroken:
    return RuleBroken(
        f"{partner} does not answer for this case, and cannot support this.",
        "may_not_own",
        field="partner",
    )


NOBODY_SUPPORTS = "Nobody answers for the case at the moment: it cannot be kept with anybody."

# --- What is there --------------------------------------------------------------------------


def held_entry(entry: DeskEntry) -> DeskEntry:
    """The entry as it stands now, held."""
    DeskEntry.objects.select_for_update(of=("self",)).only("pk").get(pk=entry.pk)
    joined = ("contact__case__person", "contact__clock__owner", "clock__owner", "clock__standard")
    people = ("kept_with", "sent_to__clock__owner", "responded_by", "resolved_by")
    team = ("clock__team__manager",)
    return DeskEntry.objects.select_related(*joined, *people, *team).get(pk=entry.pk)


def desk_path(contact: Contact) -> str:
    return reverse("escalations:desk_entry", args=[contact.reference])


def written_once(entry: DeskEntry, part: str) -> UUID:
    return uuid5(DESK, f"{entry.pk}:{entry.clock_id}:{part}")


def note_on_record(entry: DeskEntry, part: str, words: str, by: User, now: datetime) -> None:
    """On the case's timeline, among ourselves (H109)."""
    add_note(
        contact=entry.contact, text=words, submission=written_once(entry, part), by=by, now=now
    )


def refuse_role(by: User) -> None:
    if by.role not in ON_THE_DESK:
        raise RuleBroken("This is the resolution team’s.", "not_on_desk")


def _refuse_sent(entry: DeskEntry) -> None:
    if entry.sent_at:
        who = entry.sent_to.clock.owner if entry.sent_to else "the case owner"
        raise RuleBroken(f"It was sent to {who} already.", "sent_already")


def refuse_resolved(entry: DeskEntry) -> None:
    if entry.resolved_by and entry.resolved_at:
        raise RuleBroken(
            f"{entry.resolved_by} settled this on {moment_in_words(entry.resolved_at)}. Your words "
            "are still below: you can add them to the record as a note.",
            "resolved",
        )
