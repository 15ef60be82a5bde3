"""Who has to be told of a lead professional, and in which words (H89)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from accounts.models import User
from cases.allocation_messages import duty_line_words, owner_values
from cases.models import Case, Involvement, LeadProfessional, LeadTelling, RelatedPerson
from cases.routing import may_see
from clocks.calendars import LONDON
from notices import texts
from notices.actions import Message
from notices.models import Notice


@dataclass(frozen=True)
class ToTell:
    """Somebody concerned: one of the staff, or a name with an address that may be empty."""

    name: str
    address: str
    staff: User | None = None


def people_to_tell(lead: LeadProfessional, by: User, now: datetime) -> list[ToTell]:
    """The family, the establishment and the staff involved, without ``by``, who knows.

    Family are those who may be written to at ``now`` (aware), one by one. Three queries.
    """
    case, today = lead.case, now.astimezone(LONDON).date()
    family = RelatedPerson.objects.addressees(case, today)
    told = [ToTell(related.name, related.email) for related in family]
    if case.establishment:
        told.append(ToTell(case.establishment.name, case.establishment.email))
    running = Involvement.objects.filter(case=case).current(today).select_related("worker")
    workers = [lead.user, case.owner, *(one.worker for one in running.order_by("pk"))]
    staff = {
        worker.pk: worker
        for worker in workers
        # Of a restricted case only those hear who may see it.
        if worker and worker.is_active and (worker == lead.user or may_see(case, worker))
    }
    staff.pop(by.pk, None)
    return told + [ToTell(worker.full_name, worker.email, worker) for worker in staff.values()]


def named_messages(lead: LeadProfessional, people: list[tuple[ToTell, str]]) -> list[Message]:
    """One message to each of ``people`` who has a notice key; no child's details (H53)."""
    written = texts.current().write("case.lead_professional", **owner_values(lead.case, lead.user))
    return [
        _to_staff(lead, person.staff, key, _named_in_words(lead))
        if person.staff
        else _to_family(key, written, person.address)
        for person, key in people
        if key
    ]


def ended_messages(lead: LeadProfessional, now: datetime) -> list[Message]:
    """The same people by the same ways, told that it has ended or was withdrawn.

    Not those around the child who may no longer be written to at ``now`` (aware).
    """
    barred = _no_longer_written_to(lead.case, now.astimezone(LONDON).date())
    keys = list(
        lead.tellings.exclude(notice_key="").values_list("notice_key", flat=True).order_by("pk")
    )
    # The team's number, not that of who no longer speaks for everybody.
    values = owner_values(lead.case, lead.user) | {"phone_line": duty_line_words(lead.case.team)}
    written = texts.current().write("case.lead_ended", **values)
    notices = Notice.objects.filter(key__in=keys).select_related("recipient").order_by("pk")
    return [
        _to_staff(lead, notice.recipient, f"{notice.key}:ended", _ended_in_words(lead))
        if notice.recipient
        else _to_family(f"{notice.key}:ended", written, notice.address)
        for notice in notices
        if (
            notice.recipient.is_active
            if notice.recipient
            else notice.address.casefold() not in barred
        )
    ]


def _no_longer_written_to(case: Case, today: date) -> set[str]:
    around = {one.email.casefold() for one in RelatedPerson.objects.around(case) if one.email}
    allowed = RelatedPerson.objects.addressees(case, today)
    return around - {one.email.casefold() for one in allowed if one.email}


def still_to_tell(lead: LeadProfessional) -> list[LeadTelling]:
    """Who was told by letter or call, and has to be told in the same way that it has ended."""
    return list(lead.tellings.filter(told_by__isnull=False))


def _to_family(key: str, written: texts.Written, address: str) -> Message:
    return Message(
        key=key,
        kind=Notice.Kind.CASE,
        subject=written.subject,
        body=written.body,
        address=address,
    )


def _to_staff(lead: LeadProfessional, person: User, key: str, body: str) -> Message:
    return Message(
        key=key,
        kind=Notice.Kind.CASE,
        subject=f"Lead professional of {lead.case.reference}",
        body=body,
        path=reverse("cases:lead", args=[lead.case.reference]),
        recipient=person,
        address=person.email,
    )


def _named_in_words(lead: LeadProfessional) -> str:
    return (
        f"{lead.named_by} has named {lead.user} lead professional of {lead.case.reference}.\n"
        "It takes effect once everybody concerned has been told. From then on messages to "
        f"colleagues go to {lead.user}."
    )


def _ended_in_words(lead: LeadProfessional) -> str:
    said = "is no longer" if lead.in_force_at else "will not be"
    return f"{lead.user} {said} lead professional of {lead.case.reference}."
