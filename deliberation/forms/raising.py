"""The form by which an issue is raised."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.models import Area, Resident, User
from community.models.people import normalise_phone
from community.permissions import can_speak_for, holds_over, is_worker_anywhere
from community.queries import registered_like, resident_of, today
from community.roles import Role
from community.uploads import PhotosField
from deliberation.forms.rows import RowsField
from deliberation.geography import is_in_district
from deliberation.models import Category, PhotoDraft
from deliberation.models.issues import ADDRESS_LENGTH, DETAILS_LENGTH, PHOTOS_MOST, TITLE_LENGTH
from deliberation.queries import places
from deliberation.workflow.representing import Person
from deliberation.workflow.steps import has_control_characters

# What comes back after signing in; photos can't, a browser gives a file only once.
KEPT_FIELDS = (
    "category",
    "title",
    "details",
    "area",
    "address",
    "latitude",
    "longitude",
    "is_private",
    "on_behalf",
    "person",
    "person_name",
    "person_phone",
)

ALIKE, ID_DIGITS = 8, 18
WORKER = Role.COMMUNITY_WORKER
# The answer that it is none of those registered.
NEW = "new"


class CategoryField(forms.ModelChoiceField):
    """A category in the reader's language; those that are shipped stand in the catalogue."""

    def label_from_instance(self, obj: Any) -> str:
        """Return what the answer says."""
        return _(obj.name)


