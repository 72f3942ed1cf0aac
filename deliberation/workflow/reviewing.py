"""Reviewing what residents sent before it is public, hiding it with a reason, and covering parts of photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.errors import BadInput, NotAllowed, WrongState
from community.marks import marks
from community.models import Hiding, User
from community.models.reviews import HideReason
from community.photos import Box, covered
from community.reviewing import names_around
from community.workflow.files import delete_after_commit, whole_or_nothing
from community.workflow.hiding import lift_hidings, write_hiding
from deliberation import permissions
from deliberation.models import Issue, IssueEvent, IssuePhoto
from deliberation.models.issues import ADDRESS_LENGTH, DETAILS_LENGTH, NOTE_LENGTH, TITLE_LENGTH, PhotoKind
from deliberation.states import RESIDENTS_WORDS, IssueState
from deliberation.workflow.drafts import content, photos_in_use
from deliberation.workflow.steps import clean_text, fill_photo, locked, tell, write_event

WITHHELD = gettext_noop("您反映的“%(title)s”没有公开，仍会照常办理。说明：%(note)s（%(number)s）不同意可以申诉。")
WORDS_HIDDEN = gettext_noop("您在“%(title)s”里写的一段话没有公开。说明：%(note)s（%(number)s）不同意可以申诉。")
PHOTO_HIDDEN = gettext_noop("“%(title)s”里，您发的一张照片没有公开。说明：%(note)s（%(number)s）不同意可以申诉。")
BOXES_MOST = 100


@transaction.atomic
def review_issue(
    issue: Issue,
    *,
    by: User,
    at: datetime,
    publish: bool,
    hidden_photos: Sequence[int] = (),
    words: Mapping[str, str] | None = None,
    note: str = "",
    reason: str = HideReason.OTHER,
) -> Issue:
    """Make a reviewed issue public, or keep it on the staff side with a reason that its reporter may appeal.

    `words` are title, address and details without what is personal; the original stays among the steps,
    for staff alone. `hidden_photos` are the ids of photos of it that stay hidden. A private issue is never published.
    """
    issue = locked(issue, by, permissions.can_review, _("只有当地的社区工作者可以审看，自己反映的要由别人审看。"))
    if publish and issue.is_private:
        raise WrongState(_("反映人选了“只给办理的人看”，不能公开。"))
    if publish and (issue.is_public or issue.state == IssueState.WITHDRAWN):
        raise WrongState(_("这件事已经公开了，或者反映人撤回了。请刷新页面看看。"))
    issue.review_note = clean_text(note, "note", required=not publish)
    issue.reviewed_at, issue.is_public = at, publish
    if words is not None:
        reword(issue, words, by=by, at=at)
    if publish:
        refuse_personal(words_of(issue), issue, [issue.reporter], _("里面还有%(what)s。改掉再公开。"), field="title")
    issue.save(update_fields=["review_note", "reviewed_at", "is_public", "title", "address", "details"])
    if publish:
        lift_hidings(issue, by=by, at=at)
        decide_photos(issue, hidden_photos, by=by, at=at)
    else:
        sent_photos(issue).update(is_public=False)
    write_event(issue, "publish" if publish else "withhold", by=by, at=at, text=issue.review_note, is_public=False)
    if publish:
        tell(issue, gettext_noop("您反映的事已经公开，大家都能看到进展：%(title)s（%(number)s）"), by=by, at=at)
    else:
        hide(issue, issue, by=by, at=at, author=issue.reporter, reason=reason, note=note, message=WITHHELD)
    return issue


@transaction.atomic
def publish_issue(issue: Issue, *, by: User, at: datetime) -> Issue:
    """Make an issue public as it was sent; a photo of it that was hidden on its own stays hidden."""
    issue = lock_issue(issue)
    hidden = sent_photos(issue).filter(Hiding.objects.over(IssuePhoto)).values_list("pk", flat=True)
    return review_issue(issue, by=by, at=at, publish=True, hidden_photos=list(hidden))


def words_of(issue: Issue) -> str:
    """Return the words of an issue that the public would read."""
    return "\n".join((issue.title, issue.address, issue.details))


def refuse_personal(words: str, issue: Issue, authors: Sequence[User], sentence: str, field: str = "") -> None:
    """Refuse to publish words that hold personal data, and say which; every verb that publishes words asks here.

    `authors` wrote them or raised what they are about; the names of all around them are looked for.
    """
    if found := marks(words, names_around(authors, issue.represented)):
        said = sentence % {"what": "；".join(found)}
        raise BadInput(said, field) if field else WrongState(said)


def sent_photos(issue: Issue) -> QuerySet[IssuePhoto]:
    """Return what is reviewed: evidence of handling is staff's own and was public with its event."""
    return IssuePhoto.objects.filter(issue=issue, kind=PhotoKind.BEFORE)


