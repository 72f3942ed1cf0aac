"""A process that casts votes and says each receipt, until somebody kills it: `python -m tests.deliberation.casting`."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

WORKERS = 3


def main(ballot_pk: int, database: str) -> None:
    """Have everybody on the roll vote, a few at a time; a line is written once the verb has answered."""
    import django

    django.setup()
    from django.db import connection, connections

    from deliberation.models import Ballot
    from deliberation.workflow.voting import cast_vote
    from tests.factories.ballots import HOUR

    connection.settings_dict["NAME"] = database
    ballot = Ballot.objects.get(pk=ballot_pk)
    voters = ballot.roll.order_by("pk").values_list("voters__resident__user", flat=True)
    people = list(type(ballot.made_by).objects.filter(pk__in=voters).order_by("pk"))

    def cast(start: int) -> None:
        connections["default"].settings_dict["NAME"] = database
        for person in people[start::WORKERS]:
            receipt = cast_vote(ballot, by=person, at=ballot.opens_at + HOUR, choice="yes")
            os.write(sys.stdout.fileno(), f"{receipt}\n".encode())

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(cast, range(WORKERS)))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