class IssueForm(forms.Form):
    """Category, what, where, photos, public or private, and for a worker on whose behalf."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    category = CategoryField(
        Category.objects.none(),
        label=gettext_lazy("是哪一类的事"),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": gettext_lazy("请选一类。拿不准就选“其他”。"),
            "invalid_choice": gettext_lazy("这一类已经停用了。请换一类。"),
        },
    )
    title = forms.CharField(
        label=gettext_lazy("什么事，一句话说清"),
        max_length=TITLE_LENGTH,
        error_messages={"required": gettext_lazy("请用一句话说是什么事，比如“3 号楼前井盖破了”。")},
    )
    details = forms.CharField(
        label=gettext_lazy("再说细一点"),
        required=False,
        max_length=DETAILS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    area = forms.TypedChoiceField(
        label=gettext_lazy("在哪个社区或村"),
        coerce=int,
        error_messages={
            "required": gettext_lazy("请选是哪个社区或村的事。"),
            "invalid_choice": gettext_lazy("这个地方不在名单里。请从名单里选一个社区或村。"),
        },
    )
    address = forms.CharField(label=gettext_lazy("具体在哪里"), required=False, max_length=ADDRESS_LENGTH)
    latitude = forms.FloatField(required=False, widget=forms.HiddenInput)
    longitude = forms.FloatField(required=False, widget=forms.HiddenInput)
    photos = PhotosField(label=gettext_lazy("照片"), required=False, most=PHOTOS_MOST)
    kept_photos = RowsField(PhotoDraft.objects.none(), required=False)
    is_private = forms.TypedChoiceField(
        label=gettext_lazy("谁能看到"),
        choices=[("0", gettext_lazy("大家都能看，审看后公开")), ("1", gettext_lazy("只给办理的人看"))],
        coerce=lambda value: value == "1",
        initial="0",
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("请选谁能看到。")},
    )
    on_behalf = forms.BooleanField(label=gettext_lazy("替没有手机的居民反映"), required=False)
    person = forms.ChoiceField(
        label=gettext_lazy("是哪一位"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("请从这几位里选，或者选“都不是”。")},
    )
    person_name = forms.CharField(label=gettext_lazy("居民姓名"), required=False, max_length=30)
    person_phone = forms.CharField(label=gettext_lazy("居民电话"), required=False, max_length=20)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        resident = resident_of(viewer)
        self.fields["category"].queryset = Category.objects.in_use(today())  # type: ignore[attr-defined]
        listed: list[Any] = [("", _("请选"))]
        for town, areas in places(resident):
            listed += [(town, areas)] if town else areas
        self.fields["area"].choices = listed  # type: ignore[attr-defined]
        if not self.is_bound:
            self.initial.setdefault("key", uuid.uuid4())
            if resident is not None and resident.home is not None:
                self.initial.setdefault("area", resident.home_id)
        key, drafts = self.form_key(), PhotoDraft.objects.order_by("id")
        self.drafts = drafts.filter(owner=viewer, submission_key=key) if key else drafts.none()
        self.fields["kept_photos"].queryset = self.drafts  # type: ignore[attr-defined]
        if is_worker_anywhere(viewer):
            self.alike = self.people_alike(viewer)
            self.fields["person"].choices = person_choices(self.alike)  # type: ignore[attr-defined]
            self.start_where_they_live()
        else:
            for name in ("on_behalf", "person", "person_name", "person_phone"):
                del self.fields[name]

    def people_alike(self, viewer: User) -> dict[str, Resident]:
        """Return by its id whoever was chosen, and who of those registered may be the person that is typed."""
        typed = self.data if self.is_bound else self.initial
        key, area_id = str(typed.get("person") or ""), str(typed.get("area") or "")
        found: list[Resident] = []
        if key.isdecimal() and len(key) <= ID_DIGITS:
            known = Resident.objects.kept().select_related("home").filter(pk=int(key))
            found += [one for one in known if can_speak_for(viewer, one)]
        home = (
            Area.objects.filter(pk=int(area_id)).first() if area_id.isdecimal() and len(area_id) < ID_DIGITS else None
        )
        if self.is_bound and typed.get("on_behalf") and home is not None and holds_over(viewer, home, WORKER):
            found += registered_like(str(typed.get("person_name", "")), str(typed.get("person_phone", "")), home)[
                :ALIKE
            ]
        return {str(one.pk): one for one in found}

    def start_where_they_live(self) -> None:
        """Choose at first the community of the person for whom the form was opened."""
        homes = [one.home for one in self.alike.values() if one.home is not None]
        if homes and not self.is_bound:
            committee = Area.objects.committees().filter(path__in=homes[0].parent_paths()).first()
            self.initial["area"] = committee.pk if committee else None

    @property
    def represented(self) -> Person | Resident | None:
        """Return for whom a worker speaks, or None."""
        data = self.cleaned_data
        if not data.get("on_behalf"):
            return None
        return self.alike.get(data["person"]) or Person(data["person_name"], data["person_phone"])

    def form_key(self) -> uuid.UUID | None:
        """Return the form's own key as far as it can be read."""
        text = self.data.get(self.add_prefix("key")) if self.is_bound else self.initial.get("key")
        try:
            return uuid.UUID(str(text))
        except ValueError:
            return None

    @property
    def new_photos(self) -> list[Any]:
        """Return the photos of this submission that are good, whatever else is wrong."""
        return self.fields["photos"].kept  # type: ignore[attr-defined]

    def clean_title(self) -> str:
        """Refuse what can't be read."""
        return readable(self.cleaned_data["title"])

    def clean_details(self) -> str:
        """Refuse what can't be read."""
        return readable(self.cleaned_data["details"])

    def clean_address(self) -> str:
        """Refuse what can't be read."""
        return readable(self.cleaned_data["address"])

    def clean(self) -> dict[str, Any]:
        """Check what depends on more than one field."""
        data = super().clean() or {}
        self.check_point(data.get("latitude"), data.get("longitude"))
        if data.get("on_behalf"):
            self.check_person(data)
        phone = data.get("person_phone", "").strip()
        if phone and not normalise_phone(phone):
            self.add_error("person_phone", _("电话号码不对。请写 11 位手机号，或者带区号的座机号；没有就空着。"))
        count = len(data.get("kept_photos", ())) + len(data.get("photos", ()))
        if count > PHOTOS_MOST:
            self.add_error(
                "photos", _("最多 %(most)d 张照片，现在有 %(count)d 张。") % {"most": PHOTOS_MOST, "count": count}
            )
        return data

    def check_person(self, data: dict[str, Any]) -> None:
        """Ask for whom, and whether that is somebody registered already, before another one is made."""
        if data.get("person") in self.alike:
            return
        if not data.get("person_name", "").strip():
            self.add_error("person_name", _("替谁反映？请写姓名，只有工作人员能看到。"))
        elif self.alike and data.get("person") != NEW and "person" not in self.errors:
            self.add_error("person", _("可能登记过了。请看是不是这几位里的一位。"))

    def check_point(self, latitude: float | None, longitude: float | None) -> None:
        """Refuse half a point and one outside the district."""
        if (latitude is None) != (longitude is None):
            self.add_error("address", _("地图上的点没有选好。请再点一次，或者只写地址。"))
        elif latitude is not None and longitude is not None and not is_in_district(latitude, longitude):
            self.add_error("address", _("地图上的点不在本区范围内。请重新点一次，或者只写地址。"))

    @property
    def point(self) -> tuple[float, float] | None:
        """Return (latitude, longitude) where a point was chosen."""
        latitude, longitude = self.cleaned_data.get("latitude"), self.cleaned_data.get("longitude")
        return (latitude, longitude) if latitude is not None and longitude is not None else None

    @property
    def place(self) -> Area:
        """Return the chosen place."""
        return Area.objects.select_related("town").get(pk=self.cleaned_data["area"])


def person_choices(alike: dict[str, Resident]) -> list[tuple[str, str]]:
    """Return those who may be the person, masked, and that it is none of them; nothing where nobody is alike."""
    rows = [
        (key, " · ".join(filter(None, (one.masked_name, one.masked_phone, one.home.name if one.home else ""))))
        for key, one in alike.items()
    ]
    return [*rows, (NEW, _("都不是，登记新的一位"))] if rows else []


def readable(text: str) -> str:
    """Return `text`, or a sentence where it holds control characters."""
    if has_control_characters(text):
        raise ValidationError(_("文字里有看不见的控制字符。请删掉后重写。"))
    return text
