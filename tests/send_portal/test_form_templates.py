"""Our form templates against GOV.UK Frontend's own examples.

Each example says which options make which HTML. We build the Django field that those options
describe, draw it, and compare the two trees: elements, attributes, classes and words.
"""

from typing import Any

import pytest
from crispy_forms_gds.choices import Choice
from crispy_forms_gds.layout import Button, ConditionalQuestion, ConditionalRadios, Field, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.template import Context
from django.utils.safestring import mark_safe

from accounts.form_fields import BOXES, DateField
from tests.send_portal.govuk_examples import example, render, tree
from tests.send_portal.laid_out import LaidOut

INPUTS = [
    "default",
    "with hint text",
    "with error message",
    "with error and hint",
    "with width-10 class",
    "with label as page heading",
    "with extra letter spacing",
    "custom type",
    "value",
    "zero value",
    "inputmode",
    "with autocomplete attribute",
    "with spellcheck disabled",
    "with autocapitalize turned off",
    "disabled",
]
TEXTAREAS = [
    "default",
    "with hint",
    "with error message",
    "with hint and error message",
    "with default value",
    "with custom rows",
    "with label as page heading",
    "with autocomplete attribute",
    "with spellcheck disabled",
]
CHARACTER_COUNTS = [
    "default",
    "with hint",
    "with hint and error",
    "with default value exceeding limit",
    "with maxwords",
    "with threshold",
]
RADIOS = [
    "default",
    "with hint",
    "inline",
    "with legend as page heading",
    "with a divider",
    "with hints on items",
    "with fieldset and error message",
    "with hint and error message",
    "with conditional items",
    "with conditional item checked",
    "small with long text",
    "small inline",
]
CHECKBOXES = [
    "default",
    "with hint",
    "with hints on items",
    "with legend as a page heading",
    "with error message",
    "with error message and hint",
    "small",
    "small with error",
]
SELECTS = [
    "with label as page heading",
    "with hint text and error message",
    "hint",
    "error",
    "with selected value",
    "with full width override",
]
DATES = [
    "default",
    "with values",
    "with error message and hint",
    "with error on day input",
    "with error on month input",
    "with error on year input",
    "with error on single field",
]
PASSWORDS = ["default", "with hint text", "with error message", "with new-password autocomplete"]
FILES = ["default", "with hint text", "with error message and hint", "error", "disabled"]


def draw(field: forms.Field, layout: Any, options: dict[str, Any], value: Any = None) -> str:
    """The HTML of a form with this one field, wrong when the options have an error message."""
    form = form_with(field, layout, options, value)
    return render("{% load crispy_forms_tags %}{% crispy form %}", form=form)


def form_with(field: forms.Field, layout: Any, options: dict[str, Any], value: Any) -> forms.Form:
    name = options["name"]
    form = LaidOut(initial={name: value}, auto_id="%s")
    form.fields[name] = field
    if "errorMessage" in options:
        form.is_bound, form.data = True, posted(name, value)
        form.full_clean()
        form.add_error(name, error_of(options))
    form.helper.form_tag = False
    form.helper.disable_csrf = True
    form.helper.layout = Layout(layout)
    return form


