"""How gunicorn serves the portal: ``gunicorn --config python:send_portal.serving``.

WEB_CONCURRENCY is the number of processes; anything else here can be changed for one
deployment through gunicorn's own GUNICORN_CMD_ARGS.
"""

import os
from typing import Any

bind = "0.0.0.0:8000"  # noqa: S104 (a container's own network; compose decides who reaches it)
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

# Gunicorn's own words go the way of all others, through the root logger that the settings make:
# one JSON line an event. Requests are logged by the portal itself, health checks not at all.
logconfig_dict: dict[str, Any] = {
    "root": {},
    "loggers": {
        "gunicorn.error": {"handlers": [], "propagate": True},
        "gunicorn.access": {"handlers": [], "propagate": True, "level": "WARNING"},
    },
}
