"""Topics: questions put to deliberation, with their scope, their steps and what people say on them."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.search import index

from community.models import Area, Resident, Unit
from deliberation.models.ballots import Ballot
from deliberation.models.halls import Hall
from deliberation.models.issues import NOTE_LENGTH, TITLE_LENGTH, Issue
from deliberation.states import TOPIC_FINAL, TOPIC_STEPS, TopicState

QUESTION_LENGTH = 2000
OPINION_LENGTH = 4000
WORDS_LENGTH = 500


class Weight(models.TextChoices):
    """四联: how weighty a topic is, and who takes it up together."""

    MAJOR = "joint_discussion", _("大事联议")
    IMPORTANT = "joint_decision", _("要事联决")
    HARD = "joint_solving", _("难事联解")
    PRACTICAL = "joint_doing", _("实事联办")


class TopicScopeQuerySet(models.QuerySet["TopicScope"]):
    """Filters on a town's list that chain."""

    def in_force(self, day: date) -> Self:
        """Keep the items that hold on `day`."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def offered(self) -> Self:
        """Keep what may be deliberated, not what the list rules out."""
        return self.filter(is_excluded=False)


class TopicScope(models.Model):
    """One item of a town's 议事清单: what may be deliberated here, or, where `is_excluded`, what may not and why."""

    town = models.ForeignKey(Area, models.PROTECT, related_name="topic_scopes", verbose_name=_("镇街"))
    title = models.CharField(_("什么事"), max_length=60)
    description = models.CharField(_("说明"), max_length=300, blank=True)
    weight = models.CharField(_("四联"), max_length=20, choices=Weight, default=Weight.PRACTICAL)
    is_excluded = models.BooleanField(_("不在这里议"), default=False)
    position = models.PositiveSmallIntegerField(_("次序"), default=0)
    valid_from = models.DateField(_("从哪天起"))
    valid_to = models.DateField(_("到哪天止"), null=True, blank=True)

    objects = TopicScopeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("议事清单")
        ordering = ["town", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["town", "title"], condition=Q(valid_to=None), name="topic_scope_title_once_in_town"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="topic_scope_days_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class TopicQuerySet(models.QuerySet["Topic"]):
    """Filters on topics that chain."""

    def public(self) -> Self:
        """Keep what anybody may see."""
        return self.filter(is_public=True)

    def under_way(self) -> Self:
        """Keep those to which something more can happen."""
        return self.exclude(state__in=sorted(TOPIC_FINAL))


class Topic(index.Indexed, models.Model):
    """A question put to deliberation (议题).

    It comes from an `issue` that handling cannot settle, from a proposer with endorsements, or from the hall
    itself (`is_of_hall`). `needed_endorsements` is what the rule asked on the day it was proposed; 0 where none are
    needed. `opinion` is what the session came to, `answer` what the responsible office says to it officially.
    The proposer is public by surname alone, as a reporter is.
    """

    number = models.CharField(_("编号"), max_length=20, unique=True)
    submission_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("议什么"), max_length=TITLE_LENGTH)
    question = models.TextField(_("情况和想法"), max_length=QUESTION_LENGTH, blank=True)
    hall = models.ForeignKey(Hall, models.PROTECT, related_name="topics", verbose_name=_("议事厅"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="topics", verbose_name=_("地方"))
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    issue = models.ForeignKey(Issue, models.PROTECT, null=True, blank=True, related_name="topics")
    raised_in = models.ForeignKey("Session", models.PROTECT, null=True, blank=True, related_name="raised_topics")
    is_of_hall = models.BooleanField(_("议事厅提出"), default=False)
    proposer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="topics")
    represented = models.ForeignKey(Resident, models.PROTECT, null=True, blank=True, related_name="topics")
    weight = models.CharField(_("四联"), max_length=20, choices=Weight, blank=True)
    scope = models.ForeignKey(TopicScope, models.PROTECT, null=True, blank=True, related_name="topics")
    state = models.CharField(_("状态"), max_length=20, choices=TopicState, default=TopicState.PROPOSED)
    is_public = models.BooleanField(_("已公开"), default=False)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    needed_endorsements = models.PositiveIntegerField(default=0)
    endorsement_count = models.PositiveIntegerField(default=0)
    opinion = models.TextField(_("协商意见"), max_length=OPINION_LENGTH, blank=True)
    answer = models.TextField(_("正式答复"), max_length=OPINION_LENGTH, blank=True)
    answered_by = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    proposed_at = models.DateTimeField(_("提出时间"))
    noticed_at = models.DateTimeField(null=True, blank=True)
    notice_ends_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TopicQuerySet.as_manager()
    search_fields = [
        index.SearchField("title", boost=2),
        index.SearchField("question"),
        index.SearchField("number"),
        index.AutocompleteField("title"),
        index.FilterField("is_public"),
    ]

    class Meta:
        verbose_name = verbose_name_plural = _("议题")
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_public=False) | Q(reviewed_at__isnull=False), name="topic_public_only_when_reviewed"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("proposed", "refused", "withdrawn")) | ~Q(weight=""),
                name="topic_confirmed_has_a_weight",
            ),
            # Nothing is deliberated, decided or carried out that was not noticed.
            models.CheckConstraint(
                condition=~Q(
                    state__in=(
                        "noticed", "in_session", "opinion_formed", "result_published", "carrying_out", "evaluated",
                    )
                )
                | Q(noticed_at__isnull=False, notice_ends_at__gt=F("noticed_at")),
                name="topic_not_noticed_is_not_deliberated",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(TOPIC_FINAL), ended_at__isnull=False)
                | (~Q(state__in=sorted(TOPIC_FINAL)) & Q(ended_at=None)),
                name="topic_ended_exactly_when_final",
            ),
            models.UniqueConstraint(
                fields=["issue"],
                condition=Q(issue__isnull=False) & ~Q(state__in=sorted(TOPIC_FINAL)),
                name="topic_one_under_way_of_an_issue",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index("proposed_at", "id", condition=Q(is_public=True), name="topic_public"),
            models.Index("town", "proposed_at", "id", condition=Q(is_public=True), name="topic_public_town"),
            models.Index("hall", "proposed_at", "id", condition=Q(is_public=True), name="topic_public_hall"),
            models.Index("state", "proposed_at", "id", condition=Q(is_public=True), name="topic_public_state"),
            models.Index("weight", "proposed_at", "id", condition=Q(is_public=True), name="topic_public_weight"),
            models.Index("proposer", "proposed_at", "id", name="topic_of_proposer"),
            models.Index("area", "proposed_at", condition=Q(reviewed_at=None), name="topic_waits_for_review"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """Return the address of the topic's page."""
        return reverse("topic", args=[self.number])

    @property
    def is_final(self) -> bool:
        """Return whether nothing more can happen to it."""
        return self.state in TOPIC_FINAL

    @property
    def step(self) -> int:
        """Return at which of the eight steps it stands, from 1; 0 for one that was refused or withdrawn."""
        state = TopicState(self.state)
        return TOPIC_STEPS.index(state) + 1 if state in TOPIC_STEPS else 0

    @property
    def is_endorsed(self) -> bool:
        """Return whether enough residents say: me too."""
        return self.endorsement_count >= self.needed_endorsements

    @classmethod
    def get_indexed_objects(cls) -> models.QuerySet[Topic]:
        """Return what the search index holds: public topics alone."""
        return cls.objects.public()

    def get_indexed_instance(self) -> Topic | None:
        """Return this topic for the index, or None where it must not be found."""
        return self if self.is_public else None


class TopicEvent(models.Model):
    """One step of a topic's life; what its page and the chain tell from. Never changed, but for what reviewing hides."""

    topic = models.ForeignKey(Topic, models.PROTECT, related_name="events")
    verb = models.CharField(max_length=20)
    state = models.CharField(max_length=20, choices=TopicState)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.CharField(max_length=NOTE_LENGTH, blank=True)
    is_public = models.BooleanField(default=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("议题经过")
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["topic", "at", "id"], name="topic_event_of_topic")]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.verb}"


