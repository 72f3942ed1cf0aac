"""The public list of topics and a topic's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.missing import NothingThere
from community.models import Area
from community.models.areas import AreaKind
from community.paging import asked, next_url, page
from community.queries import rule_value, today
from deliberation import topic_permissions as permissions
from deliberation import topic_sentences as sentences
from deliberation.agreement import Sums, picture
from deliberation.models import Topic
from deliberation.models.topics import Side, Weight
from deliberation.states import TOPIC_GROUPS, BallotState
from deliberation.topic_queries import NEWEST_TOPICS, events_of, filtered_topics, marks_of, topic_clock
from deliberation.views.topic_panels import restored, staff_panels, topic_form, topic_panels

PAGE_SIZE = 21
PAGE_JOINS = ("area", "town", "hall", "issue", "scope", "answered_by")
WORDS_MOST = 100
GROUP_LABELS = {
    "proposed": lambda: _("刚提出，征集附议"),
    "preparing": lambda: _("列为议题，等开会"),
    "deliberating": lambda: _("正在协商、公示结果"),
    "carrying_out": lambda: _("正在落实"),
    "ended": lambda: _("已经结束"),
}


def find_topic(request: HttpRequest, number: str) -> Topic:
    """Return a topic that this person may see; anything else is not found, whether or not it exists."""
    topic = (
        Topic.objects.filter(number=number if number.isprintable() else "")
        .select_related(*PAGE_JOINS, "represented")
        .defer("area__boundary", "town__boundary")
        .first()
    )
    if topic is None or not permissions.can_see(request.user, topic):
        raise NothingThere(_("没有这个议题，或者它还没有公开。"))
    return topic


def town_of(request: HttpRequest) -> Area | None:
    """Return the town that the address names."""
    key = request.GET.get("town", "")
    if not (key.isdecimal() and key.isascii() and len(key) < 10):
        return None
    town = Area.objects.filter(pk=key).first()
    town = town.current() if town is not None else None
    return town if town is not None and town.kind == AreaKind.TOWN else None


@require_safe
def topic_list(request: HttpRequest) -> HttpResponse:
    """The public topics, newest first, with filters."""
    town, group, weight = town_of(request), request.GET.get("state", ""), request.GET.get("weight", "")
    topics = filtered_topics(town, group, weight).select_related("area").defer("question", "area__boundary")
    rows, cursor = page(topics, NEWEST_TOPICS, request.GET.get("after", ""), PAGE_SIZE)
    now = timezone.now()
    return render(
        request,
        "deliberation/topic_list.html",
        {
            "cards": [sentences.card(topic, now) for topic in rows],
            "towns": Area.objects.valid_on(today()).filter(kind=AreaKind.TOWN).only("kind", "name", "path"),
            "town": town,
            "groups": [(key, label()) for key, label in GROUP_LABELS.items()],
            "group": group if group in TOPIC_GROUPS else "",
            "weights": Weight.choices,
            "weight": weight,
            "is_first": not request.GET.get("after"),
            "query": asked(request.GET),
            "next_url": next_url(request.GET, cursor),
        },
    )


@require_safe
def topic_detail(request: HttpRequest, number: str) -> HttpResponse:
    """A topic's page."""
    return render_topic(request, find_topic(request, number))


