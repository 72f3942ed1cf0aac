"""Bars, dots, slopes and money flows, drawn as SVG. Tables beside them are their twins.

Fills are classes (drawing.css) and widths are SVG attributes, so a strict content policy holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from portal.templatetags.drawing import figure, joined, short
from portal.templatetags.wording import measure, number, percent

FILL = SafeString('preserveAspectRatio="none"')
# The lines that rules use, drawn to the pixel; others fall on a whole percent (percent.css).
EXACT = {
    Fraction(1, 3): "at13",
    Fraction(1, 2): "at12",
    Fraction(3, 5): "at35",
    Fraction(2, 3): "at23",
    Fraction(3, 4): "at34",
}


def rect(x: float, width: float, height: float, classes: str, y: float = 0) -> SafeString:
    """Return one bar."""
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" class="{}"/>',
        short(x),
        short(y),
        short(width),
        short(height),
        classes,
    )


def share(part: Any, whole: Any) -> Fraction:
    """Return part of whole between 0 and 1, exactly; nothing of nothing is 0."""
    if not whole:
        return Fraction(0)
    return min(Fraction(1), max(Fraction(0), Fraction(part) / Fraction(whole)))


def rule_bar(title: str, whole: Any, came: Any, line: Any, unit: str, line_text: str) -> dict[str, Any]:
    """Return what components/meas.html shows: the whole is the track, the fill what came, the line the rule.

    `line` is a Fraction of the whole below 1, or the number itself that must be reached.
    """
    is_share = isinstance(line, Fraction) and line < 1
    needed = line if is_share else share(line, whole)
    threshold = least(whole, needed) if is_share else line
    words = line_text or _("要过的线：%(line)s") % {"line": measure(threshold, unit)}
    values = {
        "title": title,
        "whole": measure(whole, unit),
        "came": measure(came, unit),
        "line": words,
        "share": percent(came, whole),
    }
    return {
        "title": title,
        "figures": _("%(came)s / %(whole)s，%(share)s") % {**values, "came": number(came)},
        "svg": bar_with_line(
            share(came, whole), needed, _("%(title)s：全体 %(whole)s，其中 %(came)s，占 %(share)s；%(line)s") % values
        ),
        "line_text": words,
        "at": EXACT.get(needed, f"p{round(needed * 100)}"),
        "flip": needed < Fraction(2, 5),
    }


def least(whole: Any, needed: Fraction) -> int | Fraction:
    """Return what reaches a line: heads are whole, areas are not."""
    exact = Fraction(whole) * needed
    return math.ceil(exact) if isinstance(whole, int) else exact


def bar_with_line(filled: Fraction, line: Fraction, label: str) -> SafeString:
    """Return the track, the fill and the line with a light edge, so that it shows on both."""
    at = float(line) * 1000
    body = joined(
        [
            SafeString(
                '<rect width="1000" height="32" class="f-track s-edge" stroke-width="2" vector-effect="non-scaling-stroke"/>'
            ),
            rect(0, float(filled) * 1000, 32, "f-main"),
            rect(at - 3, 6, 32, "f-card"),
            rect(at - 1.5, 3, 32, "f-ink"),
        ]
    )
    return figure("bar", "0 0 1000 32", body, label, FILL)


def budget_bar(used: Any, total: Any, unit: str = "") -> SafeString:
    """Return how much of a budget is used."""
    values = {
        "used": measure(used, unit),
        "left": measure(max(0, total - used), unit),
    }
    body = joined(
        [
            SafeString('<rect width="1200" height="24" class="f-track s-edge" stroke-width="2"/>'),
            rect(0, float(share(used, total)) * 1200, 24, "f-main"),
        ]
    )
    return figure("budget", "0 0 1200 24", body, _("已用 %(used)s，还剩 %(left)s") % values, FILL)


def plain_bar(value: Any, largest: Any, classes: str = "f-main") -> SafeString:
    """Return a bar whose number stands beside it, so readers get the number alone."""
    return figure("row-bar", "0 0 70 10", rect(0, float(share(value, largest)) * 70, 10, classes), "", FILL)


# --- Cases as dots ---------------------------------------------------------------------------
CELL = 20
MOST_COLUMNS = 58


def columns_for(total: int) -> int:
    """Return how many columns keep the dots countable: few cases, larger dots."""
    return MOST_COLUMNS if total > 400 else 40 if total > 120 else 20


def dashes(columns: range, rows: int, first: int = 0) -> str:
    """Return a path that, dashed with round ends, puts one dot in each cell of some columns."""
    top, bottom = first * CELL + CELL // 2, rows * CELL - CELL // 2
    # The tiny tail keeps the last dash from falling off the end of the line.
    return "".join(f"M{column * CELL + CELL // 2} {top}V{bottom}.1" for column in columns)


def dotted(path: str, classes: str, width: float) -> SafeString:
    """Return dots along a path: dashes of no length with round ends, so no ids and little markup."""
    if not path:
        return SafeString("")
    return format_html(
        '<path d="{}" class="f-none {}" stroke-width="{}" stroke-linecap="round" stroke-dasharray="0 {}"/>',
        path, classes, f"{width:g}", CELL,
    )  # fmt: skip


def dots(total: int, filled: int, done: str, rest: str) -> dict[str, Any]:
    """Return what components/dots.html shows: a dot for each case, filled column by column."""
    total, filled = max(0, total), max(0, min(filled, total))
    columns = columns_for(total)
    rows = max(1, math.ceil(total / columns))
    if columns == MOST_COLUMNS:
        # Many cases fill the sheet's width; few keep the size of their dots instead.
        columns = math.ceil(total / rows)
    full, over = divmod(filled, rows)
    solid = dashes(range(full), rows) + (dashes(range(full, full + 1), over) if over else "")
    hollow = hollow_path(total, rows, full, over)
    body = joined([dotted(solid, "s-main", 14), dotted(hollow, "s-edge", 13.5), dotted(hollow, "s-card", 10.5)])
    values = {
        "total": number(total),
        "filled": number(filled),
        "left": number(total - filled),
        "done": done,
        "rest": rest,
    }
    label = _("%(total)s 个点：%(done)s %(filled)s 个，是实心的；%(rest)s %(left)s 个，是空心的。") % values
    return {
        "svg": figure("cases", f"0 0 {columns * CELL} {rows * CELL}", body, label),
        "size": {MOST_COLUMNS: "many", 40: "some"}.get(columns_for(total), "few"),
        "filled": filled,
        "left": total - filled,
        "done": done,
        "rest": rest,
    }


def hollow_path(total: int, rows: int, full: int, over: int) -> str:
    """Return the dots after the filled ones: the rest of a begun column, whole columns, a short last one."""
    whole, short_column = divmod(total, rows)
    path = ""
    if over:
        end = rows if full < whole else short_column
        path += dashes(range(full, full + 1), end, over) if end > over else ""
    start = full + 1 if over else full
    path += dashes(range(start, whole), rows)
    if short_column and start <= whole:
        path += dashes(range(whole, whole + 1), short_column)
    return path


# --- Two moments -----------------------------------------------------------------------------
def slope(before: Any, after: Any, before_label: str, after_label: str, unit: str = "%") -> SafeString:
    """Return a line from one value to a later one; `unit` "%" draws on a scale of 100."""
    top = 100 if unit == "%" else max(Fraction(before), Fraction(after), Fraction(1)) * Fraction(10, 9)
    y1, y2 = (slope_height(share(value, top), min(share(before, top), share(after, top))) for value in (before, after))
    first, second = (f"{number(value)}{unit}" for value in (before, after))
    body = format_html(
        '<path d="M70 20V210M350 20V210" class="s-line" stroke-width="2"/>'
        '<path d="M70 {} 350 {}" class="s-main" stroke-width="5"/>'
        '<circle cx="70" cy="{}" r="10" class="f-card s-main" stroke-width="4"/><circle cx="350" cy="{}" r="11" class="f-main"/>'
        '<g class="f-ink"><text x="60" y="{}" font-size="34" font-weight="700">{}</text>'
        '<text x="350" y="{}" font-size="40" font-weight="700" text-anchor="end">{}</text></g>'
        '<g class="f-ink2" font-size="25"><text x="70" y="244" text-anchor="middle">{}</text>'
        '<text x="350" y="244" text-anchor="middle">{}</text></g>',
        short(y1), short(y2), short(y1), short(y2), short(y1 - 26), first, short(y2 - 22), second, before_label, after_label,
    )  # fmt: skip
    values = {"before": before_label, "first": first, "after": after_label, "second": second}
    return figure("line", "0 0 420 250", body, _("%(before)s %(first)s，%(after)s %(second)s") % values)


def slope_height(part: Fraction, lowest: Fraction) -> float:
    """Return how high a share stands; low pairs get a flatter scale, so that their words keep clear."""
    return 240 - 200 * float(part) if lowest >= Fraction(3, 20) else 206 - 160 * float(part)


# --- Where money goes ------------------------------------------------------------------------
FLOW_HEIGHT, FLOW_TOTAL = 400, 248
SOURCES = ("f-c2", "f-c5", "f-c3", "f-c6", "f-c1")


def flow_bands(amounts: Sequence[Any], total: Any, scale: float) -> list[tuple[float, float, float]]:
    """Return for each amount where its band meets the outer column, the middle, and how wide it is."""
    row = FLOW_HEIGHT / len(amounts)
    middle = (FLOW_HEIGHT - scale) / 2
    bands = []
    for index, amount in enumerate(amounts):
        height = float(share(amount, total)) * scale
        bands.append((row * (index + 0.5) - height / 2, middle, height))
        middle += height
    return bands


def flow(sources: Sequence[Mapping[str, Any]], uses: Sequence[Mapping[str, Any]]) -> SafeString:
    """Return the bands between two lists of {label, amount[, keep]}; the width of a band is money.

    Hidden from readers: the two lists and the statement below say all of it.
    """
    ins, outs = [source["amount"] for source in sources], [use["amount"] for use in uses]
    total = max(sum(ins), sum(outs))
    scale = flow_scale([ins, outs], total)
    parts = [
        band(0, y, middle, height, SOURCES[index % 5], ".5")
        for index, (y, middle, height) in enumerate(flow_bands(ins, total, scale))
    ]
    for (y, middle, height), use in zip(flow_bands(outs, total, scale), uses, strict=True):
        keep = bool(use.get("keep"))
        parts.append(band(100, y, middle, height, "f-main" if keep else "f-ink3", ".45" if keep else ".28"))
    trunk = rect(46, 8, scale + 8, "f-deep", (FLOW_HEIGHT - scale) / 2 - 4)
    return figure("bands", f"0 0 100 {FLOW_HEIGHT}", joined([*parts, trunk]), "", FILL)


def flow_scale(sides: Iterable[Sequence[Any]], total: Any) -> float:
    """Return how many units the whole sum is high, so that no band is taller than its row."""
    scale = float(FLOW_TOTAL)
    for amounts in sides:
        largest = float(share(max(amounts), total)) or 1
        scale = min(scale, (FLOW_HEIGHT / len(amounts) - 6) / largest)
    return scale


def band(outer: int, y: float, middle: float, height: float, classes: str, opacity: str) -> SafeString:
    """Return one band with its cap, from the left edge (0) or the right one (100) to the trunk."""
    side = 1 if outer == 0 else -1
    edge, bend, trunk = outer + 4 * side, outer + 24 * side, outer + 46 * side
    path = (
        f"M{edge} {short(y)}C{bend} {short(y)} {bend} {short(middle)} {trunk} {short(middle)}V{short(middle + height)}"
        f"C{bend} {short(middle + height)} {bend} {short(y + height)} {edge} {short(y + height)}z"
    )
    cap = rect(min(outer, edge), 4, height, classes, y)
    return format_html('<path d="{}" class="{}" fill-opacity="{}"/>{}', path, classes, opacity, cap)


def swatch(kind: str) -> SafeString:
    """Return the small mark of a legend: done, rest, hall, issue, resolved, many, place."""
    shapes = {
        "done": '<circle cx="8" cy="8" r="7" class="f-main"/>',
        "rest": '<circle cx="8" cy="8" r="6" class="f-card s-edge" stroke-width="1.5"/>',
        "hall": '<circle cx="8" cy="8" r="7.5" class="f-c1"/><circle cx="8" cy="8" r="4" class="f-none s-card"/>',
        "issue": '<path d="M8 16 3.3 8a5.4 5.4 0 1 1 9.4 0z" class="f-c2"/>',
        "resolved": '<path d="M8 16 3.3 8a5.4 5.4 0 1 1 9.4 0z" class="f-c1"/>',
        "many": '<circle cx="8" cy="8" r="7.5" class="f-c1"/><circle cx="8" cy="8" r="5" class="f-card"/>',
        "place": '<rect x="1" y="1" width="14" height="14" class="f-c3"/>',
    }
    return figure("swatch", "0 0 16 16", SafeString(shapes[kind]))


def legend(entries: Sequence[tuple[str, str]]) -> SafeString:
    """Return a legend: pairs of a swatch's kind and its words."""
    items = format_html_join("", "<li>{}{}</li>", ((swatch(kind), words) for kind, words in entries))
    return format_html('<ul class="key">{}</ul>', items)
