"""Raw values that are to hold on every platform, so that each of their rulebooks must know them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from profiles.errors import InvalidInput
from profiles.queries import stated_behaviors
from profiles.rulebook.domains import MalformedValue, Point
from profiles.rulebook.model import Behavior


def points_everywhere(
    key: str, raws: Mapping[str, Any], *, unknown: str, malformed: str
) -> list[tuple[Behavior, dict[str, Point]]]:
    """What ``raws`` are in each rulebook that states the behavior, by the names they came under.

    Args:
        unknown, malformed: the fields under which to say that nobody states it, or that a value is none of its values.

    Raises:
        InvalidInput: one of the two.
    """
    behaviors = stated_behaviors().get(key)
    if not behaviors:
        message = _("No rulebook here states %(key)s.") % {"key": key[:120]}
        raise InvalidInput(message, fields={unknown: [message]})
    try:
        return [(one, {name: one.domain.parse(raw) for name, raw in raws.items()}) for one in behaviors]
    except MalformedValue as error:
        message = _("The value %(problem)s.") % {"problem": error}
        raise InvalidInput(message, fields={malformed: [message]}) from None
