"""The parameters of an address: every door takes those that it knows, each once, and says the same of all others."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

from profiles.errors import Malformed

MOST: Final = 100  # more than any address has
_LONGEST: Final = 60  # characters of what a client sent that an answer repeats
_NAMED: Final = 20  # unknown parameters that an answer names


def read(query: str, known: Collection[str]) -> dict[str, str]:
    """
    Args:
        query: as it came, each byte a character, as WSGI has it.

    Raises:
        Malformed: there are too many, one is unknown, or one is there twice.
    """
    given = _pairs(query)
    names = [name for name, _value in given]
    if unknown := sorted(set(names) - set(known)):
        message = _("Unknown parameter: %(name)s.") % {"name": unknown[0][:_LONGEST]}
        raise Malformed(message, fields={name[:_LONGEST]: [message] for name in unknown[:_NAMED]})
    if twice := sorted(name for name in set(names) if names.count(name) > 1):
        raise more_than_once(*twice)
    return dict(given)


def more_than_once(*names: str) -> Malformed:
    message = _("%(name)s is there more than once.") % {"name": names[0]}
    return Malformed(message, fields={name: [message] for name in names})


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(_text(query), keep_blank_values=True, max_num_fields=MOST)
    except ValueError:
        raise Malformed(_("There are too many parameters.")) from None


def _text(query: str) -> str:
    """Clients should escape what is not ASCII. Who does not means UTF-8 as a rule."""
    try:
        return query.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return query
