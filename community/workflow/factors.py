"""Codes of authenticators: counted in the database against guessing, and good once."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from community.encryption import blind_indexes
from community.errors import WrongState
from community.models import FactorGuess, User
from community.workflow.codes import code_limits

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
    right = FactorGuess.objects.filter(user=user, is_right=True, at__gt=at - REUSE)
    return right.filter(code_index__in=indexes_of(user, code)).exists()


def note_guess(user: User, code: str, *, is_right: bool, at: datetime) -> None:
    """Write down a guess."""
    FactorGuess.objects.create(user=user, code_index=indexes_of(user, code)[0], is_right=is_right, at=at)


def indexes_of(user: User, code: str) -> list[str]:
    """Return by what a code of a person is known again, the one that is written first."""
    plain = "".join(unicodedata.normalize("NFKC", code).split())
    return blind_indexes("factor", f"{user.pk}:{plain}")
