"""Trying an endpoint out: one short question, by the vendor's SDK alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx2

from audits.conformance.engine.child.faults import failure_of, printable
from audits.conformance.engine.child.transport import Careful, client_over
from audits.conformance.engine.shapes import Connection, Dialect, Endpoint, Failure, Limits

_QUESTION: Final = "Please answer with the single word: ready"
_MOST_BYTES: Final = 1_048_576
_MOST_TOKENS: Final = 256  # models that think first think of these
_MOST_SHOWN: Final = 200  # characters
_MOST_MODELS: Final = 200
_NO_KEY: Final = "none"


def try_out(endpoint: Endpoint, timeout: float) -> Connection:
    """What came of it; never raises for anything that an endpoint does."""
    return asyncio.run(_tried(endpoint, timeout))


async def _tried(endpoint: Endpoint, timeout: float) -> Connection:
    began = time.monotonic()
    models: tuple[str, ...] = ()
    try:
        async with asyncio.timeout(timeout):
            limits = Limits(max_connections=2, attempt_timeout=timeout, max_reply_bytes=_MOST_BYTES)
            http = client_over(Careful(endpoint, limits), timeout)
            ask, list_models = _VENDORS[endpoint.dialect](endpoint, http)
            models = await _listed(list_models)
            answer, model = await ask()
    except Exception as error:  # noqa: BLE001 - whatever an endpoint does is the result
        failure = failure_of(error)
        return Connection(False, _sentence(endpoint, failure, models), failure, "", "", models, _since(began))
    if not isinstance(answer, str):
        failure = Failure("not_an_answer", "What came is no answer of a model.")
        return Connection(False, failure.sentence, failure, "", "", models, _since(began))
    said = printable(answer)[:_MOST_SHOWN]
    return Connection(True, f"{model or endpoint.model} answered.", None, said, model, models, _since(began))


def _sentence(endpoint: Endpoint, failure: Failure, models: tuple[str, ...]) -> str:
    if failure.kind == "unknown_model" and models:
        return f"The key is fine, but there is no model {endpoint.model!r}. {failure.sentence}"
    return failure.sentence


async def _listed(list_models: Callable[[], Awaitable[list[str]]]) -> tuple[str, ...]:
    """What models there are. Not everybody tells, and that is no reason to give up."""
    try:
        return tuple(sorted(printable(str(each)) for each in await list_models())[:_MOST_MODELS])
    except Exception:  # noqa: BLE001 - the question that counts comes next, and says what is wrong
        return ()


def _since(began: float) -> float:
    return time.monotonic() - began


# The three of them ---------------------------------------------------------------------------------------------------

Ask = Callable[[], Awaitable[tuple[Any, str]]]
Both = tuple[Ask, Callable[[], Awaitable[list[str]]]]


def _openai(endpoint: Endpoint, http: httpx2.AsyncClient) -> Both:
    from openai import AsyncOpenAI

    key = endpoint.api_key or _NO_KEY
    client = AsyncOpenAI(api_key=key, base_url=endpoint.base_url, http_client=http, max_retries=0)

    async def ask() -> tuple[Any, str]:
        # Without a number of tokens: models differ in what they call it.
        found = await client.chat.completions.create(
            model=endpoint.model, messages=[{"role": "user", "content": _QUESTION}]
        )
        return found.choices[0].message.content or "", found.model

    async def list_models() -> list[str]:
        return [each.id for each in (await client.models.list()).data]

    return ask, list_models


def _anthropic(endpoint: Endpoint, http: httpx2.AsyncClient) -> Both:
    from anthropic import AsyncAnthropic

    key = endpoint.api_key or _NO_KEY
    client = AsyncAnthropic(api_key=key, base_url=endpoint.base_url, http_client=http, max_retries=0)

    async def ask() -> tuple[Any, str]:
        found = await client.messages.create(
            model=endpoint.model, max_tokens=_MOST_TOKENS, messages=[{"role": "user", "content": _QUESTION}]
        )
        return "".join(block.text for block in found.content if block.type == "text"), found.model

    async def list_models() -> list[str]:
        return [each.id for each in (await client.models.list(limit=_MOST_MODELS)).data]

    return ask, list_models


def _google(endpoint: Endpoint, http: httpx2.AsyncClient) -> Both:
    from google.genai import Client
    from google.genai.types import HttpOptions

    options = HttpOptions(base_url=endpoint.base_url, httpx_async_client=http)
    client = Client(api_key=endpoint.api_key or _NO_KEY, http_options=options)

    async def ask() -> tuple[Any, str]:
        found = await client.aio.models.generate_content(model=endpoint.model, contents=_QUESTION)
        if found.candidates is None and found.prompt_feedback is None:
            return None, ""
        return found.text or "", found.model_version or ""

    async def list_models() -> list[str]:
        return [(each.name or "").removeprefix("models/") for each in (await client.aio.models.list()).page]

    return ask, list_models


_VENDORS: Final[dict[Dialect, Callable[[Endpoint, httpx2.AsyncClient], Both]]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "google": _google,
}
