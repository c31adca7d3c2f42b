"""What people choose for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.utils.translation import gettext as _

from audits.log.disclosures import personal
from audits.trail.kinds import Kind
from profiles.access import Actor
from profiles.actions.base import action, note
from profiles.actions.text import clean_text
from profiles.errors import Forbidden, InvalidInput
from profiles.models import User
from profiles.queries import memberships


@action(Kind.PREFERENCES_CHANGED)
def change_preferences(
    user: User, *, name: str, language: str, time_zone: str, single_keys: bool, by: Actor, now: datetime
) -> bool:
    """Change one's own name, language, time zone and shortcuts; whether anything changed. Every organization of the
    person has it on record, since they show the name.

    Args:
        language: one of LANGUAGES, or empty: as the browser asks.

    Raises:
        Forbidden: it is somebody else's account.
        InvalidInput: no such language or zone, or no name.
    """
    if by.user_id != user.pk:
        raise Forbidden(_("Everybody chooses for themselves."))
    user = User.objects.select_for_update().get(pk=user.pk)
    wanted = {
        "name": clean_text(name, field="name", most=120, required=True),
        "language": _language(language),
        "time_zone": _time_zone(time_zone),
        "single_keys": single_keys,
    }
    before = {field: getattr(user, field) for field in wanted}
    changed = [field for field, value in wanted.items() if value != before[field]]
    if not changed:
        return False
    for field in changed:
        setattr(user, field, wanted[field])
    user.save(update_fields=changed)
    old, new = ({field: values[field] for field in changed} for values in (before, wanted))
    things: list[Any] = [member.organization for member in memberships(user, now)]
    for thing in things or ["installation"]:
        note(
            Kind.PREFERENCES_CHANGED, thing, by=by, now=now, target=f"account {user.pk}", before=old, after=new,
            data={"account": personal(user.name)},
        )  # fmt: skip
    return True


def _language(code: str) -> str:
    if code and code not in dict(settings.LANGUAGES):
        message = _("Choose one of the languages in the list.")
        raise InvalidInput(message, fields={"language": [message]})
    return code


def _time_zone(name: str) -> str:
    """The zone as it is spelled; however somebody typed it."""
    known = {each.casefold(): each for each in available_timezones()}
    found = known.get(name.strip().replace(" ", "_").casefold())
    if found is None:
        message = _("There is no such time zone. Write one as region and city, such as Europe/Berlin, or UTC.")
        raise InvalidInput(message, fields={"time_zone": [message]})
    return found
