"""Votes on paper: batches of unnamed papers of a secret ballot, and owners' signed papers; each typed by two people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from community.encryption import EncryptedTextField
from deliberation.models.ballots import Ballot, Channel, RollEntry
from deliberation.models.issues import Photo


class SheetState(models.TextChoices):
    """Where a batch, or an owner's paper, stands."""

    ENTERED = "entered", _("录了一遍，等另一个人再录")
    CHECKED = "checked", _("两个人录的一样")
    WITHDRAWN = "withdrawn", _("撤回，重新录")


class PaperBatch(models.Model):
    """Unnamed papers of a secret ballot, as the first person typed them, shuffled and sealed; nothing names a voter.

    `boxes` are equally long boxes one after the other, wiped when the ballot is counted. What the second person
    typed is compared and not kept: it is the same.
    """

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="batches")
    state = models.CharField(max_length=10, choices=SheetState, default=SheetState.ENTERED)
    size = models.PositiveSmallIntegerField(_("张数"))
    boxes = models.BinaryField(null=True, blank=True, editable=False)
    first_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    second_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("成批的纸质票")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="paper_batch_is_not_empty"),
            models.CheckConstraint(
                condition=~Q(state="checked") | (Q(second_by__isnull=False) & ~Q(second_by=F("first_by"))),
                name="paper_batch_checked_by_another",
            ),
        ]
        indexes = [models.Index(fields=["ballot", "state"], name="paper_batch_of_ballot")]

    def __str__(self) -> str:
        return f"{self.ballot_id} {self.pk}"


class PaperEntry(models.Model):
    """An owner's signed paper in a named ballot; it is a vote once a second person has typed the same.

    `box` holds what the first person typed, sealed, until then. `proxy` is who brought it, where somebody else did.
    """

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="owner_papers")
    entry = models.ForeignKey(RollEntry, models.PROTECT, related_name="owner_papers")
    state = models.CharField(max_length=10, choices=SheetState, default=SheetState.ENTERED)
    channel = models.CharField(max_length=10, choices=Channel)
    proxy = EncryptedTextField(_("受托人"), blank=True, default="")
    box = models.BinaryField(null=True, blank=True, editable=False)
    first_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    second_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("业主的纸质票")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=~Q(state="withdrawn"), name="paper_entry_once_for_a_vote"
            ),
            models.CheckConstraint(
                condition=~Q(state="checked") | (Q(second_by__isnull=False) & ~Q(second_by=F("first_by"))),
                name="paper_entry_checked_by_another",
            ),
            models.CheckConstraint(condition=Q(state="entered") | Q(box=None), name="paper_entry_box_until_checked"),
        ]
        indexes = [models.Index(fields=["ballot", "state"], name="paper_entry_of_ballot")]

    def __str__(self) -> str:
        return f"{self.ballot_id} {self.pk}"


class PaperPhoto(Photo):
    """A photo of papers, for those who count alone; of a batch it names no voter, and none is ever published."""

    batch = models.ForeignKey(PaperBatch, models.PROTECT, null=True, blank=True, related_name="photos")
    paper = models.ForeignKey(PaperEntry, models.PROTECT, null=True, blank=True, related_name="photos")

    class Meta:
        verbose_name = verbose_name_plural = _("纸质票的照片")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(batch__isnull=False, paper=None) | Q(batch=None, paper__isnull=False),
                name="paper_photo_of_a_batch_or_an_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id or self.paper_id} {self.pk}"
