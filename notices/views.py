"""A person's notices, and the demonstration's mail folder."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles, signed_in
from accounts.models import Role
from accounts.paging import page_by_moment
from notices import actions, demonstration_mail
from notices.models import Notice


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """What the signed-in person has been told, newest first."""
    page = page_by_moment(
        Notice.objects.for_person(signed_in(request)),
        request.GET.get("after", ""),
        moment="created_at",
        tie="id",
        newest_first=True,
    )
    return render(request, "notices/mine.html", {"page": page})


@require_GET
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one's own notice as read and go where it leads."""
    user = signed_in(request)
    notice = get_object_or_404(Notice.objects.for_person(user), pk=pk)
    actions.mark_read(notice=notice, by=user, now=timezone.now())
    return redirect(notice.path or "notices:mine")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    count = actions.mark_all_read(by=signed_in(request), now=timezone.now())
    messages.success(request, f"{count} marked as read." if count else "Nothing new to mark.")
    return redirect("notices:mine")


@require_POST
@for_roles(Role.ADMINISTRATOR)
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try an undelivered e-mail again."""
    notice = get_object_or_404(Notice, pk=pk)
    if actions.retry(notice=notice, by=signed_in(request), now=timezone.now()):
        messages.success(request, "The e-mail will be tried again.")
    else:
        messages.warning(request, "This e-mail is no longer waiting for a new try.")
    return redirect("reports:system")


@require_GET
def mail(request: HttpRequest) -> HttpResponse:
    """The demonstration's mail: administrators read all of it, others their own."""
    if not settings.DEMO:
        raise Http404
    user = signed_in(request)
    to = None if user.role == Role.ADMINISTRATOR else user.email
    written = demonstration_mail.newest(settings.MAIL_DIR, to=to)
    return render(request, "notices/mail.html", {"mails": written, "everyone": to is None})
