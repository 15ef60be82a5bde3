"""What a sender sees and does with the link to their concern: two keys, and nothing that is not
theirs."""

import re
import threading
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import textstat
import time_machine
from django.core import signing
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.answer_actions import add_note, answer_contact, reply_by_email
from cases.decision_actions import recognise_formal, strike_through
from cases.matter_actions import file_contact
from cases.models import Contact
from escalations.links import address_of, token_of
from escalations.models import Escalation, EscalationStep
from escalations.step_actions import answer_step, close
from notices.models import Notice
from tests.escalations.senders import LATE, NOW, family, mails, seen, sent, service, told
from tests.escalations.test_form_words import sentences

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H102")]

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
BIRTHDAY = {"born_day": "3", "born_month": "2", "born_year": "2014"}
WRONG = BIRTHDAY | {"born_year": "2015"}


@pytest.fixture(autouse=True)
def _nobody_has_tried_too_often(db):
    cache.clear()


@pytest.fixture
def case(policy, cora, north):
    service(north)
    return family(cora, north)


@pytest.fixture
def first(case) -> Contact:
    contact = sent().contact
    assert contact
    return contact


def path(contact: Contact, name: str = "follow", *, made: datetime = NOW) -> str:
    with time_machine.travel(made, tick=False):
        return reverse(f"escalations:{name}", args=[token_of(contact)])


def at(now: datetime):
    return time_machine.travel(now, tick=False)


def opened(client: Client, contact: Contact, *, now: datetime = NOW, **typed: str):
    """Both keys given; the page that it leads to."""
    with at(now):
        return client.post(path(contact, made=now), BIRTHDAY | typed, follow=True)


def read(client: Client, contact: Contact, *, now: datetime = NOW) -> str:
    return opened(client, contact, now=now).content.decode()


def press(client: Client, contact: Contact, do: str, *, now: datetime = NOW, **typed: object):
    with at(now):
        given = {"do": do, "words": "", "submission": uuid4(), "seen": seen(client, contact)}
        given |= typed
        return client.post(path(contact, "follow_say", made=now), given, follow=True)


def without_tokens(page: str) -> str:
    page = re.sub(r'(value|name="submission" value)="[0-9a-f-]{36}"', "", page)
    page = re.sub(r'name="seen" value="\w+"', "", page)
    return re.sub(r"/concern/[^/\"]+/", "/concern/#/", page)


# --- The two keys ---------------------------------------------------------------------------


def test_the_link_in_the_mail_and_the_birthday_open_the_concern(client, first):
    with at(NOW):
        assert address_of(first).split("/concern/")[0] in told(first, "first").body
    page = read(client, first)

    assert "You will have an answer by Monday 16 November 2026" in page
    assert "Cora Hill has your concern." in page
    assert "from Tuesday 17 November 2026" in page
    assert first.submissions.get().reference in page


def test_the_birthday_is_asked_once_in_a_session(client, first):
    opened(client, first)
    with at(NOW):
        assert "Cora Hill" in client.get(path(first)).content.decode()
        assert "Cora Hill" not in Client().get(path(first)).content.decode()


@pytest.mark.parametrize("method", ["get", "head"])
def test_to_look_changes_nothing(client, first, method):
    def rows():
        return [list(model.objects.order_by("pk").values()) for model in (Contact, Notice)]

    before = rows()
    opened(client, first)
    with at(NOW):
        for name in ("follow", "follow_say"):
            getattr(client, method)(path(first, name))
        assert client.get(path(first, "follow_new_link")).status_code == 405
    assert rows() == before


