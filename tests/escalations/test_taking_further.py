"""From the form to the person responsible, in every turn that a concern can take."""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from accounts.errors import RuleBroken
from accounts.models import Role, User
from cases.answer_actions import answer_contact, promise_contact
from cases.decision_actions import decide_urgency, recognise_formal, strike_through
from cases.matter_actions import file_contact, pass_on
from cases.models import Contact, NamedStaff, UrgentReason
from cases.proven import is_unproven
from escalations.chaser_actions import tell_of_chasers
from escalations.filing_actions import follow_filing
from escalations.follow_actions import add_information
from escalations.ladder_actions import Further, Result, take_further
from escalations.links import birthdays
from escalations.models import DeskEntry, Escalation, EscalationStep
from escalations.response_actions import answer_and_respond
from escalations.step_actions import answer_step, close, promise_step
from notices.models import Notice
from tests.cases.contacts import email, log
from tests.escalations.making import on_desk
from tests.escalations.senders import BORN, LATE, NOW, answers, family, mails, sent, service, told
from tests.factories import CaseFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
# Tuesday 1 December 2026, 9am: the step taken on 17 November was due by Monday 30 November.
LATER = datetime(2026, 12, 2, 9, tzinfo=UTC)


@pytest.fixture
def case(policy, cora, north):
    service(north)
    return family(cora, north)


@pytest.fixture
def maya(case) -> User:
    return User.objects.get(full_name="Maya Stone")


@pytest.fixture
def rosa(case) -> User:
    return User.objects.get(full_name="Rosa Quill")


def reason(number: int = 0) -> str:
    return UrgentReason.objects.filter(active=True)[number].code


def answered(contact: Contact, now=NOW) -> Contact:
    by = contact.promise.owner
    how = Contact.Answer.EMAIL
    return answer_contact(contact=contact, answer=how, note="On Monday.", by=by, now=now)


def unsettled(now, **changes):
    return sent(now, answered="yes", helped=False, words="It did not help.", **changes)


def steps() -> list[tuple[int, str, str]]:
    """Number, ground and handler of every step there is."""
    rows = EscalationStep.objects.select_related("clock__owner").order_by("number")
    return [(row.number, row.ground, row.handler.full_name) for row in rows]


def settled(step: EscalationStep, now, by: User | None = None) -> EscalationStep:
    return answer_step(step=step, text="We do this.", by=by or step.handler, now=now)


# --- Step by step ---------------------------------------------------------------------------


@pytest.mark.rule("H94")
@pytest.mark.rule("H103")
def test_the_first_message_is_the_case_owners_and_its_sender_reads_one_mail_with_the_date(case):
    first = sent()

    mail = told(first.contact, "first")
    assert first.kind == "step"
    assert mails("ngozi@example.org") == [f"We have your concern: {first.reference}"]
    assert "Cora Hill has your concern and will answer you." in mail.body
    assert "by Monday 16 November 2026" in mail.body
    assert "from Tuesday 17 November 2026" in mail.body
    assert "/concern/" in mail.body
    assert "How to complain" in mail.body
    assert "Amara" not in mail.body


@pytest.mark.rule("H97")
@pytest.mark.parametrize(
    ("channel", "due"),
    [
        ("email", "Monday 16 November 2026"),
        ("letter", "Monday 16 November 2026"),
        ("portal_message", "Monday 16 November 2026"),
        ("telephone", "Monday 9 November 2026"),
        ("voicemail", "Monday 9 November 2026"),
        ("face_to_face", "Monday 9 November 2026"),
    ],
)
def test_each_channel_has_its_date_and_the_next_step_opens_the_day_after(case, channel, due):
    person = case.person.related_people.get(name="Ngozi Okafor")
    came = email(channel=Contact.Channel(channel), sender_person=person, received_at=NOW)
    first = log(case, came)
    last_moment = first.promise.due_at.replace(hour=23, minute=59)

    early = sent(last_moment, answered="no", last_how=channel)
    late = sent(last_moment + timedelta(minutes=1), answered="no", last_how=channel)

    assert (early.kind, late.kind) == ("wait", "step")
    assert f"answer you by {due}." in told(early.contact, "wait").body
    assert steps() == [(2, "no_answer", "Lena Marsh")]


@pytest.mark.rule("H97")
def test_an_answer_that_did_not_help_goes_on_at_once(case, cora, lena):
    first = sent()
    answered(first.contact, NOW + DAY)

    further = unsettled(NOW + 2 * DAY)

    [step] = further.escalation.steps.all()
    assert steps() == [(2, "not_satisfied", "Lena Marsh")]
    assert (step.followed, step.asked) == (True, None)
    mail = told(further.contact, f"step:{step.pk}")
    assert "Lena Marsh leads the team that looks after the plan." in mail.body
    assert "by Wednesday 18 November 2026" in mail.body
    assert "You asked for" not in mail.body
    assert Notice.objects.filter(recipient=cora, subject__startswith="Taken further").exists()
    assert first.contact.promise.owner == cora


