"""What makes the page cache stale: a publication, a change of settings, a step of a public issue."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from wagtail.signals import page_published, page_unpublished, post_page_move

from deliberation.signals import issue_changed
from portal.models import FooterLink, SiteSettings
from portal.pagecache import invalidate


@receiver([page_published, page_unpublished, post_page_move])
@receiver([post_save, post_delete], sender=SiteSettings)
@receiver([post_save, post_delete], sender=FooterLink)
@receiver(issue_changed)
def forget_kept_pages(**kwargs: Any) -> None:
    """Start the next generation of kept pages, once the change has held."""
    transaction.on_commit(invalidate)
