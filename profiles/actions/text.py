"""Free text as people type it, made safe to keep: no control characters, one Unicode form, a length."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from profiles.errors import InvalidInput, Malformed


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


def _unprintable(character: str) -> bool:
    # Cf holds the marks that reverse the direction of text, which can make a reviewer read something else; the joiners
    # that emoji and several scripts need are fine.
    if character in "\n\t\u200d\u200c":
        return False
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}
