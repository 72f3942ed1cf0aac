"""`{% load gongzhi %}`: the tags and filters of the design system.

Drawing lives in drawing.py and charts.py, wording in wording.py; this module only names them for
templates. /styleguide/ shows every one of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    ClearableFileInput,
    Field,
    FileInput,
    RadioSelect,
)
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from community.queries import rule_value, today
from portal.templatetags import charts, drawing, maps, wording

register = template.Library()

# --- Marks -----------------------------------------------------------------------------------
register.simple_tag(drawing.mark, name="mark")
register.simple_tag(drawing.ring, name="ring")
register.simple_tag(drawing.beads, name="beads")
register.simple_tag(drawing.dot, name="dot")
register.simple_tag(drawing.seal, name="seal")
register.simple_tag(drawing.seat_clock, name="seat_clock")
register.simple_tag(drawing.neighbours, name="neighbours")
register.simple_tag(charts.budget_bar, name="budget")
register.simple_tag(charts.plain_bar, name="week_bar")
register.simple_tag(charts.plain_bar, name="row_bar")
register.simple_tag(charts.slope, name="slope")
register.simple_tag(charts.flow, name="flow_bands")
register.simple_tag(maps.area_map, name="area_map")
register.simple_tag(charts.swatch, name="swatch")


@register.simple_tag(name="rule")
def number_of_rule(key: str) -> int:
    """Return the number that a rule sets today, where a sentence has to say it."""
    return rule_value(key, today())


# --- Words -----------------------------------------------------------------------------------
register.filter("number", wording.number)
register.filter("measure", wording.measure)
register.filter("cases", wording.cases)
register.filter("tied", wording.tied)
register.filter("whole", wording.whole)
register.filter("clauses", wording.clauses)
register.filter("day", wording.day)
register.filter("plain_day", wording.plain_day)
register.filter("full_day", wording.full_day)
register.filter("short_day", wording.short_day)
register.filter("weekday", wording.weekday)
register.filter("moment", wording.moment)
register.filter("clock_time", wording.clock_time)
register.filter("catalogue_time", wording.catalogue_time)
register.simple_tag(wording.percent, name="percent")


@register.filter
def also_met(count: int) -> str:
    """Return how many neighbours have met the same."""
    return wording.also_met(count, get_language() or "")


WORDINGS = {
    "day": wording.day,
    "plain_day": wording.plain_day,
    "full_day": wording.full_day,
    "short_day": wording.short_day,
    "moment": wording.moment,
}


@register.simple_tag
def when(value: Any, form: str = "day") -> SafeString:
    """Return a <time> in one of the forms day, plain_day, full_day, short_day, moment; words stay words."""
    machine = wording.machine_time(value)
    if not machine:
        return format_html("{}", value or "")
    # Both come from a date alone: there is nothing to escape, and a list has one in each row.
    return SafeString(f'<time datetime="{machine}">{WORDINGS[form](value)}</time>')


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return an icon of frontend/icons.svg; it decorates words and is hidden from readers."""
    return drawn_icon(name) if settings.DEBUG else kept_icon(name, settings.STATIC_URL)


def drawn_icon(name: str) -> SafeString:
    """Draw an icon."""
    return format_html('<svg class="ic" aria-hidden="true"><use href="{}#i-{}"></use></svg>', static("icons.svg"), name)


@lru_cache(maxsize=128)
def kept_icon(name: str, base: str) -> SafeString:
    """Draw an icon once: its address stays the same as long as the server runs."""
    return drawn_icon(name)


# --- The frame -------------------------------------------------------------------------------
FRAME_SETTINGS = {
    "nav": ("site_name", "tagline", "sponsor"),
    "tabs": (),
    "footer": ("sponsor", "organiser", "phone", "address", "site_code", "icp_number", "police_number", "footer_links"),
}
FRAME_LISTS = {"nav": "nav", "tabs": "tabs", "footer": "nav"}


