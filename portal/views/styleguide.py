"""/styleguide/: every component in every state, with invented data. Shown under DEBUG and in the demo."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

KINDS = [("", _("请选一类")), ("road", _("道路和井盖")), ("light", _("路灯")), ("waste", _("垃圾"))]


class SampleForm(forms.Form):
    """A form with one field of every kind."""

    title = forms.CharField(label=_("出了什么事"), max_length=60, help_text=_("一句话，街坊一听就懂。"))
    text = forms.CharField(
        label=_("再说细一点"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}), required=False
    )
    kind = forms.ChoiceField(label=_("哪一类"), choices=KINDS)
    address = forms.CharField(label=_("在哪里"), help_text=_("写到楼栋或路口，别写门牌号。"))
    found_on = forms.DateField(label=_("哪天看见的"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    phone = forms.CharField(label=_("电话"), required=False, widget=forms.TextInput(attrs={"type": "tel"}))
    urgency = forms.ChoiceField(
        label=_("急不急"), choices=[("no", _("不急")), ("yes", _("有危险"))], widget=forms.RadioSelect
    )
    where = forms.MultipleChoiceField(
        label=_("要告诉谁"),
        choices=[("me", _("我")), ("neighbours", _("附议的街坊")), ("owners", _("业委会"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    photos = forms.FileField(label=_("照片"), required=False, help_text=_("最多 9 张。别拍到人脸和车牌。"))
    agree = forms.BooleanField(label=_("可以把照片公开（社区先看过）"), required=False)
    latitude = forms.FloatField(required=False, widget=forms.HiddenInput)
    longitude = forms.FloatField(required=False, widget=forms.HiddenInput)


class FilterForm(forms.Form):
    """The fields of a filter bar."""

    q = forms.CharField(label=_("找什么"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    town = forms.ChoiceField(label=_("镇街"), required=False, choices=[("", _("全区")), ("fh", _("凤凰街道"))])
    state = forms.ChoiceField(label=_("办到哪了"), required=False, choices=[("", _("都看")), ("open", _("正在办"))])


class ReplyForm(forms.Form):
    """A worker's answer."""

    reply = forms.CharField(label=_("答复"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


COLOURS = [
    ("f-main", _("铜绿：链接、主按钮")), ("f-deep", _("深铜绿：页脚")), ("f-seat", _("朱砂：座、印")),
    ("f-ink", _("墨")), ("f-ink2", _("次墨")), ("f-track", _("毛边纸")), ("f-card", _("熟宣")),
    ("f-c1", "c1"), ("f-c2", "c2"), ("f-c3", "c3"), ("f-c4", "c4"), ("f-c5", "c5"), ("f-c6", "c6"),
]  # fmt: skip
ICONS = [
    "alert",
    "bell",
    "bowl",
    "calendar",
    "camera",
    "chart",
    "check",
    "clock",
    "close",
    "coin",
    "doc",
    "down",
    "ear",
    "edit",
    "filter",
    "globe",
    "hall",
    "hand",
    "home",
    "info",
    "key",
    "list",
    "locate",
    "lock",
    "map",
    "me",
    "mic",
    "news",
    "next",
    "out",
    "pause",
    "phone",
    "pin",
    "prev",
    "print",
    "redo",
    "rss",
    "say",
    "search",
    "shop",
    "star",
    "upload",
    "users",
    "vote",
]


def square(name: str, west: float, south: float, east: float, north: float, url: str = "") -> dict[str, Any]:
    """Return a simple area for the sample map."""
    ring = [
        [west, south],
        [east, south],
        [east + 0.01, (south + north) / 2],
        [east, north],
        [west, north],
        [west, south],
    ]
    return {"name": name, "url": url, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def places() -> dict[str, Any]:
    """Return the sample areas and marks."""
    return {
        "areas": [
            square("古楼街道", 114.86, 30.38, 114.90, 30.42, "#map"), square("凤凰街道", 114.91, 30.37, 114.96, 30.41, "#map"),
            square("杜山镇", 114.78, 30.30, 114.86, 30.37), square("泽林镇", 114.88, 30.29, 114.97, 30.36),
        ],
        "points": [
            {"kind": "hall", "longitude": 114.88, "latitude": 30.395, "count": 38},
            {"kind": "hall", "longitude": 114.94, "latitude": 30.385, "count": 31},
            {"kind": "issue", "longitude": 114.82, "latitude": 30.335},
            {"kind": "place", "longitude": 114.93, "latitude": 30.325},
        ],
    }  # fmt: skip


def process() -> dict[str, Any]:
    """Return what the parts of an issue's page show."""
    now = timezone.localtime()
    return {
        "rings": [(0, False), (1, False), (4, True), (6, False), (8, False), (9, False)],
        "beads": [(5, 0), (5, 2), (5, 5), (5, 7), (15, 6)],
        "steps": [
            {"state": "done", "title": _("反映"), "time": now, "text": _("一位居民用手机上传两张照片。")},
            {"state": "skipped", "title": _("会商"), "text": _("责任清楚，不用会商。")},
            {"state": "now", "title": _("办理"), "time": now, "text": _("2 号井的备件在路上，这之前用围栏围着。")},
            {"state": "next", "title": _("办结"), "text": _("物业交照片和说明，社区核对。")},
            {"state": "next", "title": _("评价"), "text": _("1 到 5 分。打 1、2 分就退回重办。")},
        ],
        "late_steps": [
            {"state": "done", "title": _("受理、派单"), "time": now},
            {"state": "late", "title": _("办理"), "text": _("过期 1 天，今天已经催办。")},
        ],
        "who_rows": [
            {"label": _("现在在谁手上"), "text": _("江碧苑物业服务公司工程班")},
            {"label": _("下一步"), "text": _("换 2 号井盖，交照片")},
            {"label": _("过期会怎样"), "text": _("第二天催办；再过 5 个工作日，街道督办")},
        ],
        "photos": [{"title": _("办前"), "text": _("11 月 9 日 8:40，居民拍")}, {"title": _("办后")}],
    }


def desk() -> dict[str, Any]:
    """Return what the parts of the desk show."""
    return {
        "lanes": [
            {"kind": "over", "count": 1, "label": _("过期了"), "url": "#desk"},
            {"kind": "soon", "count": 2, "label": _("今天到期"), "url": "#desk"},
            {"kind": "week", "count": 18, "label": _("7 天内到期"), "url": "#desk"},
            {"kind": "hold", "count": 4, "label": _("暂停计时，等居民"), "url": "#desk"},
        ],
        "work": [
            {"kind": "over", "left": _("过期 1 天"), "title": _("古楼巷路灯三盏不亮"), "url": "#desk", "tag": _("反映"),
             "text": _("供电所没有答复。今天要催办。"), "action": _("催办"), "main": True},
            {"kind": "", "left": _("还剩 2 天"), "title": _("11 张照片待看"), "url": "#desk", "tag": _("审核"),
             "text": _("看过才公开。"), "action": _("逐张看")},
            {"kind": "hold", "left": _("暂停计时"), "title": _("4 栋漏水"), "url": "#desk", "tag": _("反映"),
             "text": _("等反映人约上门时间，已停 2 天。"), "action": _("看记录")},
        ],
        "week": [
            {"label": _("今天 13 日"), "count": 3}, {"label": _("14 日 周二"), "count": 2},
            {"label": _("16 日 周四"), "count": 6}, {"label": _("18、19 日"), "off": _("周末，不计时")},
        ],
        "actions": [
            {"title": _("答复居民"), "form": ReplyForm(), "url": "#desk", "button": _("送出答复")},
            {"title": _("退回社区"), "url": "#desk", "button": _("退回"), "note": _("退回后 1 个工作日内由社区另派。")},
        ],
    }  # fmt: skip


def figures() -> dict[str, Any]:
    """Return what charts, figures and money show."""
    return {
        "third": Fraction(2, 3), "quarter": Fraction(1, 4),
        "area": Decimal("21036.40"), "area_came": Decimal("13480.60"),
        "figures": [
            {"label": _("居民议事厅"), "value": 120, "unit": _("个")}, {"label": _("议事协商"), "value": 968, "unit": _("场")},
            {"label": _("“见事就管”总队"), "value": 57, "unit": _("支")}, {"label": _("备案的社区社会组织"), "value": 1219, "unit": _("个")},
        ],
        "sources": [
            {"label": _("公益集市"), "amount": 12480}, {"label": _("爱心商户"), "amount": 15000},
            {"label": _("居民捐赠"), "amount": 8260}, {"label": _("慈善会配捐"), "amount": 6940},
        ],
        "uses": [
            {"label": _("一老一小"), "amount": 11350}, {"label": _("楼道微改造"), "amount": 9200},
            {"label": _("急难救助"), "amount": 6000}, {"label": _("志愿者保险"), "amount": 2180},
            {"label": _("还在账上"), "amount": 13950, "keep": True},
        ],
    }  # fmt: skip


def people() -> dict[str, Any]:
    """Return what a meeting's parts show."""
    return {
        "queue": [
            {"name": "王*", "text": _("2 号楼，第一次发言"), "state": "on", "when": _("正在说")},
            {"name": "李*", "text": _("3 号楼"), "when": _("约 2 分钟后")},
            {"name": _("您"), "text": _("空着，等您举手"), "state": "mine", "when": _("约 5 分钟后")},
        ],
        "agenda": [
            {"title": _("上次定的三件事，办得怎样"), "state": "done"}, {"title": _("车棚放哪里"), "state": "now"},
            {"title": _("各家领任务"), "state": "next"},
        ],
        "options": [{"value": "yes", "label": _("赞成")}, {"value": "no", "label": _("反对")}, {"value": "abstain", "label": _("弃权")}],
        "receipt": [{"label": _("表决"), "text": _("江碧苑 2023-04")}, {"label": _("计入"), "text": _("1 人、98.52 ㎡")}],
    }  # fmt: skip


def reading() -> dict[str, Any]:
    """Return what lists, documents and navigation show."""
    day = datetime(2023, 11, 10, 9, 0, tzinfo=timezone.get_current_timezone())
    return {
        "day": day, "today": timezone.localtime(),
        "trail": [{"label": _("反映问题"), "url": "/issues/"}],
        "doors": [
            {"icon": "say", "title": _("反映的事办到哪了"), "text": _("凭编号查，登录看自己的"), "url": "#doors"},
            {"icon": "doc", "title": _("查补贴和政策"), "text": _("低保、高龄津贴、残疾补贴"), "url": "#doors"},
            {"icon": "hall", "title": _("去议事厅"), "text": _("120 个，找离您近的"), "url": "#doors"},
        ],
        "rows": [
            {"title": _("关于调整城乡居民最低生活保障标准的通知"), "date": day, "url": "#list"},
            {"title": _("2022 年标准"), "tag": _("已被替代"), "url": "#list"},
            {"title": _("高龄津贴 80 到 89 岁"), "text": _("100 元/月")},
        ],
        "catalogue": [
            {"label": _("索引号"), "text": "011×××-2023-00417"}, {"label": _("主题分类"), "text": _("民政、社会救助")},
            {"label": _("发文机关"), "text": _("鄂州市鄂城区民政局")}, {"label": _("发布日期"), "text": _("2023 年 11 月 10 日")},
            {"label": _("有效性"), "text": _("2023 年 1 月 1 日起执行"), "full": True, "tag": _("有效"), "tag_kind": "ok"},
        ],
        "files": [{"url": "#doc", "label": _("下载 PDF（218 KB）")}],
        "chips": [
            {"label": _("全部"), "url": "#chips", "count": 986, "is_current": True}, {"label": _("正在办"), "url": "#chips", "count": 163},
            {"label": _("办成了"), "url": "#chips", "count": 823},
        ],
        "form_steps": [
            {"title": _("出了什么事"), "state": "done"}, {"title": _("在哪里"), "state": "now"}, {"title": _("照片"), "state": "next"},
        ],
    }  # fmt: skip


def sample_messages() -> list[Message]:
    """Return one message of each level."""
    return [
        Message(messages.SUCCESS, str(_("收到了，编号 EC-2023-000917。社区 1 个工作日内受理。"))),
        Message(messages.INFO, str(_("您的附议已经算上。"))),
        Message(messages.WARNING, str(_("照片里好像有车牌，社区看过才公开。"))),
        Message(messages.ERROR, str(_("没有送出去：这件事已经办结，不能再补充。"))),
    ]


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show the style guide."""
    broken = SampleForm({"broken-text": "井" * 520}, prefix="broken")
    broken.is_valid()
    context = {
        "form": SampleForm(), "broken": broken, "filter_form": FilterForm(), "messages": sample_messages(),
        "colours": COLOURS, "icons": ICONS,
        **process(), **desk(), **figures(), **people(), **reading(), **places(),
    }  # fmt: skip
    return render(request, "styleguide/index.html", context)
