"""Signing in, as far as the trail is concerned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from audits.log.disclosures import personal
from audits.models import Entry
from audits.trail.kinds import Kind, Outcome
from profiles.access import Actor, system
from profiles.actions.base import note
from profiles.errors import DomainError
from profiles.models import User
from profiles.queries import memberships, person

MOST_FAILURES: Final = 10
FAILURES_WITHIN: Final = timedelta(minutes=15)


class SignInRefused(DomainError):
    code = "sign_in_refused"
    status = 422


def check_password(
    email: str, *, attempt: Callable[[], AbstractBaseUser | None], now: datetime, request_id: str
) -> User:
    """Sign somebody in, or refuse; both are entries of every organization of theirs.

    Raises:
        SignInRefused: wrong, or too many failures for this account lately. The sentence is the same for an account
            that does not exist.
    """
    known = User.objects.filter(email__iexact=email, is_active=True).first()
    if known is not None and _failures(known, now) >= MOST_FAILURES:
        raise SignInRefused(_("Too many attempts for this account. Wait a quarter of an hour, then try again."))
    with transaction.atomic():  # with its entry: a good password may be hashed anew by a better way
        user = attempt()
        if isinstance(user, User):
            _note(Kind.SIGNED_IN, user, person(user, None, request_id), now, request_id, Outcome.DONE)
            return user
    if known is not None:
        _note(Kind.SIGN_IN_REFUSED, known, system("sign-in"), now, request_id, Outcome.REFUSED)
    raise SignInRefused(_("E-mail address and password do not belong together. Check both, then try again."))


def _failures(user: User, now: datetime) -> int:
    """Distinct attempts: one that failed is an entry in each organization of the person."""
    refused = Entry.objects.filter(kind=Kind.SIGN_IN_REFUSED, target=f"account {user.pk}", at__gt=now - FAILURES_WITHIN)
    return refused.values("request_id", "at").distinct().count()


def _note(kind: Kind, user: User, by: Actor, now: datetime, request_id: str, outcome: Outcome) -> None:
    # All of them or none, so that no organization misses what another one was told.
    subjects: list[Any] = [member.organization for member in memberships(user, now)]
    data = {"account": personal(user.name), "request_id": request_id}
    with transaction.atomic():
        for thing in subjects or ["installation"]:
            note(kind, thing, by=by, now=now, outcome=outcome, target=f"account {user.pk}", data=data)
