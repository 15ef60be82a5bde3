"""In which order the public form asks, what depends on what, and what the answers come to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cases.models import Contact
from escalations import form_choices as choices
from escalations import form_questions as questions
from escalations import form_reach as reach
from escalations.answers import Answers
from escalations.form_questions import Kept, Question
from escalations.ladder import Addressee

Sender, Category = Contact.Sender, Contact.Category


def formal_of(kept: Kept) -> str:
    """The cases Category of a formal matter; empty for a question or a concern (H68)."""
    topic = kept.get("topic", "")
    if topic in choices.FORMAL_TOPICS:
        return choices.FORMAL_TOPICS[topic].value
    process = kept.get("process", choices.QUESTION)
    return str(process) if topic == choices.STATUTORY and process != choices.QUESTION else ""


def _always(kept: Kept) -> bool:
    return True


def _is_ladder(kept: Kept) -> bool:
    return not formal_of(kept)


def _was_before(kept: Kept) -> bool:
    return _is_ladder(kept) and kept.get("before", choices.FIRST_TIME) != choices.FIRST_TIME


def _works(kept: Kept) -> bool:
    return kept.get("sender") not in (Sender.PARENT, Sender.YOUNG_PERSON)


@dataclass(frozen=True)
class Page:
    """One page of the form: asked when ``asked`` says so of the answers before it.

    A new answer to it makes the pages in ``asks_again`` open once more, with their words kept.
    """

    name: str
    form: type[Question]
    asked: Callable[[Kept], bool] = _always
    asks_again: tuple[str, ...] = ()


AGAIN = ("what-happens",)
ORDER = [
    Page("about", questions.Topic, _always, ("first-place", "what-happens", "words")),
    Page("first-place", questions.FirstPlace, lambda kept: _topic(kept) in choices.SIGNPOSTED),
    Page("process", questions.Process, lambda kept: _topic(kept) == choices.STATUTORY, AGAIN),
    Page("what-happens", questions.Formal, lambda kept: bool(formal_of(kept))),
    Page("who", questions.Who, _always, ("role", "child")),
    Page("role", questions.Role, _works),
    Page("name", questions.Name),
    Page("child", questions.Child),
    Page("before", questions.Before, _is_ladder),
    Page("when", questions.When, _was_before),
    Page("answered", questions.Answered, _was_before),
    Page("somebody", questions.Whom, lambda kept: _is_ladder(kept) and not _is_councillor(kept)),
    Page("words", questions.Words),
    Page("urgent", questions.Urgent, lambda kept: formal_of(kept) != Category.SAFEGUARDING),
    Page("reach", reach.Reach, _always, ("where",)),
    Page("where", reach.Where),
    Page("easier", reach.Needs),
]
PAGES = {page.name: page for page in ORDER}


def path(kept: Kept) -> Sequence[Page]:
    """The pages that are asked after these answers, in order."""
    return [page for page in ORDER if page.asked(kept)]


def first_open(kept: Kept, done: Sequence[str]) -> Page | None:
    """The first page that has no answer yet, or one that does not go with the others any more;
    None when all is answered."""
    return next((page for page in path(kept) if not _is_done(page, kept, done)), None)


def _is_done(page: Page, kept: Kept, done: Sequence[str]) -> bool:
    return page.name in done and page.form.holds(kept)


def before(page: Page | None, kept: Kept) -> Page | None:
    """Where "Back" leads from ``page``, or from the page that checks the answers (None)."""
    asked = path(kept)
    if page is None:
        return asked[-1]
    earlier = [one for one in asked if ORDER.index(one) < ORDER.index(page)]
    return earlier[-1] if earlier else None


def may_see(page: Page, kept: Kept, done: Sequence[str]) -> bool:
    """Whether it is this page's turn, or was."""
    return page in path(kept) and (page.name in done or page == first_open(kept, done))


# --- What the answers come to ---------------------------------------------------------------


def to_answers(kept: Kept) -> Answers:
    """What is sent. An answer to a page that is not asked any more counts for nothing."""
    asked = [name for page in path(kept) for name in page.form.base_fields]
    told = {name: kept[name] for name in asked if kept.get(name)}
    outcome = told.get("outcome", "")
    return Answers(
        about=told.get("topic", ""),
        formal=formal_of(kept),
        **_sender(told),
        **_child(told),
        **_before(told),
        answered=ANSWERED.get(outcome, "never"),
        helped=outcome != choices.DID_NOT_HELP,
        words=told.get("words") or NO_WORDS.get(told.get("topic", ""), ""),
        wanted=told.get("wanted", ""),
        urgent=_unless(choices.NOT_URGENT, told.get("urgent", "")),
        **_reach(told),
        format_wanted=told.get("format_wanted", ""),
        language=told.get("language", ""),
    )


ANSWERED = {choices.NOT_ANSWERED: "no", choices.HELPED: "yes", choices.DID_NOT_HELP: "yes"}
# The law lets them ask without a reason; whoever answers needs a sentence to read.
NO_WORDS = {
    "assessment": "I ask for an assessment of education, health and care needs.",
    "data": "I ask to see what you hold.",
}


def _sender(told: Kept) -> dict[str, Any]:
    sender = told.get("sender", "")
    asked_for = _unless(choices.ANYBODY, told.get("whom", ""))
    answers = {"name": told.get("name", ""), "organisation": told.get("organisation", "")}
    if sender == choices.COUNCILLOR:
        return answers | {
            "who": Sender.OTHER.value,
            "relation": "Councillor or Member of Parliament",
            "asked_for": Addressee.ABOVE.value,
        }
    return answers | {
        "who": sender,
        "relation": told.get("relation", ""),
        "asked_for": asked_for,
    }


def _child(told: Kept) -> dict[str, Any]:
    """A young person is the one it is about; a school's pupil goes to that school."""
    is_young_person = told.get("sender") == Sender.YOUNG_PERSON
    is_school = told.get("sender") == Sender.ESTABLISHMENT
    school = told.get("organisation", "") if is_school else told.get("child_school", "")
    return {
        "child_name": told.get("name" if is_young_person else "child_name", ""),
        "child_born": _date(told.get("child_born")),
        "child_school": school,
    }


def _before(told: Kept) -> dict[str, Any]:
    return {
        "last_how": _unless(choices.FIRST_TIME, told.get("before", "")),
        "last_on": _date(told.get("last_on")),
        "quoted": told.get("quoted", ""),
    }


def _reach(told: Kept) -> dict[str, Any]:
    """Only the way that was chosen: what was typed for another is taken back."""
    way = told.get("reach", choices.BY_EMAIL)
    field = choices.FIELD_FOR[way]
    return {"reach": way, field: told.get(field, "")}


def _topic(kept: Kept) -> str:
    return str(kept.get("topic", ""))


def _is_councillor(kept: Kept) -> bool:
    return kept.get("sender") == choices.COUNCILLOR


def _unless(nothing: str, chosen: str) -> str:
    return "" if chosen == nothing else chosen


def _date(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None
