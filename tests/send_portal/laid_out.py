"""A form with one layout of its own, for the tests of drawing."""

from typing import Any

from crispy_forms_gds.helper import FormHelper
from django import forms


class LaidOut(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
