"""Kept jointly there is one clock: whoever is accountable has the contact's own date too (H110).

It is given to them with its date, goes along when another officer takes over, and back when it
is not kept any more. Formal matters keep their date and their owner (H68; docs/decisions/0027).
Every caller holds the matter and its entry.
"""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F, Q

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_ANSWER
from cases.answer_actions import held
from cases.contact_messages import passed_on_words, wording, writes_to
from cases.models import Contact, Involvement
from cases.routing import may_see, responsible_for, tray
from cases.staff_messages import left_message
from clocks import actions as clock_actions
from escalations.handlers import case_of, desk_officer
from escalations.models import DeskEntry
from escalations.step_actions import let_go, let_handle
from notices.actions import Message, tell

log = structlog.get_logger(__name__)

ENDED = "The resolution team does not keep it any more"


def take_date(*, entry: DeskEntry, matter: Contact, by: User, now: datetime) -> User | None:
    """The date of ``matter`` is of whoever is accountable from now on; the sender is told.

    Returns who had it, None when nothing went to another: formal matters keep theirs, and what
    was answered is owed no more.
    """
    if matter.is_formal or not matter.is_open or matter.promise.owner == entry.clock.owner:
        return None
    why = f"Kept by the resolution team, together with {entry.kept_with}"
    before = _give(matter, entry.clock.owner, why, by, now)
    entry.date_was_of = before
    entry.save(update_fields=["date_was_of"])
    # Whom it is kept with hears of it in words of their own.
    heard = [] if before in (by, entry.kept_with) else [_left(matter, before, by, now)]
    tell([*heard, *_told(matter, now)], now=now)
    return before


def hand_date_on(
    *, entry: DeskEntry, matter: Contact, to: User, reason: str, by: User | None, now: datetime
) -> bool:
    """Another officer is accountable: the date of what is kept goes along with it.

    ``by`` is None when nobody chose it, as when leave begins. False when there is none to give.
    """
    if not entry.has_date_of(matter) or matter.promise.owner == to:
        return False
    _give(matter, to, reason, by, now)
    tell(_told(matter, now) if by else [], now=now)
    return True


def give_date_back(*, entry: DeskEntry, matter: Contact, by: User, now: datetime) -> bool:
    """It is not kept any more: what is still owed goes back to who had it, with its date.

    Whoever owned the case then, and does not now, does not get it back: who answers for it does.
    """
    had_it = entry.date_was_of
    if had_it is None or not entry.has_date_of(matter):
        return False
    to = _goes_back_to(matter, had_it)
    before = _give(matter, to, ENDED, by, now)
    heard = [] if before == by else [_left(matter, before, by, now)]
    tell([*heard, *_told(matter, now)], now=now)
    return True


def see_to_dates(*, now: datetime) -> int:
    """What is kept jointly stays in one hand when leave begins, ends, or somebody leaves (H62).

    Until the first response the 48 hours go to whoever is there (standing_in_actions), and the
    date of the contact goes after them; afterwards it leaves whoever has left. Returns how many
    went. Several workers at once do it once: each row is held, then looked at again.
    """
    kept = DeskEntry.objects.filter(resolved_at=None, contact__struck_at=None).with_dates()
    apart = ~Q(contact__clock__owner=F("clock__owner")) & Q(responded_at=None)
    gone = Q(contact__clock__owner__is_active=False)
    moved = 0
    for entry in kept.filter(apart | gone).select_related("contact"):
        try:
            moved += _see_to_date(entry, now)
        except RuleBroken as broken:
            # One that nobody can take does not keep the others back.
            log.warning("date_stays", about=str(entry), code=broken.code)
    return moved


@transaction.atomic
def _see_to_date(entry: DeskEntry, now: datetime) -> bool:
    matter = held(entry.contact)
    DeskEntry.objects.select_for_update(of=("self",)).only("pk").get(pk=entry.pk)
    locked = DeskEntry.objects.select_related("clock__owner", "kept_with").get(pk=entry.pk)
    to, owner = locked.clock.owner, matter.promise.owner
    if locked.responded_at:
        if owner.is_active:
            return False
        about = {owner, *(person for person in (locked.kept_with,) if person)}
        to = desk_officer(matter, about, now)
    why = f"{to} is accountable on the resolution desk now"
    return hand_date_on(entry=locked, matter=matter, to=to, reason=why, by=None, now=now)


def _give(matter: Contact, to: User, why: str, by: User | None, now: datetime) -> User:
    """The date stays, and it stays among the promises of the team that looks after the case."""
    clock, case = matter.promise, case_of(matter)
    before = clock.owner
    let_handle(case, to, instead_of=before)
    matter.clock = clock_actions.reassign(
        clock=clock, to=to, reason=why, by=by, now=now, among=MAY_ANSWER, team=clock.team
    )
    if before != by:
        # Whoever gives it on themselves is sent back to its page, and goes on seeing it.
        let_go(case, before)
    return before


def _left(matter: Contact, before: User, by: User, now: datetime) -> Message:
    return left_message(matter, before, matter.promise.owner, by, now)


def _told(matter: Contact, now: datetime) -> list[Message]:
    """Who answers now, with the same date (H59)."""
    return [passed_on_words(matter, wording(), now)] if writes_to(matter) else []


def _goes_back_to(matter: Contact, before: User) -> User:
    case = case_of(matter)
    if case is None:
        return before if before.can_own else tray()[0]
    if before.can_own and may_see(case, before):
        owned = Involvement.objects.filter(case=case, worker=before, role=Involvement.Role.OWNER)
        if before == case.owner or not owned.exists():
            return before
    return responsible_for(case, ())
