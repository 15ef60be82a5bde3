"""What has happened with a concern, as its sender reads it: each entry says what is on record.

A call that nobody took is no conversation, and an e-mail that waits has not been sent (H102).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import User
from callbacks.models import Ring
from cases.contact_messages import OUR_TEAM, reply_key
from cases.matters import plain_name
from cases.models import Contact
from clocks.wording import moment_in_words
from escalations.ladder import Step
from escalations.models import Escalation
from escalations.rungs import Rung, is_unsettled
from escalations.sender_messages import settled_key
from notices.models import Notice

Channel = Contact.Channel

# Whose the step is. Who answers it may be somebody else, and is said beside it.
NAMES = {
    Step.CASE_OWNER: "Step 1, the first person you ask",
    Step.TEAM_LEAD: "Step 2, the team lead’s",
    Step.SENIOR_MANAGER: "Step 3, a senior manager’s",
    Step.RESOLUTION: "Step 4, the resolution team’s",
}
BECAUSE = {
    "no_answer": "because you had no answer by the date",
    "not_satisfied": "because the answer did not help",
    "urgent": "because it is urgent",
    "outside": "because you asked somebody further up",
    "first": "",
}
UNSETTLED = "because you told us that it is not settled"
SPOKEN = (Channel.TELEPHONE, Channel.VOICEMAIL, Channel.FACE_TO_FACE, Channel.VIDEO)
# What we did: towards the sender, and towards somebody else about the same.
DID = {
    Channel.TELEPHONE: ("spoke to you", "rang somebody about it"),
    Channel.FACE_TO_FACE: ("spoke to you", "spoke to somebody about it"),
    Channel.VIDEO: ("spoke to you", "spoke to somebody about it"),
    Channel.VOICEMAIL: ("left you a voice message", "left a voice message about it"),
    Channel.LETTER: ("wrote you a letter", "wrote to somebody about it"),
}
WROTE = ("wrote to you", "wrote to somebody about it")
NO_ANSWER = ("rang you. Nobody answered", "rang about it. Nobody answered")
NOT_DELIVERED = "Our e-mail did not reach you. Please check your address with us."


class Names:
    """How staff are called on the page."""

    def __init__(self, known: bool) -> None:
        self.known = known

    def __call__(self, person: User) -> str:
        return person.full_name if self.known else OUR_TEAM

    def now(self, person: User) -> str:
        """Who is to answer: nobody who has left, while it waits for somebody else (0026)."""
        return self(person) if person.is_active else OUR_TEAM


@dataclass(frozen=True)
class Mails:
    """The e-mails of a page by their key, as they stood at ``now`` (aware)."""

    now: datetime
    found: Mapping[str, Notice] = field(default_factory=dict)

    def words(self, keys: Iterable[str], text: str) -> str:
        """``text`` when it went to the sender from here; else why they do not have it yet."""
        sent = next((self.found[key] for key in keys if key in self.found), None)
        if sent is None:
            return ""
        return self.waits(sent) or (NOT_DELIVERED if _has_failed(sent) else text)

    def waits(self, mail: Notice) -> str:
        """When an e-mail leaves that was put off; empty for any other."""
        if mail.mail != Notice.Mail.WAITING or not mail.next_try_at or mail.tries:
            return ""
        if mail.next_try_at <= self.now:
            return ""
        return f"The e-mail to you leaves on {moment_in_words(mail.next_try_at)}."


def _has_failed(mail: Notice) -> bool:
    return mail.mail == Notice.Mail.FAILED


def mails(keys: Iterable[str], now: datetime) -> Mails:
    """What was written under ``keys``. One query, none without keys."""
    wanted = list(keys)
    found = Notice.objects.filter(key__in=wanted) if wanted else Notice.objects.none()
    return Mails(now, {one.key: one for one in found})


def history(
    matter: Contact,
    escalation: Escalation | None,
    rungs: Sequence[Rung],
    names: Names,
    now: datetime,
) -> list[dict[str, Any]]:
    """What happened, newest first. Of what they wrote only the day: they may have named a child."""
    items = [_item(_you_wrote(one), one.received_at) for one in _of_the_sender(matter)]
    replies = _replies(matter)
    items += _we_said(matter, replies, names, now)
    for rung in rungs:
        if rung.taken is None or rung.taken_at is None:
            continue
        because = UNSETTLED if is_unsettled(rung, rungs) else BECAUSE[rung.ground]
        gone = f"It went to {_lowered(NAMES[rung.step])}{', ' if because else ''}{because}"
        items.append(_item(gone, rung.taken_at))
        if rung.answered_at:
            items.append(_answered(rung, matter, names, now))
    if matter.answered_at and not _is_among(replies, matter):
        how = Contact.Answer(matter.answer).label.lower()
        items.append(_item(f"Answered {how}", matter.answered_at))
    items += _settled(escalation)
    return sorted(items, key=lambda item: item["at"], reverse=True)


def _item(title: str, at: datetime, text: str = "") -> dict[str, Any]:
    return {"title": title, "at": at, "text": text}


# --- What they sent -------------------------------------------------------------------------


def _you_wrote(contact: Contact) -> str:
    return "You told us" if contact.channel in SPOKEN else "You wrote to us"


def _of_the_sender(matter: Contact) -> list[Contact]:
    again = (Contact.Link.CHASER, Contact.Link.FOLLOW_UP, Contact.Link.FURTHER)
    linked = matter.linked.filter(link__in=again, struck_at=None, internal=False)
    return [matter, *linked.order_by("received_at")]


# --- What we said ---------------------------------------------------------------------------


def _replies(matter: Contact) -> list[Contact]:
    ours = matter.linked.filter(
        link=Contact.Link.REPLY,
        direction=Contact.Direction.OUT,
        internal=False,
        struck_at=None,
    )
    return list(ours.select_related("logged_by"))


def _we_said(
    matter: Contact, replies: Sequence[Contact], names: Names, now: datetime
) -> list[dict[str, Any]]:
    """The words only of what the portal itself sent to the sender: what staff write about a call,
    or about a letter of their own, is a note of ours."""
    email = matter.sender_email.casefold()
    keys = {row: (reply_key(row, email), settled_key(row)) for row in replies}
    sent = mails((key for both in keys.values() for key in both), now)
    in_vain = _in_vain(replies)
    return [
        _item(
            f"{names(row.logged_by) if row.logged_by else OUR_TEAM} "
            f"{_we_did(row, matter, in_vain=row.pk in in_vain)}",
            row.received_at,
            sent.words(keys[row], row.message),
        )
        for row in replies
    ]


def _in_vain(replies: Sequence[Contact]) -> set[int]:
    """Those calls that nobody took. One query, none without calls."""
    calls = [row.pk for row in replies if row.channel == Channel.TELEPHONE]
    if not calls:
        return set()
    found = Ring.objects.filter(record__in=calls, result=Ring.Result.NO_ANSWER)
    return {pk for pk in found.values_list("record", flat=True) if pk}


def _we_did(row: Contact, matter: Contact, *, in_vain: bool) -> str:
    words = NO_ANSWER if in_vain else DID.get(Channel(row.channel), WROTE)
    return words[0] if _is_to_the_sender(row, matter) else words[1]


def _is_to_the_sender(row: Contact, matter: Contact) -> bool:
    """What is written from here has its writer's name on it, a call that of whoever was rung."""
    writer = row.logged_by.full_name if row.logged_by else row.sender_name
    whom = plain_name(row.sender_name)
    return whom in (plain_name(matter.sender_name), plain_name(writer))


