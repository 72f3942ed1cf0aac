"""Acting in a role: what somebody holds is read inside the transaction of the act, and stays so until its end."""

from __future__ import annotations

from community.models import User
from community.queries import appointments_of, keep_appointments


def lock_roles(by: User) -> None:
    """Read afresh what `by` holds today and keep it from ending before this transaction does.

    A verb calls it after it has locked its subject and before it asks its predicate; the predicates then
    answer from what was read here. So an appointment that ends while its holder acts either ends after
    the act, or has ended before it, and the act is refused. The rows are locked against change alone
    (FOR NO KEY UPDATE), and no verb that ends an appointment locks a subject, so nobody waits in a ring.
    Needs a transaction. On SQLite, which writes one transaction at a time, reading afresh is enough.
    Whoever has no account holds nothing.
    """
    if not by.is_authenticated:
        return
    keep_appointments(by, appointments_of(by).select_for_update(of=("self",), no_key=True))
