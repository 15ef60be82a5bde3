"""What the service knows of a member of staff's number and week, and whose numbers wait (H34)."""

import calendar
import re
import unicodedata
from datetime import date

from django.db.models import Q, QuerySet

from accounts.errors import RuleBroken
from accounts.models import Role, User

# In months: after that somebody says again that their number is right.
NUMBER_CONFIRMED_FOR = 6

# Who keeps the numbers and weeks of the whole service; a team lead keeps those of the team.
KEEPS_ALL = frozenset({Role.SENIOR_MANAGER, Role.ADMINISTRATOR})
KEEPS_SOME = KEEPS_ALL | {Role.TEAM_LEAD}
# Who sees whose number waits: of the whole service, or of their own team.
SEES_WAITING = KEEPS_SOME | {Role.BUSINESS_SUPPORT}

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# A number of the United Kingdom, without the ranges that callers pay for by the minute (09).
BRITISH = re.compile(r"0[123578][0-9]{8,9}")
# One of another country: the plus or 00, the country, and what follows (ITU E.164).
ABROAD = re.compile(r"(?:\+|00)[1-9][0-9]{6,14}")
# Whoever reads on the line instead of hearing it is rung by way of the text relay.
RELAY = re.compile(r"^1800[0-9]")
EXTENSION = re.compile(r"\s*(?:ext\.?|extension|x)\s*[0-9]{1,6}$", re.IGNORECASE)
BETWEEN = re.compile(r"[\s()\-.]")


def read_number(typed: str) -> str:
    """The number as it was typed, with single spaces; "" for nothing.

    Raises RuleBroken (``number_wrong``) for what is no number of the United Kingdom.
    """
    number = " ".join(typed.split())
    if number and not BRITISH.fullmatch(_dialled(number)):
        raise RuleBroken(
            "Enter a telephone number, like 01632 960100 or 07700 900100",
            "number_wrong",
            field="phone",
        )
    return number


def in_plain_digits(typed: str) -> str:
    """In the digits that a telephone has, whatever the keyboard's were, without marks that nobody
    sees."""
    number = "".join(str(int(one)) if one.isdecimal() else one for one in typed)
    return "".join(one for one in number if unicodedata.category(one) != "Cf")


def can_be_rung(typed: str) -> bool:
    """Whether ``typed`` is a number that somebody outside may have: also one of another country,
    with an extension, or by way of the text relay."""
    number = _dialled(" ".join(typed.split()))
    return bool(BRITISH.fullmatch(RELAY.sub("", number)) or ABROAD.fullmatch(number))


def _dialled(number: str) -> str:
    """What one would dial inside the country: digits, beginning with 0."""
    bare = BETWEEN.sub("", EXTENSION.sub("", number).replace("(0)", ""))
    return re.sub(r"^(?:\+|00)44", "0", bare)


def may_keep(person: User, by: User) -> bool:
    """True when ``by`` may change the number and the week of ``person``."""
    leads = by.role == Role.TEAM_LEAD and by.team_id is not None and by.team_id == person.team_id
    return leads or by.role in KEEPS_ALL


def confirmed_since(today: date) -> date:
    """The earliest day of a confirmation that still holds on local date ``today``."""
    return _months_before(today, NUMBER_CONFIRMED_FOR)


def number_waits(person: User, today: date) -> bool:
    """True when ``person`` holds cases and on ``today`` has no number, or none they vouch for."""
    if not person.can_own:
        return False
    confirmed = person.phone_confirmed_on
    return not person.phone or confirmed is None or confirmed < confirmed_since(today)


def waiting_numbers(today: date) -> QuerySet[User]:
    """Everybody for whom :func:`number_waits` is true on local date ``today`` (H34)."""
    unsure = Q(phone_confirmed_on=None) | Q(phone_confirmed_on__lt=confirmed_since(today))
    return User.objects.holders().filter(Q(phone="") | unsure)


def waiting_for(user: User, today: date) -> QuerySet[User]:
    """Those of them that ``user`` is shown: their team's, or the whole service's."""
    waiting = waiting_numbers(today)
    if user.role in KEEPS_ALL:
        return waiting
    if user.role in SEES_WAITING and user.team_id:
        return waiting.filter(team=user.team_id)
    return waiting.none()


def days_in_words(days: list[int]) -> str:
    """ "Monday to Friday", or each day named; Monday is 0."""
    ordered = sorted(set(days))
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{WEEKDAYS[ordered[0]]} to {WEEKDAYS[ordered[-1]]}"
    names = [WEEKDAYS[day] for day in ordered]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
