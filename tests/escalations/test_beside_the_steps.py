"""What is asked of somebody else, above the ladder, formally or urgently, goes where it belongs."""

from datetime import date, timedelta

import pytest

from accounts.models import User
from cases.decision_actions import decide_urgency, recognise_formal
from cases.models import Contact, UrgentReason
from escalations.models import DeskEntry
from notices.models import Notice
from tests.escalations.going_further import further, reason, steps
from tests.escalations.senders import LATE, NOW, family, mails, sent, service, told

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def case(policy, cora, north):
    service(north)
    return family(cora, north)


@pytest.fixture
def rosa(case) -> User:
    return User.objects.get(full_name="Rosa Quill")


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
