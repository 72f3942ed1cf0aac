"""Which forms a topic's page offers to somebody: what they may do, and what can be done now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from community.keeping import take
from community.permissions import Person
from deliberation import topic_permissions as permissions
from deliberation.forms.topics import TOPIC_FORMS
from deliberation.models import Topic
from deliberation.states import TOPIC_DISCUSSED, TOPIC_TRANSITIONS, TopicState
from deliberation.workflow.topics import ENDED_BEFORE, answers_for


@dataclass(frozen=True)
class TopicPanel:
    """One form on the page: the verb it sends, its words, and whether it was just refused."""

    verb: str
    form: Any
    is_open: bool = False

    @property
    def title(self) -> str:
        """Return what the step is called."""
        return str(WORDS[self.verb][0])

    @property
    def button(self) -> str:
        """Return what the button says."""
        return str(WORDS[self.verb][1])

    @property
    def note(self) -> str:
        """Return a sentence of help, or ''."""
        return str(WORDS[self.verb][2])


# Staff's steps in the order of the work: title, button, help.
WORDS = {
    "confirm": (_("确认列为议题"), _("列为议题"), _("附议够了才能列。列了以后先公示，公示期满再开会。")),
    "notice": (_("公示议题"), _("公示出去"), _("公示几天照本镇街的规定，期满之前不开会。")),
    "answer": (_("正式答复"), _("答复"), _("以单位的名义，大家都看得到。再答复一次，新的换下旧的，旧的留在经过里。")),
    "refuse": (_("不列为议题"), _("答复：不列为议题"), ""),
}
MAY = {
    "endorse": permissions.can_endorse,
    "follow": permissions.can_follow,
    "confirm": permissions.can_confirm,
    "refuse": permissions.can_refuse,
    "withdraw": permissions.can_withdraw,
    "notice": permissions.can_notice,
    "answer": permissions.can_answer,
    "argue": permissions.can_say,
    "suggest": permissions.can_say,
    "state": permissions.can_say,
    "amend": permissions.can_say,
    "reply": permissions.can_answer_amendment,
    "stance": permissions.can_take_stance,
}
DISCUSSING = frozenset({"argue", "suggest", "state", "amend", "reply", "stance"})


def is_possible(verb: str, topic: Topic) -> bool:
    """Return whether `verb` can happen to the topic as it stands."""
    state = TopicState(topic.state)
    if verb in DISCUSSING:
        return topic.is_public and state in TOPIC_DISCUSSED
    if verb == "follow":
        return topic.is_public
    if verb == "endorse":
        return topic.is_public and state == TopicState.PROPOSED
    if verb == "answer":
        return topic.is_public and state not in ENDED_BEFORE
    if verb == "confirm" and not (topic.is_public and topic.is_endorsed):
        return False
    return state in TOPIC_TRANSITIONS[verb]


def topic_panels(
    viewer: Person, topic: Topic, at: datetime, failed: tuple[str, Any] | None = None
) -> dict[str, TopicPanel]:
    """Return the forms to show, by verb; a refused one comes back with what was typed."""
    offered = {}
    for verb, may in MAY.items():
        if failed and failed[0] == verb:
            offered[verb] = TopicPanel(verb, failed[1], is_open=True)
        elif is_possible(verb, topic) and may(viewer, topic):
            offered[verb] = TopicPanel(verb, topic_form(verb, topic, viewer, at))
    return offered


def topic_form(verb: str, topic: Topic, viewer: Any, at: datetime, *bound: Any, **options: Any) -> Any:
    """Return the form of a verb; ids of its own, for a page has several."""
    units = answers_for(viewer, topic, at) if verb == "answer" else None
    return TOPIC_FORMS[verb](*bound, topic=topic, units=units, auto_id=f"id_{verb}_%s", **options)


def staff_panels(offered: dict[str, TopicPanel]) -> list[TopicPanel]:
    """Return the panels of staff's steps in the order of the work, a refused one first."""
    steps = [offered[verb] for verb in WORDS if verb in offered]
    return sorted(steps, key=lambda panel: not panel.is_open)


def restored(viewer: Person, topic: Topic, at: datetime, request: HttpRequest) -> tuple[str, Any] | None:
    """Return the form that somebody sent who had to sign in or agree first, with what they had typed."""
    if not viewer.is_authenticated:
        return None
    for verb in TOPIC_FORMS:
        if (typed := take(request, f"topic {verb} {topic.number}")) and MAY[verb](viewer, topic):
            return verb, topic_form(verb, topic, viewer, at, initial=typed)
    return None