def posted(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {f"{name}_{box}": text for box, text in value.items()}
    return {name: value}


def error_of(options: dict[str, Any]) -> ValidationError:
    wrong = tuple(box for box in BOXES if (options.get(box) or {}).get("error"))
    return ValidationError(options["errorMessage"]["text"], params={"boxes": wrong})


def asked(options: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What every field takes: its question and its hint."""
    legend = (options.get("fieldset") or {}).get("legend")
    question = options.get("label") or legend or {"text": ""}
    hint = options.get("hint") or {}
    return {
        "label": question.get("text") or question.get("html", "").strip(),
        "help_text": hint.get("text", ""),
        "required": False,
        "disabled": bool(options.get("disabled")),
    } | more


def heading(options: dict[str, Any]) -> dict[str, str]:
    label = options.get("label") or {}
    legend = (options.get("fieldset") or {}).get("legend") or {}
    return {
        "label_size": label.get("classes", ""),
        "label_tag": "h1" if label.get("isPageHeading") else "",
        "legend_size": legend.get("classes", ""),
        "legend_tag": "h1" if legend.get("isPageHeading") else "",
    }


def html_attributes(options: dict[str, Any], *names: str) -> dict[str, str]:
    attributes = {name: str(options[name]).lower() for name in names if name in options}
    return attributes | ({"class": options["classes"]} if "classes" in options else {})


def choices(options: dict[str, Any]) -> list[Choice]:
    """The items as Django choices; a divider belongs to the item before it."""
    found: list[Choice] = []
    for item in options["items"]:
        if "divider" in item:
            found[-1].divider = item["divider"]
        else:
            hint = (item.get("hint") or {}).get("text", "")
            text = item.get("text") or mark_safe(item["html"])  # noqa: S308 (their example)
            found.append(Choice(str(item["value"]), text, hint=hint))
    return found


def chosen(options: dict[str, Any]) -> list[str]:
    picked = [str(item["value"]) for item in options["items"] if item.get("checked")]
    return picked + options.get("values", [])


@pytest.mark.parametrize("name", INPUTS)
def test_input_is_drawn_as_govuk_frontend_draws_it(name):
    options, theirs = example("input", name)
    widget = forms.TextInput(
        html_attributes(options, "autocomplete", "autocapitalize", "inputmode", "spellcheck")
    )
    widget.input_type = options.get("type", "text")
    field = forms.CharField(widget=widget, **asked(options))
    layout = Field(options["name"], context=heading(options))

    html = draw(field, layout, options, options.get("value"))

    assert tree(html) == tree(theirs)


@pytest.mark.parametrize("name", TEXTAREAS)
def test_textarea_is_drawn_as_govuk_frontend_draws_it(name):
    options, theirs = example("textarea", name)
    widget = forms.Textarea(html_attributes(options, "autocomplete", "spellcheck"))
    field = forms.CharField(widget=widget, **asked(options))
    layout = Field(options["name"], context=heading(options), rows=options.get("rows", 5))

    html = draw(field, layout, options, options.get("value"))

    assert tree(html) == tree(theirs)


@pytest.mark.parametrize("name", CHARACTER_COUNTS)
def test_counted_textarea_is_drawn_as_govuk_frontend_draws_it(name):
    options, theirs = example("character-count", name)
    field = forms.CharField(widget=forms.Textarea, **asked(options))
    layout = Field.textarea(
        options["name"],
        rows=options.get("rows", 5),
        max_characters=options.get("maxlength"),
        max_words=options.get("maxwords"),
        threshold=options.get("threshold"),
    )
    layout.add_context(**heading(options))

    html = draw(field, layout, options, options.get("value"))

    assert tree(html) == tree(theirs)


@pytest.mark.parametrize("name", RADIOS)
def test_radios_are_drawn_as_govuk_frontend_draws_them(name):
    options, theirs = example("radios", name)
    field = forms.ChoiceField(choices=choices(options), widget=forms.RadioSelect, **asked(options))
    classes = options.get("classes", "")
    sizes = {"radios_inline": "inline" in classes, "radios_small": "small" in classes}
    layout: Any = Field(options["name"], context=heading(options) | sizes)
    if "conditional" in name:
        layout = with_conditional_questions(options)

    html = draw(field, layout, options, "".join(chosen(options)))

    assert tree(html) == tree(theirs)


def with_conditional_questions(options: dict[str, Any]) -> ConditionalRadios:
    questions = []
    for item in options["items"]:
        content = (item.get("conditional") or {}).get("html")
        questions.append(ConditionalQuestion(item["text"], *([Raw(content)] if content else [])))
    return ConditionalRadios(options["name"], *questions)


class Raw:
    """A layout object that draws the example's own HTML."""

    def __init__(self, html: str) -> None:
        self.html = html

    def render(self, *args: Any, **kwargs: Any) -> str:
        return self.html


@pytest.mark.parametrize("name", CHECKBOXES)
def test_checkboxes_are_drawn_as_govuk_frontend_draws_them(name):
    options, theirs = example("checkboxes", name)
    field = forms.MultipleChoiceField(
        choices=choices(options), widget=forms.CheckboxSelectMultiple, **asked(options)
    )
    small = {"checkboxes_small": "small" in options.get("classes", "")}
    layout = Field(options["name"], context=heading(options) | small)

    html = draw(field, layout, options, chosen(options))

    assert tree(html) == tree(theirs)


@pytest.mark.parametrize("name", SELECTS)
def test_select_is_drawn_as_govuk_frontend_draws_it(name):
    options, theirs = example("select", name)
    items = options.get("items", [])
    pairs = [(str(item["value"]), item["text"]) for item in items]
    picked = [str(item["value"]) for item in items if item.get("selected")]
    widget = forms.Select(html_attributes(options))
    field = forms.ChoiceField(choices=pairs, widget=widget, **asked(options))
    layout = Field(options["name"], context=heading(options))

    html = draw(field, layout, options, options.get("value") or "".join(picked))

    # A choice of Django cannot be disabled on its own.
    assert tree(html) == tree(theirs.replace(" disabled>", ">"))


@pytest.mark.parametrize("name", DATES)
def test_date_is_drawn_as_govuk_frontend_draws_it(name):
    options, theirs = example("date-input", name)
    boxes = options.get("values") or {
        box: (options.get(box) or {}).get("value", "") for box in BOXES
    }
    field = DateField(called="the date", **asked(options))
    layout = Field(options["name"], context=heading(options))
    value: Any = boxes if "errorMessage" in options else [boxes.get(box, "") for box in BOXES]

    html = draw(field, layout, options, value)

    # A Django date posts all its boxes under the field's own name.
    for box in BOXES:
        theirs = theirs.replace(f'name="{box}"', f'name="{options["name"]}_{box}"')
    assert tree(html) == tree(theirs)


@pytest.mark.parametrize("name", PASSWORDS)
def test_password_is_drawn_as_govuk_frontend_draws_it(name):
    options, theirs = example("password-input", name)
    attributes = {"spellcheck": "false", "autocapitalize": "none"}
    autocomplete = {"autocomplete": options.get("autocomplete", "current-password")}
    field = forms.CharField(widget=forms.PasswordInput(attributes | autocomplete), **asked(options))
    layout = Field(options["name"], context=heading(options))

    assert tree(draw(field, layout, options)) == tree(theirs)


@pytest.mark.parametrize("name", FILES)
def test_file_upload_is_drawn_as_govuk_frontend_draws_it(name):
    options, theirs = example("file-upload", name)
    field = forms.FileField(**asked(options))
    layout = Field(options["name"], context=heading(options))

    assert tree(draw(field, layout, options)) == tree(theirs)


@pytest.mark.parametrize("name", ["default", "without links", "mixed with and without links"])
def test_error_summary_is_drawn_as_govuk_frontend_draws_it(name):
    options, theirs = example("error-summary", name)
    form = forms.Form({}, auto_id="%s")
    for error in options["errorList"]:
        target = error.get("href", "").removeprefix("#")
        form.fields[target] = forms.CharField(required=False)
        form.add_error(target or None, error["text"])

    html = render("{% load crispy_forms_gds %}{% error_summary form %}", form=form)

    assert tree(html) == tree(theirs)


BUTTONS = {
    "name": Button("start-now", "Submit"),
    "secondary": Button.secondary("secondary", "Secondary button"),
    "warning": Button.warning("Warning", "Warning button"),
    "secondary disabled": Button.secondary("secondary", "Secondary button disabled", disabled=True),
}


@pytest.mark.parametrize("name", BUTTONS)
def test_button_is_drawn_as_govuk_frontend_draws_it(name):
    _, theirs = example("button", name)
    button = BUTTONS[name]

    html = button.render(forms.Form(), Context())

    # Ours always has an id.
    assert tree(html.replace(f' id="{button.id}"', "")) == tree(theirs)
