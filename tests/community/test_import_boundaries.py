"""Reading in outlines: all or none, each mistake by feature."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from community.errors import NotAllowed
from community.imports import boundaries
from community.models import Area
from community.workflow.boundaries import Report, import_boundaries
from tests.factories import District


def square(west: float, south: float, side: float = 0.02) -> dict[str, Any]:
    east, north = west + side, south + side
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def feature(code: Any, geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def file_of(*features: Any, **more: Any) -> io.BytesIO:
    return io.BytesIO(json.dumps({"type": "FeatureCollection", "features": list(features), **more}).encode())


def read(district: District, file: Any, **how: Any) -> Report:
    return import_boundaries(file, by=district.district_officer, at=timezone.now(), **how)


def found(report: Report) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.reason) for fault in report.faults.listed]


def test_outlines_are_set(district: District) -> None:
    report = read(
        district, file_of(feature("900001", square(114.8, 30.3, 0.1)), feature("900001001", square(114.82, 30.32)))
    )
    assert (found(report), report.count) == ([], 2)
    community = Area.objects.get(code="900001001")
    assert community.boundary["type"] == "Polygon"
    assert (community.latitude, community.longitude) == (30.33, 114.83)


def test_a_dry_run_changes_nothing(district: District) -> None:
    assert read(district, file_of(feature("900001", square(114.8, 30.3))), dry_run=True).count == 1
    assert Area.objects.get(code="900001").boundary is None


CROSSED = {
    "type": "Polygon",
    "coordinates": [[[114.8, 30.3], [114.9, 30.4], [114.9, 30.3], [114.8, 30.35], [114.8, 30.3]]],
}
MISTAKES: dict[str, tuple[Any, str, str]] = {
    "no feature": ("x", "code", "没有代码"),
    "no code": (feature(None, square(114.8, 30.3)), "code", "没有代码"),
    "unknown code": (feature("77", square(114.8, 30.3)), "code", "没有代码是 77 的地方"),
    "a point": (feature("900001", {"type": "Point", "coordinates": [114.8, 30.3]}), "geometry", "要一个 Polygon"),
    "no geometry": (feature("900001", None), "geometry", "要一个 Polygon"),
    "words for numbers": (feature("900001", {"type": "Polygon", "coordinates": "x"}), "geometry", "坐标写得不对"),
    "too few points": (feature("900001", {"type": "Polygon", "coordinates": [[[1, 2]]]}), "geometry", "坐标写得不对"),
    "empty": (feature("900001", {"type": "Polygon", "coordinates": []}), "geometry", "界线是空的"),
    "crossed": (feature("900001", CROSSED), "geometry", "界线自己交叉了"),
    "swapped": (feature("900001", square(30.3, 114.8)), "geometry", "坐标不在中国范围内"),
    "metres": (feature("900001", square(480000, 3370000, 500)), "geometry", "坐标不在中国范围内"),
    "outside its parent": (feature("900001", square(115.5, 30.3)), "geometry", "超出了明湖区的界线"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_named(district: District, name: str) -> None:
    wrong, column, sentence = MISTAKES[name]
    report = read(district, file_of(feature("900001001", square(114.82, 30.32)), wrong))
    assert [(row, where) for row, where, reason in found(report) if reason.startswith(sentence)] == [(2, column)]
    assert Area.objects.get(code="900001001").boundary is None


def test_a_place_twice(district: District) -> None:
    report = read(district, file_of(feature("900001", square(114.8, 30.3)), feature("900001", square(114.8, 30.3))))
    assert found(report) == [(2, "code", "和第 1 个重复了。")]


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"type":"Feature"}', b'{"type":"FeatureCollection","features":[]}', b"\xff\xfe"]
)
def test_what_is_no_file_of_outlines(district: District, data: bytes) -> None:
    assert [row for row, _, _ in found(read(district, io.BytesIO(data)))] == [0]


def test_another_system_of_coordinates(district: District) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    assert "WGS 84" in found(read(district, file_of(feature("900001", square(114.8, 30.3)), crs=crs)))[0][2]
    crs["properties"] = {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}
    assert read(district, file_of(feature("900001", square(114.8, 30.3)), crs=crs)).is_clean


def test_limits(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    file = file_of(feature("900001", square(114.8, 30.3)), feature("900001001", square(114.82, 30.32)))
    monkeypatch.setattr(boundaries, "FEATURES_MOST", 1)
    assert "界线太多" in found(read(district, file))[0][2]
    file.seek(0)
    monkeypatch.setattr(boundaries, "BYTES_MOST", 10)
    assert "文件太大" in found(read(district, file))[0][2]


@pytest.mark.parametrize("who", ["worker", "town_officer", "resident", "superuser"])
def test_others_may_not(district: District, who: str) -> None:
    with pytest.raises(NotAllowed):
        import_boundaries(file_of(), by=getattr(district, who), at=timezone.now())


def test_the_command(district: District, tmp_path: Any, capsys: Any) -> None:
    file = tmp_path / "outlines.geojson"
    file.write_bytes(file_of(feature("77", square(114.8, 30.3))).getvalue())
    with pytest.raises(CommandError, match="1 mistakes"):
        call_command("import_boundaries", str(file))
    assert capsys.readouterr().out == "1\tcode\t没有代码是 77 的地方。\n"
    file.write_bytes(file_of(feature("900001", square(114.8, 30.3))).getvalue())
    call_command("import_boundaries", str(file))
    assert Area.objects.get(code="900001").boundary is not None
