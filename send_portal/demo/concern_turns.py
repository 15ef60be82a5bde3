"""The turns that a concern can take, each by the action that does it in the portal."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from accounts.models import User
from cases.actions import log_contact
from cases.answer_actions import answer_contact
from cases.decision_actions import close_formal_matter
from cases.models import Case, Contact, RelatedPerson, UrgentReason
from cases.received import Received
from clocks.calendars import LONDON, council_calendar
from escalations.agreement_actions import Terms, agree
from escalations.answers import Answers
from escalations.complaint_actions import Answered, acknowledge, answer_stage, open_complaint
from escalations.follow_actions import say_it_helped
from escalations.learning_actions import Coding, code_entry, code_matter, code_step
from escalations.models import (
    Agreement,
    Complaint,
    ComplaintStage,
    DeskEntry,
    EscalationStep,
    Finding,
    Submission,
    Theme,
)
from escalations.passing_actions import pass_to_desk
from escalations.resolution_actions import confirm_check, keep_jointly, send_on
from escalations.response_actions import resolve, respond
from escalations.stage_two_actions import ask_for_stage_two
from escalations.step_actions import answer_step, close
from escalations.submission_actions import store, work_through
from send_portal.demo.staff import Staff
from send_portal.demo.submissions import message_id, submission

Turn = dict[str, Any]

MAIL_TAKES = timedelta(seconds=6)
FORM_TAKES = timedelta(seconds=9)
REVIEW_AFTER = timedelta(days=42)


class Story:
    """What one parent has to say about one child, and what became of it."""

    def __init__(self, rng: Random, staff: Staff, case: Case, parent: RelatedPerson) -> None:
        self.rng = rng
        self.lead = staff.offices[0].lead
        self.manager = staff.senior_manager
        self.case = case
        self.parent = parent
        self._matter = 0
        self._quoted = ""
        self._how = ""

    def play(self, turn: Turn, at: datetime) -> None:
        """Do what ``turn`` says, at ``at`` (aware)."""
        getattr(self, f"_{turn['does']}")(turn, at)

    # --- How it stands ----------------------------------------------------------------------

    @property
    def matter(self) -> Contact:
        found = Contact.objects.select_related("clock__owner", "case", "sender_person")
        return found.get(pk=self._matter)

    @property
    def step(self) -> EscalationStep:
        steps = EscalationStep.objects.select_related("escalation__matter__case", "clock__owner")
        return steps.filter(escalation__matter=self._matter).order_by("-pk")[0]

    @property
    def entry(self) -> DeskEntry:
        entries = DeskEntry.objects.select_related("contact__case", "clock__owner")
        return entries.get(contact=self._matter)

    @property
    def complaint(self) -> Complaint:
        return Complaint.objects.with_people().get(matter__contact=self._matter)

    # --- What the parent does ---------------------------------------------------------------

    def _mails(self, turn: Turn, at: datetime) -> None:
        """An e-mail, filed by the mail room; ``category`` when it is formal."""
        received = Received(
            channel=Contact.Channel.EMAIL,
            sender=Contact.Sender.PARENT,
            sender_name=self.parent.name,
            sender_email=self.parent.email,
            sender_person=self.parent,
            category=Contact.Category(turn.get("category", Contact.Category.INFORMAL)),
            subject=turn["subject"],
            message=turn["message"],
            received_at=at - MAIL_TAKES,
            message_id=message_id(self.rng),
        )
        made = log_contact(
            case=self.case, received=received, submission=submission(self.rng), by=None, now=at
        )
        self._matter, self._quoted, self._how = made.pk, made.reference, made.channel

    def _writes(self, turn: Turn, at: datetime) -> None:
        """The public form: for the first time, or because the last answer did not help."""
        answers = self._answers(turn)
        sent = store(form=submission(self.rng), answers=answers, now=at - FORM_TAKES)
        work_through(submission=sent, now=at)
        if not self._matter:
            kept = Submission.objects.select_related("contact").get(pk=sent.pk)
            if kept.contact is None:
                raise ValueError(f"{kept} was not worked through.")
            self._matter = kept.contact.pk
            self._quoted, self._how = kept.reference, kept.contact.channel

    def _answers(self, turn: Turn) -> Answers:
        child, school = self.case.person, self.case.establishment
        urgent = UrgentReason.objects.filter(active=True).first() if "urgent" in turn else None
        return Answers(
            about=turn.get("about", "support"),
            who=Contact.Sender.PARENT.value,
            name=self.parent.name,
            relation=self.parent.get_relation_display(),
            child_name=f"{child.given_name} {child.family_name}",
            child_born=child.date_of_birth,
            child_school=school.name if school else "",
            last_how=self._how,
            last_on=self._last_on(),
            quoted=self._quoted,
            answered=turn.get("answered", "never"),
            helped="answered" not in turn,
            asked_for=turn.get("asked_for", ""),
            words=turn["message"],
            wanted=turn.get("wanted", ""),
            urgent=urgent.code if urgent else "",
            email=self.parent.email,
        )

    def _last_on(self) -> Any:
        if not self._matter:
            return None
        return self.matter.received_at.astimezone(LONDON).date()

    def _helped(self, turn: Turn, at: datetime) -> None:
        say_it_helped(contact=self.matter, now=at)

    # --- What the staff do ------------------------------------------------------------------

    def _owner_answers(self, turn: Turn, at: datetime) -> None:
        matter = self.matter
        answer_contact(
            contact=matter,
            answer=Contact.Answer(turn.get("how", "email")),
            note=turn["words"],
            by=matter.promise.owner,
            now=at,
        )

    def _handler_answers(self, turn: Turn, at: datetime) -> None:
        step = self.step
        step = answer_step(step=step, text=turn["words"], by=step.clock.owner, now=at)
        if "themes" in turn:
            code_step(step=step, coding=self._coding(turn), by=step.clock.owner, now=at)

    def _closes(self, turn: Turn, at: datetime) -> None:
        step = self.step
        close(escalation=step.escalation, outcome=turn["words"], by=step.clock.owner, now=at)

    # --- On the resolution desk -------------------------------------------------------------

    def _passed(self, turn: Turn, at: datetime) -> None:
        pass_to_desk(contact=self.matter, in_name_of=turn["in_name_of"], by=self.manager, now=at)

    def _checked(self, turn: Turn, at: datetime) -> None:
        entry = self.entry
        until = turn.get("until", entry.computed)
        reason = turn.get("reason", "")
        confirm_check(entry=entry, until=until, reason=reason, by=entry.clock.owner, now=at)

    def _sent_on(self, turn: Turn, at: datetime) -> None:
        entry = self.entry
        send_on(entry=entry, by=entry.clock.owner, now=at)

    def _kept(self, turn: Turn, at: datetime) -> None:
        entry, partner = self.entry, self.matter.promise.owner
        keep_jointly(entry=entry, partner=partner, by=entry.clock.owner, now=at)

    def _responds(self, turn: Turn, at: datetime) -> None:
        entry, how = self.entry, DeskEntry.Answer(turn.get("how", "email"))
        respond(entry=entry, how=how, text=turn["words"], by=entry.clock.owner, now=at)

    def _resolves(self, turn: Turn, at: datetime) -> None:
        entry = self.entry
        by = entry.clock.owner
        agreed = turn.get("agreed", "")
        settled = resolve(entry=entry, outcome=turn["words"], agreed=agreed, by=by, now=at)
        code_entry(entry=settled, coding=self._coding(turn), by=by, now=at)

    # --- Complaints and other formal matters ------------------------------------------------

    def _acknowledged(self, turn: Turn, at: datetime) -> None:
        """Stage 1 by the team lead, stage 2 by the senior manager."""
        formal, who = self.matter.formal_matters.get(), self._who(turn)
        complaint = open_complaint(matter=formal, by=self.lead, now=at)
        acknowledge(complaint=complaint, number=turn["stage"], to=who, by=who, now=at)

    def _who(self, turn: Turn) -> User:
        return self.manager if turn["stage"] == ComplaintStage.Number.TWO else self.lead

    def _stage_answered(self, turn: Turn, at: datetime) -> None:
        answered = Answered(
            finding=Finding(turn["finding"]),
            text=turn["words"],
            themes=themes(turn),
            learnt=turn.get("learnt", ""),
        )
        answer_stage(
            complaint=self.complaint,
            number=turn["stage"],
            answered=answered,
            by=self._who(turn),
            now=at,
        )

    def _asks_again(self, turn: Turn, at: datetime) -> None:
        ask_for_stage_two(
            complaint=self.complaint,
            why=turn["words"],
            asked_on=at.astimezone(LONDON).date(),
            by=self.lead,
            now=at,
        )

    def _agreed(self, turn: Turn, at: datetime) -> None:
        """How the family and whoever looks at it keep in touch (H126)."""
        today, who = at.astimezone(LONDON).date(), self._who(turn)
        terms = Terms(
            channel=Agreement.Channel(turn["channel"]),
            often=Agreement.Often(turn["often"]),
            person=who,
            agreed_with=f"{self.parent.name}, {turn['agreed_how']}",
            agreed_on=today,
            review_on=council_calendar().add_working_days(today + REVIEW_AFTER, 0),
        )
        agree(complaint=self.complaint, terms=terms, by=who, now=at)

    def _formal_ends(self, turn: Turn, at: datetime) -> None:
        """A mediation or an appeal, with its themes at once."""
        formal = self.matter.formal_matters.select_related("clock", "contact__case").get()
        ended = close_formal_matter(matter=formal, outcome=turn["words"], by=self.lead, now=at)
        coding = self._coding(turn)
        code_matter(matter=ended, coding=coding, by=self.lead, now=at)

    def _coding(self, turn: Turn) -> Coding:
        outcome, learnt = turn.get("outcome", ""), turn.get("learnt", "")
        return Coding(themes=themes(turn), learnt=learnt, outcome=outcome)


def themes(told: Turn) -> list[Theme]:
    """The themes named in ``told``; where a council has words of its own, the first of them."""
    in_use = Theme.objects.filter(active=True)
    return list(in_use.filter(words__in=told["themes"])) or list(in_use[:1])
