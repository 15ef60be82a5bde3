"""Two records of one child: comparing, merging and taking apart again."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles, signed_in
from accounts.actions import note_listed, note_read
from accounts.errors import RuleBroken
from accounts.models import User
from cases import merge_actions
from cases.access_forms import MergeForm, OtherRecordForm, SeparateForm
from cases.actions import MAY_ANSWER
from cases.identity import case_for, identity_of, of_kept_case
from cases.merge_pages import side_by_side
from cases.models import Case


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_ANSWER)
@of_kept_case
def merge(request: HttpRequest, case: Case) -> HttpResponse:
    """Find the other record, see both side by side, and make them one."""
    user, now = signed_in(request), timezone.now()
    find = OtherRecordForm(request.GET if "other" in request.GET else None, user=user)
    if not find.is_valid():
        note_read(record=case.reference, by=user, now=now)
        context = {"case": case, "identity": identity_of(case, user), "form": find}
        return render(request, "cases/merge_find.html", context)
    other = find.cleaned_data["other"]
    form = MergeForm(request.POST or None, first=case, second=other)
    if request.method == "POST" and form.is_valid() and (done := _merged(request, form, user, now)):
        return done
    note_listed(records=[case.reference, other.reference], detail="merge", by=user, now=now)
    return render(
        request,
        "cases/merge.html",
        {
            "case": case,
            "other": other,
            "identity": identity_of(case, user),
            "lines": side_by_side(case, other),
            "form": form,
        },
    )


def _merged(
    request: HttpRequest, form: MergeForm, user: User, now: datetime
) -> HttpResponse | None:
    kept, other = form.kept_and_other()
    try:
        merge_actions.merge(
            keep=kept,
            other=other,
            reason=form.cleaned_data["reason"],
            same_child=form.cleaned_data.get("same_child", False),
            by=user,
            now=now,
        )
    except RuleBroken as broken:
        form.show(broken)
        return None
    messages.success(request, f"{other} is merged into {kept}. Nothing was moved.")
    return redirect("cases:case", kept.reference)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_ANSWER)
def separate(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a merged record out again; for one that is not merged, the page does not exist."""
    user, now = signed_in(request), timezone.now()
    case = case_for(user, reference)
    if case.merged_into is None and request.method != "POST":
        raise Http404
    form = SeparateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            merge_actions.separate(
                merged=case, reason=form.cleaned_data["reason"], by=user, now=now
            )
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"{case} is a record of its own again.")
            return redirect("cases:case", case.reference)
    note_read(record=case.reference, by=user, now=now)
    context = {"case": case, "identity": identity_of(case, user), "form": form}
    return render(request, "cases/separate.html", context)
