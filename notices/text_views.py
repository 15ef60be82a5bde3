"""The settings pages about the words that people are sent, and the links in them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from accounts.models import Role
from notices.models import Text
from notices.placeholders import SHIPPED_LINKS, ShippedText, placeholders_in
from notices.text_actions import (
    change_text,
    link_now,
    refuse_bad_text,
    set_link,
    tidied_body,
    tidied_subject,
    words_of,
)
from notices.text_forms import LinkForm, TextForm
from notices.texts import SHIPPED, current

BUTTONS = frozenset({"csrfmiddlewaretoken", "preview", "edit", "confirm"})


@require_GET
@for_roles(Role.ADMINISTRATOR)
def texts(request: HttpRequest) -> HttpResponse:
    """Every text by name, when it is sent, and which version is in use."""
    newest = {row.code: row for row in Text.objects.newest().select_related("written_by")}
    rows = [
        {"code": code, "text": shipped, "newest": newest.get(code)}
        for code, shipped in SHIPPED.items()
    ]
    return render(request, "notices/texts.html", {"rows": rows})


@require_GET
@for_roles(Role.ADMINISTRATOR)
def text(request: HttpRequest, code: str) -> HttpResponse:
    """One text: what it says, how that reads, and every version it has had."""
    shipped = _shipped(code)
    versions = list(Text.objects.filter(code=code).select_related("written_by"))
    subject, body = words_of(code, versions[0] if versions else None)
    return render(
        request,
        "notices/text.html",
        {
            "code": code,
            "text": shipped,
            "subject": subject,
            "body": body,
            "version": versions[0].version if versions else 1,
            "cannot_be_sent": not placeholders_in(subject, body) <= shipped.allowed,
            "example": current().example(code, subject, body),
            "versions": versions,
        },
    )


@require_http_methods(["GET", "POST"])
@for_roles(Role.ADMINISTRATOR)
def change(request: HttpRequest, code: str) -> HttpResponse:
    """New words for a text: typed, then read as people will read them, then used."""
    shipped = _shipped(code)
    newest = Text.objects.filter(code=code).first()
    form = TextForm(request.POST or None, initial=_start(request, code, newest))
    if request.method == "POST" and form.is_valid() and "edit" not in request.POST:
        try:
            if "confirm" in request.POST:
                return _changed(request, code, form)
            return _preview(request, code, form)
        except RuleBroken as broken:
            newest = Text.objects.filter(code=code).first()
            form.show(broken, newest.version if newest else 1)
    subject, body = words_of(code, newest)
    return render(
        request,
        "notices/change_text.html",
        {
            "code": code,
            "text": shipped,
            "form": form,
            "subject": subject,
            "body": body,
            "placeholders": shipped.explained(),
        },
    )


@require_GET
@for_roles(Role.ADMINISTRATOR)
def links(request: HttpRequest) -> HttpResponse:
    """Where the texts send people."""
    in_use = current().links
    rows = [
        {"code": code, "meaning": shipped.meaning, "line": in_use[code]}
        for code, shipped in SHIPPED_LINKS.items()
    ]
    return render(request, "notices/links.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@for_roles(Role.ADMINISTRATOR)
def change_one_link(request: HttpRequest, code: str) -> HttpResponse:
    """The words and the address of one link."""
    if code not in SHIPPED_LINKS:
        raise Http404
    form = LinkForm(request.POST or None, now=link_now(code))
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            link = set_link(
                code=code,
                label=typed["label"],
                url=typed["url"],
                instead_of=(typed["label_shown"], typed["url_shown"]),
                by=signed_in(request),
                now=timezone.now(),
            )
        except RuleBroken as broken:
            form.show(broken, link_now(code))
        else:
            messages.success(request, _link_saved(link.label, link.url))
            return redirect("texts:links")
    label, url = link_now(code)
    return render(
        request,
        "notices/change_link.html",
        {"link": SHIPPED_LINKS[code], "form": form, "label": label, "url": url},
    )


def _shipped(code: str) -> ShippedText:
    """The text ``code``; an unknown one does not exist."""
    if code not in SHIPPED:
        raise Http404
    return SHIPPED[code]


def _start(request: HttpRequest, code: str, newest: Text | None) -> dict[str, Any]:
    """The words to begin with: those in use, or an older version that was asked for."""
    asked = request.GET.get("from", "")
    begin = newest
    if asked.isascii() and asked.isdecimal() and len(asked) < 5:
        begin = Text.objects.filter(code=code, version=int(asked)).first()
    subject, body = words_of(code, begin)
    return {"subject": subject, "body": body, "instead_of": newest.version if newest else 1}


def _preview(request: HttpRequest, code: str, form: TextForm) -> HttpResponse:
    subject = tidied_subject(form.cleaned_data["subject"])
    body = tidied_body(form.cleaned_data["body"])
    refuse_bad_text(code=code, subject=subject, body=body)
    posted = [(name, str(value)) for name, value in request.POST.items() if name not in BUTTONS]
    return render(
        request,
        "notices/preview_text.html",
        {
            "code": code,
            "text": SHIPPED[code],
            "example": current().example(code, subject, body),
            "posted": posted,
        },
    )


def _changed(request: HttpRequest, code: str, form: TextForm) -> HttpResponse:
    made = change_text(code=code, **form.cleaned_data, by=signed_in(request), now=timezone.now())
    messages.success(request, f"{SHIPPED[code].name}: version {made.version} is now in use.")
    return redirect("texts:text", code)


def _link_saved(label: str, url: str) -> str:
    return f"{label} now leads to {url}." if url else f"{label} is left out of all texts."
