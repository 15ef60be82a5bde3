"""What administrators change about the themes, and the shipped ones (S31).

A theme is worded better, moved or taken out of use, never deleted: what was coded points at it.
"""

import structlog
from django.db import connection, transaction

from accounts.access import only_administrators
from accounts.errors import RuleBroken
from accounts.models import User
from escalations.models import Theme

log = structlog.get_logger(__name__)

LONGEST = 120
DEFAULT_THEMES = [
    "Communication",
    "Delay",
    "Provision in the plan not made",
    "Placement",
    "Transport",
    "Content of the plan",
    "Annual review",
    "How a decision was made",
    "How somebody was treated",
    "Data and confidentiality",
]


@transaction.atomic
def load_themes() -> int:
    """Load the shipped themes where there are none at all; returns how many were added."""
    if _held():
        return 0
    themes = [Theme(words=words, position=at) for at, words in enumerate(DEFAULT_THEMES, start=1)]
    return len(Theme.objects.bulk_create(themes))


@transaction.atomic
def add_theme(*, words: str, by: User) -> Theme:
    """Add a theme at the end of the list; the same words sent twice are one theme.

    Raises RuleBroken (``may_not_change``, ``missing``, ``too_long``, ``out_of_use``).
    """
    only_administrators(by)
    words = _tidied(words)
    themes = _held()
    if same := _with_words(themes, words):
        if not same.active:
            raise RuleBroken(
                "This theme is there already, out of use. Use it again from the list.",
                "out_of_use",
                field="words",
            )
        return same
    last = max((row.position for row in themes), default=0)
    theme = Theme.objects.create(words=words, position=last + 1)
    log.info("theme_added", theme=theme.pk, by=by.pk)
    return theme


@transaction.atomic
def reword_theme(*, theme: Theme, words: str, instead_of: str, by: User) -> Theme:
    """Say the same theme better; ``instead_of`` are the words that the person was shown.

    Raises RuleBroken (``may_not_change``, ``missing``, ``too_long``, ``already_there``,
    ``changed_meanwhile``).
    """
    only_administrators(by)
    words = _tidied(words)
    themes = _held()
    locked = next(row for row in themes if row.pk == theme.pk)
    if locked.words == words:
        return locked
    if locked.words != instead_of:
        raise RuleBroken(
            f"Somebody else has changed these words meanwhile. They are now “{locked.words}”. "
            "What you typed is still below: nothing has been lost.",
            "changed_meanwhile",
        )
    other = _with_words(themes, words)
    if other and other != locked:
        raise RuleBroken("Another theme says this already", "already_there", field="words")
    locked.words = words
    locked.save(update_fields=["words"])
    log.info("theme_reworded", theme=locked.pk, by=by.pk)
    return locked


@transaction.atomic
def use_theme(*, theme: Theme, active: bool, by: User) -> bool:
    """Take a theme out of use, or use it again; False when it was so already.

    What was coded with it keeps it. Raises RuleBroken (``may_not_change``, ``last_one``).
    """
    only_administrators(by)
    others = [row for row in _held() if row.active and row.pk != theme.pk]
    if not active and not others:
        raise RuleBroken(
            "This is the last theme in use. Without one no complaint could be answered.", "last_one"
        )
    changed = Theme.objects.filter(pk=theme.pk, active=not active).update(active=active)
    if changed:
        log.info("theme_used", theme=theme.pk, active=active, by=by.pk)
    return bool(changed)


@transaction.atomic
def move_theme(*, theme: Theme, place: int, by: User) -> None:
    """Put a theme at ``place`` of the list (0 is first); asked twice, it stands there once.

    A place beyond the end is the end. Raises RuleBroken (``may_not_change``).
    """
    only_administrators(by)
    ordered = _held()
    moved = next(row for row in ordered if row.pk == theme.pk)
    ordered.remove(moved)
    ordered.insert(place, moved)
    for position, row in enumerate(ordered, start=1):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])


def _held() -> list[Theme]:
    """Every theme in order, held until this transaction ends: changes come one by one."""
    # Rows do not keep a second administrator from adding the same one.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('themes', 0))")
    return list(Theme.objects.select_for_update(no_key=True))


def _tidied(words: str) -> str:
    words = " ".join(words.split())
    if not words:
        raise RuleBroken("Enter the theme", "missing", field="words")
    if len(words) > LONGEST:
        raise RuleBroken(
            f"The theme must be {LONGEST} characters or less", "too_long", field="words"
        )
    return words


def _with_words(themes: list[Theme], words: str) -> Theme | None:
    return next((row for row in themes if row.words.casefold() == words.casefold()), None)
