"""The forms about the people around a child."""

from datetime import date
from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fieldset, Fixed, Fluid, Layout, Size
from django import forms

from accounts.form_fields import DateField
from cases.form_parts import EditForm, EmailAddress, Line, Postcode, Showing, Text
from cases.models import RelatedPerson
from cases.people_actions import Details


class RelatedPersonForm(EditForm):
    """Who they are, what they may do, and how to reach them."""

    name = Line("Name", "the name", 120, required=True)
    relation = forms.ChoiceField(
        label="What are they to the child or young person?",
        choices=RelatedPerson.Relation,
        widget=forms.RadioSelect,
        error_messages={"required": "Select what they are to the child or young person"},
    )
    no_contact = forms.BooleanField(label="They must not be contacted", required=False)
    court_order = Text(
        "Court order (optional)",
        "the court order",
        2000,
        help_text="What it says about contact, letters or the address. Staff see it first.",
    )
    court_order_ends = DateField(
        label="Last day of the court order (optional)",
        called="the last day of the court order",
        required=False,
    )
    parental_responsibility = forms.BooleanField(
        label="They have parental responsibility", required=False
    )
    receives_letters = forms.BooleanField(
        label="They may receive letters and messages", required=False
    )
    sees_address = forms.BooleanField(label="They may see the child’s address", required=False)
    phone = Line("Telephone number (optional)", "the telephone number", 40)
    email = EmailAddress("E-mail address (optional)")
    address = Text(
        "Address (optional)",
        "the address",
        500,
        help_text="Shown to staff only, never to others around the child",
    )
    postcode = Postcode()
    preferred_channel = forms.ChoiceField(
        label="How do they prefer to be reached?",
        choices=RelatedPerson.Channel,
        widget=forms.RadioSelect,
        required=False,
    )
    preferred_format = forms.ChoiceField(
        label="Which format do they need?",
        choices=RelatedPerson.Format,
        widget=forms.RadioSelect,
        required=False,
    )
    language = Line("Language (optional)", "the language", 60)
    needs_interpreter = forms.BooleanField(label="They need an interpreter", required=False)
    acts_because = forms.ChoiceField(
        label="Do they act for the young person?",
        help_text="Only once the young person makes their own decisions",
        choices=RelatedPerson.ActsBecause,
        widget=forms.RadioSelect,
        required=False,
    )
    acts_since = DateField(
        label="They act for the young person since (optional)",
        called="the day since when they act",
        required=False,
    )
    started_on = DateField(
        label="Around the child since", called="the day since when they are around the child"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Field.text("name", field_width=Fluid.TWO_THIRDS),
            Field.radios("relation", legend_size=Size.SMALL, small=True),
            Fieldset(
                Field.checkbox("no_contact", small=True),
                Field.textarea("court_order", rows=3),
                "court_order_ends",
                legend="Limits",
                legend_size=Size.MEDIUM,
            ),
            Fieldset(
                Field.checkbox("parental_responsibility", small=True),
                Field.checkbox("receives_letters", small=True),
                Field.checkbox("sees_address", small=True),
                legend="What they may do",
                legend_size=Size.MEDIUM,
            ),
            Fieldset(
                Field.text("phone", field_width=Fixed.TWENTY),
                Field.text("email", field_width=Fluid.TWO_THIRDS),
                Field.textarea("address", rows=4),
                Field.text("postcode", field_width=Fixed.TEN),
                Field.radios("preferred_channel", legend_size=Size.SMALL, small=True),
                Field.radios("preferred_format", legend_size=Size.SMALL, small=True),
                Field.text("language", field_width=Fixed.TWENTY),
                Field.checkbox("needs_interpreter", small=True),
                legend="How to reach them",
                legend_size=Size.MEDIUM,
            ),
            Fieldset(
                Field.radios("acts_because", legend_size=Size.SMALL, small=True),
                "acts_since",
                legend="When the young person decides",
                legend_size=Size.MEDIUM,
            ),
            "started_on",
            "shown",
            Button("submit", "Save", data_prevent_double_click="true"),
        )

    def details(self) -> Details:
        """What the action takes; only after the form is found valid."""
        return Details(**self.wanted())


class EndForm(Showing):
    """From which day somebody is no longer around the child."""

    ended_on = DateField(
        label="From which day?",
        called="the day from which they are not",
        help_text="From this day on nothing is sent to them. They stay on the record.",
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"ended_on": today}
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            "ended_on", Button("submit", "Save", data_prevent_double_click="true")
        )