class TopicEndorsement(models.Model):
    """A verified resident of the place says: me too (附议). One person, one voice."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="endorsements")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="topic_endorsements")
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("对议题的附议")
        constraints = [models.UniqueConstraint(fields=["topic", "user"], name="topic_endorsement_once")]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.user_id}"


class TopicFollow(models.Model):
    """Somebody who is told of each step."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="follows")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="topic_follows")
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("对议题的关注")
        constraints = [models.UniqueConstraint(fields=["topic", "user"], name="topic_follow_once")]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.user_id}"


class TopicBallot(models.Model):
    """A ballot on a topic; a ballot knows no topic."""

    topic = models.ForeignKey(Topic, models.PROTECT, related_name="topic_ballots")
    ballot = models.OneToOneField(Ballot, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("议题的表决")

    def __str__(self) -> str:
        return f"{self.topic_id} {self.ballot_id}"


# --- The discussion -----------------------------------------------------------------------------------
class ContributionQuerySet(models.QuerySet["Contribution"]):
    """Filters on what people say that chain."""

    def public(self) -> Self:
        """Keep what staff has seen and let stand."""
        return self.filter(is_public=True)


class Contribution(models.Model):
    """What somebody says on a topic; public once a staff member has seen it (先审后发)."""

    topic = models.ForeignKey(Topic, models.PROTECT, related_name="%(class)ss")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="%(class)ss")
    text = models.CharField(_("内容"), max_length=WORDS_LENGTH)
    is_public = models.BooleanField(default=False)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()

    objects = ContributionQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_public=False) | Q(reviewed_at__isnull=False),
                name="%(class)s_public_only_when_reviewed",
            )
        ]
        indexes = [models.Index("at", "id", condition=Q(reviewed_at=None), name="%(class)s_waits")]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.pk}"