@pytest.mark.rule("H97")
def test_the_sender_is_believed_when_they_say_that_an_answer_did_not_help(case):
    sent()
    unsettled(NOW + DAY)
    assert steps() == [(2, "not_satisfied", "Lena Marsh")]


def test_an_answer_on_record_that_never_came_settles_nothing_once_the_date_has_passed(case):
    answered(sent().contact, NOW + DAY)
    again = sent(LATE, answered="no", last_on=date(2026, 11, 2))
    assert (again.kind, steps()) == ("step", [(2, "not_satisfied", "Lena Marsh")])


def test_before_the_date_it_is_looked_at_anew_by_the_case_owner(case, cora):
    answered(sent().contact, NOW + DAY)
    again = sent(NOW + 2 * DAY, answered="no", last_on=date(2026, 11, 2), words="Still nothing.")
    assert steps() == []
    assert (again.contact.original, again.contact.promise.owner) == (None, cora)


def test_what_helped_and_is_followed_by_a_message_is_something_new(case, cora):
    answered(sent().contact, NOW + DAY)
    again = sent(NOW + 2 * DAY, answered="yes", words="Thank you. And the plan?")
    assert (again.contact.original, again.contact.promise.owner) == (None, cora)


@pytest.mark.rule("H99")
@pytest.mark.rule("H101")
@pytest.mark.rule("H102")
@pytest.mark.rule("H103")
def test_up_to_the_last_step_and_what_is_left_then(case, lena, maya, rosa):
    sent()
    second = sent(LATE, answered="no").escalation.steps.get()
    settled(second, LATE + DAY, lena)
    third = unsettled(LATE + 2 * DAY).escalation.steps.get(number=3)
    settled(third, LATE + 3 * DAY, maya)
    fourth = unsettled(LATE + 4 * DAY).escalation.steps.get(number=4)

    answer = settled(fourth, LATE + 5 * DAY, rosa)
    end = unsettled(LATE + 6 * DAY)

    assert steps() == [
        (2, "no_answer", "Lena Marsh"),
        (3, "not_satisfied", "Maya Stone"),
        (4, "not_satisfied", "Rosa Quill"),
    ]
    assert Escalation.objects.count() == 1
    assert "You can make a complaint too, as at any time." in told(answer.contact, "answer").body
    mail = told(end.contact, "end")
    assert end.kind == "end"
    assert "You can make a complaint, as at any time." in mail.body
    assert "go to the Ombudsman" in mail.body
    assert "https://www.lgo.org.uk" in mail.body
    assert "next person" not in mail.body
    more = Notice.objects.get(recipient=rosa, subject__startswith="More from the sender")
    assert end.contact.reference in more.body


def test_a_last_step_without_an_answer_is_the_end_too(case, cora, lena, maya, rosa):
    sent()
    second = sent(LATE, answered="no").escalation.steps.get()
    settled(second, LATE + DAY, lena)
    third = unsettled(LATE + 2 * DAY).escalation.steps.get(number=3)
    settled(third, LATE + 3 * DAY, maya)
    fourth = unsettled(LATE + 4 * DAY).escalation.steps.get(number=4)
    wait = sent(fourth.clock.due_at, answered="no", words="And now?")
    assert "You can make a complaint at any time." in told(wait.contact, "wait").body

    end = sent(fourth.clock.due_at + DAY, answered="no", words="And now??")

    assert end.kind == "end"
    assert "You should have had our answer by" in told(end.contact, "end").body


@pytest.mark.rule("H95")
def test_a_holding_reply_moves_the_day_on_which_the_next_step_opens(case, cora, lena):
    first = sent().contact
    promise_contact(
        contact=first, until=date(2026, 11, 24), reason="A report", by=cora, now=NOW + DAY
    )
    assert sent(LATE, answered="no").kind == "wait"
    opened = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
    step = sent(opened, answered="no", words="Still nothing.").escalation.steps.get()

    later = {"step": step, "until": date(2026, 12, 18), "reason": "A visit", "by": lena}
    promise_step(**later, now=opened + DAY)
    promise_step(**later, now=opened + DAY)

    old = step.clock.due_at + DAY
    assert sent(old, answered="no", words="Nothing at all.").kind == "wait"
    mail = Notice.objects.get(subject__startswith="A new date for our answer: ESC")
    assert "by Friday 18 December 2026" in mail.body
    assert "from Saturday 19 December 2026" in mail.body
    late = sent(datetime(2026, 12, 19, 0, tzinfo=UTC), answered="no", words="Now?")
    assert late.escalation.steps.get(number=3).ground == "no_answer"


