from django.urls import path

from escalations import after_settling_views, ladder_views, likely_views, step_views

urlpatterns = [
    path("concerns/", ladder_views.concerns, name="concerns"),
    path("concerns/<reference:reference>/", ladder_views.escalation, name="escalation"),
    path("concerns/<reference:reference>/answer/", step_views.answer, name="answer_step"),
    path("concerns/<reference:reference>/new-date/", step_views.new_date, name="step_date"),
    path("concerns/<reference:reference>/back/", step_views.back, name="pass_back"),
    path("concerns/<reference:reference>/give/", step_views.give, name="give_step"),
    path("concerns/<reference:reference>/note/", step_views.note, name="concern_note"),
    path("concerns/<reference:reference>/close/", step_views.settle, name="close_concern"),
    path("contacts/<reference:reference>/further/", ladder_views.further, name="further"),
    path("contacts/<reference:reference>/same/", likely_views.same_matter, name="same_matter"),
    path(
        "contacts/<reference:reference>/not-settled/",
        after_settling_views.not_settled,
        name="not_settled",
    ),
]
