"""Sign-in in the GOV.UK style."""

from typing import Any

from allauth.account.forms import LoginForm
from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Layout
from django import forms


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.EmailField(
            label="E-mail address",
            error_messages={
                "required": "Enter your e-mail address",
                "invalid": "Enter an e-mail address in the correct format, like name@example.org",
            },
            widget=forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
        )
        self.fields["password"] = forms.CharField(
            label="Password",
            strip=False,
            error_messages={"required": "Enter your password"},
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        )
        self.fields.pop("remember", None)
        self.helper = FormHelper()
        self.helper.layout = Layout("login", "password", Button("submit", "Sign in"))
