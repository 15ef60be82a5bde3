"""The shipped default policy, and loading it. Loading again changes nothing an office changed.

Figures: Hertfordshire's communication policy (H21 opening hours, H29 telephone, H46 e-mail, H64
urgent, H97 to H101 the ladder, H106 the resolution team) and Cumbria's follow-up of advice (C10,
C15). Formal matters: the Special Educational Needs and Disability Regulations 2014 and the other
sources named beside each.
Bank holidays: the list of England and Wales that the package govuk-bank-holidays ships. It is
read from the package's own file; nothing is fetched.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time

from django.db import transaction
from govuk_bank_holidays.bank_holidays import BankHolidays

from clocks.models import (
    BankHoliday,
    CalendarYear,
    OpeningPeriod,
    ReceiptChoice,
    Standard,
    UnitChoice,
)
from clocks.rules import CalendarError

# The day EHC plans began (Children and Families Act 2014, Part 3 in force).
SINCE = date(2014, 9, 1)


@dataclass(frozen=True)
class Promised:
    """One promise of the shipped policy: ``amount`` in ``unit``."""

    code: str
    name: str
    amount: int
    unit: UnitChoice = UnitChoice.WORKING_DAYS
    receipt: ReceiptChoice = ReceiptChoice.NEXT_OPENING


DEFAULT_STANDARDS = [
    Promised("contact.telephone", "Telephone call", 5),
    Promised("contact.voicemail", "Voicemail", 5),
    Promised("contact.email", "E-mail", 10),
    Promised("contact.letter", "Letter", 10),
    Promised("contact.portal_message", "Portal message", 10),
    Promised("contact.face_to_face", "Conversation face to face", 5),
    Promised("contact.video", "Video call", 5),
    Promised("triage.unfiled", "Message filed with its child", 1),
    Promised("voicemail.check", "Voicemail line listened to", 1),
    Promised("urgent.accepted", "Message accepted as urgent", 1),
    # Not promised to anybody: after how long a case without a word is listed (S5).
    Promised(
        "case.silence",
        "Case without contact is listed",
        90,
        UnitChoice.CALENDAR_DAYS,
        ReceiptChoice.SAME_DAY,
    ),
    Promised("advice.clarification", "Question about an adviser’s report", 5),
    Promised("plan.draft_check", "Adviser’s check of a draft plan", 5),
    Promised("escalation.step_2", "Concern taken to the team lead (step 2)", 10),
    Promised("escalation.step_3", "Concern taken to a senior manager (step 3)", 10),
    Promised("escalation.step_4", "Concern taken to the resolution team (step 4)", 10),
    Promised(
        "resolution.initial_response",
        "First response of the resolution team",
        48,
        # Real hours from the moment it came: a family does not wait for the office to open.
        UnitChoice.ELAPSED_HOURS,
        ReceiptChoice.SAME_DAY,
    ),
    # A statutory time runs from the day the request came, whether or not the office was open.
    # Regulation 5(1): the decision whether to assess.
    Promised(
        "formal.assessment_request",
        "Asked for an EHC needs assessment",
        6,
        UnitChoice.WEEKS,
        ReceiptChoice.SAME_DAY,
    ),
    # Regulation 25(1): the decision whether to reassess.
    Promised(
        "formal.reassessment_request",
        "Asked for a reassessment",
        15,
        UnitChoice.CALENDAR_DAYS,
        ReceiptChoice.SAME_DAY,
    ),
    # No statute says when comments on a draft plan are answered: as long as an e-mail.
    Promised("formal.representation", "Comments on a draft plan", 10),
    # Complaint Handling Code of the Local Government and Social Care Ombudsman: acknowledged.
    Promised("formal.complaint", "Complaint acknowledged", 5),
    # The same Code's figures for the answers (used in investigations from 1 April 2026).
    Promised("complaint.stage_1", "Complaint answered, stage 1", 10),
    Promised("complaint.stage_2_acknowledged", "Complaint acknowledged, stage 2", 5),
    Promised("complaint.stage_2", "Complaint answered, stage 2", 20),
    # By how much the same Code lets an answer be put off, counted from its first date.
    Promised(
        "complaint.stage_1_longer",
        "Complaint put off by at most, stage 1",
        10,
        receipt=ReceiptChoice.SAME_DAY,
    ),
    Promised(
        "complaint.stage_2_longer",
        "Complaint put off by at most, stage 2",
        20,
        receipt=ReceiptChoice.SAME_DAY,
    ),
    # UK GDPR, article 12(3).
    Promised(
        "formal.subject_access",
        "Asked to see their data",
        1,
        UnitChoice.CALENDAR_MONTHS,
        ReceiptChoice.SAME_DAY,
    ),
    # Freedom of Information Act 2000, section 10.
    Promised(
        "formal.information_request",
        "Freedom of information request",
        20,
        receipt=ReceiptChoice.SAME_DAY,
    ),
    # Regulation 36: mediation is arranged.
    Promised(
        "formal.mediation",
        "Mediation arranged",
        30,
        UnitChoice.CALENDAR_DAYS,
        ReceiptChoice.SAME_DAY,
    ),
    # The response to an appeal, counted from the day the appeal came.
    Promised("formal.tribunal", "Response to an appeal", 30, receipt=ReceiptChoice.SAME_DAY),
    # Working Together: a referral is decided on within a working day.
    Promised("formal.safeguarding", "Safeguarding concern passed on", 1),
]
NINE = time(9)
DEFAULT_HOURS = {
    **{weekday: (NINE, time(17, 30)) for weekday in range(4)},
    4: (NINE, time(16, 30)),
}


@dataclass(frozen=True)
class Loaded:
    """What loading added: rows of each kind, and the years now covered."""

    standards: int
    hours: int
    holidays: int
    first_year: int
    last_year: int


@transaction.atomic
def load_policy(*, now: datetime) -> Loaded:
    """Load what is missing of the default standards, opening hours and bank holidays.

    Safe to run at every start: standards and hours that exist are left as they are, and bank
    holidays are brought up to the package's list: one that was moved there is moved here.
    """
    standards = sum(map(_load_standard, DEFAULT_STANDARDS))
    hours = _load_hours()
    holidays = _load_holidays(now)
    years = CalendarYear.objects.values_list("year", flat=True)
    return Loaded(standards, hours, holidays, min(years), max(years))


def _load_standard(promised: Promised) -> bool:
    if Standard.objects.filter(code=promised.code).exists():
        return False
    Standard.objects.create(**asdict(promised), effective_from=SINCE)
    return True


def _load_hours() -> int:
    if OpeningPeriod.objects.exists():
        return 0
    periods = [
        OpeningPeriod(weekday=weekday, opens=opens, closes=closes)
        for weekday, (opens, closes) in DEFAULT_HOURS.items()
    ]
    return len(OpeningPeriod.objects.bulk_create(periods))


def _load_holidays(now: datetime) -> int:
    shipped = BankHolidays(use_cached_holidays=True).get_holidays(
        division=BankHolidays.ENGLAND_AND_WALES
    )
    years = sorted({holiday["date"].year for holiday in shipped})
    refuse_gaps(years)
    CalendarYear.objects.bulk_create(
        [CalendarYear(year=year, source="govuk-bank-holidays", loaded_at=now) for year in years],
        ignore_conflicts=True,
    )
    days = [holiday["date"] for holiday in shipped]
    BankHoliday.objects.filter(year__in=years).exclude(day__in=days).delete()
    before = BankHoliday.objects.count()
    BankHoliday.objects.bulk_create(
        [
            BankHoliday(day=holiday["date"], name=holiday["title"], year_id=holiday["date"].year)
            for holiday in shipped
        ],
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["name"],
    )
    return BankHoliday.objects.count() - before


def refuse_gaps(years: list[int]) -> None:
    """A list that leaves a year out would call its holidays working days: refuse it whole."""
    missing = sorted(set(range(years[0], years[-1] + 1)) - set(years)) if years else []
    if missing or not years:
        which = ", ".join(map(str, missing)) or "any year"
        raise CalendarError(f"The bank-holiday list has no holidays for {which}.", "years")
