"""The demo's halls with their introductions, and the places where they meet."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from community.demo import District
from community.demo.places import named_after
from community.demo.sharing import shares
from community.models import Area
from community.models.areas import AreaKind
from deliberation.demo.methods import methods
from deliberation.models import Hall, Method, Venue
from deliberation.models.halls import VenueKind

HALLS, DISCUSSION_POINTS = 120, 445
ACTIVITY_CENTRES, CULTURE_HALLS = 584, 344
TOWN_HALLS = 3
POINT_WORDS = (
    "长廊议事点",
    "树下议事点",
    "驿站议事点",
    "活动室议事点",
    "凉亭议事点",
    "车棚边议事点",
    "党群服务站议事点",
)
# What a hall says of itself: who comes, when, and how a matter gets there.
WHO = (
    "来的人有楼栋长、老党员、物业和社区的人，谁家有事谁坐前排。",
    "常来的二十来位，退休的、上班的、开店的都有，想来的都有座位。",
    "每次请七到十五位：一半是碰到这件事的，一半是愿意帮着出主意的。",
)
WHO_IN_VILLAGE = (
    "湾长、老人和在家的年轻人都来，一户至少一个。",
    "来的多是种田的和在家带孩子的，在外面的打电话进来听。",
    "每个湾推两位，谁家有事谁先说。",
)
WHEN = (
    "每月第二个周五晚上七点半开，急的随时开。",
    "单月的第一个周六上午开，平时有事先在群里说。",
    "没有固定的日子，凑够三件就开一次。",
)
HOW = (
    "要议的先在门口贴三天，谁有不同的想法都可以来说。",
    "会前把方案和账贴出来，会后三天内贴结果。",
    "定了的事写明谁办、哪天办完，下次开会先对这张单子。",
)


def build_halls(district: District, rng: Random) -> tuple[dict[int, Hall], int, int]:
    """Insert the halls, the places where they meet and the methods; return the halls by place, and how many others."""
    halls = [hall(area, rng) for area in hall_places(district)]
    by_area = {one.area_id: one for one in halls}
    written = methods(district, by_area, district.rng("methods"))
    words = district.rng("introductions")
    for one in halls:
        one.introduction = introduction(one, words)
    Hall.objects.bulk_create(halls)
    points = discussion_points(district, by_area, rng)
    points += bay_group_points(district, by_area, district.rng("venues"))
    Venue.objects.bulk_create(points, batch_size=500)
    Method.objects.bulk_create(written, batch_size=500)
    return by_area, len(points), len(written)


def introduction(hall: Hall, rng: Random) -> str:
    """Return how a hall presents itself."""
    who = WHO_IN_VILLAGE if hall.area.kind == AreaKind.VILLAGE else WHO
    return "\n".join([rng.choice(who), rng.choice(WHEN) + rng.choice(HOW)])


def hall_places(district: District) -> list[Area]:
    """Return where halls are: every community and village, three towns, and compounds for the rest."""
    places = district.places
    towns = places.towns[:TOWN_HALLS]
    left = HALLS - len(places.committees) - len(towns)
    return [*places.committees, *towns, *places.compounds[:1], *places.compounds[-left:-1]][:HALLS]


def hall(area: Area, rng: Random) -> Hall:
    """Return an unsaved hall."""
    word = "村民议事厅" if area.kind == AreaKind.VILLAGE else "居民议事厅"
    return Hall(
        name=named_after(area, word),
        area=area,
        town=area.town,
        address=named_after(area, "服务中心"),
        opened_on=opened(rng),
    )


def opened(rng: Random) -> date:
    """Return a day between early 2021 and autumn 2023."""
    return date(2021, 3, 1) + timedelta(days=rng.randrange(940))


def discussion_points(district: District, halls: dict[int, Hall], rng: Random) -> list[Venue]:
    """Return unsaved points in the urban communities: one in each, the others in their compounds."""
    places = district.places
    urban = [area for area in places.committees if area.kind == AreaKind.COMMUNITY]
    total = max(len(urban), round(DISCUSSION_POINTS * district.scale))
    weights = [float(len(places.below[area.pk])) for area in urban]
    points = []
    for community, count in zip(urban, shares(total, weights, least=1), strict=True):
        spots = [community, *places.below[community.pk]]
        for number in range(count):
            area = spots[number % len(spots)]
            points.append(point(area, halls[community.pk], number, rng))
    return points


def point(area: Area, hall: Hall, number: int, rng: Random) -> Venue:
    """Return one unsaved point, a little off the middle of its place."""
    return Venue(
        kind=VenueKind.DISCUSSION_POINT,
        name=named_after(area, POINT_WORDS[number % len(POINT_WORDS)]),
        area=area,
        town=area.town,
        hall=hall,
        address=area.name,
        opened_on=opened(rng),
        latitude=round((area.latitude or 0) + rng.uniform(-0.0004, 0.0004), 6),
        longitude=round((area.longitude or 0) + rng.uniform(-0.0004, 0.0004), 6),
    )


def bay_group_points(district: District, halls: dict[int, Hall], rng: Random) -> list[Venue]:
    """Return unsaved venues of the village groups: activity centres in most, culture halls in the others."""
    places = district.places
    groups = [(village, group) for village in places.committees for group in places.below[village.pk]]
    groups = [(village, group) for village, group in groups if group.kind == AreaKind.VILLAGE_GROUP]
    rng.shuffle(groups)
    kinds = [VenueKind.ACTIVITY_CENTRE] * round(ACTIVITY_CENTRES * district.scale)
    kinds += [VenueKind.CULTURE_HALL] * round(CULTURE_HALLS * district.scale)
    return [bay_group_point(kind, *groups[number % len(groups)], halls, rng) for number, kind in enumerate(kinds)]


def bay_group_point(kind: VenueKind, village: Area, group: Area, halls: dict[int, Hall], rng: Random) -> Venue:
    """Return one unsaved venue of a village group."""
    word = "文化礼堂" if kind == VenueKind.CULTURE_HALL else "小组文化活动中心"
    venue = point(group, halls[village.pk], 0, rng)
    venue.kind, venue.name = kind, named_after(group, word)
    return venue