@pytest.mark.parametrize(
    "wrong", ["date", "cut", "changed", "made up", "ended", "struck", "barred", "other salt"]
)
def test_every_wrong_key_reads_the_same(client, case, first, cora, wrong):
    address, typed, now = path(first), dict(BIRTHDAY), NOW
    with at(NOW):
        plain_question = without_tokens(client.get(address).content.decode())
        expected = client.post(reverse("escalations:follow", args=["x"]), BIRTHDAY)
    if wrong == "date":
        typed = dict(WRONG)
    if wrong == "cut":
        address = address[:-2] + "/"
    if wrong == "changed":
        address = address.replace("/concern/", "/concern/A")
    if wrong == "made up":
        address = reverse("escalations:follow", args=["MQ:1abc:0123456789"])
    if wrong == "ended":
        now = NOW + timedelta(days=91)
    if wrong == "struck":
        strike_through(contact=first, reason="Twice", by=cora, now=NOW)
    if wrong == "barred":
        case.person.related_people.update(no_contact=True, receives_letters=False)
    if wrong == "other salt":
        token = signing.dumps(first.pk, salt="something.else")
        address = reverse("escalations:follow", args=[token])

    with at(now):
        question = client.get(address)
        answer = client.post(address, typed)

    assert without_tokens(question.content.decode()) == plain_question
    assert answer.status_code == expected.status_code == 200
    shown = without_tokens(answer.content.decode()).replace('value="2015"', 'value="2014"')
    assert shown == without_tokens(expected.content.decode())
    assert "We cannot open it with this date." in shown
    assert "sessionid" not in answer.cookies


@pytest.mark.parametrize("ours", [True, False])
def test_five_wrong_dates_lock_the_link_and_every_other_to_it(client, first, ours):
    address = path(first) if ours else reverse("escalations:follow", args=["x"])
    with at(NOW):
        statuses = [client.post(address, WRONG).status_code for _ in range(6)]
        right = client.post(path(first) if ours else address, BIRTHDAY)
    assert statuses == [200] * 5 + [429]
    assert right.status_code == 429
    assert "There have been too many tries." in right.content.decode()
    if ours:
        another = path(first, made=NOW - DAY)
        with at(NOW):
            assert client.post(another, BIRTHDAY).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_no_more_than_five_dates_are_tried_however_fast(first):
    address, together, statuses = path(first), threading.Barrier(16), []

    def guess(day: int) -> None:
        client = Client()
        together.wait()
        try:
            with_day = WRONG | {"born_day": str(day)}
            statuses.append(client.post(address, with_day).status_code)
        finally:
            connection.close()

    with at(NOW):
        threads = [threading.Thread(target=guess, args=[day]) for day in range(1, 17)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(statuses) == 16
    assert 1 <= statuses.count(200) <= 5


def test_the_right_date_counts_as_no_try(client, first):
    for minute in range(8):
        assert "You will have an answer" in read(Client(), first, now=NOW + minute * MINUTE)


def test_a_date_that_is_none_is_no_try(client, first):
    with at(NOW):
        for _ in range(8):
            page = client.post(path(first), {"born_day": "3"}).content.decode()
        future = client.post(path(first), BIRTHDAY | {"born_year": "2030"}).content.decode()
    assert "must include a month and year" in page
    assert "The date of birth must be in the past" in future
    assert "You will have an answer" in read(client, first)


def test_staff_who_open_it_see_what_the_sender_sees(as_person, client, first, cora):
    theirs = without_tokens(read(Client(), first))
    assert without_tokens(read(as_person(cora), first)) == theirs


def test_nobody_else_is_told_or_keeps_the_address(client, first):
    page = opened(client, first)
    with at(NOW):
        others = [Client().get(path(first)), client.post(path(first, "follow_new_link"))]
    for response in (page, *others):
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex, nofollow"


# --- A new link -----------------------------------------------------------------------------


def test_a_new_link_goes_to_the_address_that_we_have_also_when_the_old_one_has_ended(client, first):
    later = NOW + timedelta(days=200)
    old = path(first)
    with at(later):
        sent_page = client.post(f"{old}new-link/")
        unknown = client.post(reverse("escalations:follow_new_link", args=["x"]))

    assert sent_page.content == unknown.content
    [mail] = Notice.objects.filter(subject__startswith="Your new link")
    assert mail.address == "ngozi@example.org"
    link = re.search(r"/concern/\S+/", mail.body)
    assert link
    with at(later):
        assert "Your answer is late" in client.post(link[0], BIRTHDAY, follow=True).content.decode()


def test_new_links_are_few(client, first):
    with at(NOW):
        pages = {client.post(path(first, "follow_new_link")).content for _ in range(6)}
    assert len(pages) == 1
    assert Notice.objects.filter(subject__startswith="Your new link").count() <= 3


def test_whoever_must_not_be_contacted_gets_no_link(client, first, case):
    case.person.related_people.update(no_contact=True, receives_letters=False)
    with at(NOW):
        client.post(path(first, "follow_new_link"))
    assert not Notice.objects.filter(subject__startswith="Your new link").exists()


# --- What is there --------------------------------------------------------------------------


def test_no_page_names_the_child_or_shows_what_is_ours(client, case, first, cora, lena):
    father = sent(words="His own.", name="Emeka Okafor", email="emeka@example.org").contact
    add_note(contact=first, text="She is difficult.", submission=uuid4(), by=cora, now=NOW + DAY)
    sent(LATE, answered="no", words="Amara still waits.")
    page = read(client, first, now=LATE)

    hidden = ["Amara", "Okafor", "Thornley", "EHC-", "difficult", "Emeka", father.reference]
    assert [word for word in hidden if word in page] == []
    assert "Lena Marsh" in page


def test_the_whole_ladder_as_it_stands(client, first, cora, lena):
    answer_contact(
        contact=first, answer=Contact.Answer.TELEPHONE, note="Told her off.", by=cora, now=NOW + DAY
    )
    escalation = sent(NOW + 2 * DAY, answered="yes", helped=False, words="No.").escalation
    page = read(client, first, now=NOW + 2 * DAY)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))

    assert escalation.reference in page
    assert "Step 1, the first person you ask: Cora Hill Answered on Tuesday 3 November" in text
    assert (
        "Step 2, the team lead’s: Lena Marsh Now Answers you by Wednesday 18 November 2026. "
        "Lena Marsh leads the team that looks after the plan."
    ) in text
    assert "Step 3, a senior manager’s You can go here from Thursday 19 November 2026" in text
    assert "Step 4, the resolution team’s Only if you need it." in text
    assert "Answered by telephone" in text
    assert "It went to step 2, the team lead’s, because the answer did not help" in text
    assert "Told her off" not in text


