"""Forms for households, for the file of dwellings, and for a dwelling that has other owners now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from community.imports.workbook import COMPRESSED_MOST
from community.models import Area, Ownership
from community.models.homes import TitlePaper
from community.workflow.households import ADDRESS_LENGTH
from community.workflow.ownership import NAME_LENGTH, NewOwner

OWNERS_MOST, OWNERS_SHOWN = 6, 1
SHARE_LENGTH, NUMBER_LENGTH = 20, 30


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
    dwelling = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, *args: Any, areas: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.areas = {str(area.pk): area for area in areas}
        self.fields["area"].choices = [("", _("请选")), *((key, area.name) for key, area in self.areas.items())]  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments; the place comes first."""
        data = self.cleaned_data
        return {"area": self.areas[data["area"]], **{key: data[key] for key in ("number", "address", "dwelling")}}


class SeenForm(forms.Form):
    """That papers were seen, of somebody whose home nobody has verified."""

    papers_seen = forms.BooleanField(
        label=_("看过证件，确实是这一户的人"),
        error_messages={"required": _("这位居民没有核验过。看过证件再移入，并打勾。")},
    )


class DwellingFileForm(forms.Form):
    """An Excel file of dwellings."""

    file = forms.FileField(
        label=_("Excel 文件（.xlsx）"),
        widget=forms.FileInput(
            attrs={"accept": ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
        ),
        error_messages={"required": _("请选一个文件。"), "empty": _("这个文件是空的。")},
    )

    renew = forms.BooleanField(
        label=_("登记过的房，按这个文件更新业主和面积"),
        required=False,
        help_text=_("过户了的，写新业主和过户那天；原业主自动止在前一天。不勾，登记过的房算错。"),
    )

    def clean_file(self) -> Any:
        """Refuse a file that is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > COMPRESSED_MOST:
            raise forms.ValidationError(_("文件太大：最多 20 MB。"))
        return file


@dataclass(frozen=True)
class OwnerFields:
    """The three fields of one new owner."""

    name: BoundField
    number: BoundField
    share: BoundField

    @property
    def is_used(self) -> bool:
        """Return whether anything was typed here, or is to be mended."""
        return any(one.value() or one.errors for one in (self.name, self.number, self.share))


class OwnerField(forms.CharField):
    """A field that a new owner needs, in a row that may be left out as a whole; the verb asks for what is missing."""

    widget = forms.TextInput(attrs={"autocomplete": "off"})

    def validate(self, value: Any) -> None:
        """Take nothing too."""


class TransferForm(forms.Form):
    """Who of the present owners stays with which share, who is new, from which day, and what was seen."""

    use_required_attribute = False

    starts_on = forms.DateField(
        label=_("从哪天起归新业主"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("材料上登记的那一天。原业主到前一天为止。"),
        error_messages={"required": _("请写从哪天起。"), "invalid": _("请写一个日期。")},
    )
    paper = forms.ChoiceField(
        label=_("看了哪种材料"),
        choices=[("", _("请选")), *TitlePaper.choices],
        error_messages={"required": _("请选看了哪种材料。"), "invalid_choice": _("请选看了哪种材料。")},
    )

    def __init__(self, *args: Any, standing: list[Ownership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standing = standing
        for one in standing:
            words = gettext("%(name)s（现在 %(share)s）以后的份额") % {"name": one.masked_name, "share": one.part}
            self.fields[f"stays_{one.pk}"] = typed(words, SHARE_LENGTH)
        for mark in range(1, OWNERS_MOST + 1):
            self.fields[f"name_{mark}"] = OwnerField(label=_("姓名或单位名称"), max_length=NAME_LENGTH)
            self.fields[f"id_number_{mark}"] = OwnerField(label=_("证件号"), max_length=NUMBER_LENGTH)
            self.fields[f"share_{mark}"] = typed(_("份额"), SHARE_LENGTH, _("如 1/2、50%。一个人全有的，空着。"))

    @property
    def staying(self) -> list[BoundField]:
        """Return the fields of the present owners."""
        return [self[f"stays_{one.pk}"] for one in self.standing]

    @property
    def owners(self) -> list[OwnerFields]:
        """Return the fields of the new owners, row by row."""
        return [
            OwnerFields(self[f"name_{mark}"], self[f"id_number_{mark}"], self[f"share_{mark}"])
            for mark in range(1, OWNERS_MOST + 1)
        ]

    @property
    def shown(self) -> list[OwnerFields]:
        """Return the rows that everybody sees."""
        return self.owners[:OWNERS_SHOWN]

    @property
    def folded(self) -> list[OwnerFields]:
        """Return the rows for those who have more owners to write down."""
        return self.owners[OWNERS_SHOWN:]

    @property
    def is_unfolded(self) -> bool:
        """Return whether any of those is used."""
        return any(one.is_used for one in self.folded)

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        data = self.cleaned_data
        rows = (
            NewOwner(data[f"name_{mark}"], data[f"id_number_{mark}"], data[f"share_{mark}"], str(mark))
            for mark in range(1, OWNERS_MOST + 1)
        )
        return {
            "stays": {one.pk: data[f"stays_{one.pk}"] for one in self.standing},
            "owners": [one for one in rows if one.name or one.number or one.share],
            "starts_on": data["starts_on"],
            "paper": data["paper"],
        }


def typed(label: Any, most: int, hint: Any = "") -> forms.CharField:
    """Return a field that may stay empty and that no browser fills in."""
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=most, widget=widget, help_text=hint)
