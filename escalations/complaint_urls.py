from django.urls import path

from escalations import complaint_act_views, complaint_views, theme_views

urlpatterns = [
    path("complaints/", complaint_views.complaints, name="complaints"),
    path("complaints/open/<int:pk>/", complaint_views.open_complaint, name="open_complaint"),
    path("complaints/<int:pk>/", complaint_views.complaint, name="complaint"),
    path(
        "complaints/<int:pk>/acknowledge/",
        complaint_act_views.acknowledge,
        name="complaint_acknowledge",
    ),
    path("complaints/<int:pk>/answer/", complaint_act_views.answer, name="complaint_answer"),
    path(
        "complaints/<int:pk>/more-time/", complaint_act_views.more_time, name="complaint_more_time"
    ),
    path(
        "complaints/<int:pk>/stage-two/", complaint_act_views.stage_two, name="complaint_stage_two"
    ),
    path("complaints/<int:pk>/pass-on/", complaint_act_views.hand_over, name="complaint_hand_over"),
    path("complaints/<int:pk>/end/", complaint_act_views.end, name="complaint_end"),
    path(
        "complaints/<int:pk>/agreement/", complaint_act_views.agreement, name="complaint_agreement"
    ),
    path("settings/themes/", theme_views.themes, name="themes"),
    path("settings/themes/new/", theme_views.new_theme, name="new_theme"),
    path("settings/themes/<int:pk>/", theme_views.reword_theme, name="reword_theme"),
    path("settings/themes/<int:pk>/use/", theme_views.use_theme, name="use_theme"),
    path("settings/themes/<int:pk>/move/", theme_views.move_theme, name="move_theme"),
    path("themes/to-code/", theme_views.to_code, name="to_code"),
    path("themes/matters/<int:pk>/", theme_views.code_matter, name="code_matter"),
    path("themes/steps/<int:pk>/", theme_views.code_step, name="code_step"),
    path("themes/desk/<int:pk>/", theme_views.code_entry, name="code_entry"),
    path("themes/ombudsman/", theme_views.new_decision, name="new_decision"),
    path("themes/actions/new/", theme_views.new_action, name="new_action"),
    path("themes/actions/<int:pk>/done/", theme_views.action_done, name="action_done"),
    path("themes/discussed/", theme_views.discussed, name="discussed"),
]
