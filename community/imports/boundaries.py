"""A file of outlines (GeoJSON): read whole, for it is small, and looked at feature by feature. No database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _
from shapely import get_coordinates, is_valid_reason
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from community.imports.faults import BadFile, Faults

BYTES_MOST = 20 * 1024 * 1024
FEATURES_MOST = 5_000
POINTS_MOST = 20_000
SHAPES = ("Polygon", "MultiPolygon")
# Outlines beyond the country are swapped coordinates or another system of them.
WEST, SOUTH, EAST, NORTH = 73.0, 3.0, 136.0, 54.0
DIGITS = 7
WGS_84 = ("EPSG::4326", "CRS84")


@dataclass(frozen=True)
class Outline:
    """One feature: which place, and its outline."""

    row: int
    code: str
    shape: BaseGeometry

    def geometry(self) -> dict[str, Any]:
        """Return the outline as GeoJSON."""
        return rounded(mapping(self.shape))


def rounded(geometry: Any) -> dict[str, Any]:
    """Return GeoJSON with lists of numbers short enough for a centimetre."""

    def short(value: Any) -> Any:
        return round(value, DIGITS) if isinstance(value, float | int) else [short(part) for part in value]

    return {"type": geometry["type"], "coordinates": short(geometry["coordinates"])}


def outlines(file: IO[bytes], faults: Faults) -> list[Outline]:
    """Return the features without a mistake; BadFile where the file as a whole can't be read."""
    features = read_features(file)
    found: list[Outline] = []
    seen: dict[str, int] = {}
    for number, feature in enumerate(features, start=1):
        outline = read_feature(feature, number, faults)
        if outline is None:
            continue
        if outline.code in seen:
            faults.add("", number, "code", _("和第 %(row)d 个重复了。") % {"row": seen[outline.code]})
            continue
        seen[outline.code] = number
        found.append(outline)
    return found


def read_features(file: IO[bytes]) -> list[Any]:
    """Return the features of a file as they are."""
    data = file.read(BYTES_MOST + 1)
    if len(data) > BYTES_MOST:
        raise BadFile(_("文件太大：最多 20 MB。"))
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as broken:
        raise BadFile(_("这不是 GeoJSON 文件。")) from broken
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise BadFile(_("要一个 FeatureCollection。"))
    system = content.get("crs")
    if system is not None and not str(system).rstrip("'\"} ").endswith(WGS_84):
        raise BadFile(_("坐标要用 WGS 84 经纬度，这个文件用的是别的坐标系。"))
    features = content.get("features")
    if not isinstance(features, list) or not features:
        raise BadFile(_("文件里没有界线。"))
    if len(features) > FEATURES_MOST:
        raise BadFile(_("界线太多：一次最多 5000 个。"))
    return features


def read_feature(feature: Any, number: int, faults: Faults) -> Outline | None:
    """Return one feature, or None with its mistake noted."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    code = properties.get("code") if isinstance(properties, dict) else None
    if not isinstance(code, str | int) or isinstance(code, bool) or not str(code).strip():
        faults.add("", number, "code", _("没有代码（properties.code）。"))
        return None
    sentence, outline = read_shape(feature.get("geometry"))
    if outline is None:
        faults.add("", number, "geometry", sentence)
        return None
    return Outline(number, str(code).strip(), outline)


def read_shape(geometry: Any) -> tuple[str, BaseGeometry | None]:
    """Return ("", the outline), or (what is wrong, None)."""
    if not isinstance(geometry, dict) or geometry.get("type") not in SHAPES:
        return _("要一个 Polygon 或 MultiPolygon。"), None
    try:
        found = shape(geometry)
        points = get_coordinates(found)
    except (ShapelyError, TypeError, ValueError, KeyError, IndexError, AttributeError):
        return _("坐标写得不对。"), None
    if found.is_empty or found.area == 0:
        return _("界线是空的。"), None
    if len(points) > POINTS_MOST:
        return _("点太多：一个地方最多 20000 个。"), None
    west, south, east, north = found.bounds
    if not (west >= WEST and south >= SOUTH and east <= EAST and north <= NORTH):
        return _("坐标不在中国范围内：要先经度、后纬度的 WGS 84。"), None
    if not found.is_valid:
        return _("界线自己交叉了（%(why)s）。") % {"why": is_valid_reason(found)}, None
    return "", found