def test_what_we_wrote_is_there_to_read_again(client, first, cora, lena):
    reply_by_email(contact=first, text="It starts soon.", submission=uuid4(), by=cora, now=NOW)
    step = sent(NOW + DAY, answered="yes", helped=False).escalation.steps.get()
    answer_step(step=step, text="It starts on Monday.", by=lena, now=NOW + 2 * DAY)
    page = read(client, first, now=NOW + 3 * DAY)
    assert "It starts soon." in page
    assert "It starts on Monday." in page
    assert page.index("It starts on Monday.") < page.index("It starts soon.")
    assert "Lena Marsh has answered you. Does it help?" in page


def test_what_staff_type_is_text_and_nothing_else(client, first, lena):
    step = sent(LATE, answered="no").escalation.steps.get()
    answer_step(step=step, text="<script>alert(1)</script>", by=lena, now=LATE)
    assert "<script>alert" not in read(client, first, now=LATE)


@pytest.mark.rule("H22")
def test_a_stranger_sees_no_names_and_the_same_for_a_child_we_do_not_know(client, case, lena):
    stranger = {"name": "Sam Lee", "email": "sam@example.net"}
    pages = []
    for child in ("Amara Okafor", "Nobody Known"):
        contact = sent(child_name=child, **stranger).contact
        sent(LATE, child_name=child, answered="no", words="Now?", **stranger)
        page = without_tokens(read(Client(), contact, now=LATE))
        pages.append(re.sub(r"(CON|ESC|ASK)-\d+", "#", page))

    assert pages[0] == pages[1]
    hidden = ["Cora", "Lena", "Maya", "Amara", "North"]
    assert [word for word in hidden if word in pages[0]] == []
    assert "Our team has your concern." in pages[0]


def test_of_a_stranger_only_the_birthday_that_they_typed_counts(client, case):
    other = {"name": "Sam Lee", "email": "sam@example.net", "child_born": date(2014, 2, 4)}
    contact = sent(**other).contact
    Contact.objects.filter(pk=contact.pk).update(case=case, filing_clock=None)
    assert "You will have an answer" not in read(client, contact)
    with at(NOW):
        right = client.post(path(contact), BIRTHDAY | {"born_day": "4"}, follow=True)
    assert "You will have an answer" in right.content.decode()


# --- What they do ---------------------------------------------------------------------------


def test_what_is_added_reaches_whoever_has_it_once(client, first, cora):
    opened(client, first)
    form = uuid4()
    for _ in range(2):
        page = press(client, first, "add", words="The 🚕 came late. عمر", submission=form)

    assert "We have added what you wrote." in page.content.decode()
    [added] = Contact.objects.filter(link="further")
    assert (added.original, added.message) == (first, "The 🚕 came late. عمر")
    [more] = Notice.objects.filter(recipient=cora, subject__startswith="More from the sender")
    assert added.reference in more.body


