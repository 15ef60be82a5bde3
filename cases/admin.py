"""Places only: children's records are reached through the portal, where reads are kept."""

from django.contrib import admin

from cases.models import Area, Establishment


@admin.register(Establishment)
class EstablishmentAdmin(admin.ModelAdmin):
    list_display = ["name", "urn", "kind", "town"]
    list_filter = ["kind"]
    search_fields = ["name", "urn"]


@admin.register(Area)
class AreaAdmin(admin.ModelAdmin):
    list_display = ["code", "name"]
    search_fields = ["code", "name"]
