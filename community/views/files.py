"""Files that people sent: behind a permission check, as attachments, and nowhere else."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from community.models import StoredFile
from community.permissions import can_read_file
from community.refusing import never_kept

# Nothing in it may run or load anything, even where a browser opens it in its place.
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"


@never_kept
@login_required
@require_safe
def stored_file(request: HttpRequest, key: uuid.UUID) -> HttpResponseBase:
    """One file; whoever may not read it learns nothing, not even that it exists."""
    stored = StoredFile.objects.filter(key=key).first()
    if (
        stored is None
        or not can_read_file(request.user, stored)
        or not stored.file.storage.exists(str(stored.file.name))
    ):
        raise Http404
    response = FileResponse(
        stored.file.open("rb"), as_attachment=True, filename=stored.title, content_type=stored.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    return response
