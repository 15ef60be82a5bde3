"""The words to record on a voicemail line, and "I have recorded this" (H42)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from cases import greeting_actions as actions
from cases.contact_messages import wording
from cases.greetings import figures_at, fingerprint, greeting_of, script_of, what_changed
from cases.models import VoicemailLine
from cases.voicemail import MAY_LISTEN, SEES_LINES, lines_for


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*SEES_LINES)
def greeting(request: HttpRequest, pk: int) -> HttpResponse:
    """The script of today, what was recorded last, and by what the two differ."""
    user = signed_in(request)
    line = get_object_or_404(lines_for(user), pk=pk)
    if request.method == "POST":
        return _recorded(request, line)
    figures = figures_at(timezone.now(), wording())
    script = script_of(line, figures) if figures else ""
    last = line.recordings.select_related("by").first()
    return render(
        request,
        "cases/greeting.html",
        {
            "line": line,
            "script": script,
            "shown": fingerprint(script),
            "last": last,
            "greeting": greeting_of(line, last.script if last else None, figures),
            "changed": what_changed(last.script, script) if last else None,
            "may_record": user.role in MAY_LISTEN,
        },
    )


def _recorded(request: HttpRequest, line: VoicemailLine) -> HttpResponse:
    user = signed_in(request)
    if user.role not in MAY_LISTEN:
        raise Http404
    shown = request.POST.get("shown", "")
    try:
        actions.record_greeting(line=line, shown=shown, by=user, now=timezone.now())
    except RuleBroken as broken:
        # The words changed, or the line was taken out of use, between the page and the click.
        messages.warning(request, broken.message)
        return redirect("cases:greeting", line.pk)
    messages.success(request, f"The greeting of {line} is recorded.")
    return redirect("cases:voicemail")
