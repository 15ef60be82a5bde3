"""Figures for Prometheus: how enforcement and e-mail are doing. No personal data."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from clocks.models import Clock, EnforcementTick
from escalations.models import Submission
from mailroom.models import IncomingMail
from notices.models import Notice

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
# Name of the gauge: what it says, in the words Prometheus shows.
GAUGES = {
    "tick_age_seconds": "Seconds since enforcement last ran; infinite when it never has.",
    "enforcement_backlog": "Clocks past their date that are not yet recorded as late.",
    "enforcement_lag_seconds": "Seconds the oldest of them has waited; 0 when there is none.",
    "clocks_open": "Promises not yet kept or cancelled.",
    "clocks_late": "Open promises past their date.",
    "staff_mail_waiting": "E-mails to staff not yet sent; outside opening hours they wait.",
    "other_mail_waiting": "E-mails to everybody else not yet sent.",
    "mail_failed": "E-mails that were given up and wait for an administrator.",
    "incoming_mail_waiting": "E-mails that came in and are not yet filed.",
    "incoming_mail_failed": "E-mails that came in and could not be filed.",
    "forms_waiting": "Forms of the public that are not yet with the person responsible.",
    "forms_failed": "Forms of the public that were given up and wait for an administrator.",
}


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever carries METRICS_TOKEN; without that setting there is no page."""
    if not settings.METRICS_TOKEN:
        return HttpResponseNotFound()
    if not constant_time_compare(
        request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"
    ):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(_as_text(figures(timezone.now())), content_type=TEXT_FORMAT)


def figures(now: datetime) -> dict[str, float]:
    """Each gauge at ``now`` (aware). Every query reads a partial index."""
    last = EnforcementTick.objects.filter(pk=1).first()
    backlog = Clock.objects.backlog(now)
    is_open, late = Clock.objects.open_and_late(now)
    return {
        "tick_age_seconds": (now - last.ran_at).total_seconds() if last else float("inf"),
        "enforcement_backlog": backlog.clocks,
        "enforcement_lag_seconds": backlog.lag(now).total_seconds(),
        "clocks_open": is_open,
        "clocks_late": late,
        "staff_mail_waiting": Notice.objects.waiting(staff=True).count(),
        "other_mail_waiting": Notice.objects.waiting(staff=False).count(),
        "mail_failed": Notice.objects.failed().count(),
        "incoming_mail_waiting": IncomingMail.objects.waiting().count(),
        "incoming_mail_failed": IncomingMail.objects.failed().count(),
        "forms_waiting": Submission.objects.unfinished().count(),
        "forms_failed": Submission.objects.failed().count(),
    }


def _as_text(values: dict[str, float]) -> str:
    """Prometheus's text format: help, type and value of each gauge."""
    return "".join(
        f"# HELP send_portal_{name} {meaning}\n"
        f"# TYPE send_portal_{name} gauge\n"
        f"send_portal_{name} {_number(values[name])}\n"
        for name, meaning in GAUGES.items()
    )


def _number(value: float) -> str:
    return "+Inf" if value == float("inf") else str(value)
