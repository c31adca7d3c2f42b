"""The parts of one web process: what it remembers, counts and limits. One of each, made from the settings."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import psycopg
from django.conf import settings

from profiles.serving.follower import Follower
from profiles.serving.limits import Limiter
from profiles.serving.memory import Memory
from profiles.serving.prepared import PreparedProfiles
from profiles.serving.receipts import Receipts
from profiles.serving.stream_tokens import mint
from profiles.serving.upkeep import Upkeep

# What Django's options for a database hold beside libpq's own.
_NOT_LIBPQ: Final = {"pool", "server_side_binding", "prepare_threshold", "isolation_level", "assume_role"}
# A network that went away without a word is noticed within seconds.
_WATCHFUL: Final = {
    "connect_timeout": 3,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
    "application_name": "brightline serving",
}
# What asks the same again and again, in one way that is always right, spends its time on planning otherwise.
_PLANNED_ONCE: Final = "-c plan_cache_mode=force_generic_plan"


@cache
def memory() -> Memory:
    return Memory(most=settings.SERVING_MEMORY)


@cache
def receipts() -> Receipts:
    return Receipts()


@cache
def limiter() -> Limiter:
    return Limiter(settings.SERVING_RATE_LIMIT)


@cache
def prepared() -> PreparedProfiles:
    return PreparedProfiles(most=settings.SERVING_MEMORY // 4)


def follower() -> Follower:
    return Follower(memory(), connect, listens=not settings.BEHIND_POOLER)


def upkeep() -> Upkeep:
    return Upkeep(receipts(), connect)


def event_stream(key_id: int, now: float) -> str:
    """Where a browser follows what a key may read, at ``now`` in seconds since the epoch; empty where it cannot."""
    return tokened("/ofrep/v1/events", key_id, now)


def tokened(path: str, key_id: int, now: float) -> str:
    """An address of the events process that needs no header; empty if nothing is known of that process."""
    return f"{settings.EVENTS_URL}{path}?token={mint(key_id, now=now)}" if settings.EVENTS_URL else ""


def follower_of(other: Memory) -> Follower:
    """For a process that holds something else and answers no reads."""
    return Follower(other, connect, listens=not settings.BEHIND_POOLER)


def connect() -> psycopg.Connection[Any]:
    """A connection to the database of the settings, for a thread of its own."""
    known = settings.DATABASES["default"]
    named = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    place = {name: str(known[key]) for name, key in named.items() if known.get(key)}
    options = {name: value for name, value in known.get("OPTIONS", {}).items() if name not in _NOT_LIBPQ}
    if settings.BEHIND_POOLER:
        return psycopg.connect(**{**_WATCHFUL, **options, **place}, autocommit=True, prepare_threshold=None)
    options["options"] = f"{options.get('options', '')} {_PLANNED_ONCE}"
    return psycopg.connect(**{**_WATCHFUL, **options, **place}, autocommit=True, prepare_threshold=0)
