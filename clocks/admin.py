"""Standards, opening hours, closures and bank holidays for the back office: to look at only.

They are changed on the settings pages, which move the promises concerned and tell people.
"""

from django.contrib import admin
from django.http import HttpRequest

from clocks.models import BankHoliday, Closure, OpeningPeriod, Standard


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows are shown and neither added, edited nor removed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Standard)
class StandardAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "amount", "unit", "effective_from"]
    list_filter = ["code"]


@admin.register(OpeningPeriod)
class OpeningPeriodAdmin(ReadOnlyAdmin):
    list_display = ["weekday", "opens", "closes"]


@admin.register(Closure)
class ClosureAdmin(ReadOnlyAdmin):
    list_display = ["name", "first_day", "last_day"]


@admin.register(BankHoliday)
class BankHolidayAdmin(ReadOnlyAdmin):
    list_display = ["day", "name"]
