"""How allauth behaves here: staff accounts are made by an administrator, never by sign-up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": "Too many tries. Wait ten minutes, then try again.",
        "enter_current_password": "Enter your current password",
        "incorrect_password": "That is not your current password",
        "email_password_mismatch": "The e-mail address or the password is not right.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
