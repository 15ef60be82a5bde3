from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from callbacks.slot_actions import renew_everybody


class Command(BaseCommand):
    help = "Make and withdraw callback slots up to the horizon, without Celery."

    def handle(self, *args: Any, **options: Any) -> None:
        done = renew_everybody(now=timezone.now())
        self.stdout.write(f"People whose slots changed: {done}.")
