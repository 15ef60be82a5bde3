"""What every page shows around its content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.absence_forms import PLANNERS
from accounts.models import CASE_READERS, Role, User
from callbacks.diary import SEES_DIARY
from cases.actions import MAY_ANSWER
from cases.advice import SEES_ADVICE
from cases.models import LEADERSHIP, Contact
from cases.tray_views import MAY_LOOK
from cases.voicemail import MAY_LISTEN
from diaries.rota import SEES_ROTA
from escalations.complaint_views import MAY_READ as SEES_COMPLAINTS
from escalations.resolution_actions import ON_THE_DESK
from notices.models import Notice

TO_BE_FILED = "To be filed"


def page(request: HttpRequest) -> dict[str, Any]:
    """The council's name, the navigation of this person's role and their unread notices."""
    around: dict[str, Any] = {
        "council_name": settings.COUNCIL_NAME,
        "service_name": settings.SERVICE_NAME,
        "demo_mode": settings.DEMO,
        "notices_url": None,
    }
    user = getattr(request, "user", None)
    if isinstance(user, User):
        around["notices_url"] = reverse("notices:mine")
        around["navigation"] = _navigation(user, request.path)
        around["unread_notices"] = Notice.objects.for_person(user).unread().count()
    return around


def _navigation(user: User, path: str) -> list[dict[str, Any]]:
    links, counts = [("Home", reverse("reports:home"))], {}
    if user.role in ON_THE_DESK:
        links.append(("Resolution", reverse("escalations:resolution_desk")))
    if user.role in MAY_ANSWER:
        links.append(("Concerns", reverse("escalations:concerns")))
    if user.role in SEES_COMPLAINTS:
        links.append(("Complaints", reverse("escalations:complaints")))
    if user.role in SEES_DIARY:
        links.append(("Callbacks", reverse("callbacks:day")))
    if user.role in PLANNERS:
        links.append(("Absences", reverse("absences")))
    if user.role in CASE_READERS:
        links.append(("Find a case", reverse("cases:search")))
    links.append(("People", reverse("people")))
    if user.role in MAY_LOOK:
        links.append((TO_BE_FILED, reverse("cases:tray")))
        counts[TO_BE_FILED] = Contact.objects.unfiled_for(user).count()
    if user.role in MAY_LISTEN:
        links.append(("Voicemail", reverse("cases:voicemail")))
    if user.role in SEES_ROTA:
        links.append(("Duty", reverse("diaries:duty")))
    if user.role in SEES_ADVICE:
        links.append(("Advice line", reverse("cases:advice_line")))
    if user.role in LEADERSHIP:
        links.append(("Referrals", reverse("cases:referrals")))
    if user.role == Role.ADMINISTRATOR:
        links.append(("System", reverse("reports:system")))
        links.append(("Settings", reverse("clocks:settings")))
    if settings.DEMO:
        links.append(("Mail", reverse("notices:demonstration_mail")))
    return [
        {"label": label, "url": url, "current": _is_at(path, url), "count": counts.get(label)}
        for label, url in links
    ]


def _is_at(path: str, url: str) -> bool:
    """A case's pages belong to "Find a case"; only the home page itself is "Home"."""
    return path == url or (url != "/" and path.startswith(url))
