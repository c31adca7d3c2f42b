"""Pages about one's own password, and what their forms held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from profiles.errors import InvalidInput
from profiles.models import User
from profiles.web.pages.typed import TypedForm, labelled
from profiles.web.presenters.accounts import ForgottenPage, PasswordPage
from profiles.web.presenters.parts import Crumb, Message, Problem


@dataclass(frozen=True, slots=True, repr=False)
class TypedPassword(TypedForm):
    """``repr`` is left out: it ends up in logs."""

    current: str = ""
    password: str = ""
    again: str = ""

    @classmethod
    def of(cls, form: QueryDict) -> Self:
        return cls(form.get("current", ""), form.get("password", ""), form.get("again", ""))

    def chosen(self) -> str:
        """
        Raises:
            InvalidInput: the two are not the same.
        """
        if self.password != self.again:
            message = _("This is not what you typed above.")
            raise InvalidInput(message, fields={"again": [message]})
        return self.password


def build_password(user: User, typed: TypedPassword, *, crumbs: tuple[Crumb, ...] = ()) -> PasswordPage:
    labels = {"current": _("Password of today"), "password": _("New password"), "again": _("New password again")}
    found = [Problem(labelled(labels.get(name, ""), text), f"#{name}") for name, text in typed.errors.items()]
    return PasswordPage(
        email=user.email,
        name=user.name,
        crumbs=crumbs,
        current_error=typed.errors.get("current", ""),
        password_error=typed.errors.get("password", ""),
        again_error=typed.errors.get("again", ""),
        problems=(*found, Problem(typed.sentence, "#current")) if typed.sentence else tuple(found),
    )


def home_crumb() -> tuple[Crumb, ...]:
    return (Crumb(_("Home"), reverse("home")),)


def build_forgotten(email: str = "", *, error: str = "", sent: bool = False) -> ForgottenPage:
    text = _("If there is an account with this address, a mail with a link is on its way. The link works for an hour.")
    silent = _(
        "No mail server is set up here, so mails go to the log: whoever runs this installation finds yours there."
    )
    return ForgottenPage(
        email=email,
        email_error=error,
        sent=Message("ok", text) if sent else None,
        note=None if settings.EMAIL_HOST else Message("note", silent),
        problems=(Problem(labelled(_("E-mail"), error), "#email"),) if error else (),
    )
