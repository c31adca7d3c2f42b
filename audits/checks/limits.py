"""The ``limits`` check: is every setting of a version still inside its window? Pure: a resolution in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from profiles.resolution.diff import raw_window
from profiles.resolution.merge import WINDOWS
from profiles.resolution.types import Clamp, Resolution


@dataclass(frozen=True, slots=True)
class LimitFinding:
    """The outcome for one setting on one platform. ``outcome`` is ``pass`` or ``fail``: a window is always known, so
    nothing here can be inconclusive."""

    behavior: str
    platform: str
    outcome: str
    wanted: Any
    got: Any
    reason: str
    because: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def check_limits(settings: Mapping[str, Any], resolutions: Iterable[tuple[str, Resolution]]) -> list[LimitFinding]:
    """A finding for each setting.

    Args:
        settings: the version's own, raw, and by their fields (``windows.<key>``) what it leaves to its users.
        resolutions: by platform. A setting passes if it is honored on at least one platform: where it is locked on
            another, the page says so, and clients of that one get the locked value.
    """
    by_platform = dict(resolutions)
    return [_finding(key, settings[key], by_platform) for key in sorted(settings)]


def _finding(key: str, wanted: Any, resolutions: Mapping[str, Resolution]) -> LimitFinding:
    refusals: list[tuple[str, Clamp]] = []
    for platform, resolution in sorted(resolutions.items()):
        clamp = resolution.clamp_of(key)
        if clamp is None:
            decision = resolution.decisions[key.removeprefix(WINDOWS)]
            is_window = key.startswith(WINDOWS)
            got = raw_window(decision.behavior.domain, decision.user) if is_window else decision.operator_raw
            return LimitFinding(key, platform, "pass", wanted, got, decision.reason.value, "")
        refusals.append((platform, clamp))
    platform, clamp = refusals[0]
    return LimitFinding(key, platform, "fail", wanted, clamp.got, clamp.reason.value, clamp.because)
