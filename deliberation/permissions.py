"""Who may do what to an issue: predicates of a person and an issue, whatever its state.

Whether it can happen NOW is asked of the transition table (states.py).
"""

from __future__ import annotations

import rules

from community.permissions import Person, holds_over, is_signed_in
from community.queries import units_of
from community.roles import Role
from deliberation.models import Issue


@rules.predicate
def is_public(user: Person, issue: Issue) -> bool:
    """Reviewed and not private: anybody may see it."""
    return issue.is_public


@rules.predicate
def is_reporter(user: Person, issue: Issue) -> bool:
    """Who raised it, or the worker who raised it for somebody."""
    return is_signed_in(user) and issue.reporter_id == user.pk


@rules.predicate
def is_worker_of_place(user: Person, issue: Issue) -> bool:
    """A community worker over the place of the issue."""
    return holds_over(user, issue.area, Role.COMMUNITY_WORKER)


@rules.predicate
def is_town_officer_of_place(user: Person, issue: Issue) -> bool:
    """A town officer over the place of the issue."""
    return holds_over(user, issue.area, Role.TOWN_OFFICER)


@rules.predicate
def is_overseer_of_place(user: Person, issue: Issue) -> bool:
    """Somebody who watches over the place without handling its issues."""
    return holds_over(user, issue.area, Role.DISTRICT_OFFICER, Role.STEWARD, Role.AUDITOR)


@rules.predicate
def is_handler(user: Person, issue: Issue) -> bool:
    """Somebody of the unit that has the issue now."""
    return issue.unit_id is not None and issue.unit_id in units_of(user, Role.HANDLER)


@rules.predicate
def is_represented(user: Person, issue: Issue) -> bool:
    """For whom a worker raised it, who has an account by now."""
    return is_signed_in(user) and issue.represented is not None and issue.represented.user_id == user.pk


@rules.predicate
def is_own_report(user: Person, issue: Issue) -> bool:
    """The reporter speaks for themself: nobody represented, or it is they who were, before they had an account."""
    if issue.represented_id is None:
        return is_reporter(user, issue)
    return is_represented(user, issue)


is_responsible = is_worker_of_place | is_town_officer_of_place
is_reporters_side = is_reporter | is_represented
can_see = is_public | is_reporters_side | is_responsible | is_handler | is_overseer_of_place
can_see_staff_side = is_responsible | is_handler | is_overseer_of_place
can_see_reporter = is_responsible | is_handler
can_review = is_responsible & ~is_own_report
can_accept = is_responsible
can_refuse = is_responsible & ~is_own_report
can_dispatch = is_responsible
can_note_progress = is_handler | is_responsible
can_resolve = is_handler
# By telephone a worker writes down what the reporter says; the unit that did the work never rates it.
can_rate = (is_own_report | (is_responsible & ~is_own_report)) & ~is_handler
can_close = is_responsible & ~is_own_report
can_supervise = is_town_officer_of_place & ~is_own_report
can_withdraw = is_reporters_side
can_endorse = is_signed_in & is_public & ~is_reporter
can_follow = is_signed_in & is_public
can_supplement = is_signed_in & (is_public | is_reporters_side)
