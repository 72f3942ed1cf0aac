"""Marks of process, drawn as SVG: the ring of eight seats, beads, chairs, seals, the seat clock.

Shapes carry classes, never style attributes (a strict content policy forbids them); colours come from
tokens, so elder mode and high contrast reach them. Every figure says in words what it shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

STEPS = 8
BEADS_IN_A_ROW = 10
CLOCK_SEATS = 24


def short(value: float) -> str:
    """Return a coordinate with at most one decimal place."""
    return f"{round(value, 1):g}"


def circle(x: float, y: float, r: float, classes: str, width: float = 0) -> SafeString:
    """Return one circle; a width makes it an outline."""
    stroke = format_html(' stroke-width="{}"', f"{width:g}") if width else ""
    return format_html('<circle cx="{}" cy="{}" r="{}" class="{}"{}/>', short(x), short(y), f"{r:g}", classes, stroke)


def joined(parts: Iterable[SafeString]) -> SafeString:
    """Return several shapes as one piece of markup."""
    return format_html_join("", "{}", ((part,) for part in parts))


def figure(classes: str, box: str, body: SafeString, label: str = "", extra: SafeString | str = "") -> SafeString:
    """Return an <svg>: with a label it is an image, without one it is hidden from readers."""
    role = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="{}" viewBox="{}" {}{}>{}</svg>', classes, box, role, extra, body)


def around(index: int, of: int, centre: float, radius: float) -> tuple[float, float]:
    """Return the place of seat `index` of `of` round a table, the first at the top, then clockwise."""
    angle = 2 * math.pi * index / of
    return centre + radius * math.sin(angle), centre - radius * math.cos(angle)


def mark() -> SafeString:
    """Return the mark of the site: a round table, eight seats, one of them red."""
    seats = [
        circle(*around(seat, STEPS, 32, 26), 4.6, "f-seat" if seat == STEPS // 2 else "f-main") for seat in range(STEPS)
    ]
    table = [circle(32, 32, 17, "f-main"), circle(32, 32, 12.5, "f-none s-paper", 1.5), circle(32, 32, 3.5, "f-paper")]
    return figure("mark", "0 0 64 64", joined([*table, *seats]))


def seat(x: float, y: float, state: str, mine: bool) -> SafeString:
    """Return one seat of the ring: done is filled, now is a double circle, to come is hollow."""
    if state == "done":
        return circle(x, y, 5, "f-main")
    if state == "now":
        ink = "seat" if mine else "main"
        return joined([circle(x, y, 6.2, f"f-card s-{ink}", 2), circle(x, y, 3, f"f-{ink}")])
    return circle(x, y, 4.5, "f-card s-edge", 1.3)


def state_of(index: int, current: int) -> str:
    """Return done, now or next for step `index` while step `current` is under way (both from 1)."""
    return "done" if index < current else "now" if index == current else "next"


def ring(step: int, mine: bool = False, total: int = STEPS) -> SafeString:
    """Return the ring of eight seats at a step; 0 is an empty table, more than `total` a finished one."""
    seats = [
        seat(*around(index, total, 32, 25), state_of(index + 1, step if step else -1), mine) for index in range(total)
    ]
    table = [circle(32, 32, 15, "f-none s-main", 1.5)]
    if 1 <= step <= total:
        table.append(
            format_html(
                '<text x="32" y="39" text-anchor="middle" font-size="20" font-weight="700" class="f-main">{}</text>',
                step,
            )
        )
    elif step > total:
        table.append(SafeString('<path d="m25 32.5 5 5 9-10.5" class="f-none s-main" stroke-width="3"/>'))
    return figure("ring", "0 0 64 64", joined([*table, *seats]), ring_label(step, mine, total))


def ring_label(step: int, mine: bool, total: int) -> str:
    """Return what the ring shows, in words; an empty table says nothing."""
    if not step:
        return ""
    if step > total:
        return _("%(total)s 步都走完了") % {"total": total}
    values = {"step": step, "total": total}
    return (_("第 %(step)s 步，共 %(total)s 步，轮到您") if mine else _("第 %(step)s 步，共 %(total)s 步")) % values


def bead(index: int, used: int, total: int) -> SafeString:
    """Return one working day: used, still to come, or past the term."""
    x, y = 12 + 24 * (index % BEADS_IN_A_ROW), 12 + 24 * (index // BEADS_IN_A_ROW)
    if index >= total:
        return circle(x, y, 9, "f-seat")
    return circle(x, y, 9, "f-main") if index < used else circle(x, y, 9, "f-card s-main", 2)


def beads(total: int, used: int) -> SafeString:
    """Return a bead for each working day of a term; days past it hang on in red, three at most."""
    late = max(0, used - total)
    count = max(1, total + min(late, 3))
    rows = math.ceil(count / BEADS_IN_A_ROW)
    box = f"0 0 {24 * min(count, BEADS_IN_A_ROW)} {24 * rows}"
    values = {"total": total, "used": min(used, total), "late": late}
    label = _("%(total)s 个工作日，已过期 %(late)s 天") if late else _("%(total)s 个工作日，已用 %(used)s 个")
    drawing = joined(bead(index, used, total) for index in range(count))
    svg = figure("two-rows" if rows > 1 else "one-row", box, drawing, label % values)
    return format_html('<span class="beads">{}</span>', svg)


def dot(state: str) -> SafeString:
    """Return a chair of the chain: done, now, late, skipped or next. The words beside it say the same."""
    if state in ("done", "skipped"):
        tick = SafeString('<path d="m11 17 4.5 4.5 8-9" class="f-none s-card" stroke-width="2.6"/>')
        bar = SafeString('<path d="M11 17h12" class="f-none s-card" stroke-width="2.6"/>')
        body = joined([circle(17, 17, 13, "f-main"), tick if state == "done" else bar])
    elif state in ("now", "late"):
        ink = "seat" if state == "late" else "main"
        body = joined([circle(17, 17, 14, f"f-card s-{ink}", 3), circle(17, 17, 7, f"f-{ink}")])
    else:
        body = SafeString(
            '<circle cx="17" cy="17" r="12" class="f-card s-edge" stroke-width="2" stroke-dasharray="3 3"/>'
        )
    return figure("dot", "0 0 34 34", body)


SEAL_PLACES = {4: ((57, 36), (57, 68), (23, 36), (23, 68)), 2: ((40, 36), (40, 68))}


def seal(words: str) -> SafeString:
    """Return the seal of what is final, with two or four characters, read from the right, downwards.

    It repeats what stands in words beside it, so it is hidden from readers.
    """
    places = SEAL_PLACES.get(len(words))
    if places is None:
        raise ValueError("a seal holds two or four characters")
    stamp = SafeString(
        '<path class="f-seat" d="M4 5l20-2 3 1 30-1 18 2 2 23-1 3 1 25-1 20-24 2-4-1-26 1-18-2L3 52l1-4-1-22z"/>'
        '<path d="M6.5 7h67v66h-67z" class="f-none s-card" stroke-width="1.2" opacity=".7"/>'
    )
    text = format_html_join(
        "",
        '<text x="{}" y="{}" font-size="30" class="f-card" text-anchor="middle">{}</text>',
        ((x, y, word) for (x, y), word in zip(places, words, strict=True)),
    )
    return figure("seal", "0 0 80 80", joined([stamp, text]))


def seat_clock(left: int, total: int) -> SafeString:
    """Return 24 seats that empty as time runs; `left` and `total` in seconds. Hidden: digits stand inside."""
    share = min(1.0, max(0.0, left / total)) if total else 0
    filled = max(round(CLOCK_SEATS * share), 1 if left > 0 else 0)
    seats = []
    for index in range(CLOCK_SEATS):
        x, y = around(index, CLOCK_SEATS, 100, 84)
        seats.append(circle(x, y, 8, "f-main") if index < filled else circle(x, y, 5, "f-card s-edge", 1.5))
    return figure("seats", "0 0 200 200", joined(seats))


NEIGHBOURS = (("3", "26221F"), ("5", "C9C5BC"), ("2", "3B2A20"), ("6", "8F8A82"))
HEAD = (
    '<g transform="translate({} 0)"><circle cx="0" cy="22" r="20" class="f-card"/>'
    '<path d="M-17 40a17 14 0 0 1 34 0z" class="f-c{}"/><circle cy="17" r="10" fill="#E3B48F"/>'
    '<path d="M-10.5 17a10.5 10.5 0 0 1 21 0c-4-4-15-5-21 0z" fill="#{}"/></g>'
)


def neighbours(count: int) -> SafeString:
    """Return up to four people without faces, or an empty seat; the number stands in words beside them."""
    if count < 1:
        empty = '<circle cx="22" cy="21" r="17" class="f-card s-edge" stroke-width="2" stroke-dasharray="4 4"/>'
        return figure("heads h0", "0 0 47 42", SafeString(empty))
    people = NEIGHBOURS[:count]
    body = format_html_join("", HEAD, ((22 + 25 * index, *person) for index, person in enumerate(people)))
    return figure(f"heads h{len(people)}", f"0 0 {22 + 25 * len(people)} 42", body)
