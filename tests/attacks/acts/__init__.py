"""Every address that takes a form, a form without a mistake for it, and who may send it: written by hand.

A row's key is the name of its address, then what tells two rows of one address apart. The expectations come
from the design (rules.md) and docs/glossary.md, not from the permissions that they check.
"""

from __future__ import annotations

from tests.attacks.acts.accounts import ACCOUNT
from tests.attacks.acts.appointments import APPOINTMENTS
from tests.attacks.acts.appraisals import APPRAISALS
from tests.attacks.acts.ballots import BALLOTS
from tests.attacks.acts.base import LOGIN, Act, Given
from tests.attacks.acts.halls import HALLS
from tests.attacks.acts.issues import ISSUES
from tests.attacks.acts.own import OWN
from tests.attacks.acts.places import PLACES
from tests.attacks.acts.residents import RESIDENTS
from tests.attacks.acts.resolutions import RESOLUTIONS
from tests.attacks.acts.reviews import REVIEWS
from tests.attacks.acts.sessions import SESSIONS
from tests.attacks.acts.topics import TOPICS

__all__ = ["ACTS", "LOGIN", "Act", "Given"]
ACTS = {
    **ACCOUNT, **OWN, **RESIDENTS, **APPOINTMENTS, **PLACES, **REVIEWS, **ISSUES, **HALLS, **TOPICS, **SESSIONS,
    **BALLOTS, **RESOLUTIONS, **APPRAISALS,
}  # fmt: skip
