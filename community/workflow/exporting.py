"""Handing a person everything that is kept about them: one archive, for machines and for eyes."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any

from django.core.files.storage import default_storage
from django.db import models
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from community.errors import NotAllowed
from community.log import record
from community.models import (
    Consent,
    Guardianship,
    Hiding,
    Representation,
    Resident,
    Reveal,
    User,
    VerificationRecord,
    VerificationRequest,
)
from community.models.people import mask_name
from community.permissions import is_signed_in
from community.personal import Attachment, Part, Section, parts
from community.queries import resident_of

# What lies in memory before the archive goes to a file of its own.
MOST_IN_MEMORY = 8 * 1024 * 1024


def export_own(*, by: User, at: datetime) -> IO[bytes]:
    """Return a ZIP with a person's own data: data.json, a page that reads as one, and their files."""
    if not is_signed_in(by):
        raise NotAllowed(_("请先登录。"))
    record(by, "person.export", by=by, at=at)
    told = [(part, part.export(by)) for part in parts()]
    archive: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=MOST_IN_MEMORY)  # noqa: SIM115  (the response closes it)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("data.json", json.dumps(machine_form(told, at), ensure_ascii=False, indent=1, default=plain))
        packed.writestr("index.html", human_form(told, at))
        for part, _sections in told:
            add_files(packed, part, by)
    archive.seek(0)
    return archive


def add_files(packed: zipfile.ZipFile, part: Part, user: User) -> None:
    """Put a person's files of one app into the archive; one that is missing is left out."""
    names = set()
    for attachment in part.attachments(user):
        if attachment.name not in names and default_storage.exists(attachment.stored):
            names.add(attachment.name)
            with default_storage.open(attachment.stored) as source, packed.open(attachment.name, "w") as target:
                for chunk in source.chunks():
                    target.write(chunk)


def machine_form(told: list[tuple[Part, list[Section]]], at: datetime) -> dict[str, Any]:
    """Return the data as plain values."""
    return {
        "format": "gongzhi-personal-data/1",
        "made_at": at,
        **{part.key: {section.key: section.rows for section in sections} for part, sections in told},
    }


def human_form(told: list[tuple[Part, list[Section]]], at: datetime) -> str:
    """Return the data as a page that needs nothing else."""
    shown = [
        {
            "title": part.title,
            "sections": [
                {
                    "title": section.title,
                    "columns": list(section.columns.values()),
                    "rows": [[row.get(key) for key in section.columns] for row in section.rows],
                }
                for section in sections
            ],
        }
        for part, sections in told
    ]
    return render_to_string("community/privacy_export.html", {"parts": shown, "at": at})


def plain(value: Any) -> str:
    """Return moments and what else JSON does not know as text."""
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def table(key: str, title: str, columns: dict[str, str], queryset: models.QuerySet) -> Section:
    """Return a section whose columns are those of a query."""
    return Section(key, title, columns, list(queryset.values(*columns)))


def own_sections(user: User) -> list[Section]:
    """Return what this app keeps about a person."""
    return [*account_sections(user), *resident_sections(user), *notice_sections(user), hidings(user), files(user)]


def own_files(user: User) -> Iterator[Attachment]:
    """Return the files that a person sent, under the name that they gave them."""
    for one in user.files.order_by("pk").iterator():
        yield Attachment(f"files/{one.pk}-{one.title}", str(one.file.name))


def files(user: User) -> Section:
    """Return the files that a person sent, with the names under which they lie in the archive."""
    labels = {"at": _("时间"), "name": _("文件"), "size": _("字节")}
    rows = [
        {"at": one.created_at, "name": f"files/{one.pk}-{one.title}", "size": one.size}
        for one in user.files.order_by("pk")
    ]
    return Section("files", _("您传的文件"), labels, rows)


def hidings(user: User) -> Section:
    """Return what of a person's was kept from the public, and what became of their appeal."""
    labels = {
        "at": _("时间"),
        "reason": _("原因"),
        "note": _("说明"),
        "appeal": _("申诉"),
        "appeal_text": _("申诉理由"),
        "decision": _("复核意见"),
        "lifted_at": _("恢复公开"),
    }
    rows = [
        {
            **{key: getattr(one, key) for key in labels},
            "reason": one.get_reason_display(),
            "appeal": one.get_appeal_display(),
        }
        for one in Hiding.objects.filter(author=user).order_by("at", "pk")
    ]
    return Section("hidings", _("没有公开的内容"), labels, rows)