# --- Left out, above, formal, urgent --------------------------------------------------------


@pytest.mark.rule("H100")
@pytest.mark.rule("H5")
def test_straight_to_the_senior_manager_lands_at_the_team_lead_and_is_said_kindly(case, lena, cora):
    first = sent(asked_for="senior_manager")

    [step] = first.escalation.steps.all()
    assert (step.handler, step.ground, step.asked, step.followed) == (lena, "outside", 3, False)
    mail = told(first.contact, f"step:{step.pk}")
    assert "You asked for a senior manager. The team lead looks at it first." in mail.body
    assert "You have lost nothing by asking." in mail.body
    assert mails("ngozi@example.org") == [mail.subject]
    # The case stays the owner's, who hears of it.
    assert first.contact.promise.owner == cora
    assert Notice.objects.filter(recipient=cora).count() == 1


@pytest.mark.rule("H100")
def test_after_the_date_too(case, lena):
    sent()
    [step] = sent(LATE, answered="no", asked_for="senior_manager").escalation.steps.all()
    assert (step.handler, step.ground, step.followed) == (lena, "no_answer", False)


@pytest.mark.rule("H95")
def test_inside_the_window_nobody_is_skipped_whoever_is_asked_for(case, cora):
    first = sent().contact
    again = sent(NOW + DAY, answered="no", asked_for="senior_manager", words="Please.")
    assert (again.kind, again.contact.link, again.contact.original) == ("wait", "chaser", first)
    assert steps() == []
    assert Notice.objects.filter(recipient=cora, kind="chased").count() == 1
    assert mails("ngozi@example.org")[1:] == [f"You will hear from us: {again.reference}"]


@pytest.mark.rule("H94")
def test_the_team_lead_is_not_asked_before_the_case_owner(case, cora):
    first = sent(asked_for="team_lead")
    assert (first.contact.promise.owner, steps()) == (cora, [])
    body = told(first.contact, "first").body
    assert "You asked for the team lead. The person who looks after the plan" in body


def test_somebody_who_says_that_they_asked_before_is_told_that_it_was_not_found(case):
    first = sent(answered="no", last_on=date(2026, 10, 1))
    assert "we have not found that message" in told(first.contact, "first").body


@pytest.mark.rule("H104")
@pytest.mark.rule("H106")
def test_above_the_ladder_the_forty_eight_hours_run(case, rosa, cora):
    first = sent(asked_for="above")

    entry = DeskEntry.objects.get()
    assert (first.kind, entry.contact, entry.passed_by) == ("desk", first.contact, None)
    assert entry.clock.due_at == NOW + timedelta(hours=48)
    assert entry.clock.owner == rosa
    assert first.contact.promise.owner == cora
    mail = told(first.contact, "desk")
    assert "One of them will get in touch with you within 48 hours." in mail.body
    assert mails("ngozi@example.org") == [mail.subject]


@pytest.mark.rule("H104")
def test_above_the_ladder_again_is_linked_and_reaches_the_officer(case, rosa):
    first = sent(asked_for="above")
    again = sent(NOW + DAY, answered="no", asked_for="above", words="And now?")

    entry = DeskEntry.objects.get()
    assert again.contact.original == first.contact
    assert entry.clock.due_at == NOW + timedelta(hours=48)
    heard = Notice.objects.filter(recipient=rosa).order_by("id").values_list("subject", flat=True)
    assert list(heard)[1:] == [f"Passed on again: {first.contact.reference}"]
    assert "They will look at both together." in told(again.contact, "desk").body


@pytest.mark.rule("H103")
@pytest.mark.rule("H68")
@pytest.mark.parametrize("formal", ["complaint", "safeguarding", "assessment_request"])
@pytest.mark.parametrize("asked_for", ["", "senior_manager", "above"])
def test_formal_matters_go_straight_on(case, formal, asked_for):
    sent()
    matter = sent(NOW + DAY, answered="no", formal=formal, asked_for=asked_for, words="I ask.")

    assert (matter.kind, matter.contact.link, matter.contact.category) == ("formal", "", formal)
    assert matter.contact.formal_matters.count() == 1
    assert (steps(), DeskEntry.objects.count()) == ([], 0)
    what = "complaint" if formal == "complaint" else "message"
    assert mails("ngozi@example.org")[1:] == [f"We have your {what}: {matter.contact.reference}"]


