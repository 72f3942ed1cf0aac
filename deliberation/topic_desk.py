"""The rows of topics on a desk: those that wait for their confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from community.models import Clock, User
from deliberation.models import Topic
from deliberation.sentences import TimeLeft, time_left


@dataclass(frozen=True)
class TopicItem:
    """A topic that waits for a moderator or a worker to confirm or refuse it."""

    topic: Topic
    clock: Clock
    left: TimeLeft
    tap_url: str = ""
    is_escalated: bool = False

    @property
    def tag(self) -> str:
        """Return the tag of the row."""
        return _("议题")

    @property
    def title(self) -> str:
        """Return what the row is about."""
        return self.topic.title

    @property
    def text(self) -> str:
        """Return what there is to do."""
        if self.topic.needed_endorsements:
            return _("附议满 %(n)d 位，列不列为议题要答复") % {"n": self.topic.needed_endorsements}
        return _("列不列为议题要答复")

    @property
    def place(self) -> str:
        """Return the place of the hall."""
        return self.topic.area.name

    @property
    def url(self) -> str:
        """Return where the row leads."""
        return self.topic.get_absolute_url()

    @property
    def action(self) -> str:
        """Return the words of the button."""
        return _("去答复")


def topic_rows(clocks: Sequence[Clock], user: User, at: datetime) -> dict[int, TopicItem]:
    """Return the rows of those clocks that belong to topics, by clock, in one query."""
    kind = ContentType.objects.get_for_model(Topic)
    mine = [clock for clock in clocks if clock.subject_type_id == kind.pk]
    topics = Topic.objects.select_related("area").defer("area__boundary").in_bulk([clock.subject_id for clock in mine])
    return {
        clock.pk: TopicItem(topics[clock.subject_id], clock, time_left(clock, at))
        for clock in mine
        if clock.subject_id in topics
    }
