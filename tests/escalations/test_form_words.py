"""What the public form says on every page: plain, kind, and where else one can turn."""

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
import textstat
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from notices.models import Link
from tests.escalations.form_steps import (
    FORMAL,
    PARENT,
    START,
    check,
    fill,
    form_of,
    last_page,
    page,
    press,
    read,
    send,
)

pytestmark = pytest.mark.django_db

PROCESSES = ["representation", "reassessment_request", "mediation", "tribunal"]
FORMAL_TOPICS = ["complaint", "safety", "assessment", "data"]
SENDERS = ["establishment", "professional", "councillor", "other"]
RIGHTS = [
    "https://complaints.example.org",
    "https://sendiass.example.org",
    "https://mediation.example.org",
    "https://www.gov.uk/courts-tribunals/",
    "https://www.lgo.org.uk",
]


@pytest.fixture
def pages(policy) -> dict[str, str]:
    """Every page that anybody can see, by a name for it."""
    cache.clear()
    found = {"start": read(Client(), START), "gone": read(Client(), check(uuid4()))}
    parent = Client()
    form = fill(parent)
    found["begun"] = read(parent, START)
    found |= {name: read(parent, page(form, name)) for name in PARENT}
    found["check"] = read(parent, check(form))
    found["delete"] = read(parent, reverse("escalations:form_delete", args=[form]))
    for sender in SENDERS:
        press(parent, page(form, "who"), {"sender": sender})
        found[f"role of {sender}"] = read(parent, page(form, "role"))
    press(parent, page(form, "who"), {"sender": "young_person"})
    found["a young person"] = read(parent, page(form, "child"))
    late = Client()
    to = press(late, page(form, "who"), {"sender": "parent"}).url
    found["kept"] = read(late, to)
    found["empty"] = press(late, page(form_of(to), "words"), {}).content.decode()
    for topic in FORMAL_TOPICS:
        found |= formal_pages(topic, about={"topic": topic})
    for process in PROCESSES:
        about = {"topic": "statutory"}
        found |= formal_pages(process, about=about, process={"process": process})
    return found


def formal_pages(name: str, **changed: Any) -> dict[str, str]:
    client = Client()
    form = fill(client, FORMAL, **changed)
    asked = [each for each in ("process", "what-happens", "words") if each in FORMAL | changed]
    found = {f"{each} of {name}": read(client, page(form, each)) for each in asked}
    send(client, form)
    return found | {f"{name} sent": last_page(client, form)}


def words_of(html: str) -> str:
    """What is read in the page itself, a block on each line."""
    main = html.partition("<main")[2].partition("</main>")[0]
    blocks = re.sub(r"<(?:/p|/li|/h1|/h2|br|/div|/label|/dt|/dd|/legend|/button)[^>]*>", "\n", main)
    return unescape(re.sub(r"<[^>]+>", "", blocks))


def sentences(html: str) -> str:
    """Labels, links and buttons are no sentences; names of days are no words of ours."""
    lines = [" ".join(line.split()) for line in words_of(html).splitlines()]
    return " ".join(line for line in lines if line.endswith((".", "?")))


@pytest.mark.rule("H15")
def test_a_child_of_nine_can_read_every_page(pages):
    hard = {}
    for name, html in pages.items():
        prose = sentences(html)
        grades = (
            textstat.automated_readability_index(prose),
            textstat.coleman_liau_index(prose),
            textstat.words_per_sentence(prose),
        )
        # Grades of American schools: in the fourth, children are nine and ten. Both formulas
        # count letters, which is the same everywhere.
        if grades[0] >= 4 or grades[1] >= 6 or grades[2] >= 12:
            hard[name] = (*grades, prose)

    assert hard == {}


@pytest.mark.rule("H103")
def test_where_to_turn_is_on_every_page(pages):
    missing = [
        (name, link)
        for name, html in pages.items()
        for link in [*RIGHTS, "You can do these at any time", "If a child is in danger, ring 999"]
        if link not in html
    ]

    assert missing == []


def test_every_page_has_one_heading_and_nothing_that_leads_to_the_sign_in_page(pages):
    for name, html in pages.items():
        assert html.count("<h1") == 1, name
        assert "sign-in" not in html, name
        assert 'href="/"' not in html, name


def test_links_are_the_councils_own(client, policy):
    Link.objects.create(code="sendiass", label="Wexmoor SENDIASS", url="https://s.example.org")
    Link.objects.create(code="mediation", label="Mediation", url="")

    html = read(client, START)

    assert "https://s.example.org" in html
    assert "Wexmoor SENDIASS" in html
    assert "mediation.example.org" not in html
    assert "Somebody who takes no side" not in html


def test_no_page_is_kept_by_a_browser_or_found_by_a_search_engine(client, policy):
    form = fill(client)

    for address in (START, page(form, "words"), check(form)):
        response = client.get(address)
        assert response["Cache-Control"] == "no-store"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        # Under "no-referrer" browsers send a form without saying from where it comes.
        assert response["Referrer-Policy"] == "same-origin"
