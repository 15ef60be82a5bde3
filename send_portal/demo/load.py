"""Loading the demonstration authority: an invented council, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from time import monotonic

from django.db import connection, transaction
from django.db.models import Model

from accounts.models import Team, User
from callbacks.models import Attempt, Booking, DeskCall, Ring
from cases.models import (
    Area,
    Case,
    CaseMerge,
    ConductReferral,
    Contact,
    ContactPlan,
    Establishment,
    FormalMatter,
    GreetingRecording,
    Involvement,
    LeadProfessional,
    LeadTelling,
    NamedStaff,
    Person,
    Recipient,
    RelatedPerson,
    VoicemailCheck,
    VoicemailLine,
)
from clocks.calendars import LONDON, council_calendar
from clocks.models import Clock, ClockEvent
from diaries.busy import day_start
from escalations.models import (
    Agreement,
    Complaint,
    ComplaintStage,
    DeskEntry,
    DeskPass,
    Escalation,
    EscalationStep,
    Learning,
    Remit,
    Submission,
    Theme,
    ThemeAction,
    ThemesDiscussed,
)
from notices.models import Notice
from send_portal.demo.agenda import Agenda
from send_portal.demo.arrivals import Arrivals, Draft, Outgoing, cases_of
from send_portal.demo.callbacks import Bookings
from send_portal.demo.caseload import Caseload
from send_portal.demo.concerns import Concerns
from send_portal.demo.contacts import History
from send_portal.demo.copying import Table, advance_sequence, first_free_id, flush
from send_portal.demo.desk import Desk, count_something_new
from send_portal.demo.diaries import MODELS as DIARIES
from send_portal.demo.diaries import Diaries
from send_portal.demo.diary import Promises, staged, working_days
from send_portal.demo.family import Families
from send_portal.demo.fates import Fates
from send_portal.demo.followups import Followups
from send_portal.demo.involvements import Involvements
from send_portal.demo.later import Later
from send_portal.demo.lines import Lines
from send_portal.demo.places import County, Places
from send_portal.demo.rare import Cast, Rare
from send_portal.demo.rare_calls import RareCalls
from send_portal.demo.rare_cases import RareCases
from send_portal.demo.register import Register
from send_portal.demo.remits import remits
from send_portal.demo.rows import ContactRow
from send_portal.demo.senders import Senders
from send_portal.demo.shares import Size
from send_portal.demo.staff import DOMAIN, Authority, Employer, Staff
from send_portal.demo.stage import Stage
from send_portal.demo.stories import Stories
from send_portal.demo.telling import Teller
from send_portal.demo.upcoming import Upcoming

FLUSH_EVERY = 5_000
SAY_EVERY_SECONDS = 2
# Days of the history after which PostgreSQL counts what there is.
COUNTED_AFTER = (1, 10)
# Written only by the actions that rare things are played through.
RARE: list[type[Model]] = [
    ConductReferral,
    ContactPlan,
    LeadProfessional,
    LeadTelling,
    NamedStaff,
    CaseMerge,
    Theme,
    Submission,
    Escalation,
    EscalationStep,
    DeskEntry,
    DeskPass,
    Complaint,
    ComplaintStage,
    Agreement,
    Learning,
    ThemeAction,
    ThemesDiscussed,
]
# Loaded models, in the order in which they refer to each other.
MODELS: list[type[Model]] = [
    Team,
    User,
    *DIARIES,
    Area,
    Establishment,
    Remit,
    VoicemailLine,
    VoicemailCheck,
    GreetingRecording,
    Person,
    RelatedPerson,
    Case,
    Involvement,
    Clock,
    Contact,
    ClockEvent,
    Recipient,
    FormalMatter,
    DeskCall,
    Attempt,
    Booking,
    Ring,
    Notice,
    *RARE,
]

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


def load(
    *, sizes: list[Size], seed: int, ends: datetime, say: Say, now: datetime | None = None
) -> Loaded:
    """Make and store an authority of each of ``sizes``, with a history up to ``ends`` (aware).

    The well-known coordinator's next call is soon after ``now``, ``ends`` unless given. All or
    nothing: a load that is killed leaves no row. The same arguments give the same rows in an
    empty database. Raises NotEmpty; BeyondCalendar and Standard.DoesNotExist when the
    policy does not cover the weeks of the history.
    """
    with transaction.atomic():
        _claim_database()
        loaded = _Load(sizes, seed, ends, say, now or ends).run()
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

    def __init__(
        self, sizes: list[Size], seed: int, ends: datetime, say: Say, now: datetime
    ) -> None:
        self.sizes = sizes
        self.seed = seed
        self.ends = ends
        self.say = say
        self.now = now
        self.today: date = ends.astimezone(LONDON).date()
        # Asked for first: without bank holidays nothing is begun.
        self.calendar = council_calendar()
        self.days = working_days(self.calendar, ends)
        self.promises = Promises(self.calendar)
        self.wanted = sum(size.cases for size in sizes)
        self._said_at = monotonic()

    def run(self) -> Loaded:
        places = Places(
            self._stream("places"),
            first_id=first_free_id(Establishment),
            first_area=first_free_id(Area),
        )
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
        Area.objects.bulk_create(places.areas)
        Establishment.objects.bulk_create(places.establishments, batch_size=2000)
        self.say(f"{len(employer.users):,} staff, {len(places.establishments):,} establishments")

        staff = employer.staff(authorities)
        looked_after = remits(staff, places, first_id=first_free_id(Remit))
        Remit.objects.bulk_create(looked_after, batch_size=2000)
        agenda = self._agenda(staff)

        families = Families(self.seed)
        caseload = self._caseload(places, families)
        for size, authority, county in zip(self.sizes, authorities, counties, strict=True):
            self._add_cases(caseload, size, authority, county)
        flush(caseload.tables())
        lines = self._lines(staff)
        later = Later()
        history = self._history(places, caseload.register, staff, families, lines, agenda, later)
        stage = Stage([*caseload.tables(), agenda.table, *history.tables()], RARE, history.teller)
        self._plan_rare(stage, later, caseload.register, staff, history.senders)
        self._add_contacts(history, later, caseload.register, staff)
        her, rng = staff.well_known_coordinator, self._stream("upcoming")
        upcoming = Upcoming(rng, her, ends=self.ends, now=self.now)
        stage.play(upcoming.book, self.ends)
        stage.close(self.ends)
        count_something_new()
        return Loaded(
            cases=caseload.cases.written,
            contacts=history.contacts.written,
            staff=len(employer.users),
            establishments=len(places.establishments),
            rows=sum(table.written for table in (*caseload.tables(), *history.tables()))
            + agenda.table.written
            + agenda.diaries.rows
            + len(employer.users)
            + len(employer.teams)
            + len(places.areas)
            + len(looked_after)
            + len(places.establishments)
            + len(lines.lines)
            + len(lines.checks)
            + len(lines.recordings),
        )

    def _stream(self, name: str) -> Random:
        return Random(f"{self.seed}:{name}")  # noqa: S311 (invented data, nothing secret)

    def _caseload(self, places: Places, families: Families) -> Caseload:
        involvements = Involvements(self._stream("involvements"), self.today)
        return Caseload(self._stream("cases"), self.today, places, families, involvements)

    def _agenda(self, staff: Staff) -> Agenda:
        rng = self._stream("diaries")
        diaries = Diaries(rng, staff, calendar=self.calendar, ends=self.ends)
        diaries.store()
        agenda = Agenda(diaries)
        agenda.store()
        agenda.reserve_last(staff.well_known_coordinator.pk, day_start(self.today))
        return agenda

    def _lines(self, staff: Staff) -> Lines:
        lines = Lines(self._stream("lines"), first_id=first_free_id(VoicemailLine), ends=self.ends)
        lines.store(
            staff,
            self.days,
            first_check=first_free_id(VoicemailCheck),
            first_recording=first_free_id(GreetingRecording),
        )
        return lines

    def _add_cases(
        self, caseload: Caseload, size: Size, authority: Authority, county: County
    ) -> None:
        for waiting in caseload.add_authority(size, authority, county):
            if waiting >= FLUSH_EVERY:
                flush(caseload.tables())
                self._progress(f"{caseload.cases.written:,} of {self.wanted:,} cases")

    def _history(
        self,
        places: Places,
        register: Register,
        staff: Staff,
        families: Families,
        lines: Lines,
        agenda: Agenda,
        later: Later,
    ) -> History:
        teller = Teller(
            self._stream("notices"), ends=self.ends, calendar=self.calendar, staff=staff
        )
        contacts = Table(Contact, ContactRow)
        bookings = Bookings(
            self._stream("bookings"),
            agenda,
            teller=teller,
            contacts=contacts,
            later=later,
        )
        stories = Stories(self._stream("stories"), agenda, self.days, self.ends)
        is_in = agenda.diaries.is_in
        return History(
            self._stream("history"),
            fates=Fates(self._stream("fates"), self.days, self.ends, is_in),
            promises=self.promises,
            places=places,
            register=register,
            staff=staff,
            senders=Senders(self._stream("senders"), families),
            lines=lines,
            teller=teller,
            desk=Desk(self._stream("desk"), agenda, stories, bookings),
            contacts=contacts,
        )

    def _plan_rare(
        self, stage: Stage, later: Later, register: Register, staff: Staff, senders: Senders
    ) -> None:
        cast = Cast(self._stream("rare"), register, staff, senders)
        rare = Rare(cast, stage, later, self.days)
        rare.plan()
        RareCases(rare).plan()
        RareCalls(rare).plan()
        concerns = Concerns(
            self._stream("concerns"),
            staff,
            days=self.days,
            ends=self.ends,
            now=self.now,
            then=rare.then,
        )
        concerns.plan(cast.taken)

    def _add_contacts(
        self, history: History, later: Later, register: Register, staff: Staff
    ) -> None:
        arrivals = Arrivals(self._stream("arrivals"), register, self.days, self.ends)
        hers = cases_of(register, staff.well_known_coordinator.pk)
        followups = Followups(self._stream("followups"), history, later, self.ends)
        extra = dict(staged(self.calendar, self.days, self.promises, self.today))
        # The first day only says since when the second's post was waiting.
        for number in range(1, len(self.days)):
            self.promises.forget()
            for draft in self._day(arrivals, number, extra.get(number, 0), hers):
                later.until(draft.logged_at)
                if isinstance(draft, Outgoing):
                    followups.done(draft)
                else:
                    followups.consider(history.write(draft, number), draft, number)
                if history.contacts.waiting >= FLUSH_EVERY:
                    flush(history.tables())
            if number in COUNTED_AFTER:
                # Autovacuum does not see what is not committed: it would have PostgreSQL plan
                # for empty tables, or has done so, and each step of a concern reads them whole.
                flush(history.tables())
                analyze()
            self._progress(
                f"{history.contacts.written + history.contacts.waiting:,} contacts, "
                f"day {number} of {len(self.days) - 1}"
            )
        later.until(self.ends)
        flush(history.tables())

    def _day(
        self, arrivals: Arrivals, number: int, extra: int, hers: list[int]
    ) -> list[Draft | Outgoing]:
        """All that happened on the ``number``-th day, ``extra`` of it staged, in order."""
        found: list[Draft | Outgoing] = [*arrivals.on(number), *arrivals.requests(number)]
        found += arrivals.outgoing(number)
        found += [arrivals.staged(number, arrivals.rng.choice(hers)) for _ in range(extra)]
        return sorted(found, key=lambda draft: draft.logged_at)

    def _progress(self, line: str) -> None:
        """Say how far it has got, every few seconds."""
        if monotonic() - self._said_at >= SAY_EVERY_SECONDS:
            self._said_at = monotonic()
            self.say(line)
