"""The forms of review, of appeals, and of covering a photo."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.errors import BadInput
from community.models.reviews import HideReason
from community.photos import WHOLE, Box
from community.uploads import DocumentField
from community.workflow.hiding import NOTE_LENGTH

COLUMNS, ROWS_LEAST, ROWS_MOST = 6, 3, 12
BOX = re.compile(r"\d{1,4},\d{1,4},\d{1,4},\d{1,4}")
BOXES_LENGTH = 4_000
CHOOSE = gettext_lazy("请选一个不公开的原因。")


def words(label: Any, missing: Any) -> forms.CharField:
    """Return a field for a few sentences that somebody else reads."""
    box = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=NOTE_LENGTH, widget=box, error_messages={"required": missing})


class HideForm(forms.Form):
    """Keep from the public, with the reason."""

    reason = forms.ChoiceField(
        label=gettext_lazy("不公开的原因"),
        choices=HideReason.choices,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )
    note = words(gettext_lazy("说明给作者听"), gettext_lazy("请写一句话说明，作者会看到。"))


class AppealForm(forms.Form):
    """Why it should be public after all."""

    text = words(gettext_lazy("为什么应该公开"), gettext_lazy("请写为什么应该公开。"))
    file = DocumentField(label=gettext_lazy("证明材料"), required=False)


class DecisionForm(forms.Form):
    """What became of an appeal, and why."""

    result = forms.ChoiceField(
        label=gettext_lazy("复核结果"),
        choices=[("grant", gettext_lazy("改为公开")), ("uphold", gettext_lazy("维持不公开"))],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("请选改为公开，还是维持不公开。"),
            "invalid_choice": gettext_lazy("请选改为公开，还是维持不公开。"),
        },
    )
    decision = words(gettext_lazy("说明给作者听"), gettext_lazy("请写一句话说明，作者会看到。"))


def grid_rows(width: int, height: int) -> int:
    """Return how many rows of cells a photo has, so that cells are about as high as wide."""
    return min(ROWS_MOST, max(ROWS_LEAST, round(COLUMNS * height / max(width, 1))))


def cell_box(row: int, column: int, rows: int) -> Box:
    """Return the part of a photo that a cell of its grid covers."""
    left, top = column * WHOLE // COLUMNS, row * WHOLE // rows
    right, bottom = -(-(column + 1) * WHOLE // COLUMNS), -(-(row + 1) * WHOLE // rows)
    return Box(left, top, right - left, bottom - top)


class CoverForm(forms.Form):
    """Which parts to cover: cells of a grid, boxes drawn with a finger or a mouse, or both."""

    boxes = forms.CharField(required=False, max_length=BOXES_LENGTH, widget=forms.HiddenInput)

    def __init__(self, *args: Any, width: int, height: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = grid_rows(width, height)
        self.chosen = set(self.data.getlist("cells")) if isinstance(self.data, QueryDict) else set()

    def grid(self) -> list[tuple[str, int, int, bool]]:
        """Return each cell: its value, its row and column from 1, and whether it was chosen."""
        return [
            (f"{row}-{column}", row + 1, column + 1, f"{row}-{column}" in self.chosen)
            for row in range(self.rows)
            for column in range(COLUMNS)
        ]

    def clean(self) -> dict[str, Any]:
        """Return the boxes of both; a cell that the grid does not have, or a box that can't be read, is refused."""
        data = super().clean() or {}
        cells = {value: (row - 1, column - 1) for value, row, column, _chosen in self.grid()}
        drawn = [part for part in data.get("boxes", "").split(";") if part]
        if self.chosen - set(cells) or not all(BOX.fullmatch(part) for part in drawn):
            raise ValidationError(_("遮挡的框看不懂。请重新画，或者用格子选。"))
        try:
            boxes = [cell_box(*cells[value], self.rows) for value in sorted(self.chosen)]
            boxes += [Box(*(int(number) for number in part.split(","))) for part in drawn]
        except BadInput as refused:
            raise ValidationError(str(refused)) from refused
        if not boxes:
            raise ValidationError(_("请先在照片上画框，或者点要遮住的格子。"))
        return {"boxes": boxes}