def test_nothing_and_too_much_are_said_and_kept(client, first):
    opened(client, first)
    nothing = press(client, first, "add", words="  ").content.decode()
    assert "Enter what you would like to tell us" in nothing
    assert "<title>Error: Your concern" in nothing
    assert "Would you like to add something?" in nothing
    much = press(client, first, "add", words="x" * 10_001).content.decode()
    assert "must be 10,000 characters or less" in much
    assert "x" * 10_001 in much
    assert press(client, first, "add", words="x" * 10_000).redirect_chain


def test_this_helped_settles_the_concern(client, first, lena):
    escalation = sent(LATE, answered="no").escalation
    answer_step(step=escalation.steps.get(), text="On Monday.", by=lena, now=LATE)
    opened(client, first, now=LATE)
    for _ in range(2):
        page = press(client, first, "helped", now=LATE).content.decode()

    escalation.refresh_from_db()
    assert (escalation.is_open, escalation.closed_by) == (False, None)
    assert "Thank you. We are glad that it helped" in page
    assert "Your concern is settled" in page
    assert mails("ngozi@example.org")[-1] == f"Your concern is settled: {escalation.reference}"


def test_that_the_first_answer_helped_is_on_the_record_once(client, first, cora):
    answer_contact(contact=first, answer=Contact.Answer.EMAIL, note="On Monday.", by=cora, now=NOW)
    opened(client, first)
    press(client, first, "helped")
    press(client, first, "helped")
    [said] = Contact.objects.filter(link="further")
    assert said.message.startswith("It helped")
    assert Notice.objects.filter(recipient=cora, subject__startswith="More from").count() == 1
    assert not Escalation.objects.exists()


@pytest.mark.rule("H97")
def test_this_did_not_help_goes_to_the_next_person_at_once(client, first, cora, lena):
    answer_contact(contact=first, answer=Contact.Answer.EMAIL, note="On Monday.", by=cora, now=NOW)
    opened(client, first, now=NOW + DAY)
    form = uuid4()
    for _ in range(2):
        page = press(client, first, "not_helped", submission=form, now=NOW + DAY).content.decode()

    [step] = EscalationStep.objects.all()
    assert (step.handler, step.ground, step.contact.message) == (
        lena,
        "not_satisfied",
        "The answer did not help.",
    )
    assert "The next person has your concern now" in page
    assert "Lena Marsh has your concern." in page


@pytest.mark.rule("H95")
@pytest.mark.rule("H97")
def test_once_it_is_late_they_go_on_themselves_and_not_before(client, first, lena):
    opened(client, first)
    early = press(client, first, "next").content.decode()
    assert "An answer is on its way" in early
    assert "Go to the next person" not in early

    opened(client, first, now=LATE)
    page = press(client, first, "next", now=LATE, words="Please.").content.decode()
    [step] = EscalationStep.objects.all()
    assert (step.handler, step.ground) == (lena, "no_answer")
    assert "You will have an answer by Tuesday 1 December 2026" in page


def test_what_was_settled_can_be_opened_again(client, first, lena):
    escalation = sent(LATE, answered="no").escalation
    close(escalation=escalation, outcome="Done", by=lena, now=LATE)
    opened(client, first, now=LATE + DAY)
    press(client, first, "not_helped", now=LATE + DAY, words="It is not.")
    escalation.refresh_from_db()
    assert escalation.is_open
    assert escalation.steps.last().handler.full_name == "Maya Stone"


@pytest.mark.rule("H103")
def test_after_the_last_step_the_page_says_what_is_left(client, first, lena):
    now = LATE
    escalation = sent(now, answered="no").escalation
    for _ in range(2):
        step = escalation.steps.last()
        answer_step(step=step, text="This.", by=step.handler, now=now)
        opened(client, first, now=now)
        page = press(client, first, "not_helped", now=now).content.decode()
        now += DAY
    assert "You can make a complaint at any time." in page
    step = escalation.steps.last()
    answer_step(step=step, text="This.", by=step.handler, now=now)
    opened(client, first, now=now)
    page = press(client, first, "not_helped", now=now).content.decode()
    assert "Thank you for telling us</h1>" in page
    assert "Rosa Quill has what you wrote, and reads it." in page
    assert "you can make a complaint now" not in page.lower()
    assert page.count("https://www.lgo.org.uk") > 1
    assert "No, this did not help" not in page
    assert "Add this" in page