def decide_photos(issue: Issue, hidden: Sequence[int], *, by: User, at: datetime) -> None:
    """Publish the photos that residents sent, but for those that stay hidden; their senders hear of each."""
    for photo in sent_photos(issue).select_related("event__by").order_by("pk"):
        photo.is_public = photo.pk not in hidden
        photo.save(update_fields=["is_public"])
        if photo.is_public:
            lift_hidings(photo, by=by, at=at)
        elif not Hiding.objects.of(photo).standing().exists():
            note = _("照片拍到了人脸、车牌、门牌或别的个人信息。")
            sender, reason = photo.event.by, HideReason.PERSONAL
            hide(photo, issue, by=by, at=at, author=sender, reason=reason, note=note, message=PHOTO_HIDDEN)


def hide(
    subject: Issue | IssueEvent | IssuePhoto,
    issue: Issue,
    *,
    by: User,
    at: datetime,
    author: User,
    reason: str,
    note: str,
    message: str,
) -> None:
    """Write down that something of an issue is hidden, and tell its author; nobody appeals to themself."""
    if author.pk == by.pk:
        return
    write_hiding(
        subject,
        by=by,
        at=at,
        area=issue.area,
        author=author,
        reason=reason,
        note=note,
        message=message,
        number=issue.number,
        title=issue.title,
    )


def reword(issue: Issue, words: Mapping[str, str], *, by: User, at: datetime) -> None:
    """Put a reviewer's words in place of the reporter's, where they differ; does not save the issue."""
    original = {"title": issue.title, "address": issue.address, "details": issue.details}
    issue.title = clean_text(words["title"], "title", required=True, most=TITLE_LENGTH)
    issue.address = clean_text(words["address"], "address", most=ADDRESS_LENGTH)
    issue.details = clean_text(words["details"], "details", most=DETAILS_LENGTH)
    if original != {"title": issue.title, "address": issue.address, "details": issue.details}:
        text = "\n".join(part for part in original.values() if part)[:NOTE_LENGTH]
        write_event(issue, "reword", by=by, at=at, text=text, is_public=False)


def locked_words(event: IssueEvent, by: User) -> tuple[Issue, IssueEvent]:
    """Return the issue and the words of somebody else, locked, for one who may review them."""
    issue = locked(event.issue, by, permissions.can_review)
    event = IssueEvent.objects.select_for_update(of=("self",)).select_related("by").get(pk=event.pk)
    if event.by_id == by.pk:
        raise NotAllowed(_("自己写的要由别人审看。"))
    return issue, event


@transaction.atomic
def review_supplement(event: IssueEvent, *, by: User, at: datetime) -> IssueEvent:
    """Let the public read what a resident wrote: a supplement, or the words beside a rating or a withdrawal."""
    issue, event = locked_words(event, by)
    if event.verb not in RESIDENTS_WORDS or (event.is_public and event.is_text_public):
        raise WrongState(_("这段已经公开了，或者不是居民写的。请刷新页面看看。"))
    refused = _("里面还有%(what)s，不能公开。请写上原因，不公开；作者可以重新写一段。")
    refuse_personal(event.text, issue, [event.by, issue.reporter], refused)
    lift_hidings(event, by=by, at=at)
    return publish_words(event, issue, by=by, at=at)


def publish_words(event: IssueEvent, issue: Issue, *, by: User, at: datetime) -> IssueEvent:
    """Open words to the public; of a supplement that nobody knew of, those who follow hear."""
    is_new = not event.is_public
    event.is_public = event.is_text_public = True
    event.save(update_fields=["is_public", "is_text_public"])
    write_event(issue, "publish", by=by, at=at, is_public=False, log={"event": event.pk})
    if event.verb == "supplement" and is_new:
        tell(issue, gettext_noop("有街坊补充了情况：%(title)s（%(number)s）"), by=by, at=at)
    return event


@transaction.atomic
def hide_words(event: IssueEvent, *, by: User, at: datetime, reason: str, note: str) -> IssueEvent:
    """Keep from the public what a resident wrote beside an issue, even what was public; the step itself stays."""
    issue, event = locked_words(event, by)
    if event.verb not in RESIDENTS_WORDS or not event.text:
        raise WrongState(_("这段不是居民写的，不在这里审看。"))
    event.is_text_public = False
    event.save(update_fields=["is_text_public"])
    hide(event, issue, by=by, at=at, author=event.by, reason=reason, note=note, message=WORDS_HIDDEN)
    write_event(issue, "withhold", by=by, at=at, text=note[:NOTE_LENGTH], is_public=False, log={"event": event.pk})
    return event


