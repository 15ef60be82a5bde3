"""The voicemail lines somebody looks after, and the settings pages that keep them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from accounts.models import Role
from cases import voicemail_actions as actions
from cases.actions import MAY_LOG
from cases.contact_messages import wording
from cases.models import VoicemailLine
from cases.voicemail import MAY_LISTEN, SEES_LINES, can_tell, lines_for, rows_of
from cases.voicemail_forms import LineForm


@require_safe
@for_roles(*SEES_LINES)
def voicemail(request: HttpRequest) -> HttpResponse:
    """The lines of one's own team, or of every team: those nobody listened to in time first."""
    user, now, words = signed_in(request), timezone.now(), wording()
    return render(
        request,
        "cases/voicemail.html",
        {
            "rows": rows_of(lines_for(user), now, words),
            "can_tell": can_tell(now, words.calendar),
            "may_listen": user.role in MAY_LISTEN,
            "may_log": user.role in MAY_LOG,
        },
    )


@require_POST
@for_roles(*MAY_LISTEN)
def listened(request: HttpRequest, pk: int) -> HttpResponse:
    """ "I have listened to it"."""
    user = signed_in(request)
    line = get_object_or_404(lines_for(user), pk=pk)
    try:
        actions.note_listened(line=line, by=user, now=timezone.now())
    except RuleBroken as broken:
        # Taken out of use between the page and the click.
        messages.warning(request, broken.message)
    else:
        messages.success(request, f"You have listened to {line}.")
    return redirect("cases:voicemail")


@require_safe
@for_roles(Role.ADMINISTRATOR)
def lines(request: HttpRequest) -> HttpResponse:
    """Every line: in use, and taken out of use."""
    every = list(VoicemailLine.objects.select_related("team", "user"))
    return render(
        request,
        "cases/voicemail_lines.html",
        {
            "in_use": [line for line in every if line.active],
            "out_of_use": [line for line in every if not line.active],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(Role.ADMINISTRATOR)
def new_line(request: HttpRequest) -> HttpResponse:
    """Put a line on the list."""
    form = LineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            line = actions.add_line(details=form.details(), by=signed_in(request))
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"{line} is on the list.")
            return redirect("cases:voicemail_lines")
    return render(request, "cases/voicemail_line.html", {"form": form, "title": "Add a line"})


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(Role.ADMINISTRATOR)
def change_line(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a line's name, number, team or person."""
    line = get_object_or_404(VoicemailLine, pk=pk)
    form = LineForm(request.POST or None, line=line)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_line(line=line, details=form.details(), by=signed_in(request))
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"{form.cleaned_data['name']} is saved.")
            return redirect("cases:voicemail_lines")
    return render(request, "cases/voicemail_line.html", {"form": form, "title": f"Change {line}"})


@require_POST
@for_roles(Role.ADMINISTRATOR)
def use_line(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a line out of use, or use it again."""
    line = get_object_or_404(VoicemailLine, pk=pk)
    active = request.POST.get("active") == "yes"
    actions.use_line(line=line, active=active, by=signed_in(request))
    messages.success(request, f"{line} is {'in use again' if active else 'out of use'}.")
    return redirect("cases:voicemail_lines")
