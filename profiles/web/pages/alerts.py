"""What is live and nobody but its maker has seen: said on every page about it, until it is reviewed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.models import Alarm
from profiles import queries
from profiles.actions.lacking import named
from profiles.models import Activation
from profiles.web.pages.states import version_href
from profiles.web.presenters.parts import Action, Message, When

Basis = Activation.Basis


def alerts(rows: Iterable[Activation], now: datetime, *, link: bool = True) -> tuple[Message, ...]:
    """A bar for each activation that is still to be reviewed, emergencies first.

    Args:
        rows: as ``queries.unreviewed`` finds them.
        link: whether it leads to the version; its own page has no use for that.
    """
    found = sorted(rows, key=lambda row: row.basis != Basis.BREAK_GLASS)
    return tuple(_alert(row, now, link=link) for row in found)


def alarm_bars(rows: Iterable[Alarm], *, link: bool = True) -> tuple[Message, ...]:
    """A bar for each open alarm."""
    look = _("Decide what to do")
    return tuple(
        Message(
            "bad",
            alarm_words(row),
            lead=_("Alarm:"),
            action=Action(look, reverse("alarm", args=[row.pk]), "bolt") if link else None,
            icon="bolt",
        )
        for row in rows
    )


def alarm_words(row: Alarm) -> str:
    """What is broken, by which model, while what is active."""
    names = [each["name"] for each in row.behaviors]
    text = ngettext(
        "Version %(number)d of %(product)s is active, and the model %(model)s breaks %(n)d promise that nobody may "
        "break: %(names)s.",
        "Version %(number)d of %(product)s is active, and the model %(model)s breaks %(n)d promises that nobody may "
        "break: %(names)s.",
        len(names),
    )
    told = {"number": row.version.number, "product": row.version.product.name, "n": len(names)}
    return text % {**told, "model": row.run.protocol.endpoint.model, "names": named(names, {})}


def _alert(row: Activation, now: datetime, *, link: bool) -> Message:
    product, number = row.product, row.version.number
    emergency = row.basis == Basis.BREAK_GLASS
    text = (
        _("%(name)s activated version %(number)d of %(product)s in %(environment)s on %(when)s, without approval.")
        if emergency
        else _(
            "%(name)s activated version %(number)d of %(product)s in %(environment)s on %(when)s, before its review."
        )
    )
    text %= {
        "name": row.by_name,
        "number": number,
        "product": product.name,
        "environment": row.environment.name,
        "when": When.of(row.at, now).shown,
    }
    look = Action(_("Look at it"), version_href(product, number), "review")
    return Message(
        "bad" if emergency else "warn",
        f"{text} {_until(row)}",
        lead=_("Emergency:") if emergency else _("Only stricter, so live at once:"),
        action=look if link else None,
        icon="bolt" if emergency else "clock",
    )


def _until(row: Activation) -> str:
    said = queries.judged(row.version, queries.in_order(row.version))
    if said.declined:
        return _("%(name)s declined it since: restore an earlier version.") % {"name": said.declined.reviewer_name}
    if said.objections:
        return _("%(name)s asked for changes since.") % {"name": said.objections[0].reviewer_name}
    return _("This stays here until somebody else has approved it.")