@pytest.mark.rule("H68")
def test_what_asks_again_about_a_formal_matter_is_no_step_of_it(case, cora):
    first = sent().contact
    recognise_formal(contact=first, category=Contact.Category.COMPLAINT, by=cora, now=NOW)

    again = sent(LATE, answered="no", words="What about it?")
    staff = further(first, cora, LATE)

    assert (again.kind, again.contact.original, steps()) == ("step", None, [])
    assert staff.contact.original is None


def test_a_concern_that_turns_out_to_be_formal_as_well_keeps_its_promises(case, cora):
    first = sent().contact
    taken = sent(LATE, answered="no")
    recognise_formal(contact=first, category=Contact.Category.COMPLAINT, by=cora, now=LATE)
    again = sent(LATE + DAY, answered="no", words="And?")
    assert (again.kind, again.escalation) == ("wait", taken.escalation)


@pytest.mark.rule("H95")
def test_a_reason_from_the_list_opens_the_next_step_at_once(case, lena):
    sent()
    urgent = sent(NOW + DAY, answered="no", urgent=reason(), words="He has no school.")
    [step] = urgent.escalation.steps.all()
    assert (step.handler, step.ground) == (lena, "urgent")
    again = sent(NOW + 2 * DAY, answered="no", urgent=reason(), words="Still none.")
    assert (again.kind, len(steps())) == ("wait", 1)
    more = Notice.objects.get(recipient=lena, subject__startswith="More from the sender")
    assert "They say that it is urgent." in more.body


@pytest.mark.rule("H63")
def test_the_word_alone_opens_nothing(case, cora):
    first = sent().contact
    result = further(first, cora, NOW + DAY, subject="URGENT urgent", message="ASAP")
    assert (result.placement.kind, steps()) == ("wait", [])


@pytest.mark.rule("H95")
@pytest.mark.parametrize("accepted", [True, False])
def test_once_somebody_has_decided_that_counts(case, cora, accepted):
    first = sent(urgent=reason()).contact
    decide_urgency(
        contact=first,
        accepted=accepted,
        reason=UrgentReason.objects.first() if accepted else None,
        note="" if accepted else "He has a place.",
        by=cora,
        now=NOW + timedelta(hours=1),
    )
    again = sent(NOW + timedelta(hours=2), answered="no", urgent=reason(), words="Please.")
    assert again.kind == ("step" if accepted else "wait")
    # An acceptance opens one step, not all of them.
    more = sent(NOW + timedelta(hours=3), answered="no", words="Please!")
    assert more.kind == "wait"


# --- Again ----------------------------------------------------------------------------------


@pytest.mark.rule("H102")
def test_a_second_message_about_a_step_is_linked_and_reaches_its_handler(case, lena, cora):
    first = sent()
    taken = sent(LATE, answered="no")
    Notice.objects.filter(recipient=cora).delete()

    again = sent(LATE + DAY, answered="no", words="There is more.")

    assert (again.kind, again.escalation) == ("wait", taken.escalation)
    assert (again.contact.original, again.contact.link) == (first.contact, "further")
    assert len(steps()) == 1
    more = Notice.objects.get(recipient=lena, subject__startswith="More from the sender")
    assert more.subject == f"More from the sender: {taken.escalation.reference}"
    assert more.path == f"/concerns/{taken.escalation.reference}/"
    mail = told(again.contact, "wait")
    assert "Lena Marsh has both and will answer you by Tuesday 1 December 2026." in mail.body
    assert not Notice.objects.filter(recipient=cora).exists()


def test_what_did_not_help_said_twice_is_one_step(case, lena):
    answered(sent().contact, NOW)
    unsettled(NOW + DAY)
    again = unsettled(NOW + DAY + timedelta(minutes=5))
    assert (again.kind, steps()) == ("wait", [(2, "not_satisfied", "Lena Marsh")])


def test_word_for_word_the_same_is_no_second_matter(case):
    first, again = sent(), sent(NOW + timedelta(minutes=3))
    assert (again.kind, again.contact.original) == ("wait", first.contact)


def test_the_other_parent_has_a_concern_of_their_own(case, cora):
    first = sent().contact
    father = {"name": "Emeka Okafor", "email": "emeka@example.org"}
    his = sent(LATE, answered="no", quoted=first.reference, **father)
    assert (his.contact.original, his.contact.promise.owner) == (None, cora)
    assert steps() == []
    mail = told(his.contact, "first")
    assert mail.address == "emeka@example.org"
    assert first.reference not in mail.body


