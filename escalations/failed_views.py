"""Forms that could not be worked through: an administrator has them tried again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import for_roles, signed_in
from accounts.models import Role
from escalations.models import Submission
from escalations.submission_actions import work_again


@require_POST
@for_roles(Role.ADMINISTRATOR)
def form_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing of what was typed is shown: administrators read no children's records."""
    submission = get_object_or_404(Submission, pk=pk)
    if work_again(submission=submission, by=signed_in(request), now=timezone.now()):
        messages.success(request, f"{submission} will be tried again.")
    else:
        messages.warning(request, f"{submission} is no longer waiting for a new try.")
    return redirect("reports:system")
