"""Codes of authenticators: counted in the database against guessing, and good once."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from community.encryption import blind_index
from community.errors import WrongState
from community.models import FactorGuess, User
from community.workflow.codes import code_limits

KEPT = timedelta(days=2)
# Longer than an authenticator's code is valid with its tolerance.
REUSE = timedelta(minutes=3)


def check_factor_pause(user: User, *, at: datetime) -> None:
    """Refuse a further guess while there have been too many wrong ones."""
    limits = code_limits()
    since = at - timedelta(minutes=limits["code.factor.pause"])
    if FactorGuess.objects.filter(user=user, is_right=False, at__gt=since).count() >= limits["code.factor.wrong"]:
        raise WrongState(
            _("验证码错得太多，先停 %(minutes)d 分钟。这是为了不让别人一遍遍猜。")
            % {"minutes": limits["code.factor.pause"]}
        )


def one_guess_at_a_time(user: User) -> None:
    """Let one transaction at a time judge a person's guesses: two at once would both find the code unused."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)


def was_used(user: User, code: str, *, at: datetime) -> bool:
    """Return whether a code has let somebody in just now; nobody who read it over a shoulder gets in with it."""
    used = FactorGuess.objects.filter(user=user, is_right=True, code_index=index_of(user, code), at__gt=at - REUSE)
    return used.exists()


def note_guess(user: User, code: str, *, is_right: bool, at: datetime) -> None:
    """Write down a guess; what is old goes."""
    FactorGuess.objects.filter(at__lt=at - KEPT).delete()
    FactorGuess.objects.create(user=user, code_index=index_of(user, code), is_right=is_right, at=at)


def index_of(user: User, code: str) -> str:
    """Return by what a code of a person is known again."""
    plain = "".join(unicodedata.normalize("NFKC", code).split())
    return blind_index("factor", f"{user.pk}:{plain}")
