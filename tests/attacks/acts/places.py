"""Places and homes: the acts of the table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from community.models import (
    Appointment,
    Dwelling,
    Household,
)
from community.workflow.places import Part, split_area
from tests import deciding
from tests.attacks import records
from tests.attacks.acts.base import (
    CHANGERS,
    STAFF_OF_PLACE,
    Act,
    Given,
    day,
    fixed,
)
from tests.attacks.records import Made
from tests.community.workbooks import book_of, file_of, row
from tests.factories import District
from tests.factories.verifying import id_number_of


def split(district: District) -> Made:
    """Split the community, so that whoever worked there waits for their new place."""
    parts = [Part("东园一", "900001011", (district.compound.pk,)), Part("东园二", "900001012")]
    split_area(
        district.community, parts=parts, heir="900001011", on=date(2026, 1, 1), by=district.district_officer,
        at=timezone.now(),
    )  # fmt: skip
    return records.place(district)


def reassign_form(given: Given) -> dict[str, Any]:
    return {f"over{Appointment.objects.get(user=given.district.worker).pk}": "900001012"}


def split_form(given: Given) -> dict[str, Any]:
    parts = {"name1": "东园一", "code1": "900001011", "name2": "东园二", "code2": "900001012"}
    sent = {**parts, "heir": "1", "on": day(), f"child{given.district.compound.pk}": "2"}
    return deciding.looked_at(given.client, reverse("place_split", args=given.made.there), sent)


def merge_form(given: Given) -> dict[str, Any]:
    sent = {"into": given.district.neighbour_community.code, "on": day()}
    return deciding.looked_at(given.client, reverse("place_merge", args=given.made.there), sent)


def joined(district: District) -> Made:
    """Make a household of the resident."""
    made = records.household(district)
    district.resident.resident.household = Household.objects.get(pk=made.there[0])
    district.resident.resident.save()
    return made


def beside_dwelling(district: District) -> Made:
    """Make a household, and a dwelling in which nobody lives."""
    records.dwelling(district)
    return records.household(district)


def housed(district: District) -> Made:
    """Make a household that lives in a dwelling."""
    made = beside_dwelling(district)
    Dwelling.objects.update(household=made.there[0])
    return made


def dwelling_of_form(given: Given) -> dict[str, Any]:
    return {"dwelling": Dwelling.objects.get().pk}


def transfer_form(given: Given) -> dict[str, Any]:
    return {"starts_on": day(), "paper": "certificate", "name_1": "王秀英", "id_number_1": id_number_of()}


def resident_of_form(given: Given) -> dict[str, Any]:
    return {"resident": given.district.resident.resident.pk}


def dwelling_file(step: str) -> Callable[[Given], dict[str, Any]]:
    """Return the form of one step of reading in a file."""

    def fields(given: Given) -> dict[str, Any]:
        file = file_of(book_of([row()]))
        if step == "import":
            given.client.post("/desk/dwellings/", {"file": file, "step": "check"})
            file.seek(0)
        return {"file": file, "step": step}

    return fields


PLACES = {
    "new_place": Act(
        CHANGERS, lambda given: {"kind": "compound", "name": "新小区", "code": "900001001099", "on": day()}, records.place
    ),
    "place_merge": Act(CHANGERS, merge_form, records.place),
    "place_merge look": Act(
        CHANGERS, lambda given: {"into": given.district.neighbour_community.code, "on": day()}, records.place, reads=True
    ),
    "place_split": Act(CHANGERS, split_form, records.place),
    # Who has no place any more is a resident like any other, and asked for their consent first.
    "place_reassign": Act(CHANGERS, reassign_form, split, led=("/my/consent/",)),
    "compound": Act(
        STAFF_OF_PLACE,
        lambda given: {"self_governance": "none", "station": "none", "household_count": "319", "note": "新登记"},
        records.compound,
    ),
    "new_household": Act(STAFF_OF_PLACE, lambda given: {"area": given.district.compound.pk, "number": "8"}),
    "household_change join": Act(STAFF_OF_PLACE, resident_of_form, records.household, "join"),
    "household_change leave": Act(
        STAFF_OF_PLACE, lambda given: {**resident_of_form(given), "confirm": "1"}, joined, "leave"
    ),
    "household_change end": Act(STAFF_OF_PLACE, fixed(confirm="1"), joined, "end"),
    "household_change house": Act(STAFF_OF_PLACE, dwelling_of_form, beside_dwelling, "house"),
    "household_change unhouse": Act(STAFF_OF_PLACE, dwelling_of_form, housed, "unhouse"),
    "dwelling": Act(STAFF_OF_PLACE, transfer_form, records.dwelling),
    "dwelling_import check": Act(STAFF_OF_PLACE, dwelling_file("check"), reads=True),
    "dwelling_import import": Act(STAFF_OF_PLACE, dwelling_file("import")),
}  # fmt: skip
