"""Texts and links that the council edits: every version is kept."""

import pghistory
from django.conf import settings
from django.db import models


class TextQuerySet(models.QuerySet["Text"]):
    def newest(self) -> "TextQuerySet":
        """The version in use of every text that was ever edited."""
        return self.order_by("code", "-version").distinct("code")


class Text(models.Model):
    """One version of one text that people are sent; the shipped one is version 1 (see texts.py)."""

    code = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    objects = TextQuerySet.as_manager()

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="text_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.code}, version {self.version}"


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Link(models.Model):
    """Where a text sends people: the Local Offer, the Grid and so on (H2, H52)."""

    code = models.CharField(max_length=40, unique=True)
    label = models.CharField(max_length=120)
    url = models.URLField(max_length=500)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.label
