"""The lead professional: one point of contact for a case, once everybody has been told (H88-H91).

Named with a reason, then told to the family, the establishment and the staff involved. Who has
an e-mail address is told by notice; the others are ticked off by staff as they are told. In
force only when all of them have been told; the one before ends in the same moment.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.errors import RuleBroken
from accounts.models import CASE_HOLDING_ROLES, User
from cases.allocation_actions import may_allocate
from cases.involvement_actions import MAY_KEEP
from cases.lead_messages import ended_messages, named_messages, people_to_tell
from cases.models import Case, LeadProfessional, LeadTelling
from cases.routing import may_see
from clocks.wording import moment_in_words
from notices.actions import tell
from notices.models import Notice


@transaction.atomic
def name_lead(*, case: Case, user: User, reason: str, by: User, now: datetime) -> LeadProfessional:
    """Propose ``user`` as lead professional, and tell everybody concerned (H88, H89).

    With nobody to tell it is in force at once. The same sent twice is one. Raises RuleBroken
    (``may_not_name``, ``merged``, ``reason_missing``, ``may_not_lead``, ``may_not_see``,
    ``already_proposed``, ``already_lead``).
    """
    case = _held(case.pk)
    _refuse_who(case, by)
    if not reason.strip():
        raise RuleBroken("Give a reason.", "reason_missing", field="reason")
    if not user.can_own:
        raise RuleBroken(f"{user} cannot be lead professional.", "may_not_lead", field="user")
    if not may_see(case, user):
        raise RuleBroken(
            f"{case.reference} is restricted, and {user} may not see it. Name them as staff who "
            "may see it first.",
            "may_not_see",
            field="user",
        )
    if proposed := LeadProfessional.objects.proposed().filter(case=case).first():
        if proposed.user_id == user.pk:
            return proposed
        raise RuleBroken(
            f"{proposed.user} was proposed on {moment_in_words(proposed.named_at)}. Withdraw "
            "that first.",
            "already_proposed",
        )
    if LeadProfessional.objects.in_force().filter(case=case, user=user).exists():
        raise RuleBroken(f"{user} is the lead professional already.", "already_lead", field="user")
    lead = LeadProfessional.objects.create(
        case=case, user=user, reason=reason.strip()[:300], named_at=now, named_by=by
    )
    _tell_everybody(lead, by, now)
    _put_in_force_if_told(lead, now)
    return lead


def _tell_everybody(lead: LeadProfessional, by: User, now: datetime) -> None:
    people = people_to_tell(lead, by, now)
    tellings = LeadTelling.objects.bulk_create(
        LeadTelling(lead=lead, name=person.name) for person in people
    )
    for telling, person in zip(tellings, people, strict=True):
        telling.notice_key = f"lead:{lead.pk}:telling:{telling.pk}" if person.address else ""
    LeadTelling.objects.bulk_update(tellings, ["notice_key"])
    keys = [telling.notice_key for telling in tellings]
    tell(named_messages(lead, list(zip(people, keys, strict=True))), now=now)


@transaction.atomic
def tick_told(*, telling: LeadTelling, by: User, now: datetime) -> LeadTelling:
    """Write down that ``by`` has told this person, by letter or call; it may then be in force.

    Also for an e-mail that could not be delivered. A second tick changes nothing. Raises
    RuleBroken (``may_not_tick``, ``ended``).
    """
    if by.role not in MAY_KEEP:
        raise RuleBroken("Your role does not tell people of this.", "may_not_tick")
    lead = _locked(telling.lead)
    telling = LeadTelling.objects.select_for_update().get(pk=telling.pk)
    if telling.told_at is None:
        if lead.ended_at:
            raise RuleBroken("This has ended: nobody is to be told of it any more.", "ended")
        telling.told_at, telling.told_by = now, by
        telling.save(update_fields=["told_at", "told_by"])
        _put_in_force_if_told(lead, now)
    return telling


@transaction.atomic
def end_lead(*, lead: LeadProfessional, reason: str, by: User, now: datetime) -> LeadProfessional:
    """End a lead professional, or withdraw the proposal; who was told is told again (H91).

    The second of two people is told of the first. Raises RuleBroken (``may_not_name``,
    ``reason_missing``, ``already_ended``).
    """
    locked = _locked(lead)
    _refuse_who(locked.case, by)
    if not reason.strip():
        raise RuleBroken("Give a reason.", "reason_missing", field="reason")
    if locked.ended_at and locked.ended_reason == reason.strip()[:300]:
        return locked
    if locked.ended_at:
        raise RuleBroken(
            f"This ended on {moment_in_words(locked.ended_at)} already.", "already_ended"
        )
    _end(locked, reason.strip(), now)
    tell(ended_messages(locked, now), now=now)
    return locked


def put_in_force(*, now: datetime) -> int:
    """Put every proposal in force whose people have all been told; returns how many (H89).

    Costs what waits, not what was ever named. One that two workers see at once is put in force
    once. Somebody who has left meanwhile stays a proposal, for a manager to withdraw.
    """
    ready = LeadProfessional.objects.proposed().filter(
        user__is_active=True, user__role__in=sorted(CASE_HOLDING_ROLES)
    )
    ready = ready.exclude(Exists(_untold().filter(lead=OuterRef("pk"))))
    return sum(_put_one_in_force(lead, now) for lead in ready.select_related("case"))


def _untold() -> QuerySet[LeadTelling]:
    """Tellings that are neither ticked nor sent."""
    sent = Notice.objects.filter(key=OuterRef("notice_key"), mail=Notice.Mail.SENT)
    return LeadTelling.objects.filter(told_at=None).exclude(Exists(sent))


@transaction.atomic
def _put_one_in_force(lead: LeadProfessional, now: datetime) -> bool:
    return _put_in_force_if_told(_locked(lead), now)


def _put_in_force_if_told(lead: LeadProfessional, now: datetime) -> bool:
    """The caller holds the case, so that the earlier one ends in the same moment."""
    waiting = lead.in_force_at is None and lead.ended_at is None
    if not (waiting and lead.user.can_own):
        return False
    _note_sent(lead)
    if lead.tellings.filter(told_at=None).exists():
        return False
    for earlier in LeadProfessional.objects.in_force().filter(case=lead.case):
        _end(earlier, f"Followed by {lead.user}", now)
    lead.in_force_at = now
    lead.save(update_fields=["in_force_at"])
    return True


def _note_sent(lead: LeadProfessional) -> None:
    """Those told by e-mail were told when it was sent."""
    tellings = {one.notice_key: one for one in lead.tellings.filter(told_at=None) if one.notice_key}
    sent = Notice.objects.filter(key__in=tellings, mail=Notice.Mail.SENT)
    for key, sent_at in sent.values_list("key", "sent_at"):
        tellings[key].told_at = sent_at
    LeadTelling.objects.bulk_update(
        [telling for telling in tellings.values() if telling.told_at], ["told_at"]
    )


def _end(lead: LeadProfessional, reason: str, now: datetime) -> None:
    lead.ended_at, lead.ended_reason = now, reason[:300]
    lead.save(update_fields=["ended_at", "ended_reason"])


def _held(pk: int) -> Case:
    # Held first and read afterwards (docs/decisions/0014).
    Case.objects.select_for_update(no_key=True).only("pk").get(pk=pk)
    return Case.objects.select_related("person", "owner", "team__lead", "establishment").get(pk=pk)


def _locked(lead: LeadProfessional) -> LeadProfessional:
    """The row as it stands now, its case held first: everything about leads comes in one order."""
    case = _held(lead.case_id)
    locked = LeadProfessional.objects.select_for_update(of=("self",)).select_related("user")
    found = locked.get(pk=lead.pk)
    found.case = case
    return found


def _refuse_who(case: Case, by: User) -> None:
    if not may_allocate(case, by):
        raise RuleBroken(
            f"The lead of {case.team} or a senior manager decides on a lead professional.",
            "may_not_name",
        )
    if case.merged_into_id:
        raise RuleBroken(f"{case.reference} is part of another record now.", "merged")
