"""Voicemail lines, and who has listened to them."""

from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from cases.contact_messages import wording
from cases.greetings import figures_at, script_of
from cases.models import GreetingRecording, VoicemailCheck, VoicemailLine
from send_portal.demo.diary import Day
from send_portal.demo.people import landline
from send_portal.demo.staff import Office, Staff

# Checks are kept of the last working days only: nobody looks at older ones.
KEPT_DAYS = 10
# Listened to twice a day, in these parts of it.
PARTS = ((0.02, 0.08), (0.55, 0.65))
# Nobody has listened to a personal line for so many working days: it is listed as late.
FORGOTTEN_DAYS = 4
# What its greeting still promises.
BEFORE = "within 10 working days"


class Lines:
    """A duty line for each team, and two people's own; one of those is forgotten."""

    def __init__(self, rng: Random, *, first_id: int, ends: datetime) -> None:
        self.rng = rng
        self.first_id = first_id
        self.ends = ends
        self.lines: list[VoicemailLine] = []
        self.checks: list[VoicemailCheck] = []
        self.recordings: list[GreetingRecording] = []

    def line_id(self, office: int) -> int:
        """The id of the duty line of the team at position ``office``."""
        return self.first_id + office

    def store(
        self, staff: Staff, days: list[Day], *, first_check: int, first_recording: int
    ) -> None:
        for office in staff.offices:
            name = f"{office.team.name}, duty line"
            self._line(name, office.team.duty_line, office, None, days[-KEPT_DAYS:])
        for person in staff.offices[0].coordinators[:2]:
            until = -FORGOTTEN_DAYS if len(self.lines) > len(staff.offices) else len(days)
            number = landline(self.rng)
            kept = days[-KEPT_DAYS:until] or days[:1]
            self._line(f"{person.full_name}, own line", number, staff.offices[0], person, kept)
        for place, check in enumerate(self.checks):
            check.pk = first_check + place
        self._record(staff, days[0], first_recording)
        VoicemailLine.objects.bulk_create(self.lines)
        VoicemailCheck.objects.bulk_create(self.checks, batch_size=1000)
        GreetingRecording.objects.bulk_create(self.recordings, batch_size=1000)

    def _record(self, staff: Staff, day: Day, first_recording: int) -> None:
        """Each line has its greeting; the last was recorded when we promised something else."""
        figures = figures_at(self.ends, wording())
        if figures is None:
            return
        leads = {office.team.pk: office.lead for office in staff.offices}
        for place, line in enumerate(self.lines):
            script = script_of(line, figures)
            if line is self.lines[-1]:
                script = script.replace(figures.ring_back, BEFORE)
            self.recordings.append(
                GreetingRecording(
                    pk=first_recording + place,
                    line=line,
                    at=day.at(0.3).replace(microsecond=0),
                    by=line.user or leads[line.team.pk],
                    script=script,
                )
            )

    def _line(
        self, name: str, number: str, office: Office, person: User | None, days: list[Day]
    ) -> None:
        line = VoicemailLine(
            pk=self.first_id + len(self.lines),
            name=name,
            number=number,
            team=office.team,
            user=person,
        )
        for day in days:
            for part in PARTS:
                at = day.at(self.rng.uniform(*part)).replace(microsecond=0)
                if at > self.ends - timedelta(minutes=1):
                    continue
                by = person or self.rng.choice(office.support)
                self.checks.append(VoicemailCheck(line=line, at=at, by=by))
                line.checked_at = at
        self.lines.append(line)
