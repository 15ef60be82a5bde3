"""Whoever says that a child is not safe reads whom to ring, by day and by night."""

import pytest
from django.core.cache import cache

from tests.escalations.form_steps import FORMAL, begin, form_of, last_page, page, press, read, sent

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H68"), pytest.mark.rule("H103")]

DAY, NIGHT = "01632 960110", "01632 960111"
UNSAFE = {"topic": "safety"}


@pytest.fixture(autouse=True)
def _nobody_has_sent_too_often(policy, north):
    cache.clear()


def both_pages(client) -> list[str]:
    """The page that says what happens with it, and the last one."""
    form = form_of(begin(client))
    press(client, page(form, "about"), UNSAFE)
    answers = {name: typed for name, typed in FORMAL.items() if name != "urgent"}
    submission = sent(client, answers, about=UNSAFE)
    return [read(client, page(form, "what-happens")), last_page(client, submission.form)]


def test_both_numbers_are_there_by_day_and_by_night(client, settings):
    settings.CHILDREN_SERVICES_PHONE, settings.CHILDREN_SERVICES_PHONE_CLOSED = DAY, NIGHT
    for html in both_pages(client):
        assert "In the day, ring children’s services on <a" in html
        assert f'href="tel:01632960110">{DAY}</a>.' in html
        assert f'href="tel:01632960111">{NIGHT}</a>.' in html
        assert html.index("ring 999 now") < html.index(DAY) < html.index(NIGHT)


@pytest.mark.parametrize(("by_day", "closed"), [(DAY, ""), ("", DAY), (DAY, DAY)])
def test_one_number_is_given_once(client, settings, by_day, closed):
    settings.CHILDREN_SERVICES_PHONE = by_day
    settings.CHILDREN_SERVICES_PHONE_CLOSED = closed
    for html in both_pages(client):
        assert html.count(f">{DAY}</a>") == 1
        assert "Ring children’s services on" in html


def test_without_a_number_no_sentence_is_left_over(client, settings):
    settings.CHILDREN_SERVICES_PHONE = settings.CHILDREN_SERVICES_PHONE_CLOSED = ""
    for html in both_pages(client):
        assert "children’s services on" not in html
        assert "https://childrens-services.example.org" in html


def test_nobody_else_is_given_them(client, settings):
    settings.CHILDREN_SERVICES_PHONE = DAY
    assert DAY not in last_page(client, sent(client, FORMAL).form)