def account_sections(user: User) -> list[Section]:
    """Return the account, how one signs in to it, and what was done with it."""
    account = {
        "username": user.username,
        "name": user.name,
        "phone": user.phone or "",
        "email": user.email,
        "joined": user.date_joined,
        "last_login": user.last_login,
    }
    labels = {
        "username": _("用户名"),
        "name": _("姓名"),
        "phone": _("手机号"),
        "email": _("电子邮箱"),
        "joined": _("注册时间"),
        "last_login": _("上次登录"),
    }
    held = user.appointments.select_related("area", "unit").order_by("starts_on", "id")
    posts = [
        {"role": one.get_role_display(), "place": str(one.area or one.unit), "from": one.starts_on, "to": one.ends_on}
        for one in held
    ]
    acts = ModelLogEntry.objects.filter(user=user).order_by("timestamp")
    return [
        Section("account", _("账号"), labels, [account]),
        Section(
            "appointments",
            _("担任过的职务"),
            {"role": _("角色"), "place": _("范围"), "from": _("起"), "to": _("止")},
            posts,
        ),
        table("acts", _("您做过的操作"), {"timestamp": _("时间"), "action": _("操作"), "label": _("对象编号")}, acts),
    ]


def resident_sections(user: User) -> list[Section]:
    """Return the profile, with who verified it, who looked at it, and what was agreed to."""
    resident = resident_of(user)
    if resident is None:
        return []
    profile = {
        "name": resident.name,
        "phone": resident.phone,
        "id_number": resident.id_number,
        "address": resident.address,
        "home": str(resident.home or ""),
        "household": str(resident.household or ""),
        "verification": resident.get_verification_display(),
        "verified_at": resident.verified_at,
        "verified_until": resident.verified_until,
        "is_volunteer": resident.is_volunteer,
    }
    labels = {
        "name": _("姓名"),
        "phone": _("电话"),
        "id_number": _("身份证号"),
        "address": _("住址"),
        "home": _("住在"),
        "household": _("户编号"),
        "verification": _("核验"),
        "verified_at": _("核验时间"),
        "verified_until": _("核验有效至"),
        "is_volunteer": _("志愿者"),
    }
    return [Section("resident", _("居民信息"), labels, [profile]), *resident_tables(resident)]


def resident_tables(resident: Resident) -> list[Section]:
    """Return what was recorded about a resident, before they had an account too.

    Staff appear by role and the first character of their name.
    """
    acted = Representation.objects.filter(resident__in=resident.profiles).order_by("at")
    owned = [
        {
            "dwelling": str(one.dwelling),
            "share": f"{one.share}/{one.share_of}",
            "from": one.starts_on,
            "to": one.ends_on,
        }
        for one in resident.ownerships.select_related("dwelling").order_by("starts_on")
    ]
    owned_labels = {"dwelling": _("房屋"), "share": _("份额"), "from": _("起"), "to": _("止")}
    acted_labels = {"at": _("时间"), "number": _("回执编号"), "act": _("办了什么"), "subject": _("哪件事")}
    return [
        verification_requests(resident),
        verification_records(resident),
        reveals(resident),
        recoveries(resident),
        consents(resident),
        Section("ownerships", _("产权登记"), owned_labels, owned),
        table("representations", _("社区替您办的事"), acted_labels, acted),
        guardianships(resident),
    ]


def verification_requests(resident: Resident) -> Section:
    """Return the requests for verification, with what an open one claims."""
    labels = {
        "asked_at": _("时间"),
        "method": _("方式"),
        "state": _("状态"),
        "name": _("姓名"),
        "id_number": _("身份证号"),
        "address": _("住址"),
        "decided_at": _("办结时间"),
        "reason": _("没有通过的原因"),
    }
    rows = [
        {
            **{key: getattr(one, key) for key in labels},
            "method": one.get_method_display(),
            "state": one.get_state_display(),
        }
        for one in VerificationRequest.objects.filter(resident__in=resident.profiles).order_by("asked_at")
    ]
    return Section("verification_requests", _("核验申请"), labels, rows)