def _is_among(replies: Sequence[Contact], matter: Contact) -> bool:
    """Whether the answer by e-mail is one that was written here, and listed already."""
    if matter.answer != Contact.Answer.EMAIL:
        return False
    return any(
        row.channel == Channel.EMAIL and row.logged_at == matter.answered_at for row in replies
    )


def _answered(rung: Rung, matter: Contact, names: Names, now: datetime) -> dict[str, Any]:
    """The answer of a step; its words when they went to the sender from here."""
    step, who = rung.taken, rung.answered_by
    if step is None or who is None or rung.answered_at is None:
        raise ValueError("Only an answered step has an answer.")
    keys = [f"contact:{pk}:concern:answer:{step.pk}" for pk in (step.contact_id, matter.pk)]
    words = mails(keys, now).words(keys, rung.answer)
    return _item(f"{names(who)} answered", rung.answered_at, words)


def waiting_answer(matter: Contact, now: datetime) -> str:
    """When the e-mail leaves with which the matter was answered, if it was put off (H61)."""
    if matter.answer != Contact.Answer.EMAIL or not matter.answered_at:
        return ""
    ours = [row for row in _replies(matter) if row.logged_at == matter.answered_at]
    found = mails((reply_key(row, matter.sender_email) for row in ours), now).found
    return next((words for mail in found.values() if (words := Mails(now).waits(mail))), "")


# --- How it ended ---------------------------------------------------------------------------


def _settled(escalation: Escalation | None) -> list[dict[str, Any]]:
    """Every time that it was called settled: one that was not settled after all stays said."""
    if escalation is None:
        return []
    kept = escalation.events  # type: ignore[attr-defined]
    times = dict(kept.exclude(closed_at=None).values_list("closed_at", "closed_by"))
    if escalation.closed_at:
        times[escalation.closed_at] = escalation.closed_by_id
    return [
        _item(f"{'We' if who else 'You'} said that it is settled", at) for at, who in times.items()
    ]


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:]
