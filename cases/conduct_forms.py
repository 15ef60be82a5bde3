"""Referring aggressive contact, and deciding about it."""

from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fluid, Layout, Size
from django import forms

from accounts.form_fields import DateField
from cases.conduct_actions import PlanDetails, plan_version
from cases.form_parts import Line, Showing, Text
from cases.forms import LONGEST_MESSAGE
from cases.models import ConductReferral, ContactPlan


def _layout(*fields: Any, button: str) -> FormHelper:
    helper = FormHelper()
    helper.form_action = ""
    helper.layout = Layout(*fields, Button("submit", button, data_prevent_double_click="true"))
    return helper


class ReferForm(Showing):
    """What kind of contact it was, and what happened."""

    kind = forms.ChoiceField(
        label="What kind of contact was it?",
        choices=ConductReferral.Kind,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Select what kind of contact it was",
            "invalid_choice": "Select the kind of contact from the list",
        },
    )
    words = Text(
        "What happened?",
        "what happened",
        LONGEST_MESSAGE,
        required=True,
        help_text="What was said and done, in the words that were used. Only SEND leadership "
        "reads this.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _layout(
            Field.radios("kind", legend_size=Size.MEDIUM, small=True),
            Field.textarea("words", rows=6),
            button="Refer to SEND leadership",
        )


class NoPlanForm(Showing):
    """Why no contact plan is needed."""

    reasons = Text("Reasons", "the reasons", LONGEST_MESSAGE, required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _layout(Field.textarea("reasons", rows=5), button="Decide: no contact plan")


ARRANGEMENT_HINT = (
    "For example: calls on Tuesdays with their coordinator; letters and e-mails as always. Staff "
    "who work on the case see this."
)


class PlanForm(Showing):
    """How one person and the service are in touch for a while: every part is needed (H66)."""

    who = Line(
        "Who is it about?",
        "the name of the person it is about",
        120,
        required=True,
        help_text="Their name as it is on the case",
    )
    arrangement = Text(
        "How are you in touch?",
        "how you are in touch",
        LONGEST_MESSAGE,
        required=True,
        help_text=ARRANGEMENT_HINT,
    )
    reason = Text(
        "Reason", "the reason", LONGEST_MESSAGE, required=True, help_text="Only leadership sees it."
    )
    told_how = Line("How were they told?", "how they were told", 200, required=True)
    appeal = Text(
        "How can they ask for another decision?",
        "how they can ask for another decision",
        LONGEST_MESSAGE,
        required=True,
    )
    starts_on = DateField(label="First day", called="the first day")
    review_on = DateField(
        label="Review date",
        called="the review date",
        help_text="You and the other senior managers are told on this day",
    )
    ends_on = DateField(
        label="Day it ends",
        called="the day it ends",
        help_text="It no longer holds from this day on, whether or not anybody does anything",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _layout(
            Field.text("who", field_width=Fluid.TWO_THIRDS),
            Field.textarea("arrangement", rows=4),
            Field.textarea("reason", rows=4),
            "told_how",
            Field.textarea("appeal", rows=3),
            "starts_on",
            "review_on",
            "ends_on",
            button="Save contact plan",
        )

    def details(self) -> PlanDetails:
        """What the action takes; only after the form is found valid."""
        return PlanDetails(**self.cleaned_data)


class ChangePlanForm(Showing):
    """A plan after a review or an appeal. ``version`` tells when another changed it meanwhile."""

    arrangement = Text(
        "How are you in touch?",
        "how you are in touch",
        LONGEST_MESSAGE,
        required=True,
        help_text=ARRANGEMENT_HINT,
    )
    review_on = DateField(label="Next review date", called="the next review date")
    ends_on = DateField(
        label="Day it ends",
        called="the day it ends",
        help_text="It no longer holds from this day on",
    )
    reason = Text(
        "Why is it changed?",
        "why it is changed",
        LONGEST_MESSAGE,
        required=True,
        help_text="Only leadership sees it.",
    )
    version = forms.IntegerField(
        widget=forms.HiddenInput,
        error_messages={
            "required": "This form is not whole. Open the page again.",
            "invalid": "This form is not whole. Open the page again.",
        },
    )

    def __init__(self, *args: Any, plan: ContactPlan, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "arrangement": plan.arrangement,
            "review_on": plan.review_on,
            "ends_on": plan.ends_on,
            "version": plan_version(plan),
        }
        super().__init__(*args, **kwargs)
        self.helper = _layout(
            Field.textarea("arrangement", rows=4),
            "review_on",
            "ends_on",
            Field.textarea("reason", rows=4),
            "version",
            button="Save changes",
        )

    def renew(self, plan: ContactPlan) -> None:
        """The next press is made with knowledge of what is there now."""
        posted = self.data.copy()  # type: ignore[attr-defined]
        posted["version"] = str(plan_version(plan))
        self.data = posted


class EndPlanForm(Showing):
    """Why a plan ends before its day."""

    reason = Line("Why does it end early?", "why it ends early", 300, required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _layout("reason", button="End this plan today")
