"""Real-name verification: who asks for it, how it was decided, and the letters that prove an address."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q, TextField, Value
from django.db.models.functions import Cast
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from community.encryption import EncryptedTextField
from community.models.areas import Area
from community.models.people import Resident, User


class Method(models.TextChoices):
    """How a person is verified."""

    PAPER = "paper", _("带证件到社区")
    LETTER = "letter", _("按寄到家里的信上的码")
    IDENTITY_CHECK = "identity_check", _("在线身份核验")


class RequestState(models.TextChoices):
    """How far a request for verification has come."""

    OPEN = "open", _("等社区核验")
    VERIFIED = "verified", _("已核验")
    REFUSED = "refused", _("没有通过")
    WITHDRAWN = "withdrawn", _("已撤回")


def is_stored_empty(column: str) -> Exact:
    """Return the condition that an encrypted column holds nothing; its text can't be compared, its bytes can."""
    return Exact(Cast(column, TextField()), Value(""))


class VerificationRequestQuerySet(models.QuerySet["VerificationRequest"]):
    """Filters on requests that chain."""

    def open(self) -> Self:
        """Keep those that nobody has decided."""
        return self.filter(state=RequestState.OPEN)


class VerificationRequest(models.Model):
    """Somebody says who they are and where they live, and asks to have it verified.

    The personal values are what is claimed; they go to the resident when they are found true, and
    are emptied here when the request is decided. `identity_found_at` is when an online check found that
    name and ID number belong together: then it is only the home that somebody still has to prove.
    """

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="verification_requests")
    method = models.CharField(_("方式"), max_length=20, choices=Method)
    state = models.CharField(_("状态"), max_length=20, choices=RequestState, default=RequestState.OPEN)
    name = EncryptedTextField(_("姓名"), blank=True, default="")
    id_number = EncryptedTextField(_("身份证号"), blank=True, default="")
    address = EncryptedTextField(_("住址"), blank=True, default="")
    home = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("住在"))
    town = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    identity_found_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("没有通过的原因"), max_length=200, blank=True)

    objects = VerificationRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("核验申请")
        constraints = [
            models.UniqueConstraint(
                fields=["resident"], condition=Q(state="open"), name="verification_request_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="verification_request_decided_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="open")
                | Q(is_stored_empty("name"), is_stored_empty("id_number"), is_stored_empty("address")),
                name="verification_request_decided_is_empty",
            ),
        ]
        indexes = [models.Index(fields=["home", "asked_at"], condition=Q(state="open"), name="verification_open")]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.state}"

    def locked_before(self) -> list[models.QuerySet]:
        """Return the rows that every verb locks before a request's: the account if there is one, and the profile."""
        account, profile = self.resident.user_id, Resident.objects.filter(pk=self.resident_id)
        return [profile] if account is None else [User.objects.filter(pk=account), profile]


class AddressLetter(models.Model):
    """A letter with a code, sent to the address that somebody claims; only the code's hash is kept."""

    request = models.ForeignKey(VerificationRequest, models.PROTECT, related_name="letters")
    code_hash = models.CharField(max_length=128)
    printed_at = models.DateTimeField()
    printed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_on = models.DateField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("住址信")
        ordering = ["-printed_at", "-id"]

    def __str__(self) -> str:
        return f"{self.request_id} {self.printed_at:%Y-%m-%d}"


class VerificationOutcome(models.TextChoices):
    """What a record says has happened."""

    VERIFIED = "verified", _("核验通过")
    REFUSED = "refused", _("没有通过")
    EXPIRED = "expired", _("到期")
    MOVED = "moved", _("搬家，要重新核验")
    REVOKED = "revoked", _("撤销核验")


class Paper(models.TextChoices):
    """What a worker has seen."""

    ID_CARD = "id_card", _("身份证")
    HOUSEHOLD_BOOK = "household_book", _("户口簿")
    RESIDENCE_PERMIT = "residence_permit", _("居住证")
    TITLE_DEED = "title_deed", _("房产证")
    LEASE = "lease", _("租房合同")


class VerificationRecord(models.Model):
    """One line of how somebody's verification came and went; inserted, never changed (a trigger sees to it)."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="verification_records")
    outcome = models.CharField(max_length=20, choices=VerificationOutcome)
    method = models.CharField(max_length=20, choices=Method, blank=True)
    paper = models.CharField(max_length=20, choices=Paper, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    valid_until = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("核验记录")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["resident", "-at"], name="verification_of_resident")]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.outcome}"
