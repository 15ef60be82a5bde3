from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from callbacks.signpost_actions import load_signposts
from cases.policy_actions import load_urgent_reasons
from clocks.policy_actions import load_policy


class Command(BaseCommand):
    help = (
        "Load the default standards, opening hours, bank holidays, urgent reasons and services "
        "that callers are sent to, where they are missing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_policy(now=timezone.now())
        reasons = load_urgent_reasons()
        signposts = load_signposts()
        self.stdout.write(
            f"Added {loaded.standards} standards, {loaded.hours} opening periods, "
            f"{loaded.holidays} bank holidays, {signposts} other services and {reasons} "
            f"urgent reasons; dates can be given from {loaded.first_year} to the end of "
            f"{loaded.last_year}."
        )
