"""The process that talks to models. Reads one job from its standard input, and writes what becomes of it."""

from __future__ import annotations

import os
import resource
import sys
from dataclasses import asdict
from typing import Any

from audits.conformance.engine.child import guard
from audits.conformance.engine.child.faults import Fault
from audits.conformance.engine.child.parent import Parent
from audits.conformance.engine.shapes import (
    Conversation,
    Limits,
    Sampling,
    conversation_from,
    endpoint_from,
    judge_from,
)


def main() -> None:
    # What libraries print goes among the complaints; the output is for messages.
    messages = os.dup(1)
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # keys would be in it
    parent = Parent(sys.stdin.buffer, os.fdopen(messages, "wb"))
    job = parent.next()
    guard.install({each["dialect"] for each in (job["endpoint"], (job.get("judge") or job)["endpoint"])})
    (_converse if job["job"] == "converse" else _connect)(parent, job)
    parent.close()
    sys.stderr.flush()
    os._exit(0)  # without waiting for whatever threads others may have left


def _converse(parent: Parent, job: dict[str, Any]) -> None:
    conversations = _conversations(parent)
    parent.listen()
    from audits.conformance.engine.child.talking import Run

    try:
        Run(
            endpoint_from(job["endpoint"]),
            Sampling(**job["sampling"]),
            Limits(**job["limits"]),
            judge_from(job["judge"]),
            conversations,
            parent,
        ).hold()
    except Fault as fault:
        parent.say(fault=asdict(fault.failure))


def _conversations(parent: Parent) -> list[Conversation]:
    """Systems come once each, since most of them are the same long one."""
    systems: list[str] = []
    found: list[Conversation] = []
    while "begin" not in (message := parent.next()):
        if "system" in message:
            systems.append(message["system"])
        else:
            data = message["conversation"]
            found.append(conversation_from({**data, "system": systems[data["system"]]}))
    return found


def _connect(parent: Parent, job: dict[str, Any]) -> None:
    parent.listen()
    from audits.conformance.engine.child.trying import try_out

    parent.say(connection=asdict(try_out(endpoint_from(job["endpoint"]), job["timeout"])))


if __name__ == "__main__":
    main()
