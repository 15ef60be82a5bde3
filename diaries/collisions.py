"""Where apps above say which of their appointments a change of diaries leaves without anybody.

Booked calls stand on diaries and cannot be asked from here: the app adds its question when it is
loaded (docs/decisions/0017). It only reads; what was booked stays booked until somebody moves it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import User


@dataclass(frozen=True)
class Collision:
    """What cannot be kept, in words; ``link`` names the ``path`` where it is moved, for who may."""

    words: str
    link: str = ""
    path: str = ""


# Asked about people and the London days from the first to the last, both included, for whoever
# made the change, at a moment; in a fixed number of queries.
Question = Callable[[Collection[User], date, date, User, datetime], Collision | None]
_questions: list[Question] = []


def add_collisions(question: Question) -> None:
    """Called by an app when it is loaded; a second call with the same question adds nothing."""
    if question not in _questions:
        _questions.append(question)


def collisions(
    people: Collection[User], first: date, last: date, by: User, now: datetime
) -> list[Collision]:
    """What ``people`` cannot keep on the London days ``first`` to ``last``; for nobody nothing."""
    if not people or last < first:
        return []
    found = (question(people, first, last, by, now) for question in _questions)
    return [collision for collision in found if collision]
