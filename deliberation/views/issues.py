"""The public list, the map's data and an issue's page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.marks import marks, pieces
from community.missing import NothingThere
from community.models import Area, Hiding
from community.models.areas import AreaKind
from community.models.people import mask_name, mask_phone
from community.paging import page
from community.queries import holidays, rules_in_force, today
from community.reviewing import known_names, staff_names
from deliberation import permissions, sentences
from deliberation.chain import chain
from deliberation.models import Category, Issue, IssueEvent
from deliberation.models.issues import PhotoKind
from deliberation.queries import NEWEST_FIRST, PAGE_SIZE, due_clocks, events_of, hidden_words, issue_clocks
from deliberation.reviewing import about_issue
from deliberation.states import STATE_GROUPS, Outcome
from deliberation.topic_queries import topic_under_way
from deliberation.views.panels import panels, restored, staff_panels, viewer_marks

POINTS_MOST = 200
# How the message about a covered photo names it (community/views/reviews.py).
COVERED = "covered-photo-"
PAGE_JOINS = ("category", "area", "community", "town", "unit")
# Whose page it is matters to those who have signed in alone; names and phones cost a decryption each.
PERSON_JOINS = ("reporter", "represented")
GROUP_LABELS = {
    "waiting": lambda: _("等受理、等派单"),
    "working": lambda: _("办理中"),
    "resolved": lambda: _("办结，等评价"),
    "closed": lambda: _("已结案"),
}


def find_issue(request: HttpRequest, number: str) -> Issue:
    """Return an issue that this person may see; anything else is not found, whether or not it exists."""
    # An address may hold what no number does and PostgreSQL does not take, such as a zero byte.
    issue = (
        Issue.objects.filter(number=number if number.isprintable() else "")
        .select_related(*PAGE_JOINS, *(PERSON_JOINS if request.user.is_authenticated else ()))
        .defer("area__boundary", "community__boundary", "town__boundary")
        .first()
    )
    if issue is None or not permissions.can_see(request.user, issue):
        raise NothingThere(_("没有这件事，或者它还没有公开。"))
    return issue


def chosen_filters(request: HttpRequest) -> dict[str, Any]:
    """Return what the address asks for, each value one that exists, or nothing."""
    area_id, code, state = (request.GET.get(name, "") for name in ("area", "category", "state"))
    area = (
        Area.objects.select_related("town").filter(pk=area_id).first()
        if area_id.isdecimal() and len(area_id) < 10
        else None
    )
    # An old address of a place that has been merged leads to the one that follows it.
    area = area.current() if area is not None else None
    return {
        "area": area if area is None or area.kind in (AreaKind.TOWN, AreaKind.COMMUNITY, AreaKind.VILLAGE) else None,
        "category": code,
        "state": state if state in STATE_GROUPS else "",
    }


def filtered(chosen: dict[str, Any], categories: list[Category]) -> Any:
    """Return the public issues that the filters leave."""
    issues = Issue.objects.public()
    area, code = chosen["area"], chosen["category"]
    if area is not None:
        issues = issues.filter(town=area) if area.kind == AreaKind.TOWN else issues.filter(community=area)
    if category := next((one for one in categories if one.code == code), None):
        issues = issues.filter(category=category)
    if chosen["state"]:
        issues = issues.in_group(chosen["state"])
    return issues


@require_safe
def issue_list(request: HttpRequest) -> HttpResponse:
    """The public issues, newest first, with filters and a map."""
    chosen, categories = chosen_filters(request), list(Category.objects.all())
    issues = filtered(chosen, categories).select_related("category", "community", "unit")
    issues = issues.defer("details", "community__boundary")
    rows, cursor = page(issues, NEWEST_FIRST, request.GET.get("after", ""), PAGE_SIZE)
    query = {name: request.GET[name] for name in ("area", "category", "state") if request.GET.get(name)}
    now, clocks = timezone.now(), due_clocks(rows)
    return render(
        request,
        "deliberation/issue_list.html",
        {
            "items": [sentences.row(issue, clocks.get(issue.pk), now) for issue in rows],
            "categories": categories,
            "groups": [(key, label()) for key, label in GROUP_LABELS.items()],
            "chosen": chosen,
            "areas": listed_areas(chosen["area"]),
            "is_first": not request.GET.get("after"),
            "query": urlencode(query),
            "next_url": f"?{urlencode({**query, 'after': cursor})}" if cursor else "",
        },
    )


def listed_areas(area: Area | None) -> list[Area]:
    """Return the places to choose from: the towns, and the communities of a chosen one."""
    valid = Area.objects.valid_on(today()).only("kind", "name", "path", "town")
    towns = list(valid.filter(kind=AreaKind.TOWN))
    if area is None:
        return towns
    town = area if area.kind == AreaKind.TOWN else area.town
    below = list(valid.committees().filter(town=town))
    at = next((index for index, one in enumerate(towns) if one == town), len(towns) - 1) + 1
    return [*towns[:at], *below, *towns[at:]]


@require_safe
def points(request: HttpRequest) -> JsonResponse:
    """The shown points of the newest public issues that the filters leave, as GeoJSON."""
    issues = filtered(chosen_filters(request), list(Category.objects.all())).exclude(shown_latitude=None)
    rows = issues.select_related("category").order_by("-raised_at", "-pk")[:POINTS_MOST]
    return JsonResponse(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": [issue.shown_longitude, issue.shown_latitude]},
                    "properties": {
                        "title": issue.title,
                        "url": issue.get_absolute_url(),
                        "category": _(issue.category.name),
                        "state": issue.get_state_display(),
                        "is_final": issue.is_final,
                    },
                }
                for issue in rows
            ],
        }
    )


@require_safe
def outlines(request: HttpRequest) -> JsonResponse:
    """The schematic outlines of the district and its towns, as GeoJSON."""
    areas = Area.objects.valid_on(today()).filter(kind__in=(AreaKind.DISTRICT, AreaKind.TOWN)).exclude(boundary=None)
    features = [
        {"type": "Feature", "geometry": area.boundary, "properties": {"name": area.name, "kind": area.kind}}
        for area in areas
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


@require_safe
def issue_detail(request: HttpRequest, number: str) -> HttpResponse:
    """An issue's page."""
    return render_issue(request, find_issue(request, number))


