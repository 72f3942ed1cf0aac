"""Ballots: a question, who may vote, the sealed boxes while it is open, and the papers once it is counted.

Nothing joins a voter and a paper of a secret ballot: no key, order, timestamp or transaction. While a ballot is
open each roll entry holds a sealed box to the ballot's own key, which lies outside the database (sealing.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from community.encryption import EncryptedTextField
from community.models import Area, Dwelling, Resident
from deliberation.models.decisions import DecisionRule
from deliberation.states import BallotState

QUESTION_LENGTH = 120
OPTION_LENGTH = 60


class CountMethod(models.TextChoices):
    """How papers are counted."""

    DECISION = "decision", _("同意、不同意或弃权")
    SINGLE_CHOICE = "single_choice", _("选一项")
    APPROVAL = "approval", _("可选多项")
    SCORE = "score", _("逐项打分")
    INSTANT_RUNOFF = "instant_runoff", _("排序（逐轮淘汰）")
    CONDORCET = "condorcet", _("排序（两两比较）")


class Channel(models.TextChoices):
    """The way by which somebody voted."""

    ONLINE = "online", _("手机或电脑")
    LIVE = "live", _("会场")
    PAPER = "paper", _("纸质票")
    DOORSTEP = "doorstep", _("上门")
    PROXY = "proxy", _("委托")


class BallotQuerySet(models.QuerySet["Ballot"]):
    """Filters on ballots that chain."""

    def to_open(self, at: datetime) -> Self:
        """Keep those whose opening has come."""
        return self.filter(state=BallotState.NOTICED, opens_at__lte=at)

    def to_remind(self, at: datetime) -> Self:
        """Keep those that are open and whose voters were not reminded yet."""
        return self.filter(state=BallotState.OPEN, reminded_at=None, closes_at__gt=at)

    def to_count(self, at: datetime) -> Self:
        """Keep those whose closing has passed."""
        return self.filter(state=BallotState.OPEN, closes_at__lte=at)


class Ballot(models.Model):
    """A vote (表决): an electorate, a rule, a secrecy, channels, opening and closing.

    `is_named` follows the rule: owners' papers carry names for the tellers, all others are secret.
    `public_key` seals the boxes; `eligible_…` is the roll's weight, frozen at the opening. `tie_seed` is
    published with the notice and draws the order that decides ties. `reminded_at` is when those who had not voted
    were reminded, `waiting_told_at` when organisers were told that something keeps it from opening or being counted.
    `missing_papers` are papers put in the urn that were not there to be typed, counted as abstentions. `papers_salt` is made at the counting of a named
    one and is the tellers' alone: with it the certified digest of few papers can't be tried out.
    """

    question = models.CharField(_("表决什么"), max_length=QUESTION_LENGTH)
    explanation = models.TextField(_("说明"), max_length=4000, blank=True)
    method = models.CharField(_("怎么计票"), max_length=20, choices=CountMethod, default=CountMethod.DECISION)
    most_points = models.PositiveSmallIntegerField(_("每项最多打几分"), default=5)
    rule = models.ForeignKey(DecisionRule, models.PROTECT, related_name="ballots", verbose_name=_("决定规则"))
    is_named = models.BooleanField(_("记名"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="ballots", verbose_name=_("地方"))
    town = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    may_change = models.BooleanField(_("截止前可以改"), default=True)
    channels = models.JSONField(_("渠道"), default=list)
    state = models.CharField(_("状态"), max_length=20, choices=BallotState, default=BallotState.DRAFT)
    noticed_at = models.DateTimeField(null=True, blank=True)
    opens_at = models.DateTimeField(_("开始"))
    closes_at = models.DateTimeField(_("截止"))
    opened_at = models.DateTimeField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(_("作废或撤回的原因"), max_length=200, blank=True)
    public_key = models.BinaryField(max_length=32, null=True, blank=True, editable=False)
    eligible_heads = models.PositiveIntegerField(null=True, blank=True)
    eligible_area = models.PositiveBigIntegerField(null=True, blank=True)
    extended = models.PositiveSmallIntegerField(_("延长了几次"), default=0)
    reminded_at = models.DateTimeField(null=True, blank=True)
    waiting_told_at = models.DateTimeField(null=True, blank=True)
    missing_papers = models.PositiveIntegerField(_("少录的纸质票"), default=0)
    missing_reason = models.CharField(_("少录的原因"), max_length=200, blank=True)
    tie_seed = models.CharField(max_length=64)
    papers_salt = EncryptedTextField(null=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = BallotQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("表决")
        ordering = ["-opens_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="ballot_closes_after_it_opens"),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "withdrawn")) | Q(noticed_at__isnull=False),
                name="ballot_not_noticed_is_not_voted",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("open", "counted"))
                | Q(
                    opened_at__isnull=False, public_key__isnull=False, eligible_heads__isnull=False,
                    eligible_area__isnull=False,
                ),
                name="ballot_open_has_its_key_and_roll",
            ),
            models.CheckConstraint(
                condition=Q(state="counted", counted_at__isnull=False) | (~Q(state="counted") & Q(counted_at=None)),
                name="ballot_counted_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("void", "withdrawn")) | ~Q(ended_reason=""), name="ballot_ended_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(missing_papers=0) | ~Q(missing_reason=""), name="ballot_missing_papers_have_a_reason"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["state", "opens_at"], name="ballot_state_opens"),
            models.Index(fields=["area", "-opens_at"], name="ballot_of_area"),
        ]

    def __str__(self) -> str:
        return self.question

    def get_absolute_url(self) -> str:
        """Return the address of the ballot's page."""
        return reverse("ballot", args=[self.pk])


