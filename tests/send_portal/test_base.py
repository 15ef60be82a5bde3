"""The frame of every page."""

import json
import re

import pytest
from django import forms
from django.template.loader import render_to_string

from accounts.models import Role, User

CORA = User(full_name="Cora Hill", role=Role.COORDINATOR, is_active=True)
NAVIGATION = [
    {"label": "Home", "url": "/", "current": True, "count": 5},
    {"label": "Find a case", "url": "/cases/", "current": False, "count": None},
]


class Question(forms.Form):
    name = forms.CharField()


def frame(**context):
    around = {"council_name": "Wexmoor County Council", "service_name": "SEND Portal"}
    return render_to_string("base.html", around | context)


def words(html):
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def test_title_ends_with_the_service_and_the_council():
    assert "<title> – SEND Portal – Wexmoor County Council</title>" in frame()


def test_title_of_a_page_with_errors_says_so():
    assert "<title>Error: " in frame(form=Question({}))
    assert "<title>Error: " not in frame(form=Question())


def test_frame_names_who_is_signed_in_and_how_many_notices_wait():
    html = frame(user=CORA, navigation=NAVIGATION, unread_notices=3)

    assert "Cora Hill EHC coordinator Your details Notices , 3 unread" in words(html)
    assert 'aria-current="page" href="/">Home <span class="portal-count">5</span>' in html
    assert html.count("aria-current") == 1
    assert html.count("portal-count") == 1


def test_frame_of_somebody_not_signed_in_has_neither_navigation_nor_account():
    html = frame(navigation=NAVIGATION, unread_notices=3)

    assert "Find a case" not in html
    assert "Sign out" not in html


def test_demonstration_says_that_nothing_is_real():
    assert "nothing here is real" in frame(demo_mode=True)
    assert "nothing here is real" not in frame()


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500"])
def test_error_page_needs_no_context(name):
    html = render_to_string(f"{name}.html")

    assert html.count("<h1") == 1
    assert "{{" not in html


def test_nothing_on_the_page_needs_inline_script_or_style():
    html = frame(user=CORA, navigation=NAVIGATION, demo_mode=True)

    assert re.findall(r"<script(?![^>]* src=)|<style| style=| on\w+=|javascript:", html) == []


def test_htmx_neither_evaluates_code_nor_keeps_pages_in_the_browser():
    [config] = re.findall(r"name=\"htmx-config\" content='([^']*)'", frame())

    assert json.loads(config) == {
        "allowEval": False,
        "allowScriptTags": False,
        "includeIndicatorStyles": False,
        "historyCacheSize": 0,
    }
