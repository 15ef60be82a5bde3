"""What a call taker types to find a child."""

from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fluid, Layout
from django import forms
from django.urls import reverse

# With fewer letters nothing is looked up yet while they are typed.
SHORTEST_TYPED = 3


class SearchForm(forms.Form):
    """One field for whatever the caller knows. htmx looks it up while it is typed.

    ``line`` is the query of the voicemail line whose message is to be logged, or empty.
    """

    q = forms.CharField(
        label="Name, date of birth or reference",
        help_text=(
            "For example, Amara Okafor, 3/2/2014 or any reference that somebody quotes, such as "
            "EHC-000123. A postcode, UPN or school works too, also together: okafor thornley"
        ),
        max_length=200,
        error_messages={
            "required": "Enter a name, a date of birth or a reference",
            "max_length": "Use 200 characters or less",
        },
    )

    def __init__(self, *args: Any, line: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        address = f"{reverse('cases:search')}?{line}" if line else reverse("cases:search")
        # Children's names are not for the browser to remember or to send to a spelling service.
        self.fields["q"].widget.attrs |= {
            "autocomplete": "off",
            "spellcheck": "false",
            "hx-post": address,
            "hx-trigger": "input changed delay:300ms",
            "hx-target": "#found",
            "hx-sync": "this:replace",
        }
        # With a caller on the line the first key typed is the child's name.
        if not self.is_bound and not self.initial.get("q"):
            self.fields["q"].widget.attrs["autofocus"] = True
        self.helper = FormHelper()
        self.helper.form_action = address
        self.helper.layout = Layout(
            Field.text("q", field_width=Fluid.TWO_THIRDS), Button("submit", "Search")
        )
