"""Passwords: set by a link, changed by whoever knows the old one, and links by mail for who forgot theirs.

Like signing in, this concerns every organization of a person, so there is an entry in each of them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from audits.log.disclosures import personal
from audits.messages import send_on_commit
from audits.models import Entry
from audits.trail.kinds import Kind, Outcome
from profiles.access import Actor, Auth, system
from profiles.actions.base import note
from profiles.actions.password_links import FORGOTTEN, INVITED, Way, make_token, pk_of, way_of
from profiles.actions.sessions import FAILURES_WITHIN, MOST_FAILURES
from profiles.errors import DomainError, InvalidInput, NotFound
from profiles.models import Member, User
from profiles.queries import memberships, person

MOST_CHARACTERS: Final = 1_000
_MOST_MAILS: Final = 3
_MAILS_WITHIN: Final = timedelta(minutes=15)


class LinkEnded(NotFound):
    code = "link_ended"


class WrongPassword(InvalidInput):
    code = "wrong_password"


def account_of(uid: str, token: str, now: datetime) -> User:
    """Whose password a link sets.

    Raises:
        LinkEnded: nobody's any more; the sentence is the same for an account that does not exist.
    """
    user = User.objects.filter(pk=pk_of(uid)).first()
    if user is None or way_of(user, token, now) is None:
        raise _ended()
    return user


def set_password(uid: str, *, token: str, password: str, now: datetime, request_id: str = "") -> User:
    """Set the password that a link is for. The link ends with it, and so do other links and all open sessions.

    Raises:
        LinkEnded: it was used, another one took its place, or its time is over.
        InvalidInput: the password is too short, too common or too much like the person's name.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=pk_of(uid)).first()
        way = way_of(user, token, now) if user else None
        if user is None or way is None:
            raise _ended()
        _keep(user, password)
        if way.by_mail:
            user.is_unproven = False
        user.save(update_fields=["password", "is_unproven"])
        by = person(user, None, request_id, Auth.LINK)
        _note(Kind.PASSWORD_CHANGED, user, by, now, data={"way": way.name})
    return user


def change_password(user: User, *, current: str, password: str, by: Actor, now: datetime) -> User:
    """
    Raises:
        WrongPassword: ``current`` is another one, or there were too many wrong ones lately.
        InvalidInput: the new one is not good enough.
    """
    if _failures(user, now) >= MOST_FAILURES:
        raise WrongPassword(_("Too many attempts for this account. Wait a quarter of an hour, then try again."))
    if not user.check_password(current):
        _note(Kind.PASSWORD_CHANGED, user, by, now, outcome=Outcome.REFUSED, data={"code": WrongPassword.code})
        message = _("This is not your password.")
        raise WrongPassword(message, fields={"current": [message]})
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        _keep(user, password)
        user.save(update_fields=["password"])
        _note(Kind.PASSWORD_CHANGED, user, by, now, data={"way": "known"})
    return user


def _keep(user: User, password: str) -> None:
    try:
        if len(password) > MOST_CHARACTERS:
            raise ValidationError(_("Use at most %(most)d characters.") % {"most": MOST_CHARACTERS})
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), fields={"password": list(error.messages)}) from None
    user.set_password(password)


def _ended() -> DomainError:
    return LinkEnded(
        _("This link opens nothing any more: it was used, a newer one took its place, or its time is over.")
    )


# Links by mail


def mail_password_link(email: str) -> None:
    """Have a link sent to whoever forgot their password. Whether there is such an account is the worker's business:
    this answers, and takes the same time, in every case."""
    send_on_commit("audits.tasks.mail_password_link", email)


def mail_invitation(member: Member) -> None:
    """Have a link sent to somebody who was invited."""
    send_on_commit("audits.tasks.mail_invitation", member.user_id, member.organization_id)


def link_by_mail(email: str, *, now: datetime) -> tuple[User, str] | None:
    """The token for somebody who forgot their password; None if there is no such account, or it got enough of them
    lately. For the worker alone: whoever asked is told the same in every case, and at the same speed."""
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None or _mails(user, now) >= _MOST_MAILS:
        return None
    return user, _link(user, FORGOTTEN, now)


def invitation_by_mail(user_id: int, *, now: datetime) -> tuple[User, str] | None:
    """The token for somebody who was invited; None if they have set a password meanwhile."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or user.has_usable_password():
        return None
    return user, _link(user, INVITED, now)


def _link(user: User, way: Way, now: datetime) -> str:
    with transaction.atomic():
        _note(Kind.PASSWORD_LINK_MADE, user, system("mail"), now, data={"way": "mail"})
    return make_token(user, way, now)


def _mails(user: User, now: datetime) -> int:
    rows = Entry.objects.filter(kind=Kind.PASSWORD_LINK_MADE, target=f"account {user.pk}", at__gt=now - _MAILS_WITHIN)
    return rows.values("at").distinct().count()


def _failures(user: User, now: datetime) -> int:
    refused = Entry.objects.filter(
        kind=Kind.PASSWORD_CHANGED, target=f"account {user.pk}", outcome=Outcome.REFUSED, at__gt=now - FAILURES_WITHIN
    )
    return refused.values("request_id", "at").distinct().count()


def _note(kind: Kind, user: User, by: Actor, now: datetime, **more: Any) -> None:
    places: list[Any] = [member.organization for member in memberships(user, now)]
    data = {"account": personal(user.name), **more.pop("data", {})}
    for place in places or ["installation"]:
        note(kind, place, by=by, now=now, target=f"account {user.pk}", data=data, **more)