def render_issue(
    request: HttpRequest,
    issue: Issue,
    *,
    failed: tuple[str, Any] | None = None,
    sentence: str = "",
    phone: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render an issue's page; `failed` is the verb and bound form that a refusal brings back, `phone` a revealed one."""
    context = detail_context(request, issue, failed, sentence, phone)
    return render(request, "deliberation/issue_detail.html", context, status=status)


def detail_context(
    request: HttpRequest, issue: Issue, failed: tuple[str, Any] | None, sentence: str, phone: str
) -> dict[str, Any]:
    """Return what an issue's page shows to this person."""
    now, clocks, viewer = timezone.now(), issue_clocks(issue), request.user
    clock = clocks[0] if clocks else None
    staff = permissions.can_see_staff_side(viewer, issue)
    reporter = permissions.is_reporters_side(viewer, issue)
    events = list(events_of(issue, staff=staff))
    # A clock that runs keeps the version by which it started.
    rules = rules_in_force(today()) | {one.rule.key: one.rule for one in clocks}
    failed = failed or restored(viewer, issue, request)
    is_paused = clock is not None and clock.paused_at is not None
    hidden = hidden_words(issue) if staff else set()
    offered = panels(viewer, issue, clock, failed)
    see_reporter = permissions.can_see_reporter(viewer, issue)
    return {
        "issue": issue,
        "status": sentences.status(issue, clock, now, to_reporter=reporter),
        "question": open_question(events) if is_paused and (reporter or staff) else "",
        "is_paused": is_paused,
        "is_settled": issue.is_final and issue.outcome == Outcome.RESOLVED,
        "clock": clock,
        "left": sentences.time_left(clock, now) if clock else None,
        "beads": sentences.beads(clock, now, holidays()) if clock else None,
        "next_step": sentences.next_step(issue),
        "if_late": sentences.if_late(issue, rules),
        "steps": chain(issue, events, clock, rules, staff=staff, reporter=reporter, hidden=hidden),
        **photos_of(events, all_of_them=staff or reporter),
        "is_staff_side": staff,
        "is_reporter": reporter,
        "can_see_reporter": see_reporter,
        "reporter_contact": contact(issue, phone) if see_reporter else [],
        "panels": offered,
        "staff_panels": staff_panels(offered),
        "hiding": own_hiding(issue) if reporter and not issue.is_public else None,
        "may_review": permissions.can_review(viewer, issue),
        **(marked(issue) if "review" in offered else {}),
        "just_covered": just_covered(request) if "review" in offered else set(),
        "needed_voices": rules["issue.deliberation"].value,
        "rework_text": sentences.rework_text(rules),
        **marks_and_topic(viewer, issue, rules["issue.deliberation"].value),
        "failed_verb": failed[0] if failed else "",
        "sentence": sentence,
    }


def photos_of(events: list[IssueEvent], *, all_of_them: bool) -> dict[str, list[Any]]:
    """Return the photos of an issue before and after the work, and those beside the two that are shown large."""
    photos = [photo for event in events for photo in event.photos.all() if photo.is_public or all_of_them]
    before, after = ([one for one in photos if one.kind == kind] for kind in (PhotoKind.BEFORE, PhotoKind.AFTER))
    return {
        "before": before,
        "after": after,
        "more_photos": [*before[1:], *after[:-1]],
        "all_photos": [*before, *after],
    }


def marks_and_topic(viewer: Any, issue: Issue, enough: int) -> dict[str, Any]:
    """Return what this person did with an issue, the public topic made of it, and whether they may make one of it."""
    marks_of_viewer = viewer_marks(viewer, issue)
    if not issue.is_public:
        return {**marks_of_viewer, "topic": None, "may_propose": False}
    topic = topic_under_way(issue)
    is_open = topic is None and issue.outcome not in (Outcome.RESOLVED, Outcome.WITHDRAWN)
    is_reporters = permissions.is_reporters_side(viewer, issue) and issue.endorsement_count >= enough
    may = permissions.is_responsible(viewer, issue) or is_reporters
    shown = topic if topic is not None and topic.is_public else None
    return {**marks_of_viewer, "topic": shown, "may_propose": is_open and may}


def marked(issue: Issue) -> dict[str, Any]:
    """Return what looks personal in an issue's words: a list of finds, and the words with the finds in their places."""
    about = about_issue(issue)
    names = known_names(about)
    staff = staff_names(issue.area)
    shown = [(label, pieces(text, [*names, *staff])) for label, text in about.words]
    return {
        "marks": marks(about.all_words, names),
        "marked": shown if any(piece.label for _label, cut in shown for piece in cut) else [],
    }


def just_covered(request: HttpRequest) -> set[int]:
    """Return the photos that this person has covered just now, as the message about it says."""
    tags = [message.extra_tags or "" for message in get_messages(request)]
    return {int(tag.removeprefix(COVERED)) for tag in tags if tag.startswith(COVERED)}


def own_hiding(issue: Issue) -> Hiding | None:
    """Return why an issue is not public, for its reporter, who may appeal."""
    return Hiding.objects.of(issue).standing().first()


def open_question(events: list[IssueEvent]) -> str:
    """Return what the reporter was asked last."""
    return next((event.text for event in reversed(events) if event.verb == "ask"), "")


def contact(issue: Issue, phone: str = "") -> list[dict[str, str]]:
    """Return who to call about an issue, as the handling staff see it: masked, but for a phone just revealed."""
    person = issue.represented or issue.reporter
    rows = [{"label": _("反映人"), "text": mask_name(person.name) or _("没有留名")}]
    if person.phone:
        rows.append({"label": _("电话"), "text": mask_phone(person.phone), "tel": phone, "field": "phone"})
    if issue.represented:
        rows.append({"label": _("代反映"), "text": issue.reporter.masked_name})
    return rows
