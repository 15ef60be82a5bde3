from django.urls import include, path, register_converter

from cases import search_views, views


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
    path("contacts/<reference:reference>/", views.contact, name="contact"),
    path("contacts/<reference:reference>/why/", views.why, name="why"),
    path("contacts/<reference:reference>/answer/", views.answer, name="answer"),
    path("", include("cases.people_urls")),
    path("", include("cases.voicemail_urls")),
]
