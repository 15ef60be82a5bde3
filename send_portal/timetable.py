"""What Celery beat asks the workers for, and how often, in seconds."""

from typing import Any


def timetable(*, enforce_every: int) -> dict[str, dict[str, Any]]:
    """Celery's beat schedule; the clocks are looked at every ``enforce_every`` seconds."""
    return {
        "enforce-clocks": _asked_for("clocks.tasks.enforce", enforce_every, expires=55),
        "file-mail": _asked_for("mailroom.tasks.file_mail", 60, expires=55),
        "deliver-notices": _asked_for("notices.tasks.deliver", 60, expires=55),
        "deliver-notices-to-staff": _asked_for("clocks.tasks.deliver_to_staff", 60, expires=55),
        "put-leads-in-force": _asked_for("cases.tasks.put_leads_in_force", 60, expires=55),
        "tell-of-undelivered-mail": _asked_for(
            "cases.tasks.tell_of_undelivered_mail", 300, expires=290
        ),
        "work-through-forms": _asked_for("escalations.tasks.work_through_forms", 60, expires=55),
        "follow-filing": _asked_for("escalations.tasks.follow_filing", 60, expires=55),
        "tell-of-chasers": _asked_for("escalations.tasks.tell_of_chasers", 60, expires=55),
        "watch-resolution-desk": _asked_for(
            "escalations.tasks.watch_resolution_desk", 180, expires=175
        ),
        "see-to-handlers": _asked_for("escalations.tasks.see_to_handlers", 300, expires=290),
        "delete-sessions": _asked_for("accounts.tasks.delete_sessions", 3600, expires=3500),
        "mark-missed-calls": _asked_for("callbacks.tasks.mark_missed_calls", 60, expires=55),
        "renew-slots": _asked_for("callbacks.tasks.renew_slots", 900, expires=890),
        # Every hour, although it is a matter of days: a start in the night is caught up soon.
        "tell-of-contact-plans": _asked_for(
            "cases.tasks.tell_of_contact_plans", 3600, expires=3500
        ),
        "tell-of-duty-gaps": _asked_for("diaries.tasks.tell_of_duty_gaps", 3600, expires=3500),
        "tell-of-agreements": _asked_for(
            "escalations.tasks.tell_of_agreements", 3600, expires=3500
        ),
        "ask-for-recordings": _asked_for("cases.tasks.ask_for_recordings", 3600, expires=3500),
        "ask-for-numbers": _asked_for("cases.tasks.ask_for_numbers", 3600, expires=3500),
    }


def _asked_for(task: str, every: int, *, expires: int) -> dict[str, Any]:
    # Ticks pile up while no worker runs; one catches up for all of them.
    return {"task": task, "schedule": every, "options": {"expires": expires}}
