"""Suites in Brightline's own form, TOML or JSON, as the start of a draft: what ``codec`` would refuse is kept as far as
it can be edited."""

from __future__ import annotations

import json
import tomllib
from typing import Any, Final

from audits.checks.probes.codec import SCHEMA
from audits.checks.probes.exchange.draft import Draft, MalformedFile, is_storable
from audits.checks.probes.fields import MAX_BYTES, MAX_PHRASE, MAX_TEXT
from profiles.rulebook.codec import json_ready

_KNOWN: Final = frozenset({"schema", "name", "number", "title", "note", "questions", "probes", "untestable"})


def read_own(data: bytes) -> Draft:
    """
    Raises:
        MalformedFile: where it is no suite at all.
    """
    found = _read(data)
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise MalformedFile(f'The file is no suite: it lacks schema = "{SCHEMA}".')
    draft = Draft(
        name=_text(found.get("name"), 60),
        title=_text(found.get("title"), MAX_PHRASE),
        about=_text(found.get("note"), MAX_TEXT),
    )
    for name in sorted(set(found) - _KNOWN):
        draft.note(str(name)[:80], "This part of the file is no part of a suite and was left out.")
    draft.ask_also("questions", found.get("questions", {}))
    for at, probe in enumerate(_listed(found.get("probes"))):
        if isinstance(probe, dict):
            draft.add(f"probes[{at}]", probe)
        else:
            draft.note(f"probes[{at}]", "It is no table. It was left out.")
    for at, item in enumerate(_listed(found.get("untestable"))):
        if isinstance(item, dict) and set(item) == {"behavior", "because"} and all(map(_text, item.values())):
            draft.untestable.append(item)
        else:
            draft.note(f"untestable[{at}]", "It has another form than a behavior and why. It was left out.")
    return draft


def _read(data: bytes) -> Any:
    if len(data) > MAX_BYTES:
        raise MalformedFile(f"The file has {len(data):,} bytes; at most {MAX_BYTES:,} are read.")
    try:
        text = data.decode("utf-8-sig")
        return json.loads(text) if text.lstrip().startswith("{") else json_ready(tomllib.loads(text))
    except UnicodeDecodeError:
        raise MalformedFile("The file is not text in UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise MalformedFile(f"The file is neither TOML nor JSON: {str(error)[:300]}.") from None


def _text(value: Any, most: int = MAX_TEXT) -> str:
    return value[:most] if isinstance(value, str) and is_storable(value) else ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