@pytest.mark.rule("H102")
def test_a_concern_that_was_settled_is_opened_again_where_it_was(case, lena, maya):
    sent()
    escalation = sent(LATE, answered="no").escalation
    settled(escalation.steps.get(), LATE + DAY, lena)
    close(escalation=escalation, outcome="It starts.", by=None, now=LATE + DAY)

    again = unsettled(LATE + 3 * DAY)

    escalation.refresh_from_db()
    assert (again.escalation, escalation.is_open, escalation.outcome) == (escalation, True, "")
    assert steps()[1:] == [(3, "not_satisfied", "Maya Stone")]
    close(escalation=escalation, outcome="Now it does.", by=maya, now=LATE + 4 * DAY)
    assert len([one for one in mails("ngozi@example.org") if one.startswith("Your concern")]) == 2


def test_settled_and_then_a_new_question_is_something_new(case, lena):
    sent()
    escalation = sent(LATE, answered="no").escalation
    close(escalation=escalation, outcome="It starts.", by=lena, now=LATE + DAY)
    again = sent(LATE + 3 * DAY, answered="yes", words="And the plan?")
    assert (again.contact.original, escalation.steps.count()) == (None, 1)


# --- Wherever the matter has got to -----------------------------------------------------------


def test_a_matter_that_was_passed_on_goes_to_the_same_team_lead(case, cora, lena):
    dan = UserFactory(full_name="Dan Reed", team=cora.team)
    first = sent().contact
    pass_on(contact=first, to=dan, reason="Leave", by=cora, now=NOW + DAY)
    sent(LATE, answered="no")
    assert steps() == [(2, "no_answer", "Lena Marsh")]
    heard = Notice.objects.filter(subject__startswith="Taken further").values_list(
        "recipient__full_name", flat=True
    )
    assert list(heard) == ["Dan Reed"]


def test_a_matter_that_was_passed_to_the_lead_goes_to_the_one_above(case, cora, lena):
    first = sent().contact
    pass_on(contact=first, to=lena, reason="Leave", by=cora, now=NOW + DAY)
    taken = sent(LATE, answered="no")
    assert steps() == [(2, "no_answer", "Maya Stone")]
    body = told(taken.contact, "step").body
    assert "Maya Stone is a senior manager of the SEND service." in body


def test_who_handles_a_restricted_case_may_see_it(case, lena):
    first = sent().contact
    case.restricted, case.restricted_reason = True, "Threats"
    case.save()
    sent(LATE, answered="no")
    assert NamedStaff.objects.filter(case=case, user=lena).exists()
    assert Contact.objects.visible_to(lena).filter(pk=first.pk).exists()


def test_of_a_merged_record_it_is_the_kept_ones(case, cora, north):
    other = CaseFactory(person=PersonFactory(), owner=cora, team=UserFactory().team)
    person = case.person.related_people.get(name="Ngozi Okafor")
    log(other, email(received_at=NOW, sender_person=person))
    other.merged_into = case
    other.save()
    taken = sent(LATE, answered="no")
    assert taken.escalation.case == case
    assert steps() == [(2, "no_answer", "Lena Marsh")]


@pytest.mark.rule("H67")
def test_unfiled_it_goes_on_all_the_same_and_follows_when_it_is_filed(case, cora, lena, maya):
    first = sent(child_name="Ammara Okafour").contact
    assert first.case is None
    taken = sent(LATE, child_name="Ammara Okafour", answered="no")
    # The lead of the tray was asked already: it is the one above.
    assert steps() == [(2, "no_answer", "Maya Stone")]
    case.restricted, case.restricted_reason = True, "Threats"
    case.save()

    file_contact(contact=first, case=case, by=lena, now=LATE)
    assert not EscalationStep.objects.unrestricted_for(lena).exists()
    assert (follow_filing(now=LATE), follow_filing(now=LATE)) == (1, 0)

    taken.escalation.refresh_from_db()
    assert taken.escalation.case == case
    assert NamedStaff.objects.filter(case=case, user=maya).exists()


def test_a_mistake_that_was_struck_through_is_not_gone_on_with(case, cora):
    first = sent().contact
    strike_through(contact=first, reason="Twice", by=cora, now=NOW + DAY)
    again = sent(LATE, answered="no")
    assert (again.contact.original, steps()) == (None, [])


def test_what_was_taken_further_is_not_struck_through(case, cora):
    first = sent().contact
    sent(LATE, answered="no")
    with pytest.raises(RuleBroken) as broken:
        strike_through(contact=first, reason="Twice", by=cora, now=LATE)
    assert broken.value.code == "chased"


# --- Strangers --------------------------------------------------------------------------------


STRANGER = {"name": "Sam Lee", "email": "sam@example.net"}


