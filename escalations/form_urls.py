from django.urls import path

from escalations import form_views

urlpatterns = [
    path("concern/new/", form_views.start, name="form_start"),
    path("concern/new/<uuid:form>/check/", form_views.check, name="form_check"),
    path("concern/new/<uuid:form>/sent/", form_views.sent, name="form_sent"),
    path("concern/new/<uuid:form>/date.ics", form_views.calendar_file, name="form_calendar"),
    path("concern/new/<uuid:form>/delete/", form_views.delete, name="form_delete"),
    path("concern/new/<uuid:form>/<slug:name>/", form_views.question, name="form_question"),
]
