"""A whole form as our templates draw it: where errors lead, what describes a field."""

import re
from typing import Any

from crispy_forms_gds.layout import ConditionalQuestion, ConditionalRadios, Layout
from django import forms

from accounts.form_fields import DateField, TimeField
from tests.send_portal.govuk_examples import render
from tests.send_portal.laid_out import LaidOut


class EveryWidget(LaidOut):
    name = forms.CharField(label="Name <of the child>", max_length=5)
    note = forms.CharField(widget=forms.Textarea)
    channel = forms.ChoiceField(choices=[("t", "Telephone"), ("e", "E-mail")])
    sort = forms.ChoiceField(choices=[("a", "One"), ("b", "Two")], widget=forms.RadioSelect)
    needs = forms.MultipleChoiceField(
        choices=[("a", "One"), ("b", "Two")], widget=forms.CheckboxSelectMultiple
    )
    received = DateField(called="the date received")
    at = TimeField(called="the time received")
    span = forms.SplitDateTimeField()
    agreed = forms.BooleanField(help_text="Ask them.")
    password = forms.CharField(widget=forms.PasswordInput)
    letter = forms.FileField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout(*self.fields)


PAGE = "{% load crispy_forms_tags crispy_forms_gds %}{% error_summary form %}{% crispy form %}"


def test_every_entry_of_the_error_summary_leads_to_an_element_that_takes_the_focus():
    html = render(PAGE, form=EveryWidget({}))

    targets = re.findall(r'<a href="#([^"]*)">', html)
    focusable = re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', html)
    assert len(targets) == len(EveryWidget.base_fields)
    assert [target for target in targets if target not in focusable] == []


def test_every_description_of_a_field_is_on_the_page():
    html = render(PAGE, form=EveryWidget({}))

    named = [each for ids in re.findall(r'describedby="([^"]*)"', html) for each in ids.split()]
    assert set(named) - set(re.findall(r' id="([^"]+)"', html)) == set()


def test_drawing_a_form_twice_gives_the_same_page():
    form = EveryWidget({"name": "too long"})

    assert render(PAGE, form=form) == render(PAGE, form=form)


def test_error_about_a_hidden_field_or_the_whole_form_is_shown_without_a_link():
    form = forms.Form({})
    form.fields["case"] = forms.CharField(
        widget=forms.HiddenInput, error_messages={"required": "A"}
    )
    form.add_error(None, "B")

    html = render("{% load crispy_forms_gds %}{% error_summary form %}", form=form)

    assert "<li>A</li>" in html
    assert "<li>B</li>" in html


def test_error_of_a_date_leads_to_its_first_wrong_box():
    form = EveryWidget({"received_day": "31", "received_month": "13", "received_year": ""})

    assert '<a href="#id_received_year">Date received must include a year</a>' in render(
        PAGE, form=form
    )


def test_label_is_escaped():
    assert "Name &lt;of the child&gt;" in render(PAGE, form=EveryWidget())


def test_browser_neither_checks_nor_cuts_what_is_typed():
    html = render(PAGE, form=EveryWidget())

    assert " novalidate>" in html
    assert re.findall("maxlength|minlength| required", html) == []


def test_conditional_question_stays_out_of_the_next_radios():
    form = LaidOut()
    form.fields["how"] = forms.ChoiceField(choices=[("t", "Tel")], widget=forms.RadioSelect)
    form.fields["number"] = forms.CharField()
    form.fields["sort"] = forms.ChoiceField(choices=[("a", "One")], widget=forms.RadioSelect)
    form.helper.layout = Layout(
        ConditionalRadios("how", ConditionalQuestion("Tel", "number")), "sort"
    )

    html = render("{% load crispy_forms_tags %}{% crispy form %}", form=form)

    assert html.count('name="number"') == 1
    assert html.count("govuk-radios__conditional ") == 1
