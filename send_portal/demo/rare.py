"""What happens a handful of times at every size, in the words of rare.toml.

Nothing here writes: each thing is done by the action that does it in the portal.
"""

import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, partial
from random import Random
from typing import Any

from accounts.models import User
from cases.actions import log_contact
from cases.advice import Theme
from cases.advice_actions import Advice, log_advice
from cases.answer_actions import answer_contact, promise_contact
from cases.decision_actions import close_formal_matter, decide_urgency, strike_through
from cases.matter_actions import file_contact, pass_on
from cases.models import Case, Contact, RelatedPerson, UrgentReason
from cases.received import Received
from clocks.calendars import council_calendar
from send_portal.demo.diary import Day
from send_portal.demo.later import Later
from send_portal.demo.people import WORDS, landline
from send_portal.demo.register import Register
from send_portal.demo.senders import Senders
from send_portal.demo.staff import Staff
from send_portal.demo.stage import Stage
from send_portal.demo.submissions import message_id, submission

Channel = Contact.Channel
Sender = Contact.Sender

MAIL_TAKES = timedelta(seconds=6)
CALL_TAKES = timedelta(minutes=4)
ANSWER_TAKES = timedelta(minutes=50)
NEW_DATE_IN_DAYS = 4


@cache
def words() -> dict[str, Any]:
    return tomllib.loads((WORDS / "rare.toml").read_text(encoding="utf-8"))


class Cast:
    """Who takes part: the well-known team, and cases of its office, none twice while they last."""

    def __init__(self, rng: Random, register: Register, staff: Staff, senders: Senders) -> None:
        self.rng = rng
        self.register = register
        self.senders = senders
        office = staff.offices[0]
        self.team = office.team
        self.coordinator = staff.well_known_coordinator
        self.lead = office.lead
        self.support = office.support[0]
        self.placement_officer = office.placement_officer
        self.adviser = staff.advisers[0][0]
        self.manager = staff.senior_manager
        owners = {person.pk for person in office.coordinators}
        self._places = [
            place
            for place, responsible in enumerate(register.responsible)
            if responsible in owners and register.is_open(place)
        ]
        self._left: list[int] = []
        self.taken: set[int] = set()

    def place(self) -> int:
        """The position of a case of the team."""
        if not self._left:
            self._left = self.rng.sample(self._places, min(100, len(self._places)))
        place = self._left.pop()
        self.taken.add(self.register[place].case_id)
        return place

    def case(self, place: int) -> Case:
        return Case.objects.with_people().get(pk=self.register[place].case_id)

    def parent(self, place: int) -> tuple[dict[str, Any], str]:
        """One of the child's family, as a contact names them, and their e-mail address."""
        who = self.senders.parent(self.register[place])
        return {
            "sender": Sender.PARENT,
            "sender_name": who.name,
            "sender_phone": who.phone,
            "sender_person": RelatedPerson.objects.get(pk=who.related_id or 0),
        }, who.email


