"""The duty rota and protected time."""

from datetime import date

from django.urls import path, register_converter

from diaries import views


class RotaDayConverter:
    """A date such as "2026-12-08" of this century; any other is no address."""

    regex = "20[0-9]{2}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(RotaDayConverter, "rota_day")

app_name = "diaries"
urlpatterns = [
    path("", views.duty, name="duty"),
    path("<int:team>/<rota_day:day>/", views.duty_day, name="duty_day"),
    path("<int:team>/<rota_day:day>/<int:pk>/off/", views.off_duty, name="off_duty"),
    path("<int:team>/<rota_day:day>/copy/", views.copy_on, name="copy_week"),
    path("protected/", views.protected, name="protected"),
    path("<int:team>/protected/", views.protect, name="protect"),
    path("<int:team>/protected/<int:pk>/end/", views.end, name="end_protected"),
]