def verification_records(resident: Resident) -> Section:
    """Return how the verification came and went."""
    rows = [
        {"at": one.at, "outcome": one.get_outcome_display(), "method": one.get_method_display(), "by": staff(one.by)}
        for one in VerificationRecord.objects.filter(resident__in=resident.profiles).select_related("by").order_by("at")
    ]
    labels = {"at": _("时间"), "outcome": _("结果"), "method": _("方式"), "by": _("经办人")}
    return Section("verification_records", _("核验记录"), labels, rows)


def reveals(resident: Resident) -> Section:
    """Return who looked at what, and why."""
    rows = [
        {
            "at": one.at,
            "field": one.get_field_display(),
            "reason": one.get_reason_display(),
            "note": one.note,
            "role": one.get_role_display(),
            "by": staff(one.by),
        }
        for one in Reveal.objects.filter(resident__in=resident.profiles).select_related("by").order_by("at")
    ]
    labels = {
        "at": _("时间"),
        "field": _("看了什么"),
        "reason": _("为什么"),
        "note": _("说明"),
        "role": _("角色"),
        "by": _("经办人"),
    }
    return Section("reveals", _("谁看过您的信息"), labels, rows)


def recoveries(resident: Resident) -> Section:
    """Return how the office got somebody back to their account, with the new number of an open one."""
    rows = [
        {
            "number": one.number,
            "at": one.asked_at,
            "way": one.get_way_display(),
            "phone": one.phone,
            "state": one.get_state_display(),
            "asked_by": staff(one.asked_by),
            "decided_at": one.decided_at,
            "decided_by": staff(one.decided_by) if one.decided_by else "",
        }
        for one in resident.recoveries.select_related("asked_by", "decided_by").order_by("asked_at")
    ]
    labels = {
        "number": _("编号"),
        "at": _("时间"),
        "way": _("办法"),
        "phone": _("新手机号"),
        "state": _("状态"),
        "asked_by": _("经办人"),
        "decided_at": _("办结时间"),
        "decided_by": _("确认人"),
    }
    return Section("recoveries", _("社区帮您重新登录"), labels, rows)


def consents(resident: Resident) -> Section:
    """Return what was agreed to and taken back."""
    rows = [
        {
            "title": one.text.title,
            "version": one.text.version,
            "channel": one.get_channel_display(),
            "given_at": one.given_at,
            "withdrawn_at": one.withdrawn_at,
        }
        for one in Consent.objects.filter(resident__in=resident.profiles).select_related("text").order_by("given_at")
    ]
    labels = {
        "title": _("文本"),
        "version": _("版本"),
        "channel": _("方式"),
        "given_at": _("同意时间"),
        "withdrawn_at": _("撤回时间"),
    }
    return Section("consents", _("您的同意"), labels, rows)


def guardianships(resident: Resident) -> Section:
    """Return who answers for whom; the other's name is theirs, so it is masked."""
    own = resident.profiles
    links: Iterator[tuple[str, Any, str]] = iter(
        [
            *(
                (_("您的监护人"), one, one.guardian.name)
                for one in Guardianship.objects.filter(minor__in=own).select_related("guardian").order_by("pk")
            ),
            *(
                (_("您监护的人"), one, one.minor.name)
                for one in Guardianship.objects.filter(guardian__in=own).select_related("minor").order_by("pk")
            ),
        ]
    )
    rows = [
        {"kind": kind, "name": mask_name(name), "paper": one.paper, "from": one.recorded_at, "to": one.ended_at}
        for kind, one, name in links
    ]
    labels = {"kind": _("关系"), "name": _("姓名"), "paper": _("证件"), "from": _("起"), "to": _("止")}
    return Section("guardianships", _("监护关系"), labels, rows)


def notice_sections(user: User) -> list[Section]:
    """Return what the person was told, and how they want to be."""
    notices = [
        {"at": one.created_at, "text": one.text, "url": one.url, "read_at": one.read_at}
        for one in user.notices.order_by("created_at")
    ]
    deliveries = [
        {"channel": one.get_channel_display(), "state": one.get_state_display(), "sent_at": one.sent_at}
        for one in user.deliveries.order_by("id")
    ]
    return [
        Section("notices", _("通知"), {
            "at": _("时间"), "text": _("内容"), "url": _("地址"), "read_at": _("打开时间"),
        }, notices),
        Section("deliveries", _("发到站外的通知"), {
            "channel": _("方式"), "state": _("状态"), "sent_at": _("发送时间"),
        }, deliveries),
    ]  # fmt: skip


def staff(person: User) -> str:
    """Return what a person may know of who acted for the office."""
    return person.masked_name
