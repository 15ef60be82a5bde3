"""The back office for staff and teams; history is read-only.

Who has looked at what is not here: those entries hold the words of searches, and only auditors
read them, on a page of the portal.
"""

from allauth.account.admin import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.models import Team, User

# Roles decide here, not groups; and an address is changed in one place, the person's page.
admin.site.unregister([Group, EmailAddress])

# What nobody may give to themselves, or take from themselves by mistake.
GIVEN_BY_OTHERS = ["role", "team", "is_active", "is_superuser"]


class TeamForm(forms.ModelForm):
    def clean_takes_unfiled(self) -> bool:
        """One team at most: the database would say so too, but in no words for people."""
        takes = bool(self.cleaned_data["takes_unfiled"])
        others = Team.objects.filter(takes_unfiled=True).exclude(pk=self.instance.pk)
        if takes and (other := others.first()):
            raise forms.ValidationError(f"{other} takes it already. Take it from them first.")
        return takes


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    form = TeamForm
    list_display = ["name", "service", "lead", "manager", "duty_line", "takes_unfiled"]
    list_filter = ["service"]
    list_select_related = ["lead", "manager"]
    fields = ["name", "service", "lead", "manager", "duty_line", "takes_unfiled"]
    autocomplete_fields = ["lead", "manager"]
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
    # Working time has a page of the portal, which says what each figure does.
    readonly_fields = ["last_login", "date_joined", "fte", "working_days", "phone_confirmed_on"]
    fieldsets = [
        (None, {"fields": ["full_name", "email", "password", "role", "team", "phone"]}),
        ("Working time", {"fields": ["fte", "working_days", "phone_confirmed_on"]}),
        ("Access", {"fields": ["is_active", "is_superuser", "last_login", "date_joined"]}),
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

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """On one's own page, what others decide is shown and cannot be changed."""
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, *(GIVEN_BY_OTHERS if obj == request.user else [])]

    def save_model(
        self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool
    ) -> None:
        """A number given by somebody else is one that its person has not confirmed (H34)."""
        if "phone" in form.changed_data:
            obj.phone_confirmed_on = None
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """A leaver is made inactive: what they did keeps its author."""
        return False
