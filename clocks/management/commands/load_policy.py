from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from clocks.policy_actions import load_policy


class Command(BaseCommand):
    help = "Load the default standards, opening hours and bank holidays that are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_policy(now=timezone.now())
        self.stdout.write(
            f"Added {loaded.standards} standards, {loaded.hours} opening periods and "
            f"{loaded.holidays} bank holidays; dates can be given from {loaded.first_year} "
            f"to the end of {loaded.last_year}."
        )
