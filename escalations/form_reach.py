"""The last questions of the public form: how its sender hears from us, and the last press."""

from django import forms

from accounts.profile import can_be_rung, in_plain_digits
from cases.form_parts import EmailAddress, Text
from escalations import form_choices as choices
from escalations.form_questions import LONGEST_ADDRESS, Question, line, one_of

NO_NUMBER = (
    "Enter one telephone number, like 01632 960100 or 07700 900100. A number of another country "
    "begins with + and the country"
)


class Reach(Question):
    reach = one_of("How shall we answer you?", choices.REACH, "Select how we shall answer you")


class Where(Question):
    """The address or number for the way that was chosen."""

    email = EmailAddress(
        "What is your e-mail address?",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )
    phone = line(
        "What is your phone number?",
        "your phone number",
        40,
        attrs={"autocomplete": "tel", "inputmode": "tel"},
    )
    address = Text("What is your address?", "your address", LONGEST_ADDRESS)

    def fit(self) -> None:
        needed = choices.FIELD_FOR[self.kept.get("reach", choices.BY_EMAIL)]
        for name in set(self.fields) - {needed}:
            del self.fields[name]
        self.fields[needed].required = True
        self.fields[needed].error_messages["required"] = f"Enter {self.CALLED[needed]}"

    def clean_phone(self) -> str:
        """In the digits that a telephone has, whatever the keyboard's were."""
        number = in_plain_digits(str(self.cleaned_data["phone"]))
        if not can_be_rung(number):
            raise forms.ValidationError(NO_NUMBER)
        return number

    CALLED = {
        "email": "your e-mail address",
        "phone": "your phone number",
        "address": "your address",
    }


class Needs(Question):
    heading = "Is there something that makes it easier for you?"
    intro = ("You can leave this out.",)
    format_wanted = line(
        "A way to read or hear our answer",
        "the way to read or hear our answer",
        200,
        help_text="Such as large print, Easy Read or a call",
    )
    language = line(
        "Another language", "the language", 60, help_text="Such as Polish or sign language"
    )


class Check(forms.Form):
    """The last press. People never see ``website``: only a robot fills it in."""

    website = forms.CharField(required=False)
