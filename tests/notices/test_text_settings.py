"""The pages about texts and links, used as an administrator uses them."""

import html
import re
import threading
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connections

from accounts.errors import RuleBroken
from accounts.models import Role
from notices.models import Link, Text
from notices.text_actions import change_text, set_link
from notices.texts import SHIPPED, current
from tests.factories import UserFactory

NOW = datetime(2026, 11, 16, 10, tzinfo=UTC)
CODE = "contact.moved"
PAGE = f"/settings/texts/{CODE}/"
CHANGE = f"{PAGE}change/"
BODY = "Hello.\n\nYour answer {reference} comes by {new_date}, not {old_date}."


@pytest.fixture(autouse=True)
def _on_a_monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ada(db):
    return UserFactory(role=Role.ADMINISTRATOR, team=None, full_name="Ada Stone")


@pytest.fixture
def bea(db):
    return UserFactory(role=Role.ADMINISTRATOR, team=None, full_name="Bea Wood")


def typed(**changes: object) -> dict[str, object]:
    return {"subject": "New date: {reference}", "body": BODY, "instead_of": 1} | changes


def change(by, **changes):
    return change_text(code=CODE, **typed(**changes), by=by, now=NOW)


def text(response) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def errors(response) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


def test_every_text_is_listed_with_when_it_is_sent_and_whose_words_it_has(ada, as_person):
    change(ada)

    page = text(as_person(ada).get("/settings/texts/"))

    for shipped in SHIPPED.values():
        assert f"{shipped.name} {shipped.when_sent}" in page
    assert "Version 2, Monday 16 November 2026 at 10am, Ada Stone" in page
    assert page.count("As shipped") == len(SHIPPED) - 1


def test_the_list_takes_the_same_queries_however_many_were_edited(
    ada, as_person, django_assert_num_queries
):
    client = as_person(ada)
    change(ada)
    client.get("/settings/texts/")
    with django_assert_num_queries(4):
        client.get("/settings/texts/")
    change(ada, body=f"{BODY}!", instead_of=2)
    change_text(
        code="contact.urgent_accepted",
        subject="Sooner",
        body="{reference} by {answer_by}",
        instead_of=1,
        by=ada,
        now=NOW,
    )
    with django_assert_num_queries(4):
        client.get("/settings/texts/")


def test_a_text_is_read_before_it_is_used_and_used_after_the_second_press(ada, as_person):
    client = as_person(ada)

    preview = client.post(CHANGE, typed(preview=""))

    assert "New date: CON-000123" in text(preview)
    assert (
        "Your answer CON-000123 comes by Monday 16 November 2026, not Monday 9 November 2026."
        in text(preview)
    )
    assert not Text.objects.exists()

    done = client.post(CHANGE, typed(confirm="yes"), follow=True)

    assert "The date has moved with our opening days: version 2 is now in use." in text(done)
    row = Text.objects.get()
    assert (row.version, row.subject, row.body) == (2, "New date: {reference}", BODY)
    assert (row.written_at, row.written_by) == (NOW, ada)
    written = current().write(CODE, reference="CON-1", old_date="Monday", new_date="Friday")
    assert written.body == "Hello.\n\nYour answer CON-1 comes by Friday, not Monday."


def test_what_was_typed_can_be_changed_after_it_was_read(ada, as_person):
    page = as_person(ada).post(CHANGE, typed(edit="yes"))

    assert page.context["form"]["body"].value() == BODY
    assert not errors(page)


def test_the_page_of_a_text_shows_example_words_and_every_version(ada, bea, as_person):
    change(ada)
    change(bea, body=f"{BODY}\n\nGoodbye.", instead_of=2)

    page = text(as_person(ada).get(PAGE))

    assert "Version 3, in use Monday 16 November 2026 at 10am, Bea Wood" in page
    assert "Version 2 Monday 16 November 2026 at 10am, Ada Stone What version 2 said" in page
    assert "Version 1 As shipped What version 1 said" in page
    assert "comes by Monday 16 November 2026" in page
    assert "comes by {new_date}" in page


@pytest.mark.parametrize(("asked", "begins"), [("1", "We told you"), ("2", "Hello."), ("", "New")])
def test_new_words_can_begin_with_those_of_an_older_version(ada, as_person, asked, begins):
    change(ada)
    change(ada, body="New {reference} {new_date}", instead_of=2)

    page = as_person(ada).get(CHANGE, {"from": asked})

    assert page.context["form"]["body"].value().startswith(begins)
    assert page.context["form"]["instead_of"].value() == 3