class Side(models.TextChoices):
    """Which way an argument points."""

    FOR = "for", _("赞成的理由")
    AGAINST = "against", _("反对的理由")


class Argument(Contribution):
    """A reason for or against."""

    side = models.CharField(_("哪一边"), max_length=10, choices=Side)

    class Meta(Contribution.Meta):
        verbose_name = verbose_name_plural = _("理由")


class TopicOption(Contribution):
    """One way to settle a topic, as somebody proposed it; a ballot can put the options to the vote."""

    class Meta(Contribution.Meta):
        verbose_name = verbose_name_plural = _("方案")


class AmendmentState(models.TextChoices):
    """What became of an amendment."""

    OPEN = "open", _("等答复")
    ACCEPTED = "accepted", _("采纳")
    DECLINED = "declined", _("没有采纳")


class Amendment(Contribution):
    """A change that somebody asks of an option; accepted, it becomes the option's text."""

    option = models.ForeignKey(TopicOption, models.PROTECT, related_name="amendments")
    reason = models.CharField(_("为什么改"), max_length=WORDS_LENGTH, blank=True)
    before = models.CharField(_("改之前"), max_length=WORDS_LENGTH, blank=True)
    state = models.CharField(max_length=10, choices=AmendmentState, default=AmendmentState.OPEN)
    answer = models.CharField(_("答复"), max_length=WORDS_LENGTH, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta(Contribution.Meta):
        verbose_name = verbose_name_plural = _("修改意见")


class Statement(Contribution):
    """A short sentence with which people agree or disagree.

    `shown_…` are the sums of the last picture: they change only when many more people have taken part
    (deliberation/agreement.py), so that no two pictures tell one person's stance.
    """

    shown_agree = models.PositiveIntegerField(default=0, editable=False)
    shown_disagree = models.PositiveIntegerField(default=0, editable=False)
    shown_passed = models.PositiveIntegerField(default=0, editable=False)

    class Meta(Contribution.Meta):
        verbose_name = verbose_name_plural = _("说法")


class Stance(models.IntegerChoices):
    """What somebody thinks of a statement."""

    AGREE = 1, _("同意")
    PASS = 0, _("说不好")
    DISAGREE = -1, _("不同意")


class StatementStance(models.Model):
    """One person's stance on a statement; told to nobody, summed above a size that protects people."""

    statement = models.ForeignKey(Statement, models.CASCADE, related_name="stances")
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="stances")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="statement_stances")
    stance = models.SmallIntegerField(choices=Stance)

    class Meta:
        verbose_name = verbose_name_plural = _("对说法的看法")
        constraints = [
            models.UniqueConstraint(fields=["statement", "user"], name="statement_stance_once"),
            models.CheckConstraint(condition=Q(stance__in=(-1, 0, 1)), name="statement_stance_of_three"),
        ]
        indexes = [models.Index(fields=["topic", "user"], name="stance_of_topic")]

    def __str__(self) -> str:
        return f"{self.statement_id} {self.pk}"
