"""Choosing where somebody lives, one list after another: town, community or village, compound. Without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from community.models import Area
from community.models.areas import AreaKind
from community.queries import today
from community.workflow.typed import HOME_KINDS

# A choice that ends with this word says: here, and in none of the places below.
HERE = "-here"
ID_DIGITS = 18


@dataclass(frozen=True)
class HomeChoice:
    """How far the choice has come: `home` is complete, `trail` what was chosen so far, `options` what comes next; `is_left` without a choice."""

    home: Area | None = None
    trail: list[Area] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    is_left: bool = False


def asked_choice(query: Mapping[str, str], own: Area | None = None) -> HomeChoice:
    """Return the choice of an address; a list that was left at no place comes again."""
    if query.get("home") == "":
        return replace(home_choice(query.get("within") or "0"), is_left=True)
    return home_choice(query.get("home", ""), own)


def home_choice(text: str, own: Area | None = None) -> HomeChoice:
    """Return the choice that an address asks for with ?home=…; without one, where the person lives already."""
    if not text and own is not None:
        return HomeChoice(home=own, trail=trail_of(own))
    key = text.removesuffix(HERE)
    chosen = by_id(key)
    if chosen is None:
        return HomeChoice(options=listed(Area.objects.filter(kind=AreaKind.TOWN)))
    options = listed(chosen.get_children())
    if chosen.kind in HOME_KINDS and (text.endswith(HERE) or not options):
        return HomeChoice(home=chosen, trail=trail_of(chosen))
    if chosen.kind in HOME_KINDS:
        options.append((f"{chosen.pk}{HERE}", ""))
    return HomeChoice(trail=trail_of(chosen), options=options)


def by_id(text: str) -> Area | None:
    """Return the place of an id that exists today, or None."""
    if not text.isdecimal() or len(text) > ID_DIGITS:
        return None
    return Area.objects.valid_on(today()).exclude(kind=AreaKind.DISTRICT).filter(pk=int(text)).first()


def listed(areas: object) -> list[tuple[str, str]]:
    """Return the places that exist today as (value, name)."""
    return [(str(pk), name) for pk, name in areas.valid_on(today()).values_list("pk", "name")]  # type: ignore[attr-defined]


def trail_of(area: Area) -> list[Area]:
    """Return the places from the town down to this one."""
    return list(Area.objects.filter(path__in=area.parent_paths()).exclude(kind=AreaKind.DISTRICT))