@transaction.atomic
def hide_photo(photo: IssuePhoto, *, by: User, at: datetime, reason: str, note: str) -> IssuePhoto:
    """Keep one photo from the public, whoever sent it, even one that was public."""
    issue = locked(photo.issue, by, permissions.can_review)
    photo = IssuePhoto.objects.select_for_update(of=("self",)).select_related("event__by").get(pk=photo.pk)
    photo.is_public = False
    photo.save(update_fields=["is_public"])
    hide(photo, issue, by=by, at=at, author=photo.event.by, reason=reason, note=note, message=PHOTO_HIDDEN)
    write_event(issue, "withhold", by=by, at=at, text=note[:NOTE_LENGTH], is_public=False, log={"photo": photo.pk})
    return photo


@transaction.atomic
def show_photo(photo: IssuePhoto, *, by: User, at: datetime) -> IssuePhoto:
    """Let the public see one photo of a public issue that was hidden."""
    issue = locked(photo.issue, by, permissions.can_review)
    photo = IssuePhoto.objects.select_for_update(of=("self",)).get(pk=photo.pk)
    if photo.is_public or not issue.is_public:
        raise WrongState(_("这张照片已经公开了，或者这件事还没有公开。请刷新页面看看。"))
    lift_hidings(photo, by=by, at=at)
    return lift_photo(photo, by=by, at=at)


def cover_photo(photo: IssuePhoto, *, by: User, at: datetime, boxes: Sequence[Box]) -> IssuePhoto:
    """Fill parts of a photo for good: the covered copy takes its place, and what was there is deleted.

    Two reviewers at once: the second covers what the first left.
    """
    if not boxes:
        raise BadInput(_("请先在照片上画框，或者点要遮住的格子。"), "boxes")
    if len(boxes) > BOXES_MOST:
        raise BadInput(_("一次最多遮 %(most)d 处。请分几次遮。") % {"most": BOXES_MOST}, "boxes")
    with whole_or_nothing() as noted:
        issue = locked(photo.issue, by, permissions.can_review)
        photo = IssuePhoto.objects.select_for_update(of=("self",)).get(pk=photo.pk)
        clean = covered(content(photo.image), boxes)
        uncovered = [str(photo.image.name), str(photo.thumbnail.name)]
        fill_photo(photo, clean, noted)
        photo.save(update_fields=["image", "thumbnail", "width", "height", "size"])
        write_event(issue, "cover", by=by, at=at, is_public=False, log={"photo": photo.pk, "boxes": len(boxes)})
        delete_after_commit(uncovered, photos_in_use)
    return photo


# --- What an appeal brings: its decider has been asked already ----------------------------------
def lock_issue(subject: Issue | IssueEvent | IssuePhoto) -> Issue:
    """Lock the issue that something belongs to; every verb here locks it first."""
    key = subject.pk if isinstance(subject, Issue) else subject.issue_id
    return Issue.objects.select_for_update(of=("self",)).select_related("reporter").get(pk=key)


def lift_issue(subject: Issue, *, by: User, at: datetime) -> None:
    """Publish an issue after an appeal, with its words as they stand."""
    issue = lock_issue(subject)
    if issue.is_public or issue.is_private or issue.state == IssueState.WITHDRAWN:
        raise WrongState(_("这件事已经公开了，或者反映人撤回了。请刷新页面看看。"))
    refused = _("里面还有%(what)s。请到这件事的页面，改掉再公开，申诉也就成立了。")
    refuse_personal(words_of(issue), issue, [issue.reporter], refused)
    issue.is_public, issue.reviewed_at, issue.review_note = True, at, ""
    issue.save(update_fields=["is_public", "reviewed_at", "review_note"])
    hidden = Hiding.objects.over(IssuePhoto)
    sent_photos(issue).exclude(hidden).update(is_public=True)
    write_event(issue, "publish", by=by, at=at, is_public=False)


def lift_words(event: IssueEvent, *, by: User, at: datetime) -> None:
    """Publish words after an appeal."""
    issue = lock_issue(event)
    refused = _("里面还有%(what)s，不能公开。请维持不公开；作者可以重新写一段。")
    refuse_personal(event.text, issue, [event.by, issue.reporter], refused)
    publish_words(event, issue, by=by, at=at)


def lift_photo(photo: IssuePhoto, *, by: User, at: datetime) -> IssuePhoto:
    """Publish a photo after an appeal, or because a reviewer says so; it shows where its issue does."""
    issue = lock_issue(photo)
    photo.is_public = True
    photo.save(update_fields=["is_public"])
    write_event(issue, "publish", by=by, at=at, is_public=False, log={"photo": photo.pk})
    return photo