@register.simple_tag(takes_context=True)
def frame(context: Context, part: str) -> SafeString:
    """Show a part of the frame that is the same for everybody: nav (with the brand), tabs or footer.

    Every page has them, so they are rendered once for each set of values: no page can show old ones.
    """
    chosen = context.get("site_settings") if FRAME_SETTINGS[part] else None
    values = tuple(frozen(chosen.get(name, "")) for name in FRAME_SETTINGS[part]) if chosen else ()
    seats = tuple(context.get(FRAME_LISTS[part]) or ())
    render = frame_part.__wrapped__ if settings.DEBUG else frame_part
    return render(part, get_language() or "", seats, values)


def frozen(value: Any) -> Hashable:
    """Return a setting in a form that can be a key: links as pairs."""
    if isinstance(value, list):
        return tuple((str(link["label"]), str(link["url"])) for link in value)
    return str(value or "")


@lru_cache(maxsize=256)
def frame_part(part: str, language: str, seats: tuple[Any, ...], values: tuple[Any, ...]) -> SafeString:
    """Render components/{part}.html for these entries and settings; the language is that of the request."""
    chosen: dict[str, Any] = dict(zip(FRAME_SETTINGS[part], values, strict=False))
    if "footer_links" in chosen:
        chosen["footer_links"] = [{"label": label, "url": url} for label, url in chosen["footer_links"] or ()]
    return render_to_string(f"components/{part}.html", {FRAME_LISTS[part]: seats, "site_settings": chosen})


@register.simple_tag(name="tag")
def state_tag(words: Any, kind: str = "") -> SafeString:
    """Return a square tag, never clickable; the word carries the state. Kinds: ok, soon, wait, now or none."""
    return format_html('<span class="{}">{}</span>', f"tag {kind}".strip(), words)


# --- Parts that bring their own template -----------------------------------------------------
@register.inclusion_tag("components/meas.html")
def meas(title: str, whole: Any, came: Any, line: Any, unit: str = "", line_text: str = "") -> dict[str, Any]:
    """Show a rule bar; heads and area always as a pair of two."""
    return charts.rule_bar(title, whole, came, line, unit, line_text)


@register.inclusion_tag("components/dots.html")
def dots(
    total: int, filled: int, done: str = "", rest: str = "", url: str = "", link: str = "", unit: str = ""
) -> dict[str, Any]:
    """Show cases as dots, with a legend and an optional link to the list of them."""
    shown = charts.dots(total, filled, done or _("办成"), rest or _("未办结"))
    return {**shown, "url": url, "link": link, "unit": unit}