@pytest.mark.rule("H22")
@pytest.mark.parametrize(
    "sends",
    [
        {},
        {"answered": "no", "last_on": date(2026, 10, 5)},
        {"answered": "yes", "helped": False},
        {"asked_for": "team_lead"},
        {"asked_for": "senior_manager"},
        {"asked_for": "above", "who": "other"},
        {"formal": "complaint"},
        {"formal": "safeguarding"},
        {"urgent": True},
        {"who": "establishment"},
        {"who": "professional", "organisation": "The clinic"},
    ],
)
def test_a_stranger_reads_the_same_whether_we_know_the_child_or_not(case, sends, cora, lena):
    sent()  # The mother's own matter is open.
    sends = {**STRANGER, **sends, **({"urgent": reason()} if "urgent" in sends else {})}
    known, unknown = {**sends}, {**sends, "child_name": "Nobody Known"}
    for now, more in [(NOW, {}), (LATE, {"answered": "no", "words": "Now?"})]:
        for child in (known, unknown):
            sent(now, **child | more)

    read = {True: [], False: []}
    mailed = Notice.objects.filter(address=STRANGER["email"]).order_by("id")
    for mail in mailed:
        contact = Contact.objects.get(pk=mail.key.split(":")[1])
        read[contact.case is not None].append(without_references(f"{mail.subject}\n{mail.body}"))
    assert read[True] == read[False] != []
    everything = "\n".join(read[True])
    hidden = ["Cora", "Lena", "Maya", "Rosa", "North team", "Amara", "Okafor", "Thornley"]
    assert [word for word in hidden if word in everything] == []


def without_references(text: str) -> str:
    text = re.sub(r"(CON|ESC|ASK)-\d+", "#", text)
    return re.sub(r"/concern/\S+", "/concern/#", text)


def test_a_stranger_who_knows_the_mothers_number_reads_no_more(case):
    first = sent(name="Ngozi Okafor", email="thief@example.net", phone="07700 900123").contact
    assert first.sender_person is None
    assert "Our team has your concern" in told(first, "first").body


def test_who_rings_as_the_mother_with_another_address_gets_no_names_and_not_her_link(case, asif):
    first = sent().contact
    other = {"sender_email": "thief@example.net", "sender_person": first.sender_person}

    result = further(first, asif, LATE, **other)

    mail = Notice.objects.get(address="thief@example.net")
    assert "Our team now has your concern." in mail.body
    assert "Lena" not in mail.body
    assert "/concern/" not in mail.body
    assert (birthdays(first), birthdays(result.contact)) == ({BORN}, set())


def test_an_answer_goes_to_the_address_of_the_matter_and_not_to_one_given_on_the_telephone(
    case, asif, lena
):
    first = sent().contact
    other = {"sender_email": "thief@example.net", "sender_person": first.sender_person}
    step = further(first, asif, LATE, **other).step

    until = (LATE + timedelta(days=20)).date()
    why = "Thornley School needs until then."
    step = promise_step(step=step, until=until, reason=why, by=lena, now=LATE)
    settled(step, LATE)

    assert "Thornley" not in " ".join(Notice.objects.values_list("subject", flat=True))
    assert [mail.address for mail in Notice.objects.filter(body__contains="We do this.")] == [
        "ngozi@example.org"
    ]
    assert [mail.address for mail in Notice.objects.filter(body__contains="Thornley")] == [
        "ngozi@example.org"
    ]


def rang_as_the_mother(case, asif, **given) -> Result:
    """She rang, and gives an address only when she rings again; nobody has it on the record."""
    first = log(
        case,
        email(channel=Contact.Channel.TELEPHONE, sender_email="", received_at=NOW),
        by=asif,
        now=NOW,
    )
    return further(first, asif, LATE, sender_email="ngozi@example.net", **given)


def test_an_address_given_on_the_telephone_opens_nothing_of_the_record(case, asif, lena):
    step = rang_as_the_mother(case, asif).step
    until = (LATE + timedelta(days=20)).date()
    why = "Thornley School needs until then."
    step = promise_step(step=step, until=until, reason=why, by=lena, now=LATE)
    settled(step, LATE)

    mailed = list(Notice.objects.filter(address="ngozi@example.net").order_by("id"))
    assert [mail.subject.split(":")[0] for mail in mailed] == [
        "Who looks at your concern now",
        "A new date for our answer",
    ]
    said = " ".join(mail.body for mail in mailed)
    assert [word for word in ("Lena", "Thornley", "/concern/", "We do this") if word in said] == []
    assert birthdays(step.contact) == set()
    [taken] = Notice.objects.filter(recipient=lena, key__endswith=":taken")
    assert "your answer does not go there" in taken.body


