"""What makes the page cache stale: a publication, a change of settings, a step of a public issue or of a ballot."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from wagtail.models import PageViewRestriction
from wagtail.signals import page_published, page_unpublished, post_page_move

from community.models import CompoundProfile, Unit
from community.signals import places_changed
from deliberation.models import Ballot, Category, Hall, Issue, Topic, TopicScope, Venue
from deliberation.signals import issue_changed, topic_changed
from portal.models import FooterLink, ReportedFigure, SiteSettings
from portal.pagecache import invalidate

# The step by which a public issue can become one that is not.
HIDING = "withhold"


def forget_kept_pages(**kwargs: Any) -> None:
    """Start the next generation of kept pages, once the change has held."""
    # The change has held whatever becomes of this: where it fails, that is logged, and kept pages age out.
    transaction.on_commit(invalidate, robust=True)


for signal in (page_published, page_unpublished, post_page_move, places_changed):
    signal.connect(forget_kept_pages)
for model in (
    SiteSettings,
    FooterLink,
    PageViewRestriction,
    ReportedFigure,
    Ballot,
    Category,
    Hall,
    Venue,
    Unit,
    CompoundProfile,
    TopicScope,
):
    for signal in (post_save, post_delete):
        signal.connect(forget_kept_pages, sender=model)


@receiver(issue_changed)
def forget_kept_pages_of_issue(issue: Issue, verb: str, **kwargs: Any) -> None:
    """Do the same after a step that the public sees; what nobody sees yet changes no page."""
    if issue.is_public or verb == HIDING:
        forget_kept_pages()


# What comes in and waits to be seen changes no page.
UNSEEN = frozenset({"argue", "suggest", "amend", "state"})


@receiver(topic_changed)
def forget_kept_pages_of_topic(topic: Topic, verb: str, **kwargs: Any) -> None:
    """Do the same after a step of a topic that the public sees."""
    if verb == HIDING or (topic.is_public and verb not in UNSEEN):
        forget_kept_pages()
