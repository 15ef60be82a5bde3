from django.urls import path

from cases import calendar_views

app_name = "calendar"
urlpatterns = [
    path("hours/", calendar_views.hours, name="hours"),
    path("hours/change/", calendar_views.change_hours, name="change_hours"),
    path("closures/", calendar_views.closures, name="closures"),
    path("closures/new/", calendar_views.new_closure, name="new_closure"),
    path("closures/<int:closure_id>/remove/", calendar_views.end_closure, name="end_closure"),
    path("bank-holidays/", calendar_views.bank_holidays, name="bank_holidays"),
    path("bank-holidays/new/", calendar_views.new_holiday, name="new_holiday"),
    path("recalculate/", calendar_views.recalculate, name="recalculate"),
]
