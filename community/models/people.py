"""People: those who sign in, and those whom the platform serves."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from community.encryption import EncryptedTextField, blind_index, blind_indexes
from community.models.areas import Area

CLOCK_USERNAME = "clock"
# \d knows full-width digits too.
PHONE_SPELLING = re.compile(r"\+?[\d\s()-]+")


def normalise_phone(text: str) -> str:
    """Return a mainland number as 11 digits, any other in international form, or '' for no number."""
    # Full-width digits are typed too; NFKC makes them plain ones.
    digits = "".join(character for character in unicodedata.normalize("NFKC", text) if character in string.digits)
    digits = digits.removeprefix("00")
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    return digits if 7 <= len(digits) <= 15 else ""


# Surnames of two characters that are common enough to be told from a given name.
DOUBLE_SURNAMES = frozenset(
    [
        "欧阳",
        "上官",
        "司马",
        "诸葛",
        "夏侯",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "司徒",
        "东方",
        "端木",
        "百里",
        "南宫",
        "长孙",
        "宇文",
        "呼延",
        "独孤",
        "拓跋",
    ]
)


def mask_name(name: str) -> str:
    """Return a name as the public may see it: the first character and a star."""
    return f"{name[0]}*" if name else ""


def mask_phone(phone: str) -> str:
    """Return a number with all but its first three and last two digits hidden."""
    return f"{phone[:3]}{'*' * (len(phone) - 5)}{phone[-2:]}" if len(phone) >= 7 else "*" * len(phone)


def mask_id_number(number: str) -> str:
    """Return an ID number with all but its first and last character hidden."""
    return f"{number[0]}{'*' * (len(number) - 2)}{number[-1]}" if len(number) > 2 else "*" * len(number)


def surname_of(name: str) -> str:
    """Return the surname of a Chinese name, or the first word of any other."""
    name = name.strip()
    if name[:2] in DOUBLE_SURNAMES:
        return name[:2]
    return name.split()[0].casefold() if name.isascii() and name else name[:1]


class UserManager(BaseUserManager["User"]):
    """Makes users; the phone goes through `User.set_phone`, never straight into a column."""

    def with_phone(self, phone: str) -> models.QuerySet[User]:
        """Return the account that has this phone, in any spelling; nobody for what is no number."""
        return self.filter(phone_index__in=phone_indexes(phone))

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
    """An account. Name and phone are encrypted; the phone is found by its blind index.

    A phone belongs to one account; others of a family may use it too (`shares_phone_of`). An erased
    account stays as a tombstone without anything personal (`erased_at`), so that books still add up.
    """

    username = models.CharField(_("用户名"), max_length=60, unique=True, validators=[UnicodeUsernameValidator()])
    email = models.EmailField(_("电子邮箱"), blank=True)
    name = EncryptedTextField(_("姓名"), blank=True, default="")
    phone = EncryptedTextField(_("手机号"), null=True, editable=False)
    phone_index = models.CharField(max_length=64, unique=True, null=True, editable=False)
    phone_verified = models.BooleanField(default=False, editable=False)
    shares_phone_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="phone_sharers"
    )
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
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
        # By when an account was used last; community/workflow/retention.py asks.
        indexes = [models.Index(Coalesce("last_login", "date_joined"), name="user_used")]

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
        if self.erased_at is not None:
            return gettext("已注销")
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


class ResidentQuerySet(models.QuerySet["Resident"]):
    """Filters on residents that chain; personal values are found by their blind indexes."""

    def living_in(self, area: Area) -> Self:
        """Keep those whose home is `area` or lies below it."""
        return self.filter(home__path__startswith=area.path)

    def with_phone(self, phone: str) -> Self:
        """Keep those who gave this phone, in any spelling; several of a family may."""
        return self.filter(phone_index__in=phone_indexes(phone))

    def with_id_number(self, number: str) -> Self:
        """Keep the one with this ID number."""
        return self.filter(id_index__in=id_indexes(number))

    def with_surname(self, surname: str) -> Self:
        """Keep those of a surname; ask for an area too, there are many."""
        return self.filter(surname_index__in=blind_indexes("surname", surname))

    def kept(self) -> Self:
        """Leave out tombstones, and earlier profiles that were joined to a person's own."""
        return self.filter(erased_at=None, joined_to=None)

    def of_person(self, resident: Resident) -> Self:
        """Keep every profile of one person: this one, and those that were joined to it."""
        # A list, so that one who is not saved yet is nobody, and not everybody without a joined profile.
        return self.filter(Q(pk=resident.pk) | Q(joined_to__in=[resident.pk]))


def normalise_id_number(number: str) -> str:
    """Return an ID number as its eighteen characters in their plain form."""
    return "".join(unicodedata.normalize("NFKC", number).split()).upper()


def id_index(number: str) -> str:
    """Return the blind index of an ID number."""
    return blind_index("id_number", normalise_id_number(number))


def id_indexes(number: str) -> list[str]:
    """Return every index under which an ID number may be found."""
    return blind_indexes("id_number", normalise_id_number(number))


def phone_index(phone: str) -> str:
    """Return the blind index of a phone in any spelling, or '' for what is none."""
    number = normalise_phone(phone)
    return blind_index("phone", number) if number else ""