@pytest.mark.parametrize("asked", ["99", "x", "9" * 50, "²"])
def test_a_version_that_was_never_there_is_no_crash(ada, as_person, asked):
    assert as_person(ada).get(CHANGE, {"from": asked}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"subject": ""}, "subject", "Enter the subject"),
        ({"subject": "x" * 201}, "subject", "The subject must be 200 characters or less"),
        ({"body": ""}, "body", "Enter the words of the message"),
        ({"body": " \n "}, "body", "Enter the words of the message"),
        ({"body": "x" * 10_001}, "body", "The message must be 10,000 characters or less"),
        (
            {"subject": "Hello", "body": "By {new_date}"},
            "body",
            "Keep {reference} in the message: people need to be told",
        ),
        (
            {"subject": "Hello", "body": "Goodbye"},
            "body",
            "Keep {new_date} and {reference} in the message: people need to be told",
        ),
        ({"body": f"{BODY} {{reason}}"}, "body", "“{reason}” cannot be filled in."),
        ({"body": f"{BODY} {{Reference}}"}, "body", "“{Reference}” cannot be filled in."),
        ({"body": f"{BODY} {{council.x}}"}, "body", "“{council.x}” cannot be filled in."),
        ({"body": f"{BODY} {{ council }}"}, "body", "“{ council }” cannot be filled in."),
        ({"body": f"{BODY} }}"}, "body", "“}” cannot be filled in."),
        ({"body": f"{BODY} {{council"}, "body", "“{” cannot be filled in."),
        ({"subject": "{reference} {nonsense}"}, "subject", "“{nonsense}” cannot be filled in."),
    ],
)
@pytest.mark.parametrize("press", ["preview", "confirm"])
def test_words_that_cannot_be_sent_are_refused_and_kept(
    ada, as_person, changes, field, message, press
):
    page = as_person(ada).post(CHANGE, typed(**changes, **{press: "yes"}))

    assert [said.startswith(message) for said in errors(page)[field]] == [True]
    assert page.context["form"][field].value() == typed(**changes)[field]
    assert not Text.objects.exists()


def test_the_reference_may_stand_in_the_message_alone(ada):
    assert change(ada, subject="A new date").version == 2


def test_what_may_stand_in_braces_is_explained(ada, as_person):
    page = text(as_person(ada).get(CHANGE))

    assert "{reference} : the reference that people quote (must stay)" in page
    assert "{local_offer} : the link: The Local Offer, for families" in page
    assert "{person}" not in page


def test_the_second_of_two_administrators_is_told_and_loses_nothing(ada, bea, as_person):
    change(ada, body="Ada’s {reference} {new_date}")
    client = as_person(bea)

    page = client.post(CHANGE, typed(body="Bea’s {reference} {new_date}", confirm="yes"))

    assert errors(page)["__all__"] == [
        "Ada Stone has changed this text meanwhile. What you typed is still below: nothing has "
        "been lost. Compare it with what the text says now."
    ]
    assert page.context["form"]["body"].value() == "Bea’s {reference} {new_date}"
    assert "Ada’s {reference} {new_date}" in text(page)

    again = {name: page.context["form"][name].value() for name in ("subject", "body", "instead_of")}
    assert client.post(CHANGE, {**again, "confirm": "yes"}).status_code == 302
    assert [row.version for row in Text.objects.all()] == [3, 2]


def test_the_same_words_sent_twice_are_one_version(ada, as_person):
    client = as_person(ada)

    for _ in range(2):
        assert client.post(CHANGE, typed(confirm="yes")).status_code == 302

    assert Text.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_at_the_same_moment_one_is_told():
    people = [UserFactory(role=Role.ADMINISTRATOR, team=None) for _ in range(2)]
    together, outcomes = threading.Barrier(2), []

    def work(by) -> None:
        together.wait()
        try:
            outcomes.append(change(by, body=f"{BODY} {by.pk}").version)
        except RuleBroken as broken:
            outcomes.append(broken.code)
        connections.close_all()

    threads = [threading.Thread(target=work, args=[by]) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes, key=str) == [2, "changed_meanwhile"]
    assert Text.objects.count() == 1


