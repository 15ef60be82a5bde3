"""The Celery app: a pump that calls actions on rows. Losing its queue loses nothing."""

import os

from celery import Celery
from celery.signals import heartbeat_sent
from django_structlog.celery.steps import DjangoStructLogInitStep

from send_portal.heartbeat import worker_is_alive

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "send_portal.settings")

app = Celery("send_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
heartbeat_sent.connect(worker_is_alive)
