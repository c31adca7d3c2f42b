"""The published document for one user: the same shape, with the user's preferences as far as they are honored.

``Prepared`` does once what is the same for every user of a published document, so that a request costs a resolution
and the members that differ. What it writes is RFC 8785 canonical; a test holds it against the plain way of writing it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import rfc8785

from profiles.resolution.document import behavior_document, vendor_settings
from profiles.resolution.flags import Flags, Published
from profiles.resolution.inputs import Inputs
from profiles.resolution.instructions import HEADINGS, phrase, text_digest
from profiles.resolution.types import Decision, Resolution
from profiles.rulebook.model import Kind, Layer, Rulebook

_KINDS: Final = tuple(kind for kind, _heading in HEADINGS)


def clamped(resolution: Resolution) -> list[dict[str, Any]]:
    """Every preference that was not honored as it was; ``got`` is None where there is no such behavior."""
    return [
        {"behavior": clamp.behavior, "wanted": clamp.wanted, "got": clamp.got, "reason": clamp.reason.value}
        for clamp in resolution.clamped
        if clamp.layer is Layer.USER
    ]


class NotReproduced(Exception):
    """What was published does not follow from its inputs any more: another version of this program wrote it."""


class Prepared:
    """One published document, ready for any user's preferences. Immutable after it was made.

    Raises:
        NotReproduced: without preferences it would not give the published bytes.
    """

    def __init__(self, body: bytes, inputs: Inputs, rulebooks: Sequence[Rulebook]) -> None:
        self._inputs, self._rulebooks = inputs, tuple(rulebooks)
        base = inputs.resolve(rulebooks)
        self.decisions = dict(base.decisions)
        self._members = {key: _member(key, decision) for key, decision in base.decisions.items()}
        self._lines = {key: _line(decision) for key, decision in base.decisions.items()}
        self._vendor_settings = _plain(vendor_settings(base))
        document = json.loads(body)
        self._published = Published.of(document)
        told = {name: _plain(value) for name, value in document.items() if name not in _MADE_HERE}
        self._activated_at = told.pop("activated_at")
        self._before, self._after, self._last = _stretches(told, "instructions", "vendor_settings")
        if self._whole({}, base, "") != body:
            raise NotReproduced

    def document(self, preferences: Mapping[str, Any]) -> bytes:
        """The canonical document of a user with these preferences, with its digest and what was clamped."""
        resolution, changed = self.resolve(preferences)
        return self._whole(changed, resolution, f'"clamped":{rfc8785.dumps(clamped(resolution)).decode()},')

    def resolve(self, preferences: Mapping[str, Any]) -> tuple[Resolution, dict[str, Decision]]:
        """What holds for a user with these preferences, and of it what differs from ``decisions``."""
        resolution = self._inputs.resolve(self._rulebooks, preferences)
        changed = {
            key: decision
            for key, decision in resolution.decisions.items()
            if decision is not self.decisions[key] and decision != self.decisions[key]
        }
        return resolution, changed

    @cached_property
    def flags(self) -> Flags:
        """The same document as flags; made when somebody asks for them."""
        return Flags(self, self._published)

    def _whole(self, changed: Mapping[str, Decision], resolution: Resolution, told: str) -> bytes:
        members = self._members | {key: _member(key, decision) for key, decision in changed.items()}
        text = self._text(changed)
        head = f'{{"activated_at":{self._activated_at},"behaviors":{{{",".join(members.values())}}},{told}'
        tail = (
            f'{self._before},"instructions":{_plain({"digest": text_digest(text), "text": text})},'
            f'{self._after},"vendor_settings":{self._settings(resolution, changed)},{self._last}}}'
        )
        digest = hashlib.sha256(f"{head}{tail}".encode()).hexdigest()
        return f'{head}"digest":"sha256:{digest}",{tail}'.encode()

    def _text(self, changed: Mapping[str, Decision]) -> str:
        """As ``compile_instructions`` does, with the lines that are known already."""
        lines = self._lines | {key: _line(decision) for key, decision in changed.items()}
        by_kind: dict[Kind, list[str]] = {kind: [] for kind in _KINDS}
        for kind, line in lines.values():
            if kind is not None:
                by_kind[kind].append(line)
        text = self._inputs.instructions.strip()
        parts = [text] if text else []
        parts += ["\n".join([heading, *by_kind[kind]]) for kind, heading in HEADINGS if by_kind[kind]]
        return "\n\n".join(parts) + "\n"

    def _settings(self, resolution: Resolution, changed: Mapping[str, Decision]) -> str:
        touched = any(decision.behavior.setting for decision in changed.values())
        return _plain(vendor_settings(resolution)) if touched else self._vendor_settings


# What differs from user to user; the rest stands as it was published.
_MADE_HERE: Final = {"behaviors", "digest", "instructions", "vendor_settings"}


def _stretches(members: Mapping[str, str], *cuts: str) -> list[str]:
    """Members in their order, joined, in the stretches between the names that are put in later."""
    found: list[list[str]] = [[] for _cut in (*cuts, "")]
    for name in sorted(members):
        found[sum(name > cut for cut in cuts)].append(f'"{name}":{members[name]}')
    return [",".join(stretch) for stretch in found]


def _member(key: str, decision: Decision) -> str:
    return f'"{key}":{_plain(behavior_document(decision))}'


def _line(decision: Decision) -> tuple[Kind | None, str]:
    behavior = decision.behavior
    if not behavior.is_stated or behavior.kind not in _KINDS:
        return None, ""
    return behavior.kind, f"- {phrase(decision)}"


def _plain(value: Any) -> str:
    """RFC 8785 for what documents are made of: texts, whole numbers, lists, and objects with ASCII names. There the
    standard library's encoder gives the same bytes, many times faster."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
