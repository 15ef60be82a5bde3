from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from callbacks.outcome_actions import mark_missed


class Command(BaseCommand):
    help = "Record every booked call whose time is over without an outcome, without Celery."

    def handle(self, *args: Any, **options: Any) -> None:
        done = mark_missed(now=timezone.now())
        self.stdout.write(f"Calls missed: {done}.")
