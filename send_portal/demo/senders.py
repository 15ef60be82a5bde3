"""Who gets in touch about a case: one of its family, or somebody from a school or a service."""

from random import Random
from typing import NamedTuple

from cases.models import Contact, Establishment
from send_portal.demo.family import Families, Family, Member
from send_portal.demo.people import landline, mailbox, mobile, names
from send_portal.demo.register import Known

Sender = Contact.Sender
SCHOOL_JOBS = ("SENCO", "SENCO", "SENCO", "deputy head", "headteacher", "school office")


class Who(NamedTuple):
    """A sender as a contact names them; ``related_id`` when they are recorded around the child."""

    name: str
    phone: str
    email: str
    related_id: int | None = None


class Senders:
    """Finds out who a sender is."""

    def __init__(self, rng: Random, families: Families) -> None:
        self.rng = rng
        self.families = families

    def who(
        self, case: Known, sender: Contact.Sender, job: str, establishment: Establishment | None
    ) -> Who:
        match sender:
            case Sender.ESTABLISHMENT:
                return self._school(job, establishment)
            case Sender.PROFESSIONAL:
                return self._professional(job)
            case Sender.YOUNG_PERSON:
                return self._young_person(case)
        return self.parent(case)

    def parent(self, case: Known) -> Who:
        family = self._family(case)
        return self._known(case, family.members, family.caller(self.rng))

    def _young_person(self, case: Known) -> Who:
        family = self._family(case)
        place = family.young_person()
        if place is not None:
            return self._known(case, family.members, place)
        # Younger than their rights: they write all the same, and are not on the list.
        address = f"{mailbox(case.called)}{self.rng.randint(100, 999)}@example.org"
        return Who(f"{case.called} {case.family_name}", mobile(self.rng), address)

    def _family(self, case: Known) -> Family:
        return self.families.of(
            case.place, case.called, case.family_name, has_rights=case.has_rights
        )

    def _known(self, case: Known, members: list[Member], place: int) -> Who:
        member = members[place]
        return Who(member.name, member.phone, member.email, case.first_related_id + place)

    def _school(self, job: str, establishment: Establishment | None) -> Who:
        name = names().adult(self.rng)
        job = job or self.rng.choice(SCHOOL_JOBS)
        if establishment is None:
            return Who(f"{name.given} {name.family}, {job}", landline(self.rng), "")
        words = f"{name.given} {name.family}, {job}, {establishment.name}"
        return Who(words[:120], establishment.phone, establishment.email)

    def _professional(self, job: str) -> Who:
        name = names().adult(self.rng)
        address = f"{mailbox(name.given, name.family)}@example.org"
        return Who(f"{name.given} {name.family}, {job}", landline(self.rng), address)
