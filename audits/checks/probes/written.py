"""A probe as people write it into a form, and back: turns in one text, rules one on each line.

A line of three dashes stands between the turns of a conversation and between the replies of an example; one that a text
itself needs is written with a backslash before it. A rule is a line such as ``says_any texts = ["refund*"]``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import rfc8785

_BETWEEN: Final = "---"
_DASHES: Final = re.compile(r"^\\*---$", re.M)
_ESCAPED: Final = re.compile(r"^\\(\\*---)$", re.M)
_RULE: Final = re.compile(r"([a-z_]+)(?:\s+(.*))?", re.S)
_MOST: Final = 20_000  # characters of one line


class UnreadableLine(ValueError):
    """A line that is no rule; ``str(error)`` is a sentence."""


def text_of(turns: Iterable[str]) -> str:
    return f"\n{_BETWEEN}\n".join(_DASHES.sub(lambda found: "\\" + found[0], turn) for turn in turns)


def turns_of(text: str) -> list[str]:
    """The inverse. Lines come as browsers send them or as they are stored."""
    parts: list[list[str]] = [[]]
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.strip() == _BETWEEN:
            parts.append([])
        else:
            parts[-1].append(line)
    found = ["\n".join(part) for part in parts]
    return [_ESCAPED.sub(r"\1", each) for each in found]


def lines_of(rules: Iterable[Mapping[str, Any]]) -> str:
    """Rules as ``codec`` reads them, one on each line."""
    return "\n".join(_line(rule) for rule in rules)


def rules_of(text: str) -> list[dict[str, Any]]:
    """
    Raises:
        UnreadableLine: naming the line.
    """
    found = []
    for at, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if line.strip():
            found.append(_rule(at, line.strip()))
    return found


def _rule(at: int, line: str) -> dict[str, Any]:
    said = _RULE.fullmatch(line)
    if said is None or len(line) > _MOST:
        raise UnreadableLine(f"Line {at} does not begin with the name of a rule.")
    try:
        given = tomllib.loads(f"rule = {{ {said[2]} }}")["rule"] if said[2] else {}
    except (ValueError, RecursionError) as error:
        raise UnreadableLine(f"Line {at} cannot be read behind the rule's name: {str(error)[:200]}.") from None
    return {"rule": said[1], **given}


def _line(rule: Mapping[str, Any]) -> str:
    rest = ", ".join(f"{key} = {_toml(value)}" for key, value in rule.items() if key != "rule")
    return f"{rule.get('rule', '')} {rest}".strip()


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return rfc8785.dumps(value).decode()  # texts, numbers and true are written alike in JSON and TOML


def pairs_of(text: str) -> dict[str, list[str]]:
    """Lines such as ``content.explicit: on, off``. A name without values is for ``codec`` to refuse."""
    found: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.replace("\r\n", "\n").split("\n"))):
        name, _colon, values = line.partition(":")
        found[name.strip()] = listed(values)
    return found


def text_of_pairs(pairs: Mapping[str, Sequence[str]]) -> str:
    return "\n".join(f"{name}: {', '.join(map(str, values))}" for name, values in pairs.items())


def listed(text: str) -> list[str]:
    return [each for each in (part.strip() for part in text.split(",")) if each]
