"""A month's themes: what complaints, mediations, tribunals, the Ombudsman and late steps were
about, what is learnt from them and what is done about it (S31 to S33).

The figures are of the whole service and name no child.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from accounts.models import Team, User
from cases.models import Case, Contact
from escalations.models import Learning, Theme, ThemeAction, ThemesDiscussed
from reports.messages import month_of

MONTHS = 12
MOST_LINES = 200
SOURCES = [(source.value, source.label) for source in Learning.Source]


@dataclass(frozen=True)
class ThemeRow:
    """One theme: how often from each source this month, and how often in each month."""

    words: str
    numbers: list[int]
    trend: list[int]

    @property
    def total(self) -> int:
        return sum(self.numbers)


@dataclass(frozen=True)
class Line:
    """What was learnt from one thing, whatever number of themes it had."""

    learning: Learning
    themes: list[str]


@dataclass(frozen=True)
class Talk:
    """A team, and its talk about the month when it had one."""

    team: Team
    talk: ThemesDiscussed | None


def months_until(month: date) -> list[date]:
    """The first days of the last twelve months, ``month`` the last of them."""
    number = month.year * 12 + month.month - 1
    wanted = range(number - MONTHS + 1, number + 1)
    return [date(count // 12, count % 12 + 1, 1) for count in wanted]


def theme_rows(month: date) -> list[ThemeRow]:
    """Each theme in use, and each that was: most frequent of the month first. Two queries."""
    months = months_until(month)
    counts = _counts(months)
    themes = Theme.objects.filter(Q(active=True) | Q(pk__in={theme for theme, _, _ in counts}))
    rows = [
        ThemeRow(
            theme.words,
            [counts.get((theme.pk, source, month), 0) for source, _ in SOURCES],
            [
                sum(counts.get((theme.pk, source, one), 0) for source, _ in SOURCES)
                for one in months
            ],
        )
        for theme in themes
    ]
    return sorted(rows, key=lambda row: -row.total)


def _counts(months: Sequence[date]) -> dict[tuple[int, str, date], int]:
    found: QuerySet[Learning, Any] = Learning.objects.filter(
        on__gte=months[0], on__lte=month_of(months[-1]).last
    )
    counted = found.order_by().annotate(month=TruncMonth("on")).values("theme", "source", "month")
    return {
        (row["theme"], row["source"], row["month"]): row["number"]
        for row in counted.annotate(number=Count("pk"))
    }


def totals(rows: Sequence[ThemeRow]) -> ThemeRow:
    """All themes together: something with two themes counts twice."""
    return ThemeRow(
        "All themes",
        [sum(column) for column in zip(*(row.numbers for row in rows), strict=True)],
        [sum(column) for column in zip(*(row.trend for row in rows), strict=True)],
    )


def learning_lines(month: date, user: User) -> list[Line]:
    """What was learnt this month from what ``user`` may open. One query."""
    period = month_of(month)
    contacts = Contact.objects.visible_to(user)
    open_to = (
        Q(case__in=Case.objects.visible_to(user))
        | Q(case=None, matter__contact__in=contacts)
        | Q(case=None, step__escalation__matter__in=contacts)
        | Q(case=None, entry__contact__in=contacts)
        | Q(case=None, matter=None, step=None, entry=None)
    )
    found = (
        Learning.objects.filter(open_to, on__range=(period.first, period.last))
        .exclude(learnt="")
        .select_related("theme", "case")
        .order_by("-on", "-pk")
    )
    grouped: dict[tuple[Any, ...], Line] = {}
    for row in found[:MOST_LINES]:
        about = (row.matter_id, row.step_id, row.entry_id, row.submission)
        line = grouped.setdefault(about, Line(row, []))
        line.themes.append(row.theme.words)
    return list(grouped.values())


def action_log(month: date) -> QuerySet[ThemeAction]:
    """What this month's report asked for, and what earlier ones did and is not done yet."""
    from_before = Q(month__lt=month, done_on=None)
    found = ThemeAction.objects.filter(Q(month=month) | from_before)
    return found.select_related("owner", "theme").order_by("due_on", "pk")


def talks(month: date) -> list[Talk]:
    """Every team that holds plans, with its tick for the month. Two queries."""
    ticked = ThemesDiscussed.objects.filter(month=month).select_related("by")
    by_team = {talk.team_id: talk for talk in ticked}
    return [Talk(team, by_team.get(team.pk)) for team in Team.objects.all()]