class BallotOption(models.Model):
    """One of the options of a ballot that chooses between several."""

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="options")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(_("选项"), max_length=OPTION_LENGTH)

    class Meta:
        verbose_name = verbose_name_plural = _("选项")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["ballot", "position"], name="ballot_option_position_once"),
            models.UniqueConstraint(fields=["ballot", "text"], name="ballot_option_text_once"),
        ]

    def __str__(self) -> str:
        return self.text


class RollEntry(models.Model):
    """One vote on a roll (选民名册): its weight, and whether it was cast; never how.

    `key` tells entries apart within a roll. `channel` is the way of the vote, or of the paper that was handed
    out; `box` is the sealed vote while the ballot is open, of a paper handed out the code on its stub alone.
    `note` was made then: who the proxy is, where one votes for them. `spoilt` counts papers handed out in vain. No
    moment is kept: it could be compared with others.
    """

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="roll")
    key = models.CharField(max_length=64)
    heads = models.PositiveSmallIntegerField(default=1)
    area = models.PositiveBigIntegerField(default=0)
    has_voted = models.BooleanField(default=False)
    channel = models.CharField(max_length=10, choices=Channel, blank=True)
    box = models.BinaryField(null=True, blank=True, editable=False)
    note = EncryptedTextField(_("发票时的备注"), blank=True, default="")
    spoilt = models.PositiveSmallIntegerField(_("作废的纸质票"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("选民名册")
        constraints = [
            models.UniqueConstraint(fields=["ballot", "key"], name="roll_entry_once"),
            models.CheckConstraint(
                condition=Q(has_voted=True) | Q(box=None) | Q(channel__in=("paper", "doorstep", "proxy")),
                name="roll_box_is_a_vote_or_a_stub",
            ),
            models.CheckConstraint(condition=Q(has_voted=False) | ~Q(channel=""), name="roll_vote_has_a_channel"),
        ]
        indexes = [models.Index(fields=["ballot", "has_voted"], name="roll_of_ballot")]

    def __str__(self) -> str:
        return f"{self.ballot_id} {self.pk}"


class RollVoter(models.Model):
    """Somebody who may cast an entry's vote: one person, or each of several joint owners.

    `once` is set where a person has one vote in the ballot; an owner may be in several entries, alone and with others.
    """

    entry = models.ForeignKey(RollEntry, models.PROTECT, related_name="voters")
    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="+")
    resident = models.ForeignKey(Resident, models.PROTECT, null=True, blank=True, related_name="roll_voters")
    name = EncryptedTextField(_("姓名"), blank=True, default="")
    id_index = models.CharField(max_length=64, null=True, editable=False)
    once = models.BooleanField(default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("名册上的人")
        constraints = [
            models.UniqueConstraint(
                fields=["ballot", "resident"], condition=Q(once=True), name="roll_voter_once_in_ballot"
            ),
            models.UniqueConstraint(fields=["entry", "resident"], name="roll_voter_once_in_entry"),
        ]
        indexes = [models.Index(fields=["resident", "ballot"], name="roll_of_resident")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.pk}"


class RollDwelling(models.Model):
    """A dwelling whose floor area an owners' entry weighs, as it was when the roll was made."""

    entry = models.ForeignKey(RollEntry, models.PROTECT, related_name="dwellings")
    dwelling = models.ForeignKey(Dwelling, models.PROTECT, related_name="+")
    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="+")
    floor_area = models.PositiveIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = _("名册上的房屋")
        constraints = [models.UniqueConstraint(fields=["ballot", "dwelling"], name="roll_dwelling_once_in_ballot")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.dwelling_id}"


class BallotPaper(models.Model):
    """One paper of a counted ballot (选票); inserted in shuffled order, never changed (a trigger sees to it).

    `choice` is the text of the paper (sealing.py) and encrypted where it is named; `entry` is null exactly for
    a secret ballot.
    """

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="papers")
    entry = models.OneToOneField(RollEntry, models.PROTECT, null=True, related_name="paper")
    is_named = models.BooleanField()
    choice = models.TextField(blank=True)
    named_choice = EncryptedTextField(blank=True, default="")
    heads = models.PositiveSmallIntegerField(default=1)
    area = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("选票")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_named=True, entry__isnull=False, choice="")
                | Q(is_named=False, entry=None, heads=1, area=0),
                name="ballot_paper_secret_or_named",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ballot_id} {self.pk}"


class BallotReceipt(models.Model):
    """The code by which a voter finds that their paper is in the count (回执); it says neither who nor what."""

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="receipts")
    code = models.CharField(max_length=32)

    class Meta:
        verbose_name = verbose_name_plural = _("回执")
        constraints = [models.UniqueConstraint(fields=["ballot", "code"], name="ballot_receipt_once")]

    def __str__(self) -> str:
        return self.code


class BallotResult(models.Model):
    """The certificate of a counted ballot: every figure, the rule as it was, and the digests of what is published."""

    ballot = models.OneToOneField(Ballot, models.PROTECT, related_name="result")
    passed = models.BooleanField(null=True)
    quorate = models.BooleanField()
    winner = models.CharField(max_length=OPTION_LENGTH, blank=True)
    figures = models.JSONField()
    reasons = models.JSONField()
    papers_digest = models.CharField(max_length=64)
    receipts_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("表决结果")

    def __str__(self) -> str:
        return f"{self.ballot_id}"
