"""Is the process alive, and can it do its work? For load balancers and orchestrators."""

from collections.abc import Callable
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import resolve
from django.utils import timezone

from clocks.models import Backlog, Clock, EnforcementTick

# Enforcement runs every minute; three missed ticks mean nobody is enforcing promises.
TICK_MAY_BE = timedelta(minutes=3)
# Ticks that come but do not keep up are as bad as none.
LAG_MAY_BE = timedelta(minutes=3)
PAGES = frozenset({"/healthz", "/readyz", "/metrics"})

GetResponse = Callable[[HttpRequest], HttpResponse]


def answered_first(get_response: GetResponse) -> GetResponse:
    """Middleware: answer the machines' pages before the host, TLS or anything else is looked at.

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
    now = timezone.now()
    checks = {"database": _database(), "broker": _broker(), "enforcement": "unknown"}
    figures = {}
    if checks["database"] == "ok":
        backlog = Clock.objects.backlog(now)
        checks["enforcement"] = _enforcement(now, backlog)
        figures = {"backlog": backlog.clocks, "lag_seconds": int(backlog.lag(now).total_seconds())}
    ready = all(found == "ok" for found in checks.values())
    return JsonResponse(
        {"status": "ready" if ready else "not ready", **checks, **figures},
        status=200 if ready else 503,
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


def _enforcement(now: datetime, backlog: Backlog) -> str:
    last = EnforcementTick.objects.filter(pk=1).first()
    if last is None:
        return "has not run yet"
    age, lag = now - last.ran_at, backlog.lag(now)
    if age > TICK_MAY_BE:
        return f"last ran {int(age.total_seconds())} seconds ago"
    return "ok" if lag <= LAG_MAY_BE else f"is {int(lag.total_seconds())} seconds behind"
