"""What of results waits on desks and on one's own page; what is exported, erased, and follows merged places."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from community.queries import open_clocks_of, resident_of
from deliberation.models import Evaluation, Resolution
from deliberation.personal import erase, kept, sections
from deliberation.result_desk import commitment_rows, objection_rows, own_objections, to_rate
from deliberation.workflow.evaluating import evaluate_resolution
from deliberation.workflow.objecting import object_to_result
from tests.factories import District
from tests.factories.resolutions import DAY, MEETS_AT, carried_out, opened_appraisal, published, to_evaluate

pytestmark = pytest.mark.django_db


def signed_in(user: Any) -> Client:
    """Return a client of somebody who is signed in."""
    client = Client()
    client.force_login(user)
    return client


def test_a_commitment_waits_on_the_desk_of_its_unit_alone(district: District) -> None:
    resolution = carried_out(district)
    at = timezone.now()
    rows = commitment_rows(list(open_clocks_of(district.handler).select_related("rule")), district.handler, at)
    (row,) = rows.values()
    assert (row.title, row.text, row.url) == ("装四个充电桩", resolution.title, resolution.get_absolute_url())
    assert row.left.lane == "over"
    assert not open_clocks_of(district.other_handler).exists()
    assert "装四个充电桩" in signed_in(district.handler).get(reverse("desk")).content.decode()


def test_an_objection_waits_on_the_workers_desk(district: District) -> None:
    resolution = published(district)
    object_to_result(resolution, by=district.resident, at=MEETS_AT + 2 * DAY, text="太近。")
    clocks = list(open_clocks_of(district.worker).select_related("rule"))
    (row,) = objection_rows(clocks, district.worker, timezone.now()).values()
    assert (row.tag, row.title, row.text) == ("异议", resolution.title, "太近。")
    assert "太近。" in signed_in(district.worker).get(reverse("desk")).content.decode()
    mine = signed_in(district.resident).get(reverse("my")).content.decode()
    assert "我提的异议" in mine
    assert [one.text for one in own_objections(district.resident)] == ["太近。"]


def test_what_i_may_rate_stands_on_my_page_until_i_have(district: District) -> None:
    resolution = to_evaluate(district)
    now = timezone.now()
    Resolution.objects.update(evaluation_ends_at=now + DAY)
    appraisal = opened_appraisal(district, at=now - 2 * DAY)
    own = resident_of(district.resident)
    assert to_rate(district.resident, own, now) == {"resolutions": [resolution], "appraisals": [appraisal]}
    page = signed_in(district.resident).get(reverse("my")).content.decode()
    assert "等您打分" in page
    evaluate_resolution(resolution, by=district.resident, at=now, rating=5)
    assert to_rate(district.resident, own, now)["resolutions"] == []
    for stranger in (district.newcomer, district.other_resident):
        assert to_rate(stranger, resident_of(stranger), now) == {"resolutions": [], "appraisals": []}


def test_ratings_are_exported_and_their_hidden_words_erased(district: District) -> None:
    resolution = to_evaluate(district)
    assert resolution.evaluation_ends_at is not None
    evaluate_resolution(resolution, by=district.resident, at=resolution.evaluation_ends_at, rating=3, text="慢。")
    found = {section.key: section.rows for section in sections(district.resident)}
    assert [(row["rating"], row["text"]) for row in found["evaluations"]] == [(3, "慢。")]
    assert found["objections"] == found["appraisal_voices"] == []
    assert any("您打的分" in line for line in kept(district.resident))
    erase(district.resident, timezone.now())
    one = Evaluation.objects.get()
    assert (one.rating, one.text) == (3, "")
