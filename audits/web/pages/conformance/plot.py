"""Where things stand in a chart of shares over runs: numbers of SVG, as text that no language formats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from audits.web.presenters.trend import Tick

LEFT, RIGHT, TOP, BOTTOM = 44.0, 350.0, 22.0, 126.0  # of the plot, in a picture of 360 by 150
_LEAST: Final = 2.0  # of a bar, so that it can be seen


class Plot:
    """
    Args:
        runs: how many stand side by side.
        lowest: of all intervals; where they are in the upper half, the scale begins there.
    """

    def __init__(self, runs: int, lowest: float) -> None:
        self.runs, self.floor = runs, 0.5 if lowest >= 0.5 else 0.0

    def x(self, place: float) -> str:
        return _text(self._x(place))

    def _x(self, place: float) -> float:
        width = (RIGHT - LEFT) / max(self.runs, 1)
        return LEFT + width * (place + 0.5)

    def y(self, share: float) -> str:
        return _text(self._y(share))

    def _y(self, share: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (max(share, self.floor) - self.floor) / (1 - self.floor)

    def bar(self, low: float, high: float) -> tuple[str, str]:
        """Its upper end and its height."""
        top = self._y(high)
        return _text(top), _text(max(self._y(low) - top, _LEAST))

    def ticks(self) -> tuple[Tick, ...]:
        shares = (self.floor, (1 + self.floor) / 2, 1.0)
        return tuple(Tick(self.y(share), f"{share * 100:g} %") for share in shares)

    def steps(self, thresholds: Iterable[tuple[int, float | None]]) -> str:
        """A line for each run at what it was held to, from half-way to half-way."""
        pieces = (
            f"M{self.x(place - 0.5)} {self.y(threshold)}H{self.x(place + 0.5)}"
            for place, threshold in thresholds
            if threshold is not None
        )
        return "".join(pieces)


def _text(value: float) -> str:
    return f"{value:.1f}"
