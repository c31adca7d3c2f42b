"""YAML of people we do not know: safe types only, and no more of it than was written.

An alias repeats what its anchor names, so a few lines can stand for billions of values. Events are counted before
anything is built, and what is built is counted again with every alias spelled out.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from audits.checks.probes.exchange.draft import MalformedFile

MAX_BYTES: Final = 1_000_000
MAX_NODES: Final = 100_000
MAX_DEPTH: Final = 40
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(data: bytes) -> Any:
    """The value of a YAML file, as JSON has it: dates become texts, keys are texts.

    Raises:
        MalformedFile: for a file that is too large, too deep, or no YAML.
    """
    if len(data) > MAX_BYTES:
        raise MalformedFile(f"The file has {len(data):,} bytes; at most {MAX_BYTES:,} are read.")
    try:
        text = data.decode("utf-8-sig")
        _count(text)
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - the safe one, in C where there is one
    except UnicodeDecodeError:
        raise MalformedFile("The file is not text in UTF-8.") from None
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        if isinstance(error, MalformedFile):
            raise
        raise MalformedFile(f"The file is not YAML: {' '.join(str(error).split())[:300]}.") from None
    return _Plain().value(found, 0)


def lines_of(data: bytes, name: str) -> list[int]:
    """The lines on which the items of a list begin: that of this name at the top, or the file itself.

    Args:
        data: what ``read_yaml`` has read, so that it is known to be small.
    """
    top = yaml.compose(data.decode("utf-8-sig"), Loader=_Loader)
    listed = top
    if isinstance(top, yaml.MappingNode):
        listed = next((value for key, value in top.value if key.value == name), None)
    return [item.start_mark.line + 1 for item in listed.value] if isinstance(listed, yaml.SequenceNode) else []


def _count(text: str) -> None:
    nodes = depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.NodeEvent):
            nodes += 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if nodes > MAX_NODES or depth > MAX_DEPTH:
            raise MalformedFile(f"The file has more than {MAX_NODES:,} values, or some nested over {MAX_DEPTH} deep.")


class _Plain:
    def __init__(self) -> None:
        self.nodes = 0

    def value(self, found: Any, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise MalformedFile(f"With its aliases the file has more than {MAX_NODES:,} values, or repeats itself.")
        if isinstance(found, dict):
            return {str(key): self.value(item, depth + 1) for key, item in found.items()}
        if isinstance(found, list | tuple | set):
            return [self.value(item, depth + 1) for item in found]
        return found if isinstance(found, str | int | float | bool | None) else str(found)