def test_words_that_were_typed_when_the_session_had_ended_are_not_lost(client, first):
    with at(NOW):
        page = client.post(
            path(first, "follow_say"), {"do": "add", "words": "Long & careful.", "submission": "x"}
        ).content.decode()
    assert 'value="Long &amp; careful."' in page
    assert "It is not sent yet." in page
    assert not Contact.objects.filter(link="further").exists()
    with at(NOW):
        again = client.post(path(first), BIRTHDAY | {"words": "Long & careful."}).content.decode()
    assert "Long &amp; careful.</textarea>" in again


def test_the_same_form_with_other_words_is_asked_again(client, first):
    opened(client, first)
    form = uuid4()
    press(client, first, "add", words="One.", submission=form)
    page = press(client, first, "add", words="Two.", submission=form).content.decode()
    assert "This was sent already." in page
    assert "Two.</textarea>" in page
    assert str(form) not in page


def test_too_much_at_once_is_kept_waiting(client, first):
    opened(client, first)
    statuses = [press(client, first, "add", words=f"{n}").status_code for n in range(21)]
    assert statuses == [200] * 20 + [429]


def test_nobody_says_anything_without_both_keys(client, first):
    for do in ("add", "helped", "not_helped", "next"):
        press(client, first, do, words="x", now=LATE)
    assert Contact.objects.count() == 1


def test_when_nobody_can_take_it_the_words_are_kept(client, first, cora, lena):
    answer_contact(contact=first, answer=Contact.Answer.EMAIL, note="On Monday.", by=cora, now=NOW)
    User.objects.exclude(pk=cora.pk).update(is_active=False)
    opened(client, first)
    page = press(client, first, "not_helped", words="Nobody.").content.decode()
    assert "Thank you. We have added what you wrote" in page
    assert "There is nobody further whom you could ask here." in page
    assert Contact.objects.get(message="Nobody.").original == first


@pytest.mark.rule("H15")
@pytest.mark.rule("H103")
def test_a_child_of_nine_can_read_every_page_and_where_else_to_turn(client, first, lena):
    with at(NOW):
        pages = {"question": client.get(path(first)), "wrong": client.post(path(first), WRONG)}
        pages["link sent"] = client.post(path(first, "follow_new_link"))
    pages["waiting"] = opened(client, first)
    pages["late"] = opened(client, first, now=LATE)
    escalation = sent(LATE, answered="no").escalation
    answer_step(step=escalation.steps.get(), text="On Monday.", by=lena, now=LATE)
    pages["answered"] = opened(client, first, now=LATE)
    close(escalation=escalation, outcome="Done", by=lena, now=LATE)
    pages["settled"] = opened(client, first, now=LATE)

    hard = {}
    for name, response in pages.items():
        html = response.content.decode()
        assert "https://complaints.example.org" in html
        assert "ring 999 now" in html
        prose = sentences(html)
        grades = (
            textstat.automated_readability_index(prose),
            textstat.coleman_liau_index(prose),
            textstat.words_per_sentence(prose),
        )
        if grades[0] >= 4 or grades[1] >= 6 or grades[2] >= 12:
            hard[name] = (*grades, prose)
    assert hard == {}


@pytest.mark.rule("H103")
def test_a_matter_that_is_formal_shows_no_steps_and_is_taken_on_none(client, first, cora):
    recognise_formal(contact=first, category=Contact.Category.COMPLAINT, by=cora, now=NOW)
    page = read(client, first, now=LATE)
    assert "You can make a complaint at any time." in page
    assert "Where it is" not in page
    assert "next person" not in page
    press(client, first, "next", now=LATE, words="And now?")
    assert not EscalationStep.objects.exists()


@pytest.mark.rule("H67")
def test_once_staff_have_filed_it_the_birthday_on_the_record_opens_it(client, case, lena):
    contact = sent(child_born=date(2014, 3, 2)).contact
    assert contact.case is None
    assert "You will have an answer" not in read(client, contact)
    file_contact(contact=contact, case=case, by=lena, now=NOW)
    page = read(Client(), contact)
    assert "Cora Hill has your concern." in page
