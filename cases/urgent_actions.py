"""What administrators change about the reasons that make a message urgent (H63).

A reason is worded better, moved or taken out of use, never deleted: contacts point at it, and
the database keeps its earlier words.
"""

import structlog
from django.db import connection, transaction
from django.utils.text import slugify

from accounts.access import only_administrators
from accounts.errors import RuleBroken
from accounts.models import User
from cases.models import UrgentReason

log = structlog.get_logger(__name__)

LONGEST = 200
LONGEST_CODE = 36


@transaction.atomic
def add_reason(*, words: str, by: User) -> UrgentReason:
    """Add a reason at the end of the list; the same words sent twice are one reason.

    Raises RuleBroken (``may_not_change``, ``missing``, ``too_long``, ``out_of_use``).
    """
    only_administrators(by)
    words = _tidied(words)
    reasons = _held()
    if same := _with_words(reasons, words):
        if not same.active:
            raise RuleBroken(
                "This reason is there already, out of use. Use it again from the list.",
                "out_of_use",
                field="words",
            )
        return same
    reason = UrgentReason.objects.create(
        code=_free_code(words, {row.code for row in reasons}),
        words=words,
        position=1 + max((row.position for row in reasons), default=0),
    )
    log.info("urgent_reason_added", code=reason.code, by=by.pk)
    return reason


@transaction.atomic
def reword_reason(*, reason: UrgentReason, words: str, instead_of: str, by: User) -> UrgentReason:
    """Say the same reason better; ``instead_of`` are the words that the person was shown.

    Raises RuleBroken (``may_not_change``, ``missing``, ``too_long``, ``already_there``,
    ``changed_meanwhile``).
    """
    only_administrators(by)
    words = _tidied(words)
    reasons = _held()
    locked = next(row for row in reasons if row.pk == reason.pk)
    if locked.words == words:
        return locked
    if locked.words != instead_of:
        raise RuleBroken(
            f"Somebody else has changed these words meanwhile. They are now “{locked.words}”. "
            "What you typed is still below: nothing has been lost.",
            "changed_meanwhile",
        )
    other = _with_words(reasons, words)
    if other and other != locked:
        raise RuleBroken("Another reason says this already", "already_there", field="words")
    locked.words = words
    locked.save(update_fields=["words"])
    log.info("urgent_reason_reworded", code=locked.code, by=by.pk)
    return locked


@transaction.atomic
def use_reason(*, reason: UrgentReason, active: bool, by: User) -> bool:
    """Take a reason out of use, or use it again; False when it was so already.

    Messages that were accepted for it keep it. Raises RuleBroken (``may_not_change``,
    ``last_one``).
    """
    only_administrators(by)
    others = [row for row in _held() if row.active and row.pk != reason.pk]
    if not active and not others:
        raise RuleBroken(
            "This is the last reason in use. Without one nothing could be urgent.", "last_one"
        )
    changed = UrgentReason.objects.filter(pk=reason.pk, active=not active).update(active=active)
    if changed:
        log.info("urgent_reason_used", code=reason.code, active=active, by=by.pk)
    return bool(changed)


@transaction.atomic
def move_reason(*, reason: UrgentReason, place: int, by: User) -> None:
    """Put a reason at ``place`` of the list (0 is first); asked twice, it stands there once.

    A place beyond the end is the end. Raises RuleBroken (``may_not_change``).
    """
    only_administrators(by)
    ordered = _held()
    moved = next(row for row in ordered if row.pk == reason.pk)
    ordered.remove(moved)
    ordered.insert(place, moved)
    for position, row in enumerate(ordered, start=1):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])


def _held() -> list[UrgentReason]:
    """Every reason in order, held until this transaction ends: changes come one by one."""
    # Rows do not keep a second administrator from adding the same one.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('urgent-reasons', 0))")
    return list(UrgentReason.objects.select_for_update(no_key=True))


def _tidied(words: str) -> str:
    words = " ".join(words.split())
    if not words:
        raise RuleBroken("Enter the reason", "missing", field="words")
    if len(words) > LONGEST:
        raise RuleBroken(
            f"The reason must be {LONGEST} characters or less", "too_long", field="words"
        )
    return words


def _with_words(reasons: list[UrgentReason], words: str) -> UrgentReason | None:
    return next((row for row in reasons if row.words.casefold() == words.casefold()), None)


def _free_code(words: str, taken: set[str]) -> str:
    code = slugify(words)[:LONGEST_CODE].strip("-") or "reason"
    number = 2
    free = code
    while free in taken:
        free, number = f"{code}-{number}", number + 1
    return free
