"""Rare things about cases: conduct, restrictions, lead professionals, two records of one child."""

from datetime import date, datetime, timedelta
from functools import partial

from cases.actions import log_contact
from cases.conduct_actions import PlanDetails, decide_plan, refer
from cases.lead_actions import name_lead, tick_told
from cases.merge_actions import merge
from cases.models import (
    Case,
    ConductReferral,
    Contact,
    Involvement,
    LeadProfessional,
    Person,
    RelatedPerson,
)
from cases.received import Received
from cases.restriction_actions import restrict, restriction_of
from clocks.calendars import LONDON
from send_portal.demo.rare import CALL_TAKES, Rare, words
from send_portal.demo.submissions import submission

Kind = ConductReferral.Kind

REVIEW_AFTER = timedelta(days=42)
ENDS_AFTER = timedelta(days=84)


class RareCases:
    """Puts each thing at its moment."""

    def __init__(self, rare: Rare) -> None:
        self.rare = rare
        self.cast = rare.cast

    def plan(self) -> None:
        self._conduct()
        for number, reason in enumerate(words()["restricted"]["reasons"]):
            self.rare.at(5 - number, partial(self._restricted, reason, self.cast.place()))
        for number, reason in enumerate(words()["leads"]["reasons"]):
            self._lead(reason, told=number > 0)
        self._two_records()

    def _conduct(self) -> None:
        """One referral has led to a contact plan, one waits for leadership (H65, H66)."""
        told, place, other = words()["conduct"], self.cast.place(), self.cast.place()
        referred: list[ConductReferral] = []

        def call(at: datetime) -> None:
            contact = self.rare.call(place, told["message"], self.cast.adviser, at)
            referral = refer(
                contact=contact, kind=Kind.CALL, words=told["words"], by=self.cast.adviser, now=at
            )
            referred.append(referral)

        def decided(at: datetime) -> None:
            day = _day(at)
            details = PlanDetails(
                who=referred[0].contact.sender_name,
                arrangement=told["arrangement"],
                reason=told["reason"],
                told_how=told["told_how"],
                appeal=told["appeal"],
                starts_on=day,
                review_on=day + REVIEW_AFTER,
                ends_on=day + ENDS_AFTER,
            )
            decide_plan(referral=referred[0], details=details, by=self.cast.manager, now=at)

        def waits(at: datetime) -> None:
            contact = self.rare.call(other, told["waiting_message"], self.cast.adviser, at)
            refer(
                contact=contact,
                kind=Kind.CALL,
                words=told["waiting_words"],
                by=self.cast.adviser,
                now=at,
            )

        self.rare.at(9, call)
        self.rare.at(7, decided)
        self.rare.at(1, waits)

    def _restricted(self, reason: str, place: int, at: datetime) -> None:
        case = self.cast.case(place)
        restrict(
            case=case,
            shown=restriction_of(case),
            reason=reason,
            staff=[self.cast.support],
            by=self.cast.lead,
            now=at,
        )

    def _lead(self, reason: str, *, told: bool) -> None:
        """In force once all have been told; the first still waits for that (H89)."""
        place = self.cast.place()
        named: list[LeadProfessional] = []

        def name(at: datetime) -> None:
            case = self.cast.case(place)
            owner = case.owner or self.cast.coordinator
            named.append(name_lead(case=case, user=owner, reason=reason, by=self.cast.lead, now=at))

        def tell(at: datetime) -> None:
            for telling in named[0].tellings.filter(told_at=None):
                tick_told(telling=telling, by=self.cast.support, now=at)

        self.rare.at(8 if told else 1, name)
        if told:
            self.rare.at(6, tell)

    def _two_records(self) -> None:
        """School and family each sent a form: two records, found out and made one."""
        told, place = words()["twin"], self.cast.place()
        twins: list[Case] = []

        def opened(at: datetime) -> None:
            twin = _second_record(self.cast.case(place), _day(at))
            twins.append(twin)
            said, _ = self.cast.parent(place)
            received = Received(
                channel=Contact.Channel.TELEPHONE,
                message=told["message"],
                received_at=(at - CALL_TAKES).replace(second=0),
                **said | {"sender_person": None},
            )
            log_contact(
                case=twin,
                received=received,
                submission=submission(self.rare.rng),
                by=self.cast.adviser,
                now=at,
            )

        def merged(at: datetime) -> None:
            merge(
                keep=self.cast.case(place),
                other=twins[0],
                reason=told["reason"],
                by=self.cast.coordinator,
                now=at,
            )

        self.rare.at(6, opened)
        self.rare.at(4, merged)


def _second_record(case: Case, on: date) -> Case:
    """The same child written down again, by the name on the other form and without a UPN."""
    child = case.person
    person = Person.objects.create(
        local_id=f"{child.local_id}B",
        given_name=child.given_name,
        family_name=child.family_name,
        date_of_birth=child.date_of_birth,
        sex=child.sex,
        address=child.address,
        postcode=child.postcode,
        area=child.area,
    )
    last = RelatedPerson.objects.filter(person=child).order_by("pk").first()
    if last:
        RelatedPerson.objects.create(
            person=person,
            name=last.name,
            relation=last.relation,
            phone=last.phone,
            started_on=on,
        )
    number = (Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    twin = Case.objects.create(
        reference=f"EHC-{number:06d}",
        person=person,
        status=case.status,
        owner=case.owner,
        team=case.team,
        establishment=case.establishment,
        next_step=case.next_step,
        next_step_on=case.next_step_on,
    )
    if case.owner:
        Involvement.objects.create(
            case=twin,
            worker=case.owner,
            role=Involvement.Role.OWNER,
            team=case.team,
            started_on=on,
            reason="Allocated",
        )
    return twin


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()
