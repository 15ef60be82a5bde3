from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cases.policy_actions import load_urgent_reasons
from clocks.policy_actions import load_policy


class Command(BaseCommand):
    help = (
        "Load the default standards, opening hours, bank holidays and urgent reasons that are "
        "missing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_policy(now=timezone.now())
        reasons = load_urgent_reasons()
        self.stdout.write(
            f"Added {loaded.standards} standards, {loaded.hours} opening periods, "
            f"{loaded.holidays} bank holidays and {reasons} urgent reasons; dates can be given "
            f"from {loaded.first_year} to the end of {loaded.last_year}."
        )
