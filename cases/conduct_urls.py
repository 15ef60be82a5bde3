"""Mounted by cases.urls, in its namespace."""

from django.urls import path

from cases import conduct_views, leadership_views

urlpatterns = [
    path("contacts/<reference:reference>/refer/", conduct_views.refer, name="refer"),
    path("contacts/<reference:reference>/referred/", conduct_views.referred, name="referred"),
    path("leadership/referrals/", leadership_views.referrals, name="referrals"),
    path("leadership/referrals/<int:pk>/", leadership_views.referral, name="referral"),
    path("leadership/referrals/<int:pk>/no-plan/", leadership_views.decide_no_plan, name="no_plan"),
    path("leadership/referrals/<int:pk>/plan/", leadership_views.decide_plan, name="make_plan"),
    path("leadership/plans/", leadership_views.plans, name="contact_plans"),
    path("leadership/plans/<int:pk>/", leadership_views.plan, name="contact_plan"),
    path("leadership/plans/<int:pk>/change/", leadership_views.change_plan, name="change_plan"),
    path("leadership/plans/<int:pk>/end/", leadership_views.end_plan, name="end_plan"),
]
