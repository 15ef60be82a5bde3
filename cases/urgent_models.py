"""The reasons that make a message urgent."""

import pghistory
from django.db import models


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class UrgentReason(models.Model):
    """One of the reasons that make a message urgent; the words alone never do (H63)."""

    code = models.SlugField(max_length=40, unique=True)
    words = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    # A reason is taken out of use, never deleted: contacts point at it.
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.words
