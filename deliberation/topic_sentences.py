"""What a topic's page and lists say: where it stands and by when, and its chain of steps.

Functions of a topic with its events and clock in hand; they ask the database nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliberation.log_actions import TOPIC_TITLES
from deliberation.states import TOPIC_STEPS, TopicState

if TYPE_CHECKING:
    from community.models import Clock
    from deliberation.models import Topic, TopicEvent

T = TopicState
STEPS = {
    T.PROPOSED: gettext_lazy("提出"),
    T.CONFIRMED: gettext_lazy("确认为议题"),
    T.NOTICED: gettext_lazy("公示议题"),
    T.IN_SESSION: gettext_lazy("开会协商"),
    T.OPINION_FORMED: gettext_lazy("形成协商意见"),
    T.RESULT_PUBLISHED: gettext_lazy("公示结果"),
    T.CARRYING_OUT: gettext_lazy("落实"),
    T.EVALUATED: gettext_lazy("评议"),
}
STATUS = {
    T.CONFIRMED: gettext_lazy("已经列为议题，接下来公示。"),
    T.IN_SESSION: gettext_lazy("正在开会协商。"),
    T.OPINION_FORMED: gettext_lazy("协商意见形成了，接下来公示结果。"),
    T.RESULT_PUBLISHED: gettext_lazy("结果正在公示，有异议可以提。"),
    T.CARRYING_OUT: gettext_lazy("正在照结果落实，办到哪一步这里都看得到。"),
    T.EVALUATED: gettext_lazy("落实完了，也评议过了。"),
    T.REFUSED: gettext_lazy("没有列为议题，原因写在下面的经过里。"),
    T.WITHDRAWN: gettext_lazy("提出人撤回了。"),
}
NEXT_STEPS = {
    T.CONFIRMED: gettext_lazy("议事厅公示议题，让大家都知道要议什么"),
    T.NOTICED: gettext_lazy("公示期满，开会协商"),
    T.IN_SESSION: gettext_lazy("写下协商意见；没有议成的，再议一次"),
    T.OPINION_FORMED: gettext_lazy("公示结果，听取异议"),
    T.RESULT_PUBLISHED: gettext_lazy("公示期满，照结果落实"),
    T.CARRYING_OUT: gettext_lazy("办完了，请相关的居民评议"),
}


@dataclass(frozen=True)
class ChainStep:
    """One step as components/chain.html shows it."""

    state: str
    title: str
    text: str = ""
    time: datetime | None = None


def status(topic: Topic, clock: Clock | None, at: datetime) -> str:
    """Return one sentence: where the topic is, and by when it moves on."""
    state = TopicState(topic.state)
    if state == T.PROPOSED:
        return proposed_status(topic, clock)
    if state == T.NOTICED and topic.notice_ends_at is not None:
        if at <= topic.notice_ends_at:
            return _("正在公示，公示期满才开会。")
        return _("公示期满了，等着开会协商。")
    return str(STATUS[state])


def proposed_status(topic: Topic, clock: Clock | None) -> str:
    """Return where a proposal is: at the review, gathering endorsements, or before the moderator."""
    if not topic.is_public:
        if topic.reviewed_at is not None:
            return _("审看过了，没有公开。")
        return _("等社区审看，看过才公开。")
    if not topic.is_endorsed:
        return _("正在征集附议，还差 %(n)d 位。") % {"n": topic.needed_endorsements - topic.endorsement_count}
    return _("等议事厅确认列不列为议题。")


def next_step(topic: Topic) -> str:
    """Return what comes next, or '' where nothing does."""
    state = TopicState(topic.state)
    if state == T.PROPOSED:
        if topic.is_endorsed:
            return _("议事厅确认，或者说明为什么不列")
        return _("附议够了，议事厅确认，或者说明为什么不列")
    return str(NEXT_STEPS.get(state, ""))


def chain(topic: Topic, events: Iterable[TopicEvent], clock: Clock | None, at: datetime) -> list[ChainStep]:
    """Return the steps of a topic: those done, the one that is awaited, and those to come."""
    done = [ChainStep("done", str(TOPIC_TITLES[event.verb]), told(topic, event), event.at) for event in events]
    return done + coming(topic, clock, at)


def told(topic: Topic, event: TopicEvent) -> str:
    """Return what an event says, without saying who did it."""
    if event.verb == "propose":
        return how_proposed(topic)
    if event.verb == "enough":
        return _("附议满 %(n)d 位，交议事厅确认。") % {"n": topic.needed_endorsements}
    if event.verb == "answer" and event.unit is not None:
        return f"{event.unit.name}{_('：')}{event.text}"
    return event.text


def how_proposed(topic: Topic) -> str:
    """Return how a topic came in."""
    if topic.is_of_hall:
        return _("议事厅提出。")
    if topic.represented_id is not None:
        return _("社区工作者代一位居民提出。")
    if topic.issue_id is not None:
        return _("从居民反映的事提出，光靠办理解决不了。")
    return _("一位居民提出。")


def coming(topic: Topic, clock: Clock | None, at: datetime) -> list[ChainStep]:
    """Return the step that is awaited and those to come; none for a topic that has ended."""
    if topic.is_final:
        return []
    rest = TOPIC_STEPS[topic.step :]
    now = ChainStep("now", str(STEPS[rest[0]]), status(topic, clock, at))
    return [now, *(ChainStep("next", str(STEPS[state])) for state in rest[1:])]


def card(topic: Topic, at: datetime) -> dict[str, Any]:
    """Return what components/topic.html shows of a topic in a list."""
    return {
        "topic": topic,
        "step": ring_step(topic),
        "state": topic.get_state_display(),
        "place": topic.area.name,
        "status": status(topic, None, at),
    }


def ring_step(topic: Topic) -> int:
    """Return at which seat the ring stands; past the last where all is done."""
    return len(TOPIC_STEPS) + 1 if topic.state == T.EVALUATED else topic.step
