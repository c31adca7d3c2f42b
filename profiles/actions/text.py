"""Free text as people type it, made safe to keep: no control characters, one Unicode form, a length."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from profiles.errors import InvalidInput, Malformed

SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def clean_text(raw: object, *, field: str, most: int, required: bool = False) -> str:
    """
    Raises:
        Malformed: not a text, or one that cannot be written as UTF-8.
        InvalidInput: too long, or empty where something is required.
    """
    if not isinstance(raw, str):
        raise Malformed(_("%(field)s must be a text.") % {"field": field}, fields={field: [_("Must be a text.")]})
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n")).strip()
    if any(_unprintable(character) for character in text):
        message = _("Take out the control characters: they cannot be shown, so nobody could review them.")
        raise InvalidInput(message, fields={field: [message]})
    if len(text) > most:
        message = _("Use at most %(most)d characters; these are %(length)d.") % {"most": most, "length": len(text)}
        raise InvalidInput(message, fields={field: [message]})
    if required and not text:
        message = _("Please fill this in.")
        raise InvalidInput(message, fields={field: [message]})
    return text


def clean_email(raw: object) -> str:
    """
    Raises:
        InvalidInput: this is no e-mail address.
    """
    email = clean_text(raw, field="email", most=254, required=True).lower()
    try:
        validate_email(email)
    except ValidationError:
        message = _("This is no e-mail address.")
        raise InvalidInput(message, fields={"email": [message]}) from None
    return email


def need_slug(slug: str, *, taken: bool, most: int = 60) -> None:
    """
    Raises:
        InvalidInput: not one, or one that somebody else has.
    """
    if not SLUG.fullmatch(slug) or len(slug) > most:
        message = _("Use lower-case letters, digits and hyphens, at most %(most)d.") % {"most": most}
        raise InvalidInput(message, fields={"slug": [message]})
    if taken:
        raise _taken(slug, "slug")


@contextmanager
def once(text: str, field: str) -> Iterator[None]:
    """What a database constraint lets exist once: of two at the same moment the second is told so.

    Raises:
        InvalidInput: somebody was faster.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise _taken(text, field) from None


def _taken(text: str, field: str) -> InvalidInput:
    message = _("%(name)s is taken.") % {"name": text[:60]}
    return InvalidInput(message, fields={field: [message]})


def _unprintable(character: str) -> bool:
    # Cf holds the marks that reverse the direction of text, which can make a reviewer read something else; the joiners
    # that emoji and several scripts need are fine.
    if character in "\n\t\u200d\u200c":
        return False
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}
