"""Narrowing a list of open promises."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Field, Layout, Size
from django import forms

from cases.forms import COMES_IN
from cases.models import ContactQuerySet


class NarrowForm(forms.Form):
    """By date, urgency, chasers and channel. What is not one of the choices narrows nothing."""

    LATE, SOON = "late", "soon"
    CLAIMED, ACCEPTED = "claimed", "accepted"
    AGAIN = "again"

    due = forms.ChoiceField(
        label="Due",
        required=False,
        choices=[("", "At any time"), (LATE, "Past the date"), (SOON, "Soon")],
        widget=forms.RadioSelect,
    )
    urgency = forms.ChoiceField(
        label="Urgency",
        required=False,
        choices=[
            ("", "Urgent or not"),
            (CLAIMED, "Said to be urgent, not decided yet"),
            (ACCEPTED, "Urgent"),
        ],
        widget=forms.RadioSelect,
    )
    asked = forms.ChoiceField(
        label="Asked",
        required=False,
        choices=[("", "Once or again"), (AGAIN, "Asked again")],
        widget=forms.RadioSelect,
    )
    channel = forms.ChoiceField(
        label="How it came",
        required=False,
        choices=[("", "By any channel"), *COMES_IN],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            *(Field.radios(name, legend_size=Size.SMALL, small=True) for name in self.fields)
        )

    def chosen(self) -> dict[str, str]:
        """The choices that narrow the list, by field name."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def narrow(self, contacts: ContactQuerySet, now: datetime, soon: datetime) -> ContactQuerySet:
        """``contacts`` that fit; ``soon`` ends what is due soon (both aware)."""
        chosen = self.chosen()
        if chosen.get("due") == self.LATE:
            contacts = contacts.past_date(now)
        if chosen.get("due") == self.SOON:
            contacts = contacts.filter(clock__due_at__range=(now, soon))
        if chosen.get("urgency") == self.CLAIMED:
            contacts = contacts.to_triage()
        if chosen.get("urgency") == self.ACCEPTED:
            contacts = contacts.urgent()
        if chosen.get("asked") == self.AGAIN:
            contacts = contacts.chased()
        if "channel" in chosen:
            contacts = contacts.filter(channel=chosen["channel"])
        return contacts

    def selected(self, path: str) -> list[dict[str, str]]:
        """Each choice with the address of the list without it."""
        chosen = self.chosen()
        return [
            {
                "label": str(self.fields[name].label),
                "value": dict(self.fields[name].choices)[value],  # type: ignore[attr-defined]
                "url": f"{path}?{urlencode({k: v for k, v in chosen.items() if k != name})}",
            }
            for name, value in chosen.items()
        ]
