"""Sessions: the list, one session's page with what staff do, and planning one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.keeping import keeps_typed
from community.missing import NothingThere
from community.paging import next_url, page
from community.queries import areas_of, today, within_any
from community.roles import Role
from deliberation import session_permissions as permissions
from deliberation.forms import results as forms
from deliberation.models import AgendaItem, Hall, Session, Topic
from deliberation.models.sessions import SessionKind
from deliberation.states import SESSION_TRANSITIONS, SessionState, TopicState
from deliberation.views.result_acting import Act, do_act, keep_act, key_of, sign_in_first, with_forms
from deliberation.workflow import sessions as verbs
from deliberation.workflow.appraisals import latest_of_property

PAGE_SIZE = 20
UPCOMING_MOST = 50
RUNNERS = (Role.HALL_MODERATOR, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)
FORMS: dict[str, type] = {
    "notice": forms.VerbForm,
    "open": forms.VerbForm,
    "close": forms.CloseSessionForm,
    "cancel": forms.ReasonForm,
    "agenda": forms.AgendaForm,
    "opinion": forms.OpinionForm,
    "adjourn": forms.LongReasonForm,
    "attach": forms.AttachForm,
}


@require_safe
def session_list(request: HttpRequest) -> HttpResponse:
    """The sessions to come, the next one first, and those that were held, the last one first."""
    now = timezone.now()
    public = Session.objects.public().select_related("hall", "area").defer("area__boundary")
    to_come = public.filter(ends_at__gte=now).exclude(state__in=(SessionState.CLOSED, SessionState.CANCELLED))
    past = public.exclude(pk__in=to_come.values("pk"))
    after = request.GET.get("after", "")
    rows, cursor = page(past, ("-starts_at", "-pk"), after, PAGE_SIZE)
    context = {
        "upcoming": [] if after else list(to_come.order_by("starts_at", "pk")[:UPCOMING_MOST]),
        "past": rows,
        "is_first": not after,
        "next_url": next_url(request.GET, cursor),
        "may_plan": bool(halls_of(request)),
        "drafts": [] if after else list(drafts_of(request)),
    }
    return render(request, "deliberation/session_list.html", context)


def halls_of(request: HttpRequest) -> list[Hall]:
    """Return the halls whose sessions this person may plan."""
    paths = [area.path for area in areas_of(request.user, *RUNNERS)] if request.user.is_authenticated else []
    if not paths:
        return []
    halls = Hall.objects.standing_on(today()).filter(within_any(paths, "area__path")).select_related("area", "town")
    return list(halls.order_by("area__path", "pk")[:500])


def drafts_of(request: HttpRequest) -> Any:
    """Return what this person, or a colleague, is planning."""
    paths = [area.path for area in areas_of(request.user, *RUNNERS)] if request.user.is_authenticated else []
    if not paths:
        return []
    planned = Session.objects.filter(within_any(paths, "area__path"), state=SessionState.PLANNED)
    return planned.select_related("hall", "area").order_by("starts_at", "pk")[:UPCOMING_MOST]


def find_session(request: HttpRequest, pk: int) -> Session:
    """Return a session that this person may see; anything else is not found."""
    joins = ("hall", "area", "town", "venue", "method")
    session = Session.objects.select_related(*joins).filter(pk=pk).first() if pk < 2**62 else None
    if session is None or not permissions.can_see(request.user, session):
        raise NothingThere(_("没有这次会议，或者还没有通知。"))
    return session


@require_safe
def session_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A session's page."""
    return render_session(request, find_session(request, pk))


