"""Standards, opening hours, closures and bank holidays for the back office."""

from django.contrib import admin
from django.http import HttpRequest

from clocks.models import BankHoliday, Closure, OpeningPeriod, Standard


@admin.register(Standard)
class StandardAdmin(admin.ModelAdmin):
    """A new figure is a new version: one in force is never edited or removed."""

    list_display = ["code", "name", "amount", "unit", "effective_from"]
    list_filter = ["code"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(OpeningPeriod)
class OpeningPeriodAdmin(admin.ModelAdmin):
    list_display = ["weekday", "opens", "closes"]


@admin.register(Closure)
class ClosureAdmin(admin.ModelAdmin):
    list_display = ["name", "first_day", "last_day"]


@admin.register(BankHoliday)
class BankHolidayAdmin(admin.ModelAdmin):
    list_display = ["day", "name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
