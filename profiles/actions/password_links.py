"""Links that set a password once: to whom they belong, how long they last, and by which way they came.

Nothing is stored. A token is made from what the account is at that moment, so it ends when the password changes, when
the person signs in, or when its time is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int, urlsafe_base64_decode, urlsafe_base64_encode

from profiles.models import User


@dataclass(frozen=True, slots=True)
class Way:
    """How a link reaches its person. Only what came ``by_mail`` shows that they read mail at their address."""

    name: str
    lasts: timedelta
    by_mail: bool


SHOWN: Final = Way("page", timedelta(days=3), by_mail=False)  # to whoever invited them, who passes it on
INVITED: Final = Way("invitation", timedelta(days=3), by_mail=True)
FORGOTTEN: Final = Way("mail", timedelta(hours=1), by_mail=True)
WAYS: Final = (SHOWN, INVITED, FORGOTTEN)


class _Tokens(PasswordResetTokenGenerator):
    """Django's, for one way and with a clock that is given."""

    def __init__(self, way: Way, now: datetime) -> None:
        super().__init__()
        self.way, self.now = way, now
        self.key_salt = f"profiles.password_links.{way.name}"

    def check_token(self, user: User | None, token: str | None) -> bool:
        if not (user and token and super().check_token(user, token)):
            return False
        made = base36_to_int(token.partition("-")[0])
        return self._num_seconds(self._now()) - made <= self.way.lasts.total_seconds()

    def _now(self) -> datetime:
        return self.now.astimezone(UTC).replace(tzinfo=None)  # Django counts from a naive instant


def make_token(user: User, way: Way, now: datetime) -> str:
    return _Tokens(way, now).make_token(user)


def way_of(user: User, token: str, now: datetime) -> Way | None:
    """By which way a token came that opens this account now; None if it opens nothing."""
    if not user.is_active:
        return None
    return next((way for way in WAYS if _Tokens(way, now).check_token(user, token)), None)


def uid_of(user: User) -> str:
    """Stands for an account in an address."""
    return urlsafe_base64_encode(str(user.pk).encode())


def pk_of(uid: str) -> int:
    """The account that an address names; 0, which is nobody's, if it names none."""
    try:
        text = urlsafe_base64_decode(uid).decode("ascii")
    except (ValueError, UnicodeError):
        return 0
    return int(text) if text.isdecimal() and len(text) < 19 else 0