def test_words_that_change_nothing_are_no_new_version(ada):
    shipped = SHIPPED[CODE]

    with pytest.raises(RuleBroken) as broken:
        change(ada, subject=shipped.subject, body=shipped.body.replace("\n", "\r\n") + "  \r\n")

    assert broken.value.code == "unchanged"


def test_a_subject_typed_on_two_lines_is_one(ada):
    assert change(ada, subject="New\r\nBcc: x {reference}").subject == "New Bcc: x {reference}"


def test_a_version_that_can_no_longer_be_filled_in_is_pointed_out(ada, as_person):
    Text.objects.create(
        code=CODE, version=2, subject="s", body="{gone}", written_at=NOW, written_by=ada
    )

    assert "The shipped words are sent instead" in text(as_person(ada).get(PAGE))


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_change_texts_and_links(db, role, as_person):
    by = UserFactory(role=role)

    with pytest.raises(RuleBroken) as broken:
        change(by)
    assert broken.value.code == "may_not_change"
    with pytest.raises(RuleBroken) as broken:
        set_link(code="grid", label="x", url="", instead_of=("", ""), by=by, now=NOW)
    assert broken.value.code == "may_not_change"
    assert as_person(by).post(CHANGE, typed(confirm="yes")).status_code == 404
    assert as_person(by).post("/settings/links/grid/", {"label": "x"}).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/settings/texts/contact.nothing/", "/settings/texts/x/change/", "/settings/links/nothing/"],
)
def test_an_unknown_text_or_link_does_not_exist(ada, as_person, path):
    assert as_person(ada).get(path).status_code == 404


GRID = "/settings/links/grid/"


def link_typed(**changes: str) -> dict[str, str]:
    shown = {"label_shown": "The Grid", "url_shown": "https://grid.example.org"}
    return {"label": "Wexmoor Grid", "url": "https://grid.wexmoor.example.org", **shown, **changes}


@pytest.mark.rule("H52")
def test_a_link_is_changed_and_every_text_uses_it(ada, as_person):
    client = as_person(ada)
    assert "The Grid: https://grid.example.org" in text(client.get("/settings/links/"))

    done = client.post(GRID, link_typed(), follow=True)

    assert "Wexmoor Grid now leads to https://grid.wexmoor.example.org." in text(done)
    assert current().links["grid"] == "Wexmoor Grid: https://grid.wexmoor.example.org"
    assert client.post(GRID, link_typed()).status_code == 302  # the second click
    assert Link.objects.count() == 1


def test_a_link_without_an_address_is_left_out(ada, as_person):
    done = as_person(ada).post(GRID, link_typed(url=""), follow=True)

    assert "Wexmoor Grid is left out of all texts." in text(done)
    assert "None: texts leave it out" in text(done)
    assert current().links["grid"] == ""


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"label": ""}, "label", "Enter the words of the link"),
        ({"label": "x" * 121}, "label", "The words must be 120 characters or less"),
        ({"url": "javascript:alert(1)"}, "url", "Enter a web address that begins with"),
        ({"url": "ftp://example.org"}, "url", "Enter a web address that begins with"),
        ({"url": "example.org"}, "url", "Enter a web address that begins with"),
        ({"url": "https://a b"}, "url", "Enter a web address that begins with"),
        ({"url": f"https://example.org/{'x' * 500}"}, "url", "The address must be 500"),
    ],
)
def test_a_link_that_cannot_be_sent_is_refused_and_kept(ada, as_person, changes, field, message):
    page = as_person(ada).post(GRID, link_typed(**changes))

    assert [said.startswith(message) for said in errors(page)[field]] == [True]
    assert page.context["form"][field].value() == link_typed(**changes)[field]
    assert not Link.objects.exists()


def test_the_second_to_change_a_link_is_told_and_loses_nothing(ada, bea, as_person):
    Link.objects.create(code="grid", label="Ada’s Grid", url="https://ada.example.org")
    client = as_person(bea)

    page = client.post(GRID, link_typed())

    assert "Somebody else has changed this link meanwhile." in errors(page)["__all__"][0]
    assert "Now: Ada’s Grid, https://ada.example.org" in text(page)
    assert page.context["form"]["url"].value() == "https://grid.wexmoor.example.org"

    again = {name: page.context["form"][name].value() for name in link_typed()}
    assert client.post(GRID, again).status_code == 302
    assert current().links["grid"].startswith("Wexmoor Grid")
