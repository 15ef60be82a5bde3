"""One open step and everybody around it, and all that has to be true whatever happens to them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import time_machine
from django.test import Client

from accounts.models import Absence, Role, Team, User
from cases.allocation_actions import allocate_case
from cases.models import Case, Contact
from clocks.wording import day_in_words
from escalations.filing_actions import follow_filing
from escalations.follow_page import Stage, followed
from escalations.giving_actions import about_step
from escalations.models import Escalation, EscalationStep
from escalations.standing_in_actions import see_to_handlers
from tests.escalations.making import case_of, further, managed, matter, officer
from tests.factories import TeamFactory, UserFactory

# Wednesday 11 November 2026, 9am: the step was taken the day before and is due on the 24th.
NEXT = datetime(2026, 11, 11, 9, tzinfo=UTC)
DUE = date(2026, 11, 24)


@dataclass
class World:
    """Everybody around one concern: step 2, which is Lena's."""

    cora: User
    lena: User
    maya: User
    rosa: User
    dan: User
    noor: User
    north: Team
    south: Team
    matter: Contact

    @property
    def step(self) -> EscalationStep:
        """The last one, which counts."""
        found = EscalationStep.objects.filter(escalation__matter=self.matter)
        return found.select_related("escalation__case", "clock__owner").latest("number")

    @property
    def case(self) -> Case:
        assert self.matter.case
        return Case.objects.get(pk=self.matter.case.pk)


def world_of(cora: User, lena: User, north: Team) -> World:
    """Dan covers from another team; Noor leads the south team, which is under Maya too."""
    maya = managed(north)
    south = TeamFactory.create(name="South team", manager=maya)
    noor = UserFactory.create(role=Role.TEAM_LEAD, full_name="Noor Finch", team=south)
    south.lead = noor
    south.save()
    found = World(
        cora=cora,
        lena=lena,
        maya=maya,
        rosa=officer(),
        dan=UserFactory.create(full_name="Dan Reed"),
        noor=noor,
        north=north,
        south=south,
        matter=matter(case_of(cora)),
    )
    further(found.matter)
    return found


def away(person: User, cover: User | None, first: int = 11, last: int = 12) -> Absence:
    return Absence.objects.create(
        person=person,
        cover=cover,
        first_day=date(2026, 11, first),
        last_day=date(2026, 11, last),
    )


def changed(row, **values) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def in_the_background(now: datetime) -> None:
    """What is asked for by itself; asked again, nothing happens."""
    follow_filing(now=now)
    see_to_handlers(now=now)
    assert (follow_filing(now=now), see_to_handlers(now=now)) == (0, 0)


def holds(world: World, who: User, now: datetime, *, due: date = DUE, number: int = 2) -> None:
    """All that has to be true at ``now``, with ``who`` as the handler."""
    step = world.step
    assert (step.number, step.handler, step.clock.is_open) == (number, who, True)
    assert step.clock.due_at.date() == due
    # One concern, and each step once.
    assert Escalation.objects.filter(matter=world.matter, closed_at=None).count() == 1
    assert EscalationStep.objects.filter(escalation=step.escalation).count() == number - 1
    assert who.is_active
    assert who not in about_step(step)
    can_open(who, step, now)
    page_is_true(world, who, due, now)
    # Nothing lost: what they wrote first, and with what they went further.
    written = Contact.objects.filter(direction="in", struck_at=None)
    assert written.filter(pk=world.matter.pk).exists()
    assert written.filter(original=world.matter, link="further").count() == number - 1


def can_open(who: User, step: EscalationStep, now: datetime) -> None:
    client = Client()
    with time_machine.travel(now, tick=False):
        client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
        page = client.get(f"/concerns/{step.escalation.reference}/")
        mine = client.get("/concerns/?whose=mine").content.decode()
    assert page.status_code == 200
    assert "Answer" in page.content.decode()
    assert step.escalation.reference in mine


def page_is_true(world: World, who: User, due: date, now: datetime) -> None:
    page, day = followed(world.step.contact, now), day_in_words(due)
    # Whoever is not known around the child reads no names.
    name = who.full_name if world.matter.case_id else "Our team"
    assert (page.stage, page.person, page.day) == (Stage.WAITING, name, day)
    [line] = [line for line in page.rungs if line.is_now]
    assert (line.who, line.words) == (name, f"Answers you by {day}.")


def allocated(world: World, **changes) -> None:
    given = {"to": None, "team": world.south, "by": world.maya} | changes
    given.setdefault("to", None)
    if given["to"] is None:
        given["to"] = UserFactory.create(full_name="Oscar Pine", team=world.south)
    allocate_case(case=world.case, reason="They moved.", on=NEXT.date(), now=NEXT, **given)


def unfiled(world: World) -> Contact:
    owes = {"clock__owner": world.cora, "clock__team": world.north}
    return matter(None, logged_by=world.cora, **owes)
