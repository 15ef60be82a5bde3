"""The addresses of a contact's pages, what is typed there and what they say, for their tests."""

import re
from html import unescape

from django.urls import reverse

LOG = "/cases/EHC-000042/contacts/new/"
SUBMISSION = "00000000-0000-4000-8000-00000000000a"


def words(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def page(contact, act="contact") -> str:
    return reverse(f"cases:{act}", args=[contact.reference])


def call(**changes):
    return {
        "channel": "telephone",
        "sender": "parent",
        "sender_name": "Ngozi Okafor",
        "message": "Any news?",
        "received_on_day": "4",
        "received_on_month": "11",
        "received_on_year": "2026",
        "received_time": "9:30am",
        "submission": SUBMISSION,
    } | changes
