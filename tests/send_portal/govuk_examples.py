"""GOV.UK Frontend's own examples, which its npm package carries, and how to compare with them."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.template import Context, Template

COMPONENTS = Path(settings.BASE_DIR, "node_modules/govuk-frontend/dist/govuk/components")
VOID = {"input", "br", "hr", "img"}
# Ours end in _hint, _error, _2 and _day; theirs in -hint, -error, -2 and -day.
REFERENCES = {"id", "for", "name", "aria-describedby", "aria-controls", "data-aria-controls"}


def example(component: str, name: str) -> tuple[dict[str, Any], str]:
    """An example's options and HTML, with one word as the field's name and its id, as in Django."""
    found = json.loads((COMPONENTS / component / "fixtures.json").read_text())["fixtures"]
    options, html = next((each["options"], each["html"]) for each in found if each["name"] == name)
    posted_as = options.get("name", "")
    field_id = options.get("idPrefix") or options.get("id") or posted_as
    html = html.replace(f'name="{posted_as}"', f'name="{field_id}"')
    return options | {"name": field_id}, renumbered(html, field_id, options.get("items", []))


def renumbered(html: str, field_id: str, items: list[dict[str, Any]]) -> str:
    """Their choices may have ids of their own, and a divider takes a number; ours never."""
    number = 0
    for place, item in enumerate(items, 1):
        number += "divider" not in item
        theirs = item.get("id") or f"{field_id}-{place}"
        ours = field_id if number == 1 else f"{field_id}-{number}"
        html = html.replace(f'name="{item.get("name")}"', f'name="{field_id}"')
        html = re.sub(rf'(id|for|describedby)="{theirs}(-item-hint)?"', rf'\1="{ours}\2"', html)
    return html


class Node(NamedTuple):
    tag: str
    attributes: dict[str, Any]
    children: list[Any]


class Tree(HTMLParser):
    """The nodes of a page, with white space and the order of attributes dropped."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Node("", {}, [])
        self.open = [self.root]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: attribute(name, value) for name, value in attrs}, [])
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        if text := " ".join(data.split()):
            self.open[-1].children.append(text)


def attribute(name: str, value: str | None) -> Any:
    value = value or ""
    if name in {"checked", "disabled", "selected"}:
        return True
    if name == "class":
        return frozenset(value.split())
    return value.replace("-", "_") if name in REFERENCES else value


def tree(html: str) -> list[Any]:
    return Tree(html).root.children


def render(template: str, **context: Any) -> str:
    return Template(template).render(Context(context))
