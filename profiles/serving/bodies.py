"""Request bodies: JSON of the strict kind, or a sentence that says what is wrong with it."""

from __future__ import annotations

import io
import json
import sys
from typing import Any, Final

from django.utils.translation import gettext as _

from profiles.errors import Malformed, TooLarge, UnsupportedMediaType

MOST_BYTES: Final = 64 * 1024
MOST_BYTES_MANAGED: Final = 1024 * 1024  # of what scripts send, which may be whole drafts
_SAFE: Final = 2**53 - 1  # beyond it JSON's readers do not agree on a number


def check_type(content_type: str) -> None:
    """
    Raises:
        UnsupportedMediaType
    """
    kind, _semicolon, parameters = content_type.partition(";")
    charset = parameters.partition("charset=")[2].strip().strip('"').lower()
    if kind.strip().lower() != "application/json" or charset not in {"", "utf-8", "utf8"}:
        raise UnsupportedMediaType(_("Send JSON in UTF-8, with Content-Type: application/json."))


def check_length(length: int, most: int = MOST_BYTES) -> None:
    """
    Raises:
        TooLarge
    """
    if length > most:
        raise TooLarge(_("The body may have %(most)d bytes at most.") % {"most": most})


def settle_length(environ: dict[str, Any]) -> None:
    """Give a body that came in chunks the length that it turns out to have: WSGI knows bodies with a length alone, and
    Django takes any other one for empty. Of a body that is longer than any may be, the rest stays where it is."""
    data = environ["wsgi.input"].read(MOST_BYTES_MANAGED + 1)
    del environ["HTTP_TRANSFER_ENCODING"]
    if len(data) > MOST_BYTES_MANAGED:
        environ["CONTENT_LENGTH"] = str(sys.maxsize)
        return
    environ["CONTENT_LENGTH"] = str(len(data))
    environ["wsgi.input"] = io.BytesIO(data)


def read_object(data: bytes, *, any_number: bool = False) -> dict[str, Any]:
    """
    Args:
        any_number: take numbers of any size, as near as they can be had: for what nobody here reckons with.

    Raises:
        Malformed: no JSON object, or one that two readers could understand in two ways.
    """
    try:
        found = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_int=_rough_int if any_number else _int,
            parse_float=float if any_number else _float,
        )
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no text
    except UnicodeError:
        raise Malformed(_("The body is not UTF-8.")) from None
    except RecursionError:
        raise Malformed(_("The body is nested too deeply.")) from None
    except _NotClear as error:
        raise Malformed(error.args[0]) from None
    except ValueError:
        raise Malformed(_("The body is not JSON.")) from None
    if not isinstance(found, dict):
        raise Malformed(_("The body must be a JSON object."))
    return found


def read_preferences(content_type: str, data: bytes) -> dict[str, Any]:
    """``preferences`` of a body with its type.

    Raises:
        UnsupportedMediaType, Malformed
    """
    check_type(content_type)
    return preferences(data)


def preferences(data: bytes) -> dict[str, Any]:
    """The preferences of ``{"preferences": {…}}``.

    Raises:
        Malformed
    """
    found = read_object(data)
    if unknown := sorted(found.keys() - {"preferences"}):
        message = _("Unknown field: %(name)s.") % {"name": unknown[0][:60]}
        raise Malformed(message, fields={name[:60]: [message] for name in unknown[:20]})
    wanted = found.get("preferences")
    if not isinstance(wanted, dict):
        message = _("Send an object of values by behavior.")
        raise Malformed(message, fields={"preferences": [message]})
    return wanted


class _NotClear(ValueError):
    """Readable, but not in one way only."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotClear(_("A member of an object is there twice."))
    return found


def _no_constant(_name: str) -> None:
    raise _NotClear(_("JSON knows no NaN and no Infinity."))


def _int(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > _SAFE:
        raise _NotClear(_("A number is too large to be read alike everywhere."))
    return int(text)


def _float(text: str) -> float:
    found = float(text)
    if found in {float("inf"), float("-inf")}:
        raise _NotClear(_("A number is too large to be read alike everywhere."))
    return found


def _rough_int(text: str) -> int | float:
    return int(text) if len(text) <= 17 else float(text)
