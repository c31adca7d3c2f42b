"""What people are told of checks that come out otherwise, and of what ends soon."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.checks.sentences import SENTENCES
from profiles.telling.happening import Happening


def headline(it: Happening) -> str | Promise:
    days = it.data.get("days")
    n = days if isinstance(days, int) else 0
    if it.data.get("what") == "law_begins":
        return ngettext(
            "The %(target)s comes into force for %(product)s within %(days)s day",
            "The %(target)s comes into force for %(product)s within %(days)s days",
            n,
        )
    if it.data.get("what") == "activation":
        return ngettext(
            "The %(target)s of %(product)s happens within %(days)s day",
            "The %(target)s of %(product)s happens within %(days)s days",
            n,
        )
    return ngettext("The %(target)s ends within %(days)s day", "The %(target)s ends within %(days)s days", n)


def detail(it: Happening) -> str:
    """What changes then for clients."""
    found = it.data.get("behaviors")
    names = [str(each) for each in found] if isinstance(found, list) else []
    return _("Changes then: %(names)s.") % {"names": ", ".join(names)} if names else ""


def found(it: Happening) -> str:
    """The worst thing that the check found."""
    points = it.data.get("points")
    first: Any = points[0] if isinstance(points, list) and points else None
    text = SENTENCES.get(first.get("code", "")) if isinstance(first, dict) else None
    if text is None:
        return ""
    try:
        return str(_(text) % first["values"])
    except (KeyError, TypeError, ValueError):
        return ""
