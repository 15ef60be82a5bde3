"""Load the demonstration authority: ``manage.py load_demo --scale 0.1``."""

from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases.models import Case
from clocks.models import Standard
from clocks.working_time import BeyondCalendar
from send_portal.demo.adding import add_concerns, add_diaries
from send_portal.demo.diary import history_ends
from send_portal.demo.load import Loaded, NotEmpty, load
from send_portal.demo.shares import Size, all_england, one_council

SEED = 2025


class Command(BaseCommand):
    help = (
        "Load an invented council, made from published figures, with eight weeks of contacts. "
        "Refuses when there are cases already, and in production."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        size = parser.add_mutually_exclusive_group()
        size.add_argument(
            "--scale",
            type=float,
            default=0.1,
            help="size; 1 is a council as large as Hertfordshire, 12,920 plans (default 0.1)",
        )
        size.add_argument(
            "--england",
            action="store_true",
            help="all 153 authorities' worth in one database, 638,745 plans",
        )
        parser.add_argument("--seed", type=int, default=SEED, help="same seed, same data")
        parser.add_argument(
            "--today",
            type=date.fromisoformat,
            help="the day on which the history ends, YYYY-MM-DD (default: today)",
        )
        parser.add_argument("--if-empty", action="store_true", help="load no cases beside others")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Demonstration data is never loaded in production.")
        now = timezone.now()
        if options["if_empty"] and Case.objects.exists():
            self._add(options["seed"], now)
            return
        today = options["today"] or timezone.localdate(now)
        sizes = all_england() if options["england"] else one_council(options["scale"])
        if sum(size.plans for size in sizes) < 1:
            raise CommandError("The scale is too small for a single plan.")
        self._tell(self._load(sizes, options["seed"], today, now))

    def _add(self, seed: int, now: datetime) -> None:
        """A demonstration from before there were diaries or concerns gets them."""
        if add_diaries(seed=seed, now=now):
            self.stdout.write("Added diaries, slots and booked calls to the demonstration.")
        if add_concerns(seed=seed, now=now):
            self.stdout.write("Added concerns, complaints and themes to the demonstration.")

    def _load(self, sizes: list[Size], seed: int, today: date, now: datetime) -> Loaded:
        ends = history_ends(today, now)
        # Another day's history is looked at as it ends.
        looked_at = now if today == timezone.localdate(now) else ends
        try:
            return load(sizes=sizes, seed=seed, ends=ends, say=self.stdout.write, now=looked_at)
        except NotEmpty as error:
            raise CommandError(f"{error} Nothing was loaded.") from error
        except (BeyondCalendar, Standard.DoesNotExist) as error:
            raise CommandError(
                f"{error} Nothing was loaded. Run load_policy first, and choose a day whose bank "
                "holidays are known."
            ) from error

    def _tell(self, loaded: Loaded) -> None:
        self.stdout.write(
            f"Loaded {loaded.cases:,} cases, {loaded.contacts:,} contacts, {loaded.staff:,} staff "
            f"and {loaded.establishments:,} establishments: {loaded.rows:,} rows."
        )
