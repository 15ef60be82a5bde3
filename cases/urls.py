from django.urls import include, path, register_converter

from cases import (
    answer_views,
    contact_views,
    decision_views,
    matter_views,
    search_views,
    tray_views,
    views,
)


class ReferenceConverter:
    """A reference such as "EHC-000123", typed in any case."""

    regex = "[A-Za-z]{3}-[A-Za-z0-9]{1,16}"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value


register_converter(ReferenceConverter, "reference")

app_name = "cases"
urlpatterns = [
    path("cases/", search_views.search, name="search"),
    path("cases/<reference:reference>/", views.case, name="case"),
    path("cases/<reference:reference>/contacts/new/", views.log_contact, name="log_contact"),
    path("cases/<reference:reference>/sent/", views.log_sent, name="log_sent"),
    path("tray/", tray_views.tray, name="tray"),
    path("contacts/new/", views.log_unfiled, name="log_unfiled"),
    path("contacts/<reference:reference>/", contact_views.contact, name="contact"),
    path("contacts/<reference:reference>/why/", contact_views.why, name="why"),
    path(
        "contacts/<reference:reference>/files/<int:pk>/",
        contact_views.attachment,
        name="attachment",
    ),
    path("contacts/<reference:reference>/answer/", answer_views.answer, name="answer"),
    path("contacts/<reference:reference>/reply/", answer_views.reply, name="reply"),
    path("contacts/<reference:reference>/hold/", answer_views.hold, name="hold"),
    path("contacts/<reference:reference>/pass-on/", matter_views.pass_on, name="pass_on"),
    path("contacts/<reference:reference>/urgency/", decision_views.urgency, name="urgency"),
    path("contacts/<reference:reference>/formal/", decision_views.formal, name="formal"),
    path(
        "contacts/<reference:reference>/formal/<int:pk>/end/",
        decision_views.end_formal,
        name="end_formal",
    ),
    path(
        "contacts/<reference:reference>/formal/<int:pk>/withdraw/",
        decision_views.withdraw_formal,
        name="withdraw_formal",
    ),
    path("contacts/<reference:reference>/file/", matter_views.file, name="file"),
    path("contacts/<reference:reference>/join/", matter_views.join, name="join"),
    path("contacts/<reference:reference>/split/", matter_views.split, name="split"),
    path("contacts/<reference:reference>/close/", decision_views.close, name="close"),
    path("contacts/<reference:reference>/strike/", decision_views.strike, name="strike"),
    path("contacts/<reference:reference>/note/", answer_views.note, name="note"),
    path("", include("cases.people_urls")),
    path("", include("cases.allocation_urls")),
    path("", include("cases.voicemail_urls")),
    path("", include("cases.conduct_urls")),
    path("", include("cases.advice_urls")),
]
