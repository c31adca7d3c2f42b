"""What the tests of conversations share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from audits.conformance.engine.converse import converse
from audits.conformance.engine.shapes import Conversation, Dialect, Endpoint, Limits, Reply, Sampling, Summary
from audits.tests.conformance.stub.endpoint import KEY, Stub
from profiles.telling.endpoints import LOOPBACK

QUICK = Limits(max_connections=20, attempt_timeout=20, max_retries=2, backoff=0.05, max_reply_bytes=100_000)
SAMPLING = Sampling(max_tokens=64, temperature=0.7, seed=100)
PATHS: dict[Dialect, str] = {"openai": "/v1", "anthropic": "", "google": ""}


def endpoint(stub: Stub, model: str = "honest", dialect: Dialect = "openai", **more: Any) -> Endpoint:
    return Endpoint(dialect, stub.url + PATHS[dialect], model, **{"api_key": KEY, "networks": LOOPBACK, **more})


def said(key: str, *turns: str, system: str = "", epoch: int = 0) -> Conversation:
    return Conversation(key, turns or (key,), system, epoch=epoch)


def hold(
    where: Endpoint, conversations: Iterable[Conversation], limits: Limits = QUICK, **more: Any
) -> tuple[dict[str, Reply], Summary]:
    """Hold them; each comes back once, or this fails."""
    found: dict[str, Reply] = {}

    def keep(reply: Reply) -> None:
        assert reply.key not in found, f"{reply.key} came back twice"
        found[reply.key] = reply

    conversations = list(conversations)
    summary = converse(where, conversations, more.pop("sampling", SAMPLING), limits, **{"on_reply": keep, **more})
    assert set(found) == {each.key for each in conversations}
    assert summary.planned == summary.replied + summary.failed + summary.skipped == len(found)
    return found, summary
