"""Loading the demonstration authority: an invented council, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from time import monotonic

from django.db import connection, transaction

from accounts.models import Team, User
from cases.models import Case, Contact, Establishment, Person
from clocks.calendars import LONDON, council_calendar
from clocks.models import Clock, ClockEvent
from notices.models import Notice
from send_portal.demo.arrivals import Arrivals, cases_of
from send_portal.demo.caseload import Caseload
from send_portal.demo.contacts import History, flush
from send_portal.demo.copying import advance_sequence, first_free_id
from send_portal.demo.diary import Promises, staged, working_days
from send_portal.demo.places import County, Places
from send_portal.demo.register import Register
from send_portal.demo.shares import Size
from send_portal.demo.staff import DOMAIN, Authority, Employer, Staff
from send_portal.demo.telling import Teller

FLUSH_EVERY = 5_000
SAY_EVERY_SECONDS = 2
# Loaded models, in the order in which they refer to each other.
MODELS = [Team, User, Establishment, Person, Case, Clock, Contact, ClockEvent, Notice]

Say = Callable[[str], None]


class NotEmpty(Exception):
    """There are cases, or demonstration staff, in the database already."""


@dataclass(frozen=True)
class Loaded:
    """What one load wrote; ``rows`` counts every table."""

    cases: int
    contacts: int
    staff: int
    establishments: int
    rows: int


def load(*, sizes: list[Size], seed: int, ends: datetime, say: Say) -> Loaded:
    """Make and store an authority of each of ``sizes``, with a history up to ``ends`` (aware).

    All or nothing: a load that is killed leaves no row. The same arguments give the same rows
    in an empty database. Raises NotEmpty; BeyondCalendar and Standard.DoesNotExist when the
    policy does not cover the weeks of the history.
    """
    with transaction.atomic():
        _claim_database()
        loaded = _Load(sizes, seed, ends, say).run()
        for model in MODELS:
            advance_sequence(model)
    say("Letting PostgreSQL count what is there")
    analyze()
    return loaded


def _claim_database() -> None:
    """Keep a second load out until this one ends, then look whether there is anything."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Case._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
        # Checked a batch at a time, references do not pile up until the end of the transaction.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    if Case.objects.exists():
        raise NotEmpty("There are cases in this database already.")
    if User.objects.filter(email__endswith=f"@{DOMAIN}").exists():
        raise NotEmpty(f"There are staff with addresses at {DOMAIN} in this database already.")


def analyze() -> None:
    """Refresh the planner's figures, so that the first pages are as fast as later ones."""
    with connection.cursor() as cursor:
        for model in MODELS:
            cursor.execute(f"ANALYZE {model._meta.db_table}")


class _Load:
    """One load under way. Every part draws from a stream of random numbers of its own."""

    def __init__(self, sizes: list[Size], seed: int, ends: datetime, say: Say) -> None:
        self.sizes = sizes
        self.seed = seed
        self.ends = ends
        self.say = say
        self.today: date = ends.astimezone(LONDON).date()
        # Asked for first: without bank holidays nothing is begun.
        self.calendar = council_calendar()
        self.days = working_days(self.calendar, ends)
        self.promises = Promises(self.calendar)
        self.wanted = sum(size.cases for size in sizes)
        self._said_at = monotonic()

    def run(self) -> Loaded:
        places = Places(self._stream("places"), first_id=first_free_id(Establishment))
        employer = Employer(
            self._stream("staff"),
            self.ends,
            first_user=first_free_id(User),
            first_team=first_free_id(Team),
        )
        counties = [places.county(size) for size in self.sizes]
        authorities = [
            employer.authority(size, county.towns)
            for size, county in zip(self.sizes, counties, strict=True)
        ]
        employer.whole_service()
        employer.store()
        Establishment.objects.bulk_create(places.establishments, batch_size=2000)
        self.say(f"{len(employer.users):,} staff, {len(places.establishments):,} establishments")

        caseload = Caseload(self._stream("cases"), self.today, places)
        for size, authority, county in zip(self.sizes, authorities, counties, strict=True):
            self._add_cases(caseload, size, authority, county)
        caseload.flush()
        staff = employer.staff(authorities)
        history = self._history(places, caseload.register, staff)
        self._add_contacts(history, caseload.register, staff)
        tables = [caseload.people, caseload.cases, *history.tables()]
        return Loaded(
            cases=caseload.cases.written,
            contacts=history.contacts.written,
            staff=len(employer.users),
            establishments=len(places.establishments),
            rows=sum(table.written for table in tables)
            + len(employer.users)
            + len(employer.teams)
            + len(places.establishments),
        )

    def _stream(self, name: str) -> Random:
        return Random(f"{self.seed}:{name}")  # noqa: S311 (invented data, nothing secret)

    def _add_cases(
        self, caseload: Caseload, size: Size, authority: Authority, county: County
    ) -> None:
        for waiting in caseload.add_authority(size, authority, county):
            if waiting >= FLUSH_EVERY:
                caseload.flush()
                self._progress(f"{caseload.cases.written:,} of {self.wanted:,} cases")

    def _history(self, places: Places, register: Register, staff: Staff) -> History:
        teller = Teller(
            self._stream("notices"), ends=self.ends, calendar=self.calendar, staff=staff
        )
        return History(
            self._stream("history"),
            ends=self.ends,
            days=self.days,
            promises=self.promises,
            places=places,
            register=register,
            staff=staff,
            teller=teller,
        )

    def _add_contacts(self, history: History, register: Register, staff: Staff) -> None:
        rng = self._stream("arrivals")
        arrivals = Arrivals(rng, register, self.days, self.ends)
        hers = cases_of(register, staff.well_known_coordinator.pk)
        extra = dict(staged(self.calendar, self.days, self.promises, self.today))
        # The first day only says since when the second's post was waiting.
        for number in range(1, len(self.days)):
            self.promises.forget()
            drafts = list(arrivals.on(number))
            drafts += [
                arrivals.staged(number, rng.choice(hers)) for _ in range(extra.get(number, 0))
            ]
            for draft in sorted(drafts, key=lambda draft: draft.logged_at):
                history.write(draft, number)
                if history.contacts.waiting >= FLUSH_EVERY:
                    flush(history.tables())
            self._progress(
                f"{history.contacts.written + history.contacts.waiting:,} contacts, "
                f"day {number} of {len(self.days) - 1}"
            )
        flush(history.tables())

    def _progress(self, line: str) -> None:
        """Say how far it has got, every few seconds."""
        if monotonic() - self._said_at >= SAY_EVERY_SECONDS:
            self._said_at = monotonic()
            self.say(line)
