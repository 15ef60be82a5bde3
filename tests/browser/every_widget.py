"""A page that exists in tests only: one form with every widget that the portal uses."""

from typing import Any

from crispy_forms_gds.choices import Choice
from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Layout, Size
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from accounts.form_fields import DateField, TimeField
from send_portal.urls import urlpatterns as portal

CHANNELS = [
    Choice("telephone", "Telephone", hint="Also a voicemail"),
    Choice("email", "E-mail", divider="or"),
    Choice("letter", "Letter"),
]
PEOPLE = [("owner", "The case owner"), ("lead", "The team lead")]


class EveryWidgetForm(forms.Form):
    name = forms.CharField(label="Name of the caller", error_messages={"required": "Enter a name"})
    email = forms.EmailField(label="E-mail address", error_messages={"required": "Enter an e-mail"})
    password = forms.CharField(
        label="Password", widget=forms.PasswordInput, error_messages={"required": "Enter it"}
    )
    message = forms.CharField(
        label="What they said",
        help_text="In their own words",
        widget=forms.Textarea,
        error_messages={"required": "Enter what they said"},
    )
    note = forms.CharField(
        label="Your note", widget=forms.Textarea, error_messages={"required": "Enter your note"}
    )
    channel = forms.ChoiceField(
        label="How did it come?",
        choices=CHANNELS,
        widget=forms.RadioSelect,
        error_messages={"required": "Select how it came"},
    )
    callback = forms.ChoiceField(
        label="Do they want a callback?",
        choices=[("yes", "Yes"), ("no", "No")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select yes if they want a callback"},
    )
    tell = forms.MultipleChoiceField(
        label="Who should know?",
        choices=PEOPLE,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select who should know"},
    )
    team = forms.ChoiceField(
        label="Team",
        choices=[("", "Choose a team"), ("north", "North")],
        error_messages={"required": "Select a team"},
    )
    received_on = DateField(
        label="Date received", called="the date received", help_text="For example, 27 3 2026"
    )
    received_time = TimeField(
        label="Time received", called="the time received", help_text="For example, 4:45pm"
    )
    letter = forms.FileField(label="Letter", error_messages={"required": "Choose the letter"})
    read_out = forms.BooleanField(
        label="I read it back to them", error_messages={"required": "Read it back to them"}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout(
            "name",
            "email",
            "password",
            "message",
            Field.textarea("note", max_characters=200, rows=4),
            Field.radios("channel", legend_size=Size.MEDIUM, small=True),
            Field.radios("callback", legend_size=Size.MEDIUM, inline=True),
            Field.checkboxes("tell", legend_size=Size.SMALL),
            "team",
            "received_on",
            "received_time",
            "letter",
            "read_out",
            Button("submit", "Send everything"),
        )

    def clean(self) -> dict[str, Any]:
        self.add_error(None, "The whole form is wrong")
        return super().clean() or {}


@login_not_required
def every_widget(request: HttpRequest) -> HttpResponse:
    form = EveryWidgetForm(request.POST or None, request.FILES or None)
    return render(request, "every_widget.html", {"form": form})


urlpatterns = [path("every-widget/", every_widget, name="every_widget"), *portal]
