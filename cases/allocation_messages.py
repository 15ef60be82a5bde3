"""Who is told that a case has another owner or team, and in which words (E3, E4, H59)."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import Team, User
from cases.contact_messages import passed_on_words, wording
from cases.models import Case, Contact, Involvement, RelatedPerson
from cases.proven import is_stranger, is_unproven
from cases.routing import may_see
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words
from notices import texts
from notices.actions import Message
from notices.models import Notice


@dataclass(frozen=True)
class Told:
    """The messages, and the people who may be written to but have no e-mail address."""

    messages: list[Message]
    without_address: list[RelatedPerson]


def messages_about(
    started: Involvement,
    *,
    before: tuple[User | None, Team],
    passed: list[Clock],
    outside: bool,
    by: User,
    now: datetime,
) -> Told:
    """What is said about the ownership that has ``started``.

    Staff always; families and senders only when it shows ``outside``. A fixed number of
    queries, however many people. ``now`` is aware.
    """
    staff = _staff_messages(started, before, len(passed), by)
    if not outside:
        return Told(staff, [])
    family = RelatedPerson.objects.addressees(started.case, now.astimezone(LONDON).date())
    with_address = [related for related in family if related.email]
    messages = staff + _family_messages(started, with_address)
    reached = {related.email.casefold() for related in with_address}
    messages += _sender_messages(started.case, passed, reached, now)
    return Told(messages, [related for related in family if not related.email])


def _staff_messages(
    started: Involvement, before: tuple[User | None, Team], owed: int, by: User
) -> list[Message]:
    """The new owner, the owner of before and, of another team, its lead: once each, not ``by``."""
    old_owner, old_team = before
    new_lead = started.team.lead if started.team_id != old_team.pk else None
    people = {person.pk: person for person in (started.worker, old_owner, new_lead) if person}
    return [
        _staff_message(started, person, owed, by)
        for person in people.values()
        if person.is_active and person != by and may_see(started.case, person)
    ]


def _staff_message(started: Involvement, person: User, owed: int, by: User) -> Message:
    reference, owner = started.case.reference, started.worker
    whose = "you" if person == owner else f"{owner}"
    return Message(
        key=f"involvement:{started.pk}:{person.pk}",
        kind=Notice.Kind.CASE,
        subject=f"{reference} is now {'yours' if person == owner else owner.full_name + '’s'}",
        body=(
            f"{by} allocated {reference} to {whose} in {started.team}, from "
            f"{day_in_words(started.started_on)}.\n{_owed_in_words(owed)}"
        ),
        path=reverse("cases:case", args=[reference]),
        recipient=person,
        address=person.email,
    )


def _owed_in_words(owed: int) -> str:
    if not owed:
        return "No answers are owed with it."
    return f"{owed} open answer{'' if owed == 1 else 's'} went with it. Their dates stay the same."


def _family_messages(started: Involvement, people: list[RelatedPerson]) -> list[Message]:
    """One to each, so that nobody's address is shown to another; no child's details (H53)."""
    written = texts.current().write("case.new_owner", **owner_values(started.case, started.worker))
    return [
        Message(
            key=f"involvement:{started.pk}:family:{related.pk}",
            kind=Notice.Kind.CASE,
            subject=written.subject,
            body=written.body,
            address=related.email,
        )
        for related in people
    ]


def owner_values(case: Case, person: User) -> dict[str, str]:
    """What the texts about whom to speak to are filled in with."""
    return {
        "reference": case.reference,
        "person": person.full_name,
        "team": case.team.name,
        "service": case.team.get_service_display(),
        "phone_line": _phone_line(case.team, person),
    }


def _phone_line(team: Team, person: User) -> str:
    if person.phone:
        return f"You can ring {person} on {person.phone}."
    return duty_line_words(team)


def duty_line_words(team: Team) -> str:
    """The sentence with the team's number; empty when it has none."""
    return f"You can ring the {team} on {team.duty_line}." if team.duty_line else ""


def _sender_messages(
    case: Case, passed: list[Clock], reached: set[str], now: datetime
) -> list[Message]:
    """Who waits for an answer hears who gives it, unless the family's message says so already."""
    contacts = (
        Contact.objects.filter(clock__in=passed)
        .exclude(sender_email="")
        .select_related("clock__owner", "clock__team", "sender_person")
        .order_by("pk")
    )
    silent = reached | _not_to_be_contacted(case)
    waiting = [
        contact
        for contact in contacts
        if contact.sender_email.casefold() not in silent
        and not contact.no_mail
        and not (contact.sender_person and contact.sender_person.no_contact)
        # Who only quoted a reference, or gave an address that nothing proves, is told nothing of
        # who works where.
        and not (is_stranger(contact) or is_unproven(contact))
    ]
    words = wording() if waiting else None
    return [passed_on_words(contact, words, now) for contact in waiting if words]


def _not_to_be_contacted(case: Case) -> set[str]:
    barred = RelatedPerson.objects.around(case).filter(no_contact=True).exclude(email="")
    return {email.casefold() for email in barred.values_list("email", flat=True)}
