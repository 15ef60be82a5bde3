"""A page that exists in tests only: every include of templates/components."""

from datetime import UTC, datetime

from crispy_forms_gds.helper import FormHelper
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from send_portal.urls import urlpatterns as portal


class OwedFilter(forms.Form):
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True

    team = forms.ChoiceField(
        label="Team", choices=[("", "Every team"), ("north", "North")], required=False
    )
    state = forms.MultipleChoiceField(
        label="Show",
        choices=[("late", "Past the date"), ("soon", "Due soon")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


@login_not_required
def every_component(request: HttpRequest) -> HttpResponse:
    messages.success(request, "The answer is saved.")
    messages.info(request, "The service is closed on Friday.")
    change = {"text": "Change", "url": "?change", "about": "the case owner"}
    context = {
        "facts": [{"label": "Date of birth", "value": "3 February 2014"}],
        "actions": [{"text": "Log a contact", "url": "?log"}, {"text": "Print", "url": "?print"}],
        "rows": [
            {"key": "Case owner", "value": "Cora Hill", "actions": [change]},
            {"key": "Team", "value": "North"},
        ],
        "filter_form": OwedFilter(request.GET or None),
        "selected": [{"label": "Team", "value": "North", "url": "?state=late"}],
        "items": [
            {
                "title": "Telephone call",
                "by": "Asif Rahman",
                "at": datetime(2026, 12, 8, 16, 45, tzinfo=UTC),
                "text": "About the taxi.\nRing back after four.",
            }
        ],
    }
    return render(request, "every_component.html", context)


urlpatterns = [path("every-component/", every_component, name="every_component"), *portal]
