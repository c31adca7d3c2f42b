"""Trying an endpoint out before anything depends on it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from audits.conformance.engine.process import Child, EngineDied
from audits.conformance.engine.shapes import Connection, Endpoint, Failure, failure_from

TIMEOUT: Final = 20.0  # seconds
_START: Final = 30.0  # seconds that a process may take to start on a machine with much to do


def probe_connection(endpoint: Endpoint, *, timeout: float = TIMEOUT) -> Connection:
    """Ask the model for one word; whatever happens becomes a result.

    It takes a second or two even if the endpoint answers at once, since a process is started for it.
    """
    began = time.monotonic()
    try:
        with Child() as child:
            child.say(job="connect", endpoint=asdict(endpoint), timeout=timeout)
            for message in child.messages():
                if message is not None:
                    return _connection_from(message["connection"])
                if time.monotonic() - began > timeout + _START:
                    break
    except EngineDied as death:
        return _failed(Failure("engine", str(death)), began)
    return _failed(Failure("timeout", "It did not answer in time."), began)


def _failed(failure: Failure, began: float) -> Connection:
    return Connection(False, failure.sentence, failure, seconds=time.monotonic() - began)


def _connection_from(data: Mapping[str, Any]) -> Connection:
    found = {**data, "failure": failure_from(data["failure"]), "models": tuple(data["models"])}
    return Connection(**found)
