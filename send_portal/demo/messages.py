"""Who gets in touch, how, and what they say."""

import tomllib
from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from random import Random

from cases.models import Case, Contact, Establishment
from send_portal.demo.people import WORDS
from send_portal.demo.register import Known
from send_portal.demo.shares import Draw

Channel = Contact.Channel
Sender = Contact.Sender
Answer = Contact.Answer

BY_VOICE = frozenset({Channel.TELEPHONE, Channel.VOICEMAIL})
TRIES = 5

SENDERS = Draw(
    {
        Sender.PARENT: 62,
        Sender.ESTABLISHMENT: 22,
        Sender.PROFESSIONAL: 12,
        Sender.YOUNG_PERSON: 4,
    }
)
CHANNELS = {
    Sender.PARENT: Draw(
        {Channel.TELEPHONE: 54, Channel.VOICEMAIL: 8, Channel.EMAIL: 36, Channel.LETTER: 2}
    ),
    Sender.ESTABLISHMENT: Draw({Channel.TELEPHONE: 38, Channel.EMAIL: 60, Channel.LETTER: 2}),
    Sender.PROFESSIONAL: Draw({Channel.TELEPHONE: 30, Channel.EMAIL: 67, Channel.LETTER: 3}),
    Sender.YOUNG_PERSON: Draw({Channel.TELEPHONE: 60, Channel.VOICEMAIL: 5, Channel.EMAIL: 35}),
}
# Somebody who rang is mostly rung back, somebody who wrote is mostly written to.
ANSWERS_BY_VOICE = Draw({Answer.TELEPHONE: 80, Answer.EMAIL: 17, Answer.IN_PERSON: 3})
ANSWERS_IN_WRITING = Draw({Answer.EMAIL: 70, Answer.TELEPHONE: 26, Answer.LETTER: 4})
SUBJECTS = ("{topic}", "{child}: {topic}", "{topic} ({child})", "Question: {topic}")

THEIR = {"F": "her", "M": "his", "": "their"}
THEM = {"F": "her", "M": "him", "": "them"}


@dataclass(frozen=True)
class Topic:
    """One thing people get in touch about, spoken or written, and notes of its answer."""

    topic: str
    spoken: str
    written: str
    notes: tuple[str, ...]
    ages: tuple[int, int]
    sender: Sender = Sender.PARENT
    # "plan", or "assessment" for everything before there is one.
    stage: str = "plan"
    setting: bool = False
    job: str = ""

    @property
    def title(self) -> str:
        """ "Transport: late taxi"."""
        return f"{self.topic[:1].upper()}{self.topic[1:]}".replace(", ", ": ")

    def fits(self, sender: Sender, stage: str, age: int, has_setting: bool) -> bool:
        youngest, oldest = self.ages
        return (
            self.sender == sender
            and self.stage == stage
            and youngest <= age <= oldest
            and (has_setting or not self.setting)
        )


@cache
def topics() -> tuple[Topic, ...]:
    entries = [
        entry
        for name in ("parents.toml", "others.toml")
        for entry in tomllib.loads((WORDS / name).read_text(encoding="utf-8"))["message"]
    ]
    return tuple(
        Topic(
            **entry
            | {
                "sender": Sender(entry.pop("from", Sender.PARENT)),
                "ages": tuple(entry["ages"]),
                "notes": tuple(entry["notes"]),
            }
        )
        for entry in entries
    )


@cache
def topics_for(sender: Sender, stage: str, age: int, has_setting: bool) -> list[Topic]:
    return [topic for topic in topics() if topic.fits(sender, stage, age, has_setting)]


def stage_of(status: str) -> str:
    return "plan" if status == Case.Status.PLAN else "assessment"


def sender_for(rng: Random, case: Known) -> Sender:
    """Who gets in touch about ``case``: a parent where nobody else has anything to say."""
    sender = SENDERS.one(rng)
    if sender == Sender.ESTABLISHMENT and case.establishment is None:
        return Sender.PARENT
    known = topics_for(
        sender, stage_of(case.status), case.age, has_setting=case.establishment is not None
    )
    return sender if known else Sender.PARENT


def channel_for(rng: Random, sender: Sender) -> Channel:
    return CHANNELS[sender].one(rng)


def answer_for(rng: Random, channel: Channel) -> Answer:
    return (ANSWERS_BY_VOICE if channel in BY_VOICE else ANSWERS_IN_WRITING).one(rng)


@dataclass(frozen=True)
class Said:
    """What a contact says, in which subject, and how its answer will be noted."""

    subject: str
    message: str
    note: str


def topic_for(rng: Random, case: Known, sender: Sender, avoid: Set[Topic]) -> Topic:
    """What it is about: not one of ``avoid``, unless nothing else is found soon."""
    known = topics_for(
        sender, stage_of(case.status), case.age, has_setting=case.establishment is not None
    )
    topic = rng.choice(known)
    for _ in range(TRIES):
        if topic not in avoid:
            break
        topic = rng.choice(known)
    return topic


def say(
    rng: Random, case: Known, topic: Topic, channel: Channel, establishment: Establishment | None
) -> Said:
    words = words_about(case) | {
        "setting": establishment.name.split(",")[0] if establishment else ""
    }
    spoken = channel in BY_VOICE
    return Said(
        rng.choice(SUBJECTS).format(topic=topic.title, **words) if channel == Channel.EMAIL else "",
        (topic.spoken if spoken else topic.written).format(**words),
        rng.choice(topic.notes).format(**words),
    )


def words_about(case: Known) -> dict[str, str]:
    """What stands for the child in a template."""
    return {"child": case.called, "their": THEIR[case.sex], "them": THEM[case.sex]}
