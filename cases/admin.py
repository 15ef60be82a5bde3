"""Establishments only: children's records are reached through the portal, where reads are kept."""

from django.contrib import admin

from cases.models import Establishment


@admin.register(Establishment)
class EstablishmentAdmin(admin.ModelAdmin):
    list_display = ["name", "urn", "kind", "town"]
    list_filter = ["kind"]
    search_fields = ["name", "urn"]
