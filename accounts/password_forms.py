"""Changing a password, and giving it once more, in the GOV.UK style."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, ReauthenticateForm
from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Layout
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts


class NewPasswordForm(ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask(self.fields["oldpassword"], "Current password", "Enter your current password")
        ask(self.fields["password1"], "New password", "Enter a new password")
        ask(self.fields["password2"], "New password again", "Enter the new password again")
        self.fields["password1"].help_text = " ".join(password_validators_help_texts())
        self.helper = FormHelper()
        self.helper.layout = Layout(*self.fields, Button("submit", "Change password"))


class StillYouForm(ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask(self.fields["password"], "Password", "Enter your password")
        self.helper = FormHelper()
        self.helper.layout = Layout("password", Button("submit", "Continue"))


def ask(field: forms.Field, label: str, required: str) -> None:
    """Give a password field our words instead of allauth's, and no placeholder or reset link."""
    field.label, field.help_text = label, ""
    field.error_messages["required"] = required
    field.widget.attrs.pop("placeholder", None)
