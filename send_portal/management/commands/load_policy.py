from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from callbacks.signpost_actions import load_signposts
from cases.policy_actions import load_urgent_reasons
from clocks.policy_actions import load_policy
from escalations.theme_actions import load_themes


class Command(BaseCommand):
    help = (
        "Load the default standards, opening hours, bank holidays, urgent reasons, themes and "
        "services that callers are sent to, where they are missing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_policy(now=timezone.now())
        reasons = load_urgent_reasons()
        signposts = load_signposts()
        themes = load_themes()
        self.stdout.write(
            f"Added {loaded.standards} standards, {loaded.hours} opening periods, "
            f"{loaded.holidays} bank holidays, {themes} themes, {signposts} other services and "
            f"{reasons} urgent reasons; dates can be given from {loaded.first_year} to the end of "
            f"{loaded.last_year}."
        )