class Rare:
    """Puts each thing at its moment; :class:`Stage` plays it then."""

    def __init__(self, cast: Cast, stage: Stage, later: Later, days: list[Day]) -> None:
        self.cast = cast
        self.rng = cast.rng
        self.stage = stage
        self.later = later
        self.days = days

    def plan(self) -> None:
        """Everything about contacts; RareCases has the rest."""
        for told in words()["tray"]:
            self._tray(told)
        for told in words()["advice"]:
            self.at(told["days"], partial(self._advice, told))
        for told in words()["formal"]:
            self._formal(told)
        for told in words()["urgent"]:
            self._urgent(told)
        for told in words()["mistakes"]:
            self.at(told["days"], partial(self._mistake, told, self.cast.place()))
        self._handed_on()

    def at(self, days: int, happening: Callable[[datetime], None]) -> datetime:
        """Let something happen on the working day ``days`` before the last; says when."""
        at = self.days[-1 - days].at(self.rng.uniform(0.1, 0.8)).replace(microsecond=0)
        self.then(at, happening)
        return at

    def then(self, at: datetime, happening: Callable[[datetime], None]) -> None:
        self.later.add(at, partial(self.stage.play, happening))

    # --- What came in -----------------------------------------------------------------------

    def call(self, place: int, message: str, by: User, at: datetime) -> Contact:
        """A telephone call from one of the family of the case at ``place``."""
        said, _ = self.cast.parent(place)
        received = Received(
            channel=Channel.TELEPHONE,
            message=message,
            received_at=(at - CALL_TAKES).replace(second=0),
            **said,
        )
        return self._log(self.cast.case(place), received, by, at)

    def mail(self, place: int, told: dict[str, Any], at: datetime, **more: Any) -> Contact:
        """An e-mail from one of the family, filed by the mail room."""
        said, address = self.cast.parent(place)
        received = Received(
            channel=Channel.EMAIL,
            subject=told["subject"],
            message=told["message"],
            received_at=at - MAIL_TAKES,
            message_id=message_id(self.rng),
            **said | {"sender_phone": "", "sender_email": address} | more,
        )
        return self._log(self.cast.case(place), received, None, at)

    def _log(self, case: Case | None, received: Received, by: User | None, at: datetime) -> Contact:
        return log_contact(
            case=case, received=received, submission=submission(self.rng), by=by, now=at
        )

    # --- Without a case ---------------------------------------------------------------------

    def _tray(self, told: dict[str, Any]) -> None:
        """An e-mail that nobody can match to a child; some are filed a day later (H67)."""
        logged: list[Contact] = []

        def comes(at: datetime) -> None:
            received = Received(
                channel=Channel.EMAIL,
                sender=Sender.OTHER,
                sender_name=told["name"],
                sender_email=told["email"],
                told_child=told["child"],
                subject=told["subject"],
                message=told["message"],
                received_at=at - MAIL_TAKES,
                message_id=message_id(self.rng),
            )
            logged.append(self._log(None, received, None, at))

        def filed(at: datetime) -> None:
            case = self.cast.case(self.cast.place())
            file_contact(contact=logged[0], case=case, by=self.cast.lead, now=at)

        self.at(told["days"], comes)
        if "filed_days" in told:
            self.at(told["filed_days"], filed)

    def _advice(self, told: dict[str, Any], at: datetime) -> None:
        """A school asks without naming a child; answered at once, or to be called back (S3)."""
        by = self.cast.placement_officer
        school = self.cast.case(self.cast.place()).establishment
        advice = Advice(
            sender=Sender.ESTABLISHMENT,
            theme=Theme(told["theme"]),
            question=told["question"],
            received_at=(at - CALL_TAKES).replace(second=0),
            sender_name="SENCO on duty",
            sender_phone=landline(self.rng),
            establishment=school,
            answer=told["answer"],
        )
        log_advice(advice=advice, submission=submission(self.rng), by=by, now=at)

    # --- Formal and urgent ------------------------------------------------------------------

    def _formal(self, told: dict[str, Any]) -> None:
        """A formal matter with a clock of its own; some are closed (H68)."""
        place = self.cast.place()
        logged: list[Contact] = []

        def comes(at: datetime) -> None:
            category = Contact.Category(told["category"])
            logged.append(self.mail(place, told, at, category=category))

        def ends(at: datetime) -> None:
            contact = Contact.objects.select_related("clock").get(pk=logged[0].pk)
            by = contact.promise.owner
            answer = Contact.Answer.LETTER
            note = told["outcome"]
            answer_contact(contact=contact, answer=answer, note=note, by=by, now=at)
            close_formal_matter(matter=contact.formal_matters.get(), outcome=note, by=by, now=at)

        came = self.at(told["days"], comes)
        if told.get("ended_days") == told["days"]:
            self.then(came + ANSWER_TAKES, ends)
        elif "ended_days" in told:
            self.at(told["ended_days"], ends)

    def _urgent(self, told: dict[str, Any]) -> None:
        """Somebody says it is urgent; decided within the hour, or still to be decided (H63)."""
        place = self.cast.place()
        logged: list[Contact] = []

        def comes(at: datetime) -> None:
            logged.append(self.mail(place, told, at))

        def decided(at: datetime) -> None:
            reason = UrgentReason.objects.filter(active=True).first()
            accepted = told["accepted"] and reason is not None
            decide_urgency(
                contact=logged[0],
                accepted=accepted,
                reason=reason if accepted else None,
                note=told.get("note", "" if accepted else "It is not on the list."),
                by=self.cast.lead,
                now=at,
            )

        def answered(at: datetime) -> None:
            answer_contact(
                contact=logged[0],
                answer=Contact.Answer.TELEPHONE,
                note="Rang at once. A place is found from Tuesday; the school sends work home.",
                by=self.cast.lead,
                now=at,
            )

        came = self.at(told["days"], comes)
        if "accepted" in told:
            self.then(came + ANSWER_TAKES, decided)
        if told.get("accepted"):
            self.then(came + 2 * ANSWER_TAKES, answered)

    # --- Mistakes, and what is passed on ------------------------------------------------------

    def _mistake(self, told: dict[str, Any], place: int, at: datetime) -> None:
        """Struck through, never deleted (H11)."""
        contact = self.call(place, told["message"], self.cast.adviser, at)
        strike_through(contact=contact, reason=told["reason"], by=self.cast.adviser, now=at)

    def _handed_on(self) -> None:
        """One is passed to a colleague, one gets a new date (H58, H59)."""
        passed, held = words()["passed_on"], words()["held"]
        first, second = self.cast.place(), self.cast.place()
        logged: dict[str, Contact] = {}

        def come(at: datetime) -> None:
            logged["passed"] = self.mail(first, passed, at)
            logged["held"] = self.mail(second, held, at)

        def go_on(at: datetime) -> None:
            by = self.cast.lead
            to = self.cast.placement_officer
            pass_on(contact=logged["passed"], to=to, reason=passed["reason"], by=by, now=at)
            until = council_calendar().add_working_days(self.days[-1].date, NEW_DATE_IN_DAYS)
            promise_contact(
                contact=logged["held"], until=until, reason=held["reason"], by=by, now=at
            )

        self.at(6, come)
        self.at(2, go_on)