def render_topic(
    request: HttpRequest,
    topic: Topic,
    *,
    failed: tuple[str, Any] | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a topic's page; `failed` is the verb and bound form that a refusal brings back."""
    context = detail_context(request, topic, failed, sentence)
    return render(request, "deliberation/topic_detail.html", context, status=status)


def detail_context(request: HttpRequest, topic: Topic, failed: tuple[str, Any] | None, sentence: str) -> dict[str, Any]:
    """Return what a topic's page shows to this person."""
    now, viewer = timezone.now(), request.user
    clock, staff = topic_clock(topic), permissions.can_see_staff_side(viewer, topic)
    failed = failed or restored(viewer, topic, now, request)
    offered, own = topic_panels(viewer, topic, now, failed), marks_of(viewer, topic)
    may_endorse = "endorse" in offered and not own["has_endorsed"]
    return {
        "topic": topic,
        "step": sentences.ring_step(topic),
        "status": sentences.status(topic, clock, now),
        "next_step": sentences.next_step(topic),
        "how": sentences.how_proposed(topic),
        "clock": clock,
        "steps": sentences.chain(topic, events_of(topic, staff=staff), clock, now),
        "issue": topic.issue if topic.issue is not None and topic.issue.is_public else None,
        "is_proposer": permissions.is_proposers_side(viewer, topic),
        "may_review": permissions.can_review(viewer, topic) and not topic.is_public,
        "may_endorse": may_endorse,
        "has_seat": may_endorse,
        "panels": offered,
        "staff_panels": staff_panels(offered),
        **own,
        **notices_and_results(topic),
        **discussion(topic, own["stances"], offered, failed, viewer, now),
        "failed_verb": failed[0] if failed else "",
        "sentence": sentence,
    }


def notices_and_results(topic: Topic) -> dict[str, Any]:
    """Return what was shown, deliberated, voted and decided about a topic."""
    ballots = topic.topic_ballots.exclude(ballot__state=BallotState.DRAFT).select_related("ballot")
    sessions = topic.agenda_items.filter(session__noticed_at__isnull=False).select_related("session")
    return {
        "notice": topic.notices.order_by("-starts_at", "-pk").first(),
        "sessions": [item.session for item in sessions.order_by("-session__starts_at")],
        "ballots": [row.ballot for row in ballots.order_by("-ballot__opens_at")],
        "resolutions": list(topic.resolutions.order_by("-published_at")),
    }


def discussion(
    topic: Topic, stances: dict[int, int], offered: dict[str, Any], failed: Any, viewer: Any, now: Any
) -> dict[str, Any]:
    """Return what people brought to a topic, as far as it is public."""
    arguments = list(topic.arguments.public().order_by("at", "pk")[:WORDS_MOST])
    options = list(topic.topicoptions.public().order_by("at", "pk")[:WORDS_MOST])
    amendments = list(topic.amendments.public().order_by("at", "pk")[:WORDS_MOST])
    statements = topic.statements.public().order_by("at", "pk")[:WORDS_MOST]
    least = rule_value("topic.picture", today(), topic.town_id)
    return {
        "columns": [(side.label, [one for one in arguments if one.side == side]) for side in (Side.FOR, Side.AGAINST)],
        "options": [
            (
                option,
                [
                    change_row(one, topic, offered, failed, viewer, now)
                    for one in amendments
                    if one.option_id == option.pk
                ],
            )
            for option in options
        ],
        "statements": [
            {"statement": one, "picture": picture_of(one, least), "stance": stances.get(one.pk)} for one in statements
        ],
        "least": least,
    }


def change_row(amendment: Any, topic: Topic, offered: dict[str, Any], failed: Any, viewer: Any, now: Any) -> Any:
    """Return a change with the form by which it is answered, where this person answers it."""
    if "reply" not in offered or amendment.state != "open":
        return {"amendment": amendment}
    bound = failed[1] if failed and failed[0] == "reply" else None
    if bound is not None and str(bound.data.get("amendment", "")) == str(amendment.pk):
        return {"amendment": amendment, "form": bound, "is_open": True}
    form = topic_form("reply", topic, viewer, now, initial={"amendment": amendment.pk})
    form.auto_id = f"id_reply_{amendment.pk}_%s"
    return {"amendment": amendment, "form": form}


def picture_of(statement: Any, least: int) -> Any:
    """Return where people stand on a statement, or None below the size that protects them."""
    shown = Sums(statement.shown_agree, statement.shown_disagree, statement.shown_passed)
    drawn = picture(shown, least=least)
    return {"sums": shown, "people": drawn.people, "reading": drawn.reading} if drawn else None
