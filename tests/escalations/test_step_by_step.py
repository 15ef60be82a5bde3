"""From the form to the person responsible, one step after the other, and what comes again."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import User
from cases.answer_actions import promise_contact
from cases.models import Contact
from escalations.models import Escalation
from escalations.step_actions import close, promise_step
from notices.models import Notice
from tests.cases.contacts import email, log
from tests.escalations.going_further import answered, settled, steps, unsettled
from tests.escalations.senders import LATE, NOW, family, mails, sent, service, told

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


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