def phone_indexes(phone: str) -> list[str]:
    """Return every index under which a phone may be found; none for what is no number."""
    number = normalise_phone(phone)
    return blind_indexes("phone", number) if number else []


def surname_index(name: str) -> str:
    """Return the blind index of a name's surname."""
    surname = surname_of(name)
    return blind_index("surname", surname) if surname else ""


def surname_indexes(name: str) -> list[str]:
    """Return every index under which a name's surname may be found."""
    surname = surname_of(name)
    return blind_indexes("surname", surname) if surname else []


def birth_date_of(number: str) -> date | None:
    """Return the day of birth that an ID number names, or None."""
    digits = normalise_id_number(number)[6:14]
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) if len(digits) == 8 else None
    except ValueError:
        return None


def age_of(number: str, day: date) -> int | None:
    """Return how old the holder of an ID number is on a day, in whole years, or None where it names no birthday."""
    born = birth_date_of(number)
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class IndexOfField(models.CharField):
    """The blind index of another field, set by itself whenever its row is saved."""

    def __init__(self, *args: Any, source: str = "", index: Callable[[str], str] | None = None, **kwargs: Any) -> None:
        self.source, self.index = source, index
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Return what a migration needs: a column of text."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        """Return the index of the source as it is now; null where there is nothing."""
        value = getattr(model_instance, self.source)
        found = self.index(value) or None if value and self.index else None
        setattr(model_instance, self.attname, found)
        return found


class Resident(models.Model):
    """Somebody who lives here; without an account where a worker speaks for them.

    Name, phone, ID number and home address are encrypted; the indexes beside them find a resident by
    phone, ID number (one person each) or surname, and follow their source at each save: `update_fields`
    that name a source name its index too. `verified_until` is the day through which the verification
    stands, `expiry_told_for` that of which the person was told that it comes near. An erased resident
    stays as a tombstone (`erased_at`). Whom a worker spoke for and who has an account now keeps the
    earlier profile too, emptied and `joined_to` their own: what cannot be rewritten still points to it.
    """

    user = models.OneToOneField(User, models.CASCADE, null=True, blank=True, related_name="resident")
    name = EncryptedTextField(_("姓名"), blank=True, default="")
    surname_index = IndexOfField(source="name", index=surname_index, max_length=64, null=True, editable=False)
    phone = EncryptedTextField(_("电话"), blank=True, default="")
    phone_index = IndexOfField(
        source="phone", index=phone_index, max_length=64, null=True, editable=False, db_index=True
    )
    id_number = EncryptedTextField(_("身份证号"), blank=True, default="")
    id_index = IndexOfField(source="id_number", index=id_index, max_length=64, null=True, editable=False, unique=True)
    address = EncryptedTextField(_("住址"), blank=True, default="")
    home = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="residents")
    town = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    household = models.ForeignKey("community.Household", models.SET_NULL, null=True, blank=True, related_name="members")
    verification = models.CharField(max_length=20, choices=Verification, default=Verification.UNVERIFIED)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_until = models.DateField(_("核验有效至"), null=True, blank=True)
    expiry_told_for = models.DateField(null=True, blank=True, editable=False)
    is_volunteer = models.BooleanField(_("志愿者"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    joined_to = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="earlier_profiles"
    )
    joined_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ResidentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("居民")
        constraints = [
            models.CheckConstraint(
                condition=~Q(verification=Verification.VERIFIED)
                | Q(
                    home__isnull=False,
                    id_index__isnull=False,
                    verified_at__isnull=False,
                    verified_until__isnull=False,
                ),
                name="resident_verified_is_proved",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(surname_index=None, phone_index=None, id_index=None),
                name="resident_erased_is_empty",
            ),
            models.CheckConstraint(
                condition=Q(joined_to=None, joined_at=None)
                | Q(
                    joined_to__isnull=False,
                    joined_at__isnull=False,
                    user=None,
                    surname_index=None,
                    phone_index=None,
                    id_index=None,
                ),
                name="resident_joined_is_empty",
            ),
        ]
        indexes = [
            models.Index(fields=["home", "surname_index", "id"], name="resident_home_surname"),
            models.Index(fields=["surname_index", "id"], name="resident_surname"),
            models.Index(
                fields=["verified_until"], condition=Q(verification="verified"), name="resident_verified_until"
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def profiles(self) -> ResidentQuerySet:
        """Return every profile of this person: what was done for them before they had an account hangs on the others."""
        return Resident.objects.of_person(self)

    @property
    def known_name(self) -> str:
        """Return the name by which this person is known here: their own, or that of their account."""
        return self.name or (self.user.name if self.user else "")

    @property
    def known_phone(self) -> str:
        """Return the phone by which this person is reached: their own, or that of their account."""
        return self.phone or (self.user.phone or "" if self.user else "")

    @property
    def masked_name(self) -> str:
        """Return the name with all but its first character hidden."""
        return mask_name(self.known_name)

    @property
    def masked_phone(self) -> str:
        """Return the phone with its middle hidden."""
        return mask_phone(self.known_phone)

    def age_on(self, day: date) -> int | None:
        """Return how old this person is on a day by their verified ID number, or None where there is none."""
        return age_of(self.id_number, day)
