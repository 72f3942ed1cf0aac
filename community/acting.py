"""Acting in a role: what somebody holds is read inside the transaction of the act, and stays so until its end."""

from __future__ import annotations

from community.models import Area, User
from community.queries import appointments_of, keep_appointments
from community.second_factor import in_two_steps


def lock_roles(by: User) -> None:
    """Read afresh what `by` holds today and keep it from ending before this transaction does.

    A verb calls it after it has locked its subject and before it asks its predicate; the predicates then
    answer from what was read here. So an appointment that ends while its holder acts either ends after
    the act, or has ended before it, and the act is refused. The rows are locked against change alone
    (FOR NO KEY UPDATE). Roles come last in the order of locks (docs/architecture.md): whoever waits for one
    holds all else that they need. A merger of places, which ends appointments and changes records too,
    takes its locks in the same order (workflow/places.py).
    Needs a transaction. On SQLite, which writes one transaction at a time, reading afresh is enough.
    Whoever has no account holds nothing.
    """
    if not by.is_authenticated:
        return
    held = appointments_of(by).select_for_update(of=("self",), no_key=True)
    keep_appointments(by, in_two_steps(by, list(held)))


def keep_place(place: Area) -> Area:
    """Return a place as it stands now, and keep it from ending or moving until the transaction is over.

    Whoever puts a record somewhere and copies from the tree (a town, a community) calls it after the records that it
    locks and before `lock_roles`, and asks the row that comes back whether the place still stands.
    """
    Area.objects.select_for_update(no_key=True).only("pk").get(pk=place.pk)
    # Read behind the lock: a row that was waited for comes back new, but what is joined to it as it was before.
    rows = Area.objects.select_related("town", "successor")
    return rows.defer("boundary", "town__boundary", "successor__boundary").get(pk=place.pk)
