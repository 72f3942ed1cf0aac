"""The rows of people, locked in the one order of the app: account, then profiles by their numbers, then a request."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from community import permissions
from community.acting import lock_roles
from community.errors import NotAllowed, WrongState
from community.models import Resident, User, VerificationRequest
from community.models.verifying import RequestState


def lock_account(resident_id: int) -> None:
    """Lock the account of a profile, where it has one, before the profile itself.

    For verbs that write the account too, or that meet verbs which begin with it (`resident_for`, the
    change of a phone, an erasure). What points to the account may still be inserted meanwhile.
    """
    user_id = Resident.objects.values_list("user", flat=True).get(pk=resident_id)
    if user_id is not None:
        User.objects.select_for_update(no_key=True).get(pk=user_id)


def locked(resident: Resident) -> Resident:
    """Return a profile's row as it stands, locked; NotAllowed for one that is no longer anybody's."""
    return check_kept(locked_all([resident.pk])[resident.pk])


def locked_all(ids: Iterable[int]) -> dict[int, Resident]:
    """Return the rows of several profiles by their numbers, locked in that order; those that there are not are left out."""
    rows = Resident.objects.filter(pk__in=list(ids)).order_by("pk")
    list(rows.select_for_update().values_list("pk", flat=True))
    # Read behind the lock: a row that was waited for comes back new, but what is joined to it as it was before.
    return {one.pk: one for one in rows.select_related("user", "home", "town")}


def check_kept(resident: Resident) -> Resident:
    """Return a profile; NotAllowed for a tombstone, and for one that was joined to another."""
    if resident.erased_at is not None:
        raise NotAllowed(_("这个人的账号已经注销了。"))
    if resident.joined_to_id is not None:
        raise NotAllowed(_("这个人有账号了，以前的登记已经并过去。请在账号名下办。"))
    return resident


def locked_open(
    request: VerificationRequest, by: User | None = None, *, earlier: Iterable[int] = ()
) -> tuple[VerificationRequest, Resident]:
    """Return an open request and its resident, both locked; with `by`, a worker who may decide about it.

    `earlier` are the numbers of other profiles that the same act will write.
    """
    lock_account(request.resident_id)
    people = locked_all([request.resident_id, *earlier])
    VerificationRequest.objects.select_for_update().only("pk").get(pk=request.pk)
    fresh = VerificationRequest.objects.select_related("home").get(pk=request.pk)
    fresh.resident = check_kept(people[fresh.resident_id])
    if by is not None:
        lock_roles(by)
        check_may_decide(fresh, by)
    if fresh.state != RequestState.OPEN:
        raise WrongState(
            _("这份申请现在是“%(state)s”，做不了这一步。请刷新页面看看。") % {"state": fresh.get_state_display()}
        )
    return fresh, fresh.resident


def check_may_decide(request: VerificationRequest, by: User) -> None:
    """Refuse whoever works elsewhere, and the family."""
    if not permissions.is_worker_of_request(by, request):
        raise NotAllowed(_("只有住地的社区工作者可以核验。"))
    if not permissions.can_decide_verification(by, request):
        raise NotAllowed(_("自己和自家人的核验，要由别人办。"))