def render_session(
    request: HttpRequest,
    session: Session,
    *,
    failed: tuple[str, Any] | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a session's page; `failed` is the act and form that a refusal brings back."""
    items = agenda_of(session)
    acts = acts_of(request, session, items)
    is_joint = session.kind == SessionKind.JOINT_MEETING
    context = {
        "session": session,
        "items": items,
        "acts": with_forms(acts, request, failed, str(session.pk)),
        "appraisals": latest_of_property(session.area) if is_joint else [],
        "raised": session.raised_topics.filter(is_public=True).order_by("pk"),
        "resolutions": session.resolutions.order_by("published_at", "pk"),
        "may_publish": permissions.can_plan(request.user, session),
        "sentence": sentence,
    }
    return render(request, "deliberation/session_detail.html", context, status=status)


def agenda_of(session: Session) -> list[AgendaItem]:
    """Return the agenda with its topics."""
    joins = ("topic__area", "topic__town", "topic__hall")
    return list(session.items.select_related(*joins).order_by("position"))


# --- What staff do on the page ---------------------------------------------------------------------------
def acts_of(request: HttpRequest, session: Session, items: list[AgendaItem]) -> list[Act]:
    """Return everything that this person may do here, whether or not it can happen now."""
    acts: list[Act] = []
    if permissions.can_plan(request.user, session):
        acts += planning_acts(session)
    if permissions.can_close(request.user, session):
        acts.append(act_of(session, "close", _("散会"), _("写好了，散会"), _("会开完了。"), verbs.close_session))
    for item in items:
        acts += acts_on_topic(request, session, item.topic)
    return acts


def planning_acts(session: Session) -> list[Act]:
    """Return what those who run a session do with it."""
    changeable = session.state in (SessionState.PLANNED, SessionState.NOTICED)
    told = _("关注议题的人都会收到通知。议题要公示过，公示在开会前结束。")
    return [
        act_of(session, "notice", _("通知开会"), _("通知大家"), _("已通知关注议题的人。"), verbs.notice_session, told),
        act_of(session, "open", _("开会"), _("现在开会"), _("开会了。"), verbs.open_session),
        act_of(
            session, "agenda", _("改议程"), _("就用这个议程"), _("议程改好了。"), verbs.change_agenda,
            is_possible=changeable,
        ),
        act_of(session, "cancel", _("取消会议"), _("取消这次会"), _("会议取消了。"), verbs.cancel_session),
    ]  # fmt: skip


def act_of(
    session: Session,
    verb: str,
    title: str,
    button: str,
    said: str,
    run: Callable[..., Any],
    note: str = "",
    is_possible: bool | None = None,
) -> Act:
    """Return one act on a session."""
    can = SessionState(session.state) in SESSION_TRANSITIONS.get(verb, {}) if is_possible is None else is_possible
    return Act(
        verb, title, button, FORMS[verb], partial(now(run), session), reverse("session_action", args=[session.pk, verb]),
        said, subject=session, note=note, is_possible=can,
    )  # fmt: skip


def now(run: Callable[..., Any]) -> Callable[..., Any]:
    """Return a verb that happens now."""

    def done(*subject: Any, **arguments: Any) -> Any:
        return run(*subject, at=timezone.now(), **arguments)

    return done


def acts_on_topic(request: HttpRequest, session: Session, topic: Topic) -> list[Act]:
    """Return what moderator and recorder do with a topic that is in session, and who puts a ballot to it."""
    acts = []
    in_session = topic.state == TopicState.IN_SESSION and session.state in (SessionState.OPEN, SessionState.CLOSED)
    name = {"title": topic.title}
    if permissions.can_conclude(request.user, topic):
        steps = (
            (
                "opinion",
                _("“%(title)s”议成了：写协商意见"),
                _("就是这个意见"),
                _("协商意见写好了。"),
                verbs.form_opinion,
            ),
            ("adjourn", _("“%(title)s”没有议成"), _("下次再议"), _("记下了，会再公示、再议。"), verbs.adjourn_topic),
        )
        acts += [
            topic_act(session, topic, verb, title % name, button, said, run, in_session)
            for verb, title, button, said, run in steps
        ]
    if permissions.can_attach_ballot(request.user, topic):
        run = lambda subject, by, at, ballot: verbs.attach_ballot(subject, ballot, by=by, at=at)  # noqa: E731
        can = topic.state in verbs.VOTED and forms.attachable(topic).exists()
        title = _("“%(title)s”付表决") % name
        acts.append(topic_act(session, topic, "attach", title, _("用这场表决"), _("表决跟上议题了。"), run, can))
    return acts


def topic_act(
    session: Session, topic: Topic, verb: str, title: str, button: str, said: str, run: Callable[..., Any], can: bool
) -> Act:
    """Return one act on a topic of the agenda."""
    return Act(
        f"{verb}-{topic.pk}", title, button, FORMS[verb], partial(now(run), topic),
        reverse("session_action", args=[session.pk, verb]), said, subject=session, row=topic, is_possible=can,
    )  # fmt: skip


def put_aside(request: HttpRequest, pk: int, verb: str) -> str:
    """Keep what was typed; it comes back on the page of the session."""
    if verb in FORMS:
        keep_act(request, verb, str(pk), FORMS[verb])
    return reverse("session", args=[pk])


@keeps_typed(put_aside)
@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Do one thing to a session or to a topic on its agenda."""
    if verb not in FORMS:
        raise Http404
    if not request.user.is_authenticated:
        return sign_in_first(request, put_aside(request, pk, verb))
    session = find_session(request, pk)
    known = {one.key: one for one in acts_of(request, session, agenda_of(session))}
    one = known.get(key_of(request, verb))
    if one is None:
        return render_session(request, session, sentence=_("这次会议不归您办，所以没有改动。"), status=403)

    def again(**shown: Any) -> HttpResponse:
        return render_session(request, find_session(request, pk), **shown)

    return do_act(request, one, session.get_absolute_url(), again)


def keep_new(request: HttpRequest) -> str:
    """Keep what was typed into a new session."""
    keep_act(request, "plan", "new", forms.SessionForm)
    return f"{reverse('new_session')}?{request.GET.urlencode()}"


@keeps_typed(keep_new)
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_session(request: HttpRequest) -> HttpResponse:
    """Plan a session of one of one's halls."""
    halls = halls_of(request)
    if not halls:
        raise NothingThere(_("安排会议，要由当地的议事主持人、社区工作者或者镇街干部来做。"))
    hall = next((one for one in halls if str(one.pk) == request.GET.get("hall", "")), halls[0])
    kind = request.GET.get("kind", "")
    one = Act(
        "plan", _("安排会议"), _("先存下，再通知"), forms.SessionForm, now(verbs.plan_session),
        f"{reverse('new_session')}?hall={hall.pk}", _("存下了。议程定好，就可以通知大家。"), subject=hall,
    )  # fmt: skip

    def show(failed: tuple[str, Any] | None = None, sentence: str = "", status: int = 200) -> HttpResponse:
        form = failed[1] if failed else with_forms([one], request, None, "new")[0].form
        if kind in SessionKind.values:
            form.fields["kind"].initial = kind
        latest = latest_of_property(hall.area)
        context = {"form": form, "halls": halls, "hall": hall, "act": one, "sentence": sentence, "appraisals": latest}
        return render(request, "deliberation/session_form.html", context, status=status)

    return do_act(request, one, "", show) if request.method == "POST" else show()
