"""Passwords: set by a link, changed, forgotten."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Crumb, Message, Problem


class PasswordPage(Struct, frozen=True):
    """``email`` is for password managers. No password is ever shown again."""

    email: str
    name: str = ""
    crumbs: tuple[Crumb, ...] = ()
    current_error: str = ""
    password_error: str = ""
    again_error: str = ""
    problems: tuple[Problem, ...] = ()


class ForgottenPage(Struct, frozen=True):
    """``sent`` is the same sentence whether there is such an account or not."""

    email: str = ""
    email_error: str = ""
    sent: Message | None = None
    note: Message | None = None
    problems: tuple[Problem, ...] = ()
