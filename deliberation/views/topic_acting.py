"""Acting on a topic: a form in, one verb, the page out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from community.errors import NotAllowed, Refused
from community.keeping import keep, keeps_typed
from community.leading import own_address
from deliberation import workflow
from deliberation.forms.topics import TOPIC_FORMS
from deliberation.models import Topic
from deliberation.views.topic_panels import MAY, topic_form
from deliberation.views.topics import find_topic, render_topic

VERBS: dict[str, Callable[..., Any]] = {
    "endorse": workflow.endorse_topic,
    "follow": workflow.follow_topic,
    "confirm": workflow.confirm_topic,
    "refuse": workflow.refuse_topic,
    "withdraw": workflow.withdraw_topic,
    "notice": workflow.notice_topic,
    "answer": workflow.answer_topic,
    "argue": workflow.add_argument,
    "suggest": workflow.add_option,
    "state": workflow.add_statement,
    "amend": workflow.propose_amendment,
    "reply": workflow.answer_amendment,
    "stance": workflow.take_stance,
}
SEEN_FIRST = _("收到了，社区看过再公开。")
DONE = {
    "endorse": _("附议记下了，每一步都会通知您。"),
    "follow": _("记下了。"),
    "confirm": _("已列为议题，接着公示。"),
    "refuse": _("已答复提的人：没有列为议题。"),
    "withdraw": _("已撤回。"),
    "notice": _("已公示。"),
    "answer": _("已答复。"),
    "argue": SEEN_FIRST,
    "suggest": SEEN_FIRST,
    "state": SEEN_FIRST,
    "amend": SEEN_FIRST,
    "reply": _("已答复提意见的人。"),
    "stance": _("记下了。想法变了，随时可以改。"),
}
# What somebody thinks is kept nowhere but in its own row.
NEVER_KEPT = frozenset({"stance"})


def put_aside(request: HttpRequest, number: str, verb: str) -> str:
    """Keep what was typed into the form of a verb; it comes back on the page of the topic."""
    if verb in TOPIC_FORMS and verb not in NEVER_KEPT:
        keep(request, f"topic {verb} {number}", TOPIC_FORMS[verb].base_fields)
    return reverse("topic", args=[number])


@keeps_typed(put_aside)
@require_POST
def act_on_topic(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Do one thing to a topic; a refusal brings the page back with its sentence and what was typed."""
    if verb not in VERBS:
        raise Http404
    if not request.user.is_authenticated:
        # Before the topic is looked for: whether it exists is nobody's who has not signed in.
        return redirect_to_login(put_aside(request, number, verb))
    topic, now = find_topic(request, number), timezone.now()
    if not MAY[verb](request.user, topic):
        # Before the form is read: what is wrong with it would tell a stranger what only staff may know.
        sentence = str(_("这一步不归您办，所以没有改动。"))
        return render_topic(request, topic, sentence=sentence, status=403)
    form = topic_form(verb, topic, request.user, now, request.POST)
    if not form.is_valid():
        sentence = str(_("没有这一条，或者它不再收答复。")) if verb in ("stance", "reply") and not shown(form) else ""
        return render_topic(request, topic, failed=(verb, form), sentence=sentence, status=422)
    try:
        VERBS[verb](form.target(), by=request.user, at=now, **form.arguments())
    except Refused as refused:
        return refused_page(request, topic, verb, form, refused)
    messages.success(request, str(DONE[verb]))
    return redirect(own_address(request, f"{topic.get_absolute_url()}{ANCHORS.get(verb, '')}"))


# Back to where the reader was.
ANCHORS = {"argue": "#reasons", "suggest": "#options", "amend": "#options", "state": "#statements", "reply": "#options",
           "stance": "#statements"}  # fmt: skip


def shown(form: Any) -> bool:
    """Return whether what is wrong with a form stands on the page beside a field."""
    return "statement" not in form.errors and "amendment" not in form.errors and "stance" not in form.errors


def refused_page(request: HttpRequest, topic: Topic, verb: str, form: Any, refused: Refused) -> HttpResponse:
    """Show the topic as it stands, with the sentence; where the form is still offered, with what was typed."""
    fresh, field = find_topic(request, topic.number), getattr(refused, "field", "")
    if field and field in form.fields:
        form.add_error(field, str(refused))
        return render_topic(request, fresh, failed=(verb, form), status=422)
    return render_topic(request, fresh, sentence=str(refused), status=403 if isinstance(refused, NotAllowed) else 409)
