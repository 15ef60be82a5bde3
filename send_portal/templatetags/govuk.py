"""What the templates of GOV.UK components need to know, worked out in Python.

Most of it draws form fields for ``templates/gds``: the template pack's own tag changes the
widgets while it draws them, forgets ids that its error summary then links to, and fails on a
counted text area without a hint. These tags read a bound field and draw it, and change nothing.
"""

from dataclasses import dataclass
from typing import Any

from django import forms, template
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

from accounts.form_fields import BOXES, DateBoxes

register = template.Library()


@dataclass(frozen=True)
class Option:
    """One radio button or checkbox."""

    id: str
    value: str
    label: str
    checked: bool
    hint: str
    divider: str


@dataclass(frozen=True)
class Box:
    """One of the three text boxes of a date."""

    id: str
    name: str
    label: str
    value: str
    width: int
    wrong: bool


@dataclass(frozen=True)
class SummaryEntry:
    """A line of the error summary; ``target`` is the id that takes the focus, or empty."""

    message: str
    target: str


@register.filter
def kind(field: BoundField) -> str:
    """Which template draws this field."""
    widget = field.field.widget
    # The order matters: checkboxes are a kind of radios, radios a kind of select.
    kinds: tuple[tuple[type[forms.Widget], str], ...] = (
        (DateBoxes, "date"),
        (forms.MultiWidget, "group"),
        (forms.CheckboxSelectMultiple, "checkboxes"),
        (forms.RadioSelect, "radios"),
        (forms.CheckboxInput, "checkbox"),
        (forms.PasswordInput, "password"),
    )
    return next((name for cls, name in kinds if isinstance(widget, cls)), "single")


@register.simple_tag
def described_by(field: BoundField, show_errors: bool = True, counted: bool = False) -> str:
    """The ids of everything that describes the field, in reading order."""
    ids = [f"{field.auto_id}-info"] if counted else []
    if field.help_text:
        ids.append(f"{field.auto_id}_hint")
    if show_errors:
        ids += error_ids(field)
    return " ".join(ids)


@register.filter
def error_ids(field: BoundField) -> list[str]:
    """One id for each of the field's error messages."""
    numbers = range(1, len(field.errors) + 1)
    return [f"{field.auto_id}_error" + ("" if n == 1 else f"_{n}") for n in numbers]


@register.filter
def error_messages(field: BoundField) -> list[tuple[str, str]]:
    """Each error message of the field with its id."""
    return list(zip(error_ids(field), map(str, field.errors), strict=True))


@register.simple_tag
def draw_widget(field: BoundField, described_by: str, show_errors: bool = True) -> SafeString:
    """The field's input element, with GOV.UK's classes and what describes it."""
    widget = field.field.widget
    attrs: dict[str, Any] = {
        "id": field.auto_id,
        "class": _css_class(widget, wrong=bool(show_errors and field.errors)),
        "aria-describedby": described_by or False,
        "disabled": field.field.disabled,
        # The browser would cut pasted text short without a word; the server says it is too long.
        "maxlength": False,
        "minlength": False,
    }
    if isinstance(widget, forms.Textarea):
        attrs["cols"] = False
    return widget.render(field.html_name, field.value(), attrs, field.form.renderer)


def _css_class(widget: forms.Widget, *, wrong: bool) -> str:
    classes = [_block(widget)]
    if wrong and not isinstance(widget, forms.CheckboxInput):
        classes.append(f"{classes[0]}--error")
    if isinstance(widget, forms.PasswordInput):
        classes += ["govuk-password-input__input", "govuk-js-password-input-input"]
    own = str(widget.attrs.get("class", "")).split()
    return " ".join(classes + [name for name in own if name not in classes])


def _block(widget: forms.Widget) -> str:
    blocks: tuple[tuple[type[forms.Widget], str], ...] = (
        (forms.CheckboxInput, "govuk-checkboxes__input"),
        (forms.FileInput, "govuk-file-upload"),
        (forms.Textarea, "govuk-textarea"),
        (forms.Select, "govuk-select"),
    )
    return next((name for cls, name in blocks if isinstance(widget, cls)), "govuk-input")


@register.simple_tag
def options(field: BoundField) -> list[Option]:
    """The radio buttons or checkboxes of a field. The first has the field's own id, so that the
    error summary can lead there.
    """
    widget = field.field.widget
    if not isinstance(widget, forms.widgets.ChoiceWidget):
        return []
    chosen = widget.format_value(field.value())
    return [
        _option(field, number, choice, chosen) for number, choice in enumerate(widget.choices, 1)
    ]


def _option(field: BoundField, number: int, choice: Any, chosen: list[str]) -> Option:
    value, label = choice
    return Option(
        id=field.auto_id if number == 1 else f"{field.auto_id}_{number}",
        value=str(value),
        label=label,
        checked=str(value) in chosen,
        hint=getattr(choice, "hint", ""),
        divider=getattr(choice, "divider", ""),
    )


@register.simple_tag
def date_boxes(field: BoundField, show_errors: bool = True) -> list[Box]:
    """The day, month and year boxes of a date field."""
    widget = field.field.widget
    if not isinstance(widget, DateBoxes):
        return []
    wrong = _wrong_boxes(field) if show_errors else ()
    subwidgets = widget.get_context(field.html_name, field.value(), {})["widget"]["subwidgets"]
    return [
        Box(
            id=f"{field.auto_id}_{box}",
            name=subwidget["name"],
            label=box.title(),
            value=subwidget["value"] or "",
            width=4 if box == "year" else 2,
            wrong=box in wrong,
        )
        for box, subwidget in zip(BOXES, subwidgets, strict=True)
    ]


def _wrong_boxes(field: BoundField) -> tuple[str, ...]:
    named = [box for error in field.errors.as_data() for box in _boxes(error)]
    return tuple(named) or (BOXES if field.errors else ())


def _boxes(error: ValidationError) -> tuple[str, ...]:
    return (error.params or {}).get("boxes", ())


@register.simple_tag
def summary_entries(form: forms.BaseForm) -> list[SummaryEntry]:
    """Every error of the form: what concerns the whole form first, then field by field."""
    entries = [SummaryEntry(str(message), "") for message in form.non_field_errors()]
    for field in form:
        entries += [
            SummaryEntry(message, _target(field, error))
            for error in field.errors.as_data()
            for message in error.messages
        ]
    return entries


def _target(field: BoundField, error: ValidationError) -> str:
    """The id of the element that takes the focus when the entry is chosen."""
    if field.is_hidden:
        return ""
    widget = field.field.widget
    if isinstance(widget, DateBoxes):
        return f"{field.auto_id}_{(_boxes(error) or ('day',))[0]}"
    if isinstance(widget, forms.MultiWidget):
        return f"{field.auto_id}_0"
    return field.auto_id


@register.filter
def some_have_actions(rows: list[dict[str, Any]]) -> bool:
    """Whether a summary list has a third column."""
    return any(row.get("actions") for row in rows)
