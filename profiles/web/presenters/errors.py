"""The page of a refusal or failure: what happened, and one way on."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from msgspec import Struct

from profiles.web.presenters.parts import Action


class ErrorPage(Struct, frozen=True):
    """``title`` says what kind of refusal it is, ``text`` the sentence, ``action`` the way on."""

    status: int
    title: str
    text: str
    action: Action


def error_page(status: int, text: str) -> ErrorPage:
    titles = {
        400: _("This cannot be read"),
        403: _("Not allowed"),
        404: _("Nothing here"),
        409: _("This is not possible now"),
        412: _("Somebody was faster"),
        422: _("This cannot be taken"),
    }
    return ErrorPage(
        status, titles.get(status, _("Something went wrong")), text, Action(_("Go to the start page"), reverse("home"))
    )
