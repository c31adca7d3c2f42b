"""Whose cosignatures count (C2SP tlog-policy): a text file that names logs, witnesses, groups of them, and a quorum.

    witness north witness.example/north+1a2b3c4d+BAk…  https://witness.example/north
    witness south witness.example/south+5e6f7a8b+BCd…  https://witness.example/south
    group both all north south
    quorum both

The same file serves the operator, who asks the witnesses that have an address, and an auditor, who needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from audits.log import notes
from audits.log.notes import BadNote, Verifier

NONE: Final = "none"
_THRESHOLDS: Final = {"any": 1, "all": 0}  # 0: as many as there are members
_MOST_LINES: Final = 1_000


class BadPolicy(ValueError):
    """The file cannot be used; the sentence names the line."""


@dataclass(frozen=True, slots=True)
class Witness:
    """``name`` is what the file calls it; ``url`` is what its addresses begin with, empty if nobody asks it."""

    name: str
    key: Verifier
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """It has cosigned when ``threshold`` of its members have, which are names of witnesses or of groups."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    logs: tuple[Verifier, ...] = ()
    witnesses: Mapping[str, Witness] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    def covers(self, origin: str) -> bool:
        """Whether the policy is for this log; one that names no log is for all of them."""
        return not self.logs or any(log.name == origin for log in self.logs)

    def is_met(self, cosigned: Collection[str]) -> bool:
        """Whether these witnesses, by the names of the file, are a quorum."""
        return self.quorum == NONE or self._has_cosigned(self.quorum, cosigned)

    def _has_cosigned(self, name: str, cosigned: Collection[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigned
        return sum(self._has_cosigned(member, cosigned) for member in group.members) >= group.threshold


def parse(text: str) -> Policy:
    """
    Raises:
        BadPolicy: something in it is not written as the specification says, or names what no line before it defines.
    """
    lines = text.split("\n")
    if len(lines) > _MOST_LINES:
        raise BadPolicy(f"The policy has more than {_MOST_LINES} lines")
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            reader.read(words)
        except (BadNote, BadPolicy) as error:
            raise BadPolicy(f"Line {number} of the policy: {error}") from None
    return reader.policy()


def text(log: Sequence[Verifier], address: str, agreed: Policy) -> str:
    """The policy of one log, as the log itself publishes it: a line for each of its keys, and whose cosignatures count.
    Witnesses are named without their addresses, since whoever reads this verifies and asks nobody.

    Args:
        address: what the log's own addresses begin with.
    """
    lines = [f"log {key} {address}" for key in log]
    if agreed.covers(log[0].name):
        lines += [f"witness {one.name} {one.key}" for one in agreed.witnesses.values()]
        lines += [f"group {name} {group.threshold} {' '.join(group.members)}" for name, group in agreed.groups.items()]
        lines += [f"quorum {agreed.quorum}"]
    else:
        lines += [f"quorum {NONE}"]
    return "".join(f"{line}\n" for line in lines)


class _Reader:
    """What the lines so far have defined."""

    def __init__(self) -> None:
        self.logs: list[Verifier] = []
        self.witnesses: dict[str, Witness] = {}
        self.groups: dict[str, Group] = {}
        self.quorum = ""
        self._kinds: dict[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }

    def read(self, words: list[str]) -> None:
        if words[0] not in self._kinds:
            raise BadPolicy(f"it must begin with {', '.join(self._kinds)}")
        self._kinds[words[0]](words[1:])

    def policy(self) -> Policy:
        if not self.quorum:
            raise BadPolicy(f"The policy has no quorum line; “quorum {NONE}” asks for no cosignature")
        return Policy(tuple(self.logs), self.witnesses, self.groups, self.quorum)

    def _log(self, words: list[str]) -> None:
        if len(words) not in (1, 2):
            raise BadPolicy("log is followed by a key, and an address if you like")
        self.logs.append(_key(words[0], notes.LOG, "a log"))

    def _witness(self, words: list[str]) -> None:
        if len(words) not in (2, 3):
            raise BadPolicy("witness is followed by a name, a key, and its address if it is to be asked")
        key = _key(words[1], notes.COSIGNATURE, "a witness")
        if any(known.key == key for known in self.witnesses.values()):
            raise BadPolicy("this key stands there already, and one witness does not count twice")
        self.witnesses[self._new(words[0])] = Witness(words[0], key, _address(words[2]) if len(words) == 3 else "")

    def _group(self, words: list[str]) -> None:
        if len(words) < 3:
            raise BadPolicy("group is followed by a name, how many are needed (a number, any, all), and its members")
        name, needed, *members = words
        for member in members:
            self._known(member)
        if len(set(members)) != len(members):
            raise BadPolicy("a member stands there twice")
        threshold = _THRESHOLDS.get(needed, int(needed) if needed.isascii() and needed.isdecimal() else -1)
        if not 0 <= threshold <= len(members) or needed == "0":
            raise BadPolicy(f"{needed} of {len(members)} members is no number that can be needed")
        self.groups[self._new(name)] = Group(threshold or len(members), tuple(members))

    def _quorum(self, words: list[str]) -> None:
        if len(words) != 1 or self.quorum:
            raise BadPolicy("one line says quorum, followed by one name")
        if words[0] != NONE:
            self._known(words[0])
        self.quorum = words[0]

    def _new(self, name: str) -> str:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise BadPolicy(f"the name {name} is taken")
        return name

    def _known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise BadPolicy(f"no line above defines {name}")


def _key(text: str, kind: int, whose: str) -> Verifier:
    found = notes.parse_verifier(text)
    if found.kind != kind:
        raise BadPolicy(f"this is no key of {whose}")
    return found


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise BadPolicy(f"{text} is no address of a witness, such as https://witness.example/brightline")
    return text.rstrip("/")
