"""Photos, behind the same question as the issue they belong to: no address of a file is public."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from deliberation import permissions
from deliberation.models import IssuePhoto, PhotoDraft
from deliberation.views.issues import find_issue

SIZES = {"full": "image", "small": "thumbnail"}


@require_safe
def photo(request: HttpRequest, number: str, photo_id: int, size: str) -> HttpResponse:
    """One photo of an issue, in one of two sizes."""
    issue = find_issue(request, number)
    row = get_object_or_404(IssuePhoto, pk=photo_id, issue=issue)
    seen_by_all = issue.is_public and row.is_public
    own = permissions.can_see_staff_side(request.user, issue) or permissions.is_reporters_side(request.user, issue)
    if size not in SIZES or not (seen_by_all or own):
        raise Http404
    response = picture(getattr(row, SIZES[size]))
    # A photo may be hidden later: the browser keeps it for a while, and asks again after that.
    response["Cache-Control"] = "public, max-age=300" if seen_by_all else "private, no-store"
    return response


@login_required
@require_safe
def draft(request: HttpRequest, draft_id: int) -> HttpResponse:
    """A photo that waits beside one's own form."""
    row = get_object_or_404(PhotoDraft, pk=draft_id, owner=request.user)
    response = picture(row.thumbnail)
    response["Cache-Control"] = "private, no-store"
    return response


def picture(file: FieldFile) -> HttpResponse:
    """Return a JPEG of ours whole: re-encoding has made it small, and nothing is left open."""
    with file.open("rb") as stream:
        return HttpResponse(stream.read(), content_type="image/jpeg")
