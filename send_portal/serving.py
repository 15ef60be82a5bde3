"""How gunicorn serves the portal: ``gunicorn --config python:send_portal.serving``.

WEB_CONCURRENCY is the number of processes; anything else here can be changed for one
deployment through gunicorn's own GUNICORN_CMD_ARGS.
"""

import os
from typing import Any

# A container has a network of its own; docker-compose.yml decides who reaches it.
bind = "0.0.0.0:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
# Settings are read once, before the first process forks: an unsafe one ends the container.
preload_app = True
# Requests may finish for this long, in seconds; docker-compose.yml waits a little longer.
graceful_timeout = 30
# Heartbeats on a busy disk would make gunicorn take a healthy process for a hung one.
worker_tmp_dir = "/dev/shm"  # noqa: S108 (gunicorn makes its own private files there)
# It would want a folder to write to, and nobody enters a container to ask it.
control_socket_disable = True

# BEHIND_TLS_PROXY alone decides whether a proxy's headers are believed.
forwarded_allow_ips = ""

# Gunicorn's own words go the way of all others, through the root logger that the settings make:
# one JSON line an event. Requests are logged by the portal itself, health checks not at all.
# Should a deployment log them here too, then the path alone, never what was searched for.
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(b)s "%(a)s"'
logconfig_dict: dict[str, Any] = {
    "root": {},
    "loggers": {
        "gunicorn.error": {"propagate": True},
        "gunicorn.access": {"propagate": True, "level": "WARNING"},
    },
}
