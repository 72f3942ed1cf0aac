"""Forms for households, and for the file of dwellings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.imports.workbook import COMPRESSED_MOST
from community.models import Area
from community.workflow.households import ADDRESS_LENGTH


class HouseholdForm(forms.Form):
    """A new household."""

    area = forms.ChoiceField(
        label=_("小区或湾组"),
        error_messages={"required": _("请选一个小区或湾组。"), "invalid_choice": _("这里不归您管，请另选。")},
    )
    number = forms.CharField(
        label=_("户编号"), max_length=20, help_text=_("在这个小区里自己的编号，如 001。"),
        error_messages={"required": _("请写户编号。")},
    )  # fmt: skip
    address = forms.CharField(label=_("住址"), required=False, max_length=ADDRESS_LENGTH)

    def __init__(self, *args: Any, areas: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.areas = {str(area.pk): area for area in areas}
        self.fields["area"].choices = [("", _("请选")), *((key, area.name) for key, area in self.areas.items())]  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments; the place comes first."""
        data = self.cleaned_data
        return {"area": self.areas[data["area"]], "number": data["number"], "address": data["address"]}


class DwellingFileForm(forms.Form):
    """An Excel file of dwellings."""

    file = forms.FileField(
        label=_("Excel 文件（.xlsx）"),
        widget=forms.FileInput(
            attrs={"accept": ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
        ),
        error_messages={"required": _("请选一个文件。"), "empty": _("这个文件是空的。")},
    )

    def clean_file(self) -> Any:
        """Refuse a file that is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > COMPRESSED_MOST:
            raise forms.ValidationError(_("文件太大：最多 20 MB。"))
        return file
