"""Which generation of kept pages is the current one; every process reads it here."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PageGeneration(models.Model):
    """One row, whose number grows with each change of what the public sees (portal/pagecache.py)."""

    number = models.BigIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = _("页面缓存代次")

    def __str__(self) -> str:
        return str(self.number)
