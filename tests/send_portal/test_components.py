"""The includes in templates/components against GOV.UK Frontend's own examples."""

import re
from typing import Any

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.utils.safestring import mark_safe

from tests.send_portal.govuk_examples import example, render, tree


def back_link(options: dict[str, Any]) -> dict[str, Any]:
    return {"url": options.get("href", "#"), "text": options.get("text")}


def tag(options: dict[str, Any]) -> dict[str, Any]:
    colour = options.get("classes", "").removeprefix("govuk-tag--")
    return {"text": options["text"], "colour": colour}


def pagination(options: dict[str, Any]) -> dict[str, Any]:
    previous, following = options.get("previous") or {}, options.get("next") or {}
    return {
        "previous_url": previous.get("href"),
        "previous_label": previous.get("labelText"),
        "next_url": following.get("href"),
        "next_label": following.get("labelText"),
    }


def summary_list(options: dict[str, Any]) -> dict[str, Any]:
    return {
        "rows": [summary_row(row) for row in options["rows"]],
        "plain": "no-border" in options.get("classes", ""),
    }


def summary_row(row: dict[str, Any]) -> dict[str, Any]:
    value = row["value"]
    actions = (row.get("actions") or {}).get("items", [])
    return {
        "key": row["key"]["text"],
        "value": value.get("text") or mark_safe(value["html"]),  # noqa: S308 (their example)
        "actions": [
            {"text": each["text"], "url": each["href"], "about": each.get("visuallyHiddenText")}
            for each in actions
        ],
    }


def message(options: dict[str, Any]) -> dict[str, Any]:
    level = constants.SUCCESS if options.get("type") == "success" else constants.INFO
    return {"message": Message(level, options["text"]), "number": 1}


EXAMPLES = [
    ("back-link", "default", "back_link", back_link),
    ("back-link", "with custom text and link", "back_link", back_link),
    ("inset-text", "default", "empty", dict),
    ("tag", "default", "tag", tag),
    ("tag", "grey", "tag", tag),
    ("pagination", "with prev and next only", "pagination", pagination),
    ("pagination", "with prev and next only and labels", "pagination", pagination),
    ("pagination", "with previous only", "pagination", pagination),
    ("pagination", "with next only", "pagination", pagination),
    ("summary-list", "default", "summary_list", summary_list),
    ("summary-list", "no-border", "summary_list", summary_list),
    ("summary-list", "with actions", "summary_list", summary_list),
    ("summary-list", "with some actions", "summary_list", summary_list),
    ("notification-banner", "default", "message", message),
    ("notification-banner", "with type as success", "message", message),
]


@pytest.mark.parametrize(("component", "name", "template", "context"), EXAMPLES)
def test_component_is_drawn_as_govuk_frontend_draws_it(component, name, template, context):
    options, theirs = example(component, name)

    html = render(f'{{% include "components/{template}.html" %}}', **context(options))

    assert tree(ours_to_compare(html)) == tree(theirs_to_compare(theirs))


def ours_to_compare(html: str) -> str:
    """Our arrows are drawn differently, and our banners are numbered."""
    return re.sub(r' d="[^"]*"', "", html.replace("banner-title-1", "banner-title"))


def theirs_to_compare(html: str) -> str:
    """Their example with labels says "Previous page"; ours hides "page" from the eye only."""
    html = re.sub(r' d="[^"]*"', "", html)
    hidden = r'\1<span class="govuk-visually-hidden"> page</span>'
    return re.sub(r"(Previous|Next) page(?=\s)", hidden, html)
