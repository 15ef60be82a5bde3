"""Print the well-known sign-ins of the demonstration authority."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Role, User
from send_portal.demo.staff import WELL_KNOWN


class Command(BaseCommand):
    help = "Print one sign-in for each role of the demonstration authority, and the password."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("There are no demonstration sign-ins in production.")
        loaded = User.objects.filter(email__in=WELL_KNOWN.values()).count()
        if loaded < len(WELL_KNOWN):
            raise CommandError("The demonstration authority is not loaded. Run load_demo first.")
        width = max(len(role.label) for role in Role)
        for role, address in WELL_KNOWN.items():
            self.stdout.write(f"{role.label:<{width}}  {address}")
        self.stdout.write(f"\nPassword of all: {settings.DEMO_PASSWORD}")
