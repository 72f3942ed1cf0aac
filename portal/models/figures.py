"""Figures that the bureau reports, because the platform keeps no records of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReportedFigure(models.Model):
    """One number of one year, entered by the bureau with where it comes from."""

    key = models.SlugField(_("键"), max_length=60)
    year = models.PositiveSmallIntegerField(_("年份"))
    label = models.CharField(_("名称"), max_length=60)
    value = models.BigIntegerField(_("数值"))
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    note = models.CharField(_("说明"), max_length=120, blank=True)
    source = models.CharField(_("出处"), max_length=120)
    position = models.PositiveSmallIntegerField(_("次序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("填报数字")
        ordering = ["year", "position", "key"]
        constraints = [models.UniqueConstraint(fields=["key", "year"], name="reported_figure_once_a_year")]

    def __str__(self) -> str:
        return f"{self.year} {self.label}"
