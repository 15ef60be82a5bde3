from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from clocks.enforcement import tick


class Command(BaseCommand):
    help = "Record every promise whose date has passed and tell those concerned, without Celery."

    def handle(self, *args: Any, **options: Any) -> None:
        done = tick(now=timezone.now())
        self.stdout.write(f"{done.breached} dates passed, {done.warned} reminders.")
