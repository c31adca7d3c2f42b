"""Defaults that the settings share with the supervisor, which has to know them without Django."""

from __future__ import annotations

from typing import Final

EVENTS_STREAMS: Final = 4000  # that the events process carries at once
SPARE_CONNECTIONS: Final = 100  # beside them, so that whoever finds no room is told so
