"""Is the process alive, and can it do its work? For load balancers and orchestrators."""

from collections.abc import Callable
from datetime import timedelta

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import resolve
from django.utils import timezone

from clocks.models import EnforcementTick

# Enforcement runs every minute; three missed ticks mean nobody is enforcing promises.
TICK_MAY_BE = timedelta(minutes=3)
PAGES = frozenset({"/healthz", "/readyz"})

GetResponse = Callable[[HttpRequest], HttpResponse]


def answered_first(get_response: GetResponse) -> GetResponse:
    """Middleware: answer the health pages before the host, TLS or anything else is looked at.

    Whoever asks for them does so by a machine's address, not by the portal's name, from inside
    the network, without TLS, every few seconds.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path in PAGES:
            return resolve(request.path).func(request)
        return get_response(request)

    return middleware


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers."""
    return JsonResponse({"status": "alive"})


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, broker and enforcement are all well, else 503 with what is not."""
    checks = {"database": _database(), "broker": _broker()}
    checks["enforcement"] = _enforcement() if checks["database"] == "ok" else "unknown"
    ready = all(found == "ok" for found in checks.values())
    return JsonResponse(
        {"status": "ready" if ready else "not ready", **checks}, status=200 if ready else 503
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return "away"
    return "ok"


def _broker() -> str:
    address = settings.REDIS_URL.replace("redis+socket://", "unix://")
    try:
        with redis.Redis.from_url(address, socket_timeout=2, socket_connect_timeout=2) as broker:
            broker.ping()
    except (redis.RedisError, OSError):
        return "away"
    return "ok"


def _enforcement() -> str:
    last = EnforcementTick.objects.filter(pk=1).first()
    if last is None:
        return "has not run yet"
    age = timezone.now() - last.ran_at
    return "ok" if age <= TICK_MAY_BE else f"last ran {int(age.total_seconds())} seconds ago"