def test_an_answer_that_was_not_mailed_is_one_by_telephone_to_the_desk(case, asif, lena):
    step = rang_as_the_mother(case, asif).step
    entry = on_desk(step.escalation.matter, lena, now=LATE)

    answer_and_respond(step=step, text="I rang her.", by=lena, now=LATE)

    entry.refresh_from_db()
    assert entry.responded_how == DeskEntry.Answer.TELEPHONE


def test_once_the_address_is_on_the_record_its_sender_reads_everything(case, asif, lena):
    step = rang_as_the_mother(case, asif).step
    case.person.related_people.filter(name="Ngozi Okafor").update(email="Ngozi@example.net")

    settled(step, LATE)

    [mail] = Notice.objects.filter(address="ngozi@example.net", body__contains="We do this.")
    assert "Lena Marsh" in mail.body
    assert "/concern/" in mail.body
    assert birthdays(step.contact) == {BORN}


def test_an_address_of_the_other_parent_or_of_the_school_is_not_hers(case, asif):
    mother = case.person.related_people.get(name="Ngozi Okafor")
    first = sent().contact
    for address in ("emeka@example.org", "office@school.example.org"):
        rang = further(first, asif, NOW, sender_email=address, sender_person=mother).contact
        assert is_unproven(rang)
        Contact.objects.filter(pk=rang.pk).update(sender_person=None)
        assert not is_unproven(Contact.objects.get(pk=rang.pk))


def test_what_a_caller_said_is_not_proven_by_the_link_to_their_own_form(case, asif):
    """A stranger's form; then they ring and say that they are the mother."""
    first = sent(**STRANGER).contact
    mother = case.person.related_people.get(name="Ngozi Okafor")
    address = {"sender_email": STRANGER["email"], "sender_person": mother}
    rang = further(first, asif, NOW, **address).contact

    said = add_information(contact=rang, words="More.", submission=uuid4(), now=NOW)

    assert is_unproven(said)


@pytest.mark.parametrize("now", [NOW, LATE])
def test_nothing_is_sent_to_somebody_who_must_not_be_contacted(case, now, lena):
    sent()
    case.person.related_people.filter(name="Ngozi Okafor").update(
        no_contact=True, receives_letters=False
    )
    before = mails("ngozi@example.org")
    sent(now, answered="no", words="And now?")
    assert mails("ngozi@example.org") == before
    if now == LATE:
        taken = Notice.objects.get(recipient=lena, subject__startswith="For you")
        assert "No e-mail goes to the sender: tell them" not in taken.body
        assert "must not be contacted" in taken.body


def test_somebody_without_an_address_is_to_be_told_by_people(case, lena):
    by_phone = {"email": "", "phone": "07700 900123", "reach": "phone"}
    sent(**by_phone)
    sent(LATE, answered="no", **by_phone)
    [step] = EscalationStep.objects.all()
    taken = Notice.objects.get(recipient=lena, subject__startswith="For you")
    assert "No e-mail goes to the sender: tell them who has it, and by when." in taken.body
    settled(step, LATE + DAY, lena)
    assert not Notice.objects.filter(recipient=None).exists()


# --- Staff ------------------------------------------------------------------------------------


def further(matter: Contact, by: User | None, now, *, submission=None, **said) -> Result:
    """Somebody of ours takes ``matter`` further on the telephone."""
    given = {
        "channel": Contact.Channel.TELEPHONE,
        "sender_name": matter.sender_name,
        "sender_email": matter.sender_email,
        "sender_person": matter.sender_person,
        "subject": "",
        "received_at": now,
    }
    asked = Further(received=email(**given | said), case=matter.case, matter=matter)
    return take_further(further=asked, submission=submission or uuid4(), by=by, now=now)


def test_staff_take_it_further_and_a_second_click_is_harmless(case, cora, lena):
    first, form = sent().contact, uuid4()
    one = further(first, cora, LATE, submission=form)
    two = further(first, cora, LATE, submission=form)

    assert (two.contact, two.step, two.placement.kind) == (one.contact, one.step, "step")
    assert Notice.objects.filter(recipient=lena).count() == 1
    with pytest.raises(RuleBroken) as broken:
        further(first, cora, LATE, submission=form, message="Something else.")
    assert broken.value.code == "submission_used"


def test_staff_cannot_put_one_parents_words_with_the_others_matter(case, cora):
    first = sent().contact
    father = {"sender_name": "Emeka", "sender_email": "emeka@example.org", "sender_person": None}
    with pytest.raises(RuleBroken) as broken:
        further(first, cora, LATE, **father)
    assert broken.value.code == "other_sender"


