"""What votes on paper need alike: the roll entry locked, papers read, photos kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import Sum
from django.utils.translation import gettext as _

from community.acting import lock_roles
from community.errors import BadInput, NotAllowed, WrongState
from community.models import User
from community.photos import CleanPhoto
from community.workflow.files import take_quota, whole_or_nothing
from deliberation import papers as texts
from deliberation.models import Ballot, PaperBatch, PaperEntry, PaperPhoto, RollEntry
from deliberation.models.ballots import Channel
from deliberation.states import BallotState
from deliberation.workflow.ballots import join_voters
from deliberation.workflow.steps import fill_photo

PAPER_CHANNELS = (Channel.PAPER, Channel.DOORSTEP, Channel.PROXY)
SHEETS_MOST = 500
PHOTOS_MOST = 30

Predicate = Callable[[User, Ballot], bool]


def joined(ballot: Ballot) -> Ballot:
    """Return the ballot as it stands, which is not counted until this transaction ends."""
    join_voters(ballot)
    return Ballot.objects.select_related("rule", "area").get(pk=ballot.pk)


def ask(may: Predicate, by: User, ballot: Ballot) -> None:
    """Refuse who may not do this to the ballot; after all else is locked."""
    lock_roles(by)
    if not may(by, ballot):
        raise NotAllowed(_("这场表决的纸质票不归您办，所以没有改动。"))


def locked_entry(ballot: Ballot, entry: RollEntry | int, by: User, may: Predicate) -> RollEntry:
    """Return the roll entry with its row locked; nobody handles a paper of their own vote."""
    key = entry.pk if isinstance(entry, RollEntry) else entry
    vote = RollEntry.objects.select_for_update(no_key=True).filter(ballot=ballot, pk=key).first()
    ask(may, by, ballot)
    if vote is None:
        raise BadInput(_("这场表决的名册上没有这一票。"), "entry")
    if vote.voters.filter(resident__user=by.pk).exists():
        raise NotAllowed(_("这是您自己的一票，请让别的工作人员来办。"))
    return vote


def check_hours(ballot: Ballot, at: datetime) -> None:
    """Refuse to give out, take or type a voter's paper outside the hours of the ballot."""
    if ballot.state != BallotState.OPEN or not ballot.opens_at <= at < ballot.closes_at:
        raise WrongState(_("现在不在表决的时间里，不能发票、收票。"))


def check_kind(ballot: Ballot, *, named: bool) -> None:
    """Refuse unnamed papers where they carry names, and the other way round."""
    if ballot.is_named and not named:
        raise WrongState(_("业主表决的纸质票要写名字，请一张一张按户录入。"))
    if named and not ballot.is_named:
        raise WrongState(_("不记名的纸质票不能按人录入，请打乱以后成批录入。"))


def check_channel(ballot: Ballot, channel: str) -> None:
    """Refuse a way of voting that the notice did not name, or that is none on paper."""
    if channel not in PAPER_CHANNELS or channel not in ballot.channels:
        raise BadInput(_("这场表决的公告里没有这种纸质票。"), "channel")


def check_free(vote: RollEntry) -> None:
    """Refuse a paper for a vote that was cast, or for which another is out."""
    if vote.has_voted:
        raise WrongState(_("这一票已经投过了，不能再用纸质票。"))
    if vote.channel:
        raise WrongState(_("这一票已经领了纸质票。写坏或者丢了的，请先注销那一张。"))


def check_papers(ballot: Ballot, papers: Sequence[str]) -> None:
    """Refuse a list that is empty or too long, and name the first paper that is none of the ballot."""
    if not 1 <= len(papers) <= SHEETS_MOST:
        raise BadInput(_("一批请录 1 到 %(most)d 张。") % {"most": SHEETS_MOST}, "papers")
    options = ballot.options.count() if ballot.method != texts.DECISION else 0
    for place, paper in enumerate(papers, start=1):
        try:
            texts.read(paper, method=ballot.method, options=options, most=ballot.most_points)
        except texts.NoPaper:
            raise BadInput(
                _("第 %(place)d 张录的不是这场表决的选票。空白票和废票请录成弃权。") % {"place": place}, "papers"
            ) from None


def keep_photos(
    photos: Sequence[CleanPhoto], *, by: User, at: datetime, batch: PaperBatch | None = None,
    paper: PaperEntry | None = None,
) -> None:  # fmt: skip
    """Store photos of papers, shuffled: the order in which sheets were photographed is that of their return."""
    if not 1 <= len(photos) <= PHOTOS_MOST:
        raise BadInput(_("请附纸质票的照片，1 到 %(most)d 张。") % {"most": PHOTOS_MOST}, "photos")
    mixed = list(photos)
    secrets.SystemRandom().shuffle(mixed)
    with whole_or_nothing() as noted:
        take_quota(by=by, at=at, size=sum(photo.size for photo in mixed))
        for photo in mixed:
            row = PaperPhoto(batch=batch, paper=paper)
            fill_photo(row, photo, noted)
            row.save()


def bytes_of_papers(user: User, since: datetime | None) -> int:
    """Return how many bytes of photos of papers somebody has sent."""
    total = 0
    for holder in ("batch", "paper"):
        rows = PaperPhoto.objects.filter(**{f"{holder}__first_by": user})
        if since is not None:
            rows = rows.filter(**{f"{holder}__at__gt": since})
        total += rows.aggregate(sum=Sum("size"))["sum"] or 0
    return total


def check_uncounted(ballot: Ballot) -> None:
    """Refuse what may be done until a ballot is counted, once it is; or before it has opened."""
    if ballot.state != BallotState.OPEN:
        raise WrongState(_("这场表决现在是“%(state)s”，不能录票。") % {"state": ballot.get_state_display()})