@register.inclusion_tag("components/figs.html")
def figs(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Show a row of figures: {label, value, unit[, note][, huge]}."""
    return {"items": items}


@register.inclusion_tag("components/legend.html")
def legend(*entries: str) -> dict[str, Any]:
    """Show a legend: kind, words, kind, words … (kinds: done, rest, hall, issue, resolved, place)."""
    return {"svg": charts.legend(list(zip(entries[::2], entries[1::2], strict=True)))}


# --- Forms -----------------------------------------------------------------------------------
@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, kind: str = "", label: str = "", hint: str = "", width: str = "", autocomplete: str = ""
) -> dict[str, Any]:
    """Show one field: label, hint, error, control, counter.

    `kind`: "" by the widget, "choices" (large round answers), "photos" (thumbnails), "two-up".
    `width`: "" full, "short", "middle". `label` and `hint` replace the form's own.
    """
    widget = bound.field.widget
    group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    limit = "" if group else widget.attrs.get("maxlength", "") or getattr(bound.field, "max_length", None) or ""
    hint = hint or bound.help_text  # type: ignore[assignment]  # help that brings markup was marked safe by the form's author
    shape = {
        "is_group": group,
        "is_check": isinstance(widget, CheckboxInput),
        "is_file": isinstance(widget, FileInput | ClearableFileInput),
        "limit": limit if is_long(bound, limit) else "",
    }
    return {
        "field": bound,
        "kind": kind,
        "label": label or bound.label,
        "hint": hint,
        "width": width,
        "faults": faults_of(bound),
        "described_by": described_by(bound, hint),
        "control": "" if group else bound.as_widget(attrs=control_attributes(bound, kind, hint, autocomplete)),
        **shape,
    }


def is_long(bound: BoundField, limit: Any) -> bool:
    """Return whether a box is long enough for a running count to help."""
    return bool(limit) and bound.widget_type == "textarea"


def described_by(bound: BoundField, hint: str) -> str:
    """Return the ids of the hint and the error that belong to a field."""
    parts = [f"{bound.auto_id}_hint" if hint else "", f"{bound.auto_id}_error" if bound.errors else ""]
    return " ".join(part for part in parts if part)


def control_attributes(bound: BoundField, kind: str, hint: str, autocomplete: str) -> dict[str, Any]:
    """Return the attributes that tie a control to its words, and a photo picker to its thumbnails."""
    # An example inside the box may stay; the label once more in grey is noise, and cut off in elder mode.
    attributes: dict[str, Any] = {}
    if bound.field.widget.attrs.get("placeholder") and not is_example(bound):
        attributes["placeholder"] = False
    if described_by(bound, hint):
        attributes["aria-describedby"] = described_by(bound, hint)
    if autocomplete:
        attributes["autocomplete"] = autocomplete
    if kind == "photos":
        attributes |= photo_attributes(bound.auto_id)
    return attributes


def is_example(bound: BoundField) -> bool:
    """Return whether a placeholder gives an example, as all of ours do: 如：滨湖社区."""
    return str(bound.field.widget.attrs["placeholder"]).startswith(("如", "e.g."))


def photo_attributes(auto_id: str) -> dict[str, Any]:
    """Return what photos.js reads from the file input; all words come from here."""
    return {
        "accept": "image/*",
        "multiple": True,
        "data-photos": f"{auto_id}_list",
        "data-status": f"{auto_id}_status",
        "data-max": "9",
        "data-alt": _("选好的第 {n} 张照片"),
        "data-remove": _("去掉第 {n} 张照片"),
        "data-chosen": _("选好了 {n} 张。"),
        "data-too-many": _("最多 9 张，多出的没有收。"),
    }


def faults_of(bound: BoundField) -> list[str]:
    """Return a field's errors in the site's voice; what a form says in its own words stays."""
    return [fault_words(error) for error in bound.errors.as_data()]


def fault_words(error: ValidationError) -> str:
    """Return one error as a sentence; Django's own wording for an empty or a long field is replaced."""
    if error.code == "required" and str(error.message) == str(Field.default_error_messages["required"]):
        return _("这一项要填。")
    if error.code == "max_length" and error.params:
        limit, shown = error.params["limit_value"], error.params["show_value"]
        return _("最多 %(limit)s 字，现在 %(shown)s 字，请删短一些。") % {"limit": limit, "shown": shown}
    return " ".join(str(message) for message in error.messages)


@register.inclusion_tag("components/fields.html")
def fields(form: Any) -> dict[str, Any]:
    """Show every visible field of a form in its order, and the hidden ones."""
    return {"form": form}


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: Any, focus: bool = True, order: str = "") -> dict[str, Any]:
    """Show, on top of a form that came back, what to mend, each a link to its field.

    `order`: names of fields where the page shows them in another order than the form has.
    """
    first = order.split()
    shown = sorted(form, key=lambda bound: first.index(bound.name) if bound.name in first else len(first))
    faults = [(bound, faults_of(bound)) for bound in shown if bound.errors]
    return {"form": form, "faults": faults, "whole": form.non_field_errors(), "focus": focus}


@register.simple_tag
def is_demo() -> bool:
    """Return whether this is a demo site: for error pages, which have no context."""
    return bool(getattr(settings, "DEMO", False))
