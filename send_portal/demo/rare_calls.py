"""A rare call at the desk: something owed that has become more urgent since."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from callbacks.booking_actions import Caller
from callbacks.call_actions import note_attempt, start_call
from callbacks.desk_actions import Ending, Said, finish_call
from callbacks.models import Attempt, DeskCall
from cases.answer_actions import answer_contact
from cases.models import Contact, UrgentReason
from send_portal.demo.rare import Rare, words
from send_portal.demo.submissions import submission

SPEAKS_FOR = timedelta(minutes=2)
TALKS_FOR = timedelta(minutes=12)


class RareCalls:
    """Puts it at its moment."""

    def __init__(self, rare: Rare) -> None:
        self.rare = rare
        self.cast = rare.cast

    def plan(self) -> None:
        """One caller is put through before the date, for a reason from the list (H33)."""
        told: dict[str, Any] = words()["urgent_call"]
        place = self.cast.place()
        logged: list[Contact] = []

        def comes(at: datetime) -> None:
            logged.append(self.rare.call(place, told["message"], self.cast.adviser, at))

        def again(at: datetime) -> None:
            reason = UrgentReason.objects.filter(active=True).first()
            if reason is not None:
                self._again(logged[0], told, reason, at)

        self.rare.at(told["days"], comes)
        self.rare.at(told["again_days"], again)

    def _again(
        self, matter: Contact, told: dict[str, Any], reason: UrgentReason, at: datetime
    ) -> None:
        matter = Contact.objects.select_related("case", "clock__owner").get(pk=matter.pk)
        case, by = matter.case, self.cast.adviser
        if case is None:
            return
        start_call(case=case, by=by, now=at - SPEAKS_FOR)
        party, result = Attempt.Party.COORDINATOR, Attempt.Result.ANSWERED
        note_attempt(case=case, party=party, result=result, by=by, now=at)
        finish_call(
            case=case,
            said=Said(
                sender=Contact.Sender(matter.sender),
                caller=Caller(name=matter.sender_name, phone=matter.sender_phone),
                asked=told["waiting_message"],
                person=matter.sender_person,
            ),
            ending=Ending(outcome=DeskCall.Outcome.TRANSFERRED, matter=matter, urgent=reason),
            submission=submission(self.rare.rng),
            by=by,
            now=at,
        )
        answers = partial(self._answers, matter, told["note"])
        self.rare.then(at + TALKS_FOR, answers)

    def _answers(self, matter: Contact, note: str, at: datetime) -> None:
        by, answer = matter.promise.owner, Contact.Answer.TELEPHONE
        answer_contact(contact=matter, answer=answer, note=note, by=by, now=at)
