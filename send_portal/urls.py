"""Every address of the portal."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from send_portal import health, metrics

# The back office is entered through the same sign-in page, with the same lock-out.
admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("account/", include("accounts.urls")),
    path("account/", include("callbacks.absence_urls")),
    path("people/", include("accounts.directory_urls")),
    path("notices/", include("notices.urls")),
    path("duty/", include("diaries.urls")),
    path("calendar/", include("callbacks.feed_urls")),
    path("settings/", include("clocks.urls")),
    path("settings/", include("cases.calendar_urls")),
    path("settings/", include("cases.urgent_urls")),
    path("settings/", include("notices.text_urls")),
    path("api/", include("send_portal.api_urls")),
    path("", include("escalations.urls")),
    path("", include("callbacks.urls")),
    path("", include("cases.urls")),
    path("", include("reports.urls")),
    path("back-office/", admin.site.urls),
]
