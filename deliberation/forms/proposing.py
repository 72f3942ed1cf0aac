"""The form by which a topic is proposed."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.models import Resident, User
from community.permissions import can_speak_for, is_worker_anywhere
from community.queries import registered_like, today
from deliberation import topic_permissions as permissions
from deliberation.forms.raising import ALIKE, NEW, person_choices, readable
from deliberation.forms.topics import RowField
from deliberation.models import Hall, Issue
from deliberation.models.issues import TITLE_LENGTH
from deliberation.models.topics import QUESTION_LENGTH
from deliberation.topic_queries import halls_for
from deliberation.workflow.representing import Person

# What comes back after signing in.
KEPT_TOPIC_FIELDS = ("hall", "title", "question", "of_hall", "on_behalf", "person", "person_name", "person_phone")
SPEAKING_FIELDS = ("on_behalf", "person", "person_name", "person_phone")


class TopicForm(forms.Form):
    """Which hall, what, why; for a moderator in the hall's name, for a worker on whose behalf."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    hall = RowField(
        Hall.objects.none(),
        label=gettext_lazy("提给哪个议事厅"),
        empty_label=None,
        error_messages={
            "required": gettext_lazy("请选一个议事厅。"),
            "invalid_choice": gettext_lazy("这个议事厅不在名单里。请从名单里选一个。"),
        },
    )
    title = forms.CharField(
        label=gettext_lazy("要议什么，一句话说清"),
        max_length=TITLE_LENGTH,
        error_messages={"required": gettext_lazy("请用一句话说要议什么，比如“车棚里装不装充电桩”。")},
    )
    question = forms.CharField(
        label=gettext_lazy("情况和您的想法"),
        required=False,
        max_length=QUESTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    of_hall = forms.BooleanField(label=gettext_lazy("用议事厅的名义提"), required=False)
    on_behalf = forms.BooleanField(label=gettext_lazy("替没有手机的居民提"), required=False)
    person = forms.ChoiceField(
        label=gettext_lazy("是哪一位"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("请从这几位里选，或者选“都不是”。")},
    )
    person_name = forms.CharField(label=gettext_lazy("居民姓名"), required=False, max_length=30)
    person_phone = forms.CharField(label=gettext_lazy("居民电话"), required=False, max_length=20)

    def __init__(self, *args: Any, viewer: User, issue: Issue | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        halls = halls_for(viewer, issue, today())
        self.halls = list(halls)
        self.fields["hall"].queryset = halls  # type: ignore[attr-defined]
        if not self.is_bound:
            self.initial.setdefault("key", uuid.uuid4())
            if issue is not None:
                self.initial.setdefault("title", issue.title)
                self.initial.setdefault("question", issue.details)
        if not any(permissions.moderates_in(viewer, hall.area) for hall in self.halls):
            del self.fields["of_hall"]
        self.alike: dict[str, Resident] = {}
        if is_worker_anywhere(viewer) and issue is None:
            self.alike = self.people_alike(viewer)
            self.fields["person"].choices = person_choices(self.alike)  # type: ignore[attr-defined]
        else:
            for name in SPEAKING_FIELDS:
                del self.fields[name]

    def people_alike(self, viewer: User) -> dict[str, Resident]:
        """Return by its id who of those registered may be the person that is typed."""
        hall = next((one for one in self.halls if str(one.pk) == str(self.data.get("hall", ""))), None)
        if hall is None or not self.data.get("on_behalf"):
            return {}
        name, phone = str(self.data.get("person_name", "")), str(self.data.get("person_phone", ""))
        found = registered_like(name, phone, hall.area)[:ALIKE]
        return {str(one.pk): one for one in found if can_speak_for(viewer, one)}

    @property
    def represented(self) -> Person | Resident | None:
        """Return for whom a worker speaks, or None."""
        data = self.cleaned_data
        if not data.get("on_behalf"):
            return None
        return self.alike.get(data["person"]) or Person(data["person_name"], data["person_phone"])

    def clean_title(self) -> str:
        """Refuse what can't be read."""
        return readable(self.cleaned_data["title"])

    def clean_question(self) -> str:
        """Refuse what can't be read."""
        return readable(self.cleaned_data["question"])

    def clean(self) -> dict[str, Any]:
        """Ask for whom, and whether that is somebody registered already, before another one is made."""
        data = super().clean() or {}
        if data.get("on_behalf") and data.get("person") not in self.alike:
            if not data.get("person_name", "").strip():
                self.add_error("person_name", _("替谁提？请写姓名，只有工作人员能看到。"))
            elif self.alike and data.get("person") != NEW and "person" not in self.errors:
                self.add_error("person", _("可能登记过了。请看是不是这几位里的一位。"))
        return data
