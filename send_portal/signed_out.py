"""A form sent after the session has ended, or from a stale page: nothing typed is lost."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from callbacks.desk_end_form import EndCallForm
from callbacks.desk_forms import CallForm, UnknownCallForm

# What the page around a form sends, and nobody typed.
NOT_TYPED = {"csrfmiddlewaretoken", "submission", "website", "sure"}
# Forms most of which is chosen: of them only the words come back, as the page called them. What was
# chosen stands for names that nobody signed out may be shown.
CALLS: dict[str, type[CallForm]] = {
    "callbacks:desk": EndCallForm,
    "callbacks:attempt": EndCallForm,
    "callbacks:rang_off": EndCallForm,
    "callbacks:unknown": UnknownCallForm,
}


class SignInRequired(LoginRequiredMiddleware):
    """Sends people to the sign-in page; a form they had filled in is shown to them first.

    The words go back only to the browser that sent them and are kept nowhere.
    """

    # A page where Django's own only ever redirects.
    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        if request.method != "POST":
            return super().handle_no_permission(request, view_func)
        context = {"typed": typed_in(request), "back_to": request.path}
        return render(request, "signed_out.html", context, status=403)


def page_out_of_date(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's answer to a form whose token does not fit: what was typed is shown to be kept."""
    match = request.resolver_match
    is_public = match is not None and not getattr(match.func, "login_required", True)
    is_page = is_public and match is not None and match.app_name == "escalations"
    context = {"typed": typed_in(request), "back_to": request.path if is_page else ""}
    return render(request, "403_csrf.html", context, status=403)


def typed_in(request: HttpRequest) -> list[dict[str, str]]:
    """What somebody typed into the form that they sent; never a password."""
    match = request.resolver_match
    form = CALLS.get(match.view_name) if match else None
    if form:
        return _words_in(form, request)
    return [
        {"name": name.replace("_", " ").capitalize(), "value": value}
        for name, value in request.POST.items()
        if name not in NOT_TYPED and "password" not in name and isinstance(value, str) and value
    ]


def _words_in(form: type[CallForm], request: HttpRequest) -> list[dict[str, str]]:
    written = {
        name: field
        for name, field in form.base_fields.items()
        if isinstance(field, forms.CharField) and not field.widget.is_hidden
    }
    return [
        {"name": str(field.label), "value": value}
        for name, field in written.items()
        if (value := request.POST.get(name, "").strip())
    ]
