from datetime import date

from django.urls import path, register_converter

from clocks import settings_views


class DayConverter:
    """A date such as "2026-12-08"; one that does not exist is no address."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


class CodeConverter:
    """A standard's code, such as "contact.telephone"."""

    regex = "[a-z0-9_.]{1,60}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(DayConverter, "day")
register_converter(CodeConverter, "standard")

app_name = "clocks"
urlpatterns = [
    path("", settings_views.settings_home, name="settings"),
    path("standards/", settings_views.standards, name="standards"),
    path("standards/<standard:code>/", settings_views.standard, name="standard"),
    path("standards/<standard:code>/new/", settings_views.new_version, name="new_version"),
    path(
        "standards/<standard:code>/<day:first_day>/withdraw/",
        settings_views.withdraw,
        name="withdraw",
    ),
]