def test_auditors_take_nothing_further(case):
    first = sent().contact
    with pytest.raises(RuleBroken) as broken:
        further(first, UserFactory(role=Role.AUDITOR), LATE)
    assert broken.value.code == "may_not_log"


def test_nobody_answers_or_settles_a_concern_about_themselves(case, cora, lena):
    answered(sent().contact, NOW)
    escalation = unsettled(NOW + DAY).escalation
    for act in (
        lambda: answer_step(step=escalation.steps.get(), text="No.", by=cora, now=LATE),
        lambda: close(escalation=escalation, outcome="Done", by=cora, now=LATE),
    ):
        with pytest.raises(RuleBroken) as broken:
            act()
        assert broken.value.code == "about_themselves"
    assert close(escalation=escalation, outcome="Done", by=lena, now=LATE).outcome == "Done"


def test_the_case_owner_hears_what_was_answered_and_that_it_is_settled(case, cora, lena):
    sent()
    escalation = sent(LATE, answered="no").escalation
    step = settled(escalation.steps.get(), LATE + DAY, lena)
    close(escalation=escalation, outcome="It helped.", by=None, now=LATE + 2 * DAY)

    heard = Notice.objects.filter(recipient=cora).values_list("subject", flat=True)
    assert f"Answered: {step.clock.about}" in heard
    assert f"Settled: {escalation.reference}" in heard
    settled_by = Notice.objects.get(recipient=lena, subject__startswith="Settled")
    assert settled_by.body == f"The sender says that {escalation.reference} is settled."


def test_settled_by_the_sender_no_member_of_staff_is_named_as_having_ended_the_clock(case, lena):
    sent()
    escalation = sent(LATE, answered="no").escalation
    close(escalation=escalation, outcome="It came.", by=None, now=LATE + DAY)
    event = escalation.steps.get().clock.events.get(kind="cancelled")
    assert (event.by, event.reason) == (None, "The sender says: It came.")


def test_the_answers_of_the_form_are_what_the_case_owner_reads(case):
    assert sent(wanted="A taxi.").contact.message == answers(wanted="A taxi.").message


# --- By other ways ----------------------------------------------------------------------------


@pytest.mark.rule("H49")
def test_an_e_mail_about_a_step_reaches_its_handler_once(case, lena, cora):
    person = case.person.related_people.get(name="Ngozi Okafor")
    first = sent().contact
    sent(LATE, answered="no")
    assert tell_of_chasers(now=LATE) == 0
    came = LATE + timedelta(hours=1)
    chaser = log(case, email(received_at=came, sender_person=person), chases=first)

    assert [tell_of_chasers(now=came + n * DAY) for n in range(3)] == [1, 0, 0]

    more = Notice.objects.get(recipient=lena, subject__startswith="More from the sender")
    assert chaser.reference in more.body


@pytest.mark.parametrize("number", range(1, 4))
def test_looking_for_what_came_costs_the_same_however_many_steps_there_are(
    case, number, django_assert_num_queries
):
    for day in range(number):
        asked_at = NOW + day * DAY
        sent(asked_at, words=f"{day}")
        sent(LATE + 3 * DAY, answered="no", words=f"Now {day}?", last_on=asked_at.date())
    assert EscalationStep.objects.count() == number
    with django_assert_num_queries(3):
        assert tell_of_chasers(now=LATE + 7 * DAY) == 0


@pytest.mark.parametrize("number", range(1, 4))
def test_once_all_are_told_it_costs_the_same_however_many_came(
    case, number, django_assert_num_queries
):
    person = case.person.related_people.get(name="Ngozi Okafor")
    came = LATE + 4 * DAY
    for day in range(number):
        asked_at = NOW + day * DAY
        first = sent(asked_at, words=f"{day}").contact
        sent(LATE + 3 * DAY, answered="no", words=f"Now {day}?", last_on=asked_at.date())
        log(case, email(received_at=came, sender_person=person), chases=first)
    assert tell_of_chasers(now=came) == number
    with django_assert_num_queries(3):
        assert tell_of_chasers(now=came) == 0


@pytest.mark.parametrize(
    ("phone", "kept"), [("07700 900123", "07700 900123"), ("07700 900999", ""), ("", "")]
)
def test_a_number_that_is_not_on_the_record_is_no_way_to_reach_somebody_who_is(case, phone, kept):
    contact = sent(phone=phone).contact
    assert contact.sender_phone == kept
    assert ("not on the record: 07700 900999" in contact.message) is (phone == "07700 900999")


def test_of_somebody_unknown_the_number_is_kept_as_it_is(case):
    contact = sent(email="sam@example.net", name="Sam Lee", phone="07700 900999").contact
    assert contact.sender_phone == "07700 900999"
