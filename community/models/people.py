"""People: those who sign in, and those whom the platform serves."""

from __future__ import annotations

import string
import unicodedata
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.encryption import EncryptedTextField, blind_index
from community.models.areas import Area

CLOCK_USERNAME = "clock"


def normalise_phone(text: str) -> str:
    """Return a mainland number as 11 digits, any other in international form, or '' for no number."""
    # Full-width digits are typed too; NFKC makes them plain ones.
    digits = "".join(character for character in unicodedata.normalize("NFKC", text) if character in string.digits)
    digits = digits.removeprefix("00")
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    return digits if 7 <= len(digits) <= 15 else ""


def mask_name(name: str) -> str:
    """Return a name as the public may see it: the first character and a star."""
    return f"{name[0]}*" if name else ""


class UserManager(BaseUserManager["User"]):
    """Makes users; the phone goes through `User.set_phone`, never straight into a column."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """Create a user; without a password nobody can sign in as them."""
        phone = fields.pop("phone", "")
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_phone(phone)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        """Create somebody who may do everything in Wagtail's admin (but no verb of the domain by that alone)."""
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)

    def clock(self) -> User:
        """Return the inactive user in whose name clocks act."""
        return self.get(username=CLOCK_USERNAME)


class User(AbstractBaseUser, PermissionsMixin):
    """An account. Name and phone are encrypted; the phone is found by its blind index."""

    username = models.CharField(_("用户名"), max_length=60, unique=True, validators=[UnicodeUsernameValidator()])
    email = models.EmailField(_("电子邮箱"), blank=True)
    name = EncryptedTextField(_("姓名"), blank=True, default="")
    phone = EncryptedTextField(_("手机号"), null=True, editable=False)
    phone_index = models.CharField(max_length=64, unique=True, null=True, editable=False)
    phone_verified = models.BooleanField(default=False, editable=False)
    is_staff = models.BooleanField(_("可进后台"), default=False)
    is_active = models.BooleanField(_("在用"), default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = verbose_name_plural = _("账号")
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__isnull=True, phone_index=None) | Q(phone__isnull=False, phone_index__isnull=False),
                name="user_phone_has_its_index",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def get_full_name(self) -> str:
        """Return what colleagues see; Wagtail's admin asks for it."""
        return self.masked_name

    def get_short_name(self) -> str:
        """Return the same short form as get_full_name."""
        return self.masked_name

    @property
    def masked_name(self) -> str:
        """Return the name with all but its first character hidden, or the user name where there is none."""
        return mask_name(self.name) or self.username

    def set_phone(self, phone: str, verified: bool = False) -> None:
        """Set the phone with its index, or clear both; does not save."""
        number = normalise_phone(phone)
        self.phone = number or None
        self.phone_index = blind_index("phone", number) if number else None
        self.phone_verified = bool(number) and verified


class Verification(models.TextChoices):
    """How sure the platform is that somebody is who and where they say."""

    UNVERIFIED = "unverified", _("未核验")
    VERIFIED = "verified", _("已核验")
    EXPIRED = "expired", _("已过期")


class Resident(models.Model):
    """Somebody who lives here; without an account where a worker speaks for them."""

    user = models.OneToOneField(User, models.CASCADE, null=True, blank=True, related_name="resident")
    name = EncryptedTextField(_("姓名"), blank=True, default="")
    phone = EncryptedTextField(_("电话"), blank=True, default="")
    home = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="residents")
    town = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    verification = models.CharField(max_length=20, choices=Verification, default=Verification.UNVERIFIED)
    verified_at = models.DateTimeField(null=True, blank=True)
    is_volunteer = models.BooleanField(_("志愿者"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("居民")
        constraints = [
            models.CheckConstraint(
                condition=Q(verified_at__isnull=False) | ~Q(verification=Verification.VERIFIED),
                name="resident_verified_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_verified(self) -> bool:
        """Return whether the verification stands."""
        return self.verification == Verification.VERIFIED
