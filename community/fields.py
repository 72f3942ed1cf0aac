"""Form fields and choices that the forms of several apps share."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from community.models import Area

LAST_DAY = date(2199, 12, 31)


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """Return a field for a day; the phone shows its own calendar. A year far off is a slip, and no day to count from."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        validators=[MaxValueValidator(LAST_DAY, _("这一天太远了，请看看年份写对没有。"))],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("请选日期。"),
            "invalid": _("请写成 2023-11-06 这样的日期。"),
        },
    )


def area_choices(areas: list[Area]) -> list[tuple[int, str]]:
    """Return areas in the order of the tree, those lower down set in."""
    least = min((area.depth for area in areas), default=0)
    return [(area.pk, "　" * (area.depth - least) + area.name) for area in areas]
