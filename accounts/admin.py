"""The back office for staff and teams; history is read-only."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest

from accounts.models import Team, User


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ["name", "lead", "duty_line"]
    autocomplete_fields = ["lead"]
    search_fields = ["name"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    list_display = ["full_name", "email", "role", "team", "is_active"]
    list_filter = ["role", "team", "is_active"]
    list_select_related = ["team"]
    search_fields = ["full_name", "email"]
    ordering = ["full_name"]
    autocomplete_fields = ["team"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["full_name", "email", "password", "role", "team", "phone"]}),
        ("Access", {"fields": ["is_active", "is_staff", "last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "fields": [
                    "full_name",
                    "email",
                    "role",
                    "team",
                    "phone",
                    "usable_password",
                    "password1",
                    "password2",
                ]
            },
        )
    ]

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """A leaver is made inactive: what they did keeps its author."""
        return False
