"""What the last page says, worked out from the answers alone, in the council's calendar."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import textstat

from cases.models import Contact
from clocks.calendars import LONDON
from clocks.models import CalendarYear, Standard
from clocks.wording import day_in_words
from escalations.answers import HOW_BEFORE, Answers
from escalations.form_outcome import NO_DATE, Counting, Outcome, counting, outcome

# Thursday 5 November 2026, 10am in London.
NOW = datetime(2026, 11, 5, 10, tzinfo=UTC)
EMAIL = "We will send you an e-mail soon. It says who has your message, and the date."
GOES = "Your message goes to the person who looks after the plan, or to our team."
LOOK_UP = "We look up what came before. Then this goes to the right person."
IF_LATE = "We look for it now. If our answer is late, this goes to the next person."
# Ten working days from today: the longest that any step takes.
BY_19 = "You will hear from us by Thursday 19 November 2026 at the latest."
STILL_BY_19 = f"What if we cannot find it? {BY_19}"


def opens(day: str, to: str = "ask the team lead") -> str:
    return f"If you have not heard, you can {to} from {day} 2026. Our form is open on every day."


NEXT = "go to the next person"


def after_closing(due: str, ask: str) -> str:
    return (
        f"Did it come after we closed that day? Then it is due by {due} 2026, "
        f"and you can ask from {ask} 2026."
    )


FROM_20, NEXT_FROM_20 = opens("Friday 20 November"), opens("Friday 20 November", NEXT)
KINDLY = (
    "You asked for the team lead. Somebody who knows the plan may look at it first, so you hear "
    "sooner. You have lost nothing by asking."
)
URGENT = "You gave a reason why it is urgent. We look at that first and tell you."


def told(now: datetime = NOW, **changes: object) -> Outcome:
    given: dict = {
        "about": "statutory",
        "who": "parent",
        "name": "Ngozi Okafor",
        "child_name": "Amara Okafor",
        "words": "When does the taxi start?",
    }
    return outcome(Answers(**given | changes), counting(now))


def asked(how: str, day: date | None, **changes: object) -> dict[str, object]:
    return {"last_how": how, "last_on": day, "answered": "no"} | changes


ON_3 = date(2026, 11, 3)
LONG_AGO = date(2026, 10, 1)


@pytest.mark.rule("H94")
@pytest.mark.rule("H95")
@pytest.mark.rule("H97")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        # Nobody was asked before: the case owner.
        ({}, [GOES, BY_19, FROM_20]),
        ({"asked_for": "team_lead"}, [GOES, KINDLY, BY_19, NEXT_FROM_20]),
        ({"urgent": "exclusion"}, [GOES, BY_19, FROM_20, URGENT]),
        # It helped: the same.
        ({"answered": "yes", "helped": True}, [GOES, BY_19, FROM_20]),
        # Inside the time we gave, by how they asked. What came after closing time on the 3rd
        # begins on the 4th: nobody is asked for the hour, so both days are given.
        (
            asked("email", ON_3),
            [
                "Your e-mail of Tuesday 3 November 2026 is due an answer by Tuesday 17 November "
                "2026.",
                opens("Wednesday 18 November"),
                after_closing("Wednesday 18 November", "Thursday 19 November"),
                STILL_BY_19,
            ],
        ),
        (
            asked("telephone", ON_3),
            [
                "Your call of Tuesday 3 November 2026 is due an answer by Tuesday 10 November "
                "2026.",
                opens("Wednesday 11 November"),
                after_closing("Wednesday 11 November", "Thursday 12 November"),
                STILL_BY_19,
            ],
        ),
        (
            asked("face_to_face", ON_3),
            [
                "What you told us on Tuesday 3 November 2026 is due an answer by Tuesday "
                "10 November 2026.",
                opens("Wednesday 11 November"),
                after_closing("Wednesday 11 November", "Thursday 12 November"),
                STILL_BY_19,
            ],
        ),
        # A day on which nobody works begins on the next working day, whatever the hour.
        (
            asked("email", date(2026, 10, 31)),
            [
                "Your e-mail of Saturday 31 October 2026 is due an answer by Monday 16 November "
                "2026.",
                opens("Tuesday 17 November"),
                STILL_BY_19,
            ],
        ),
        # A letter is on its way for some days.
        (
            asked("letter", ON_3),
            [
                "Your letter of Tuesday 3 November 2026 is due an answer by Thursday 19 November "
                "2026.",
                opens("Friday 20 November"),
                STILL_BY_19,
            ],
        ),
        # On the first day on which the answer may be due it is not late yet.
        (
            asked("email", date(2026, 10, 22), asked_for="team_lead"),
            [
                "Your e-mail of Thursday 22 October 2026 is due an answer by Thursday 5 November "
                "2026.",
                opens("Friday 6 November", NEXT),
                after_closing("Friday 6 November", "Saturday 7 November"),
                KINDLY,
                STILL_BY_19,
            ],
        ),
        # The day after, only the hour at which it came says whether it is late.
        (
            asked("email", date(2026, 10, 21)),
            [
                "Your e-mail of Wednesday 21 October 2026 is due an answer about now.",
                IF_LATE,
                STILL_BY_19,
            ],
        ),
        (
            asked("email", date(2026, 10, 20)),
            [
                "Your e-mail of Tuesday 20 October 2026 was due an answer by Tuesday 3 November "
                "2026. We are sorry that it is late.",
                IF_LATE,
                STILL_BY_19,
            ],
        ),
        # What they told us about it is looked up first: nothing has been decided yet.
        (
            asked("email", ON_3, urgent="exclusion"),
            ["You told us that it is urgent.", LOOK_UP, BY_19, URGENT],
        ),
        (
            asked("email", ON_3, answered="yes", helped=False),
            ["You told us that our answer did not help. We are sorry.", LOOK_UP, BY_19],
        ),
        # Nobody can count from a day that nobody knows.
        (
            asked("email", None),
            [
                "We look up when you told us. If our answer is late, this goes to the next person.",
                BY_19,
            ],
        ),
    ],
)
def test_what_happens_next(policy, changes, words):
    assert list(told(**changes).words) == [*words, EMAIL]


@pytest.mark.rule("H68")
@pytest.mark.rule("H103")
@pytest.mark.parametrize(
    ("formal", "line", "day"),
    [
        (
            "complaint",
            "We will tell you who is looking at it by Thursday 12 November 2026.",
            date(2026, 11, 12),
        ),
        (
            "assessment_request",
            "We will tell you whether we will do one by Thursday 17 December 2026.",
            date(2026, 12, 17),
        ),
        (
            "subject_access",
            "We will send it to you by Saturday 5 December 2026.",
            date(2026, 12, 5),
        ),
        (
            "safeguarding",
            "We will pass it on to the people who keep children safe by Friday 6 November 2026.",
            date(2026, 11, 6),
        ),
    ],
)
def test_a_formal_matter_has_its_own_date_and_no_step(policy, formal, line, day):
    found = told(formal=formal, **asked("email", LONG_AGO))

    assert (found.words[1], found.day) == (line, day)
    assert LOOK_UP not in found.words


@pytest.mark.parametrize("formal", Contact.Category.values[2:])
def test_every_formal_matter_has_words(policy, formal):
    assert len(told(formal=formal).words) == 3


@pytest.mark.rule("H104")
def test_a_councillor_reads_who_answers_them_and_how_soon(policy):
    assert told(asked_for="above").words[:2] == (
        "Your message goes to our resolution team. They find out what has happened.",
        "They get in touch within 48 hours.",
    )


@pytest.mark.parametrize(
    ("reach", "line"),
    [
        ("email", EMAIL),
        ("phone", "We will ring you on the number that you gave us."),
        ("letter", "We will write to the address that you gave us."),
    ],
)
def test_the_last_line_says_how_they_hear(policy, reach, line):
    assert told(reach=reach).words[-1] == line


def test_beyond_the_calendar_there_is_no_date_and_a_kind_word(policy):
    last = CalendarYear.objects.order_by("-year").first().year
    late = datetime(last, 12, 30, 10, tzinfo=UTC)

    for changes in ({}, {"formal": "complaint"}, asked("email", LONG_AGO, helped=False)):
        found = told(late, **changes | {"answered": changes.get("answered", "never")})
        assert found.day is None
        assert NO_DATE in found.words


@pytest.mark.rule("H95")
@pytest.mark.parametrize("hour", [0, 9, 12, 16, 17, 23])
@pytest.mark.parametrize("how", ["email", "telephone", "letter"])
@pytest.mark.parametrize("before", range(1, 22))
def test_no_date_is_earlier_than_the_true_one_whenever_it_came(policy, how, before, hour):
    on = date(2026, 11, 5) - timedelta(days=before)
    arrived = datetime.combine(on, time(hour, 30), tzinfo=LONDON)
    counted = counting(NOW)
    due = counted.due(f"contact.{how}", arrived)
    found = told(**asked(how, on))

    between = counted.due_between(how, on)

    assert due
    assert between
    assert between[0] <= due <= between[1]
    assert found.day
    assert found.day >= due
    # What is called late is late, and what is given a day is not yet.
    if "was due" in found.words[0]:
        assert due < NOW.date()
    if "is due an answer by" in found.words[0]:
        assert due >= NOW.date()
        # A letter's day hangs on the post.
        assert how == "letter" or day_in_words(due) in " ".join(found.words)


def test_an_earlier_message_with_a_longer_time_sets_the_last_day(policy):
    Standard.objects.filter(code="contact.email").update(amount=15)

    assert told(**asked("email", None)).day == date(2026, 11, 26)
    assert told(**asked("telephone", None)).day == date(2026, 11, 19)


def test_nothing_is_said_to_be_done_that_nobody_has_looked_up(policy):
    answers = [
        *({"answered": answer, "helped": False} for answer in ("yes", "never")),
        *(asked(how, day) for how in HOW_BEFORE for day in (ON_3, LONG_AGO, None)),
    ]

    for each in answers:
        words = " ".join(told(**each).words)
        assert "We put" not in words
        assert "Your concern goes to the next person" not in words
        assert " at the latest." in words


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(1, 1, 1)])
def test_a_day_long_before_the_calendar_is_no_trap(policy, day):
    assert told(**asked("email", day)).words[0].startswith("We look up when you told us.")


def test_without_any_policy_there_is_still_a_kind_word(db):
    assert list(told().words) == [GOES, NO_DATE, EMAIL]


def test_another_step_with_a_longer_time_sets_the_date(policy):
    Standard.objects.filter(code="escalation.step_3").update(amount=15)

    assert told(answered="yes", helped=False).day == date(2026, 11, 26)


def test_everything_is_read_in_five_queries(policy, django_assert_num_queries):
    with django_assert_num_queries(5):
        assert isinstance(counting(NOW), Counting)


@pytest.mark.rule("H15")
def test_a_child_of_nine_can_read_what_happens_next(policy):
    answers: list[dict] = [
        {},
        {"asked_for": "above"},
        {"asked_for": "senior_manager", "urgent": "exclusion"},
        asked("letter", ON_3),
        asked("letter", LONG_AGO),
        asked("email", None),
        {"answered": "yes", "helped": False, "reach": "phone"},
        *({"formal": formal, "reach": "letter"} for formal in FORMAL),
    ]
    # Names of days and months are long, and no words of ours.
    texts = [" ".join(told(**each).words) for each in answers]

    for text in texts:
        assert textstat.automated_readability_index(text) < 5, text
        assert textstat.coleman_liau_index(text) < 7, text
        assert textstat.words_per_sentence(text) < 12, text


FORMAL = [
    "complaint",
    "safeguarding",
    "assessment_request",
    "reassessment_request",
    "subject_access",
    "representation",
    "mediation",
    "tribunal",
]
