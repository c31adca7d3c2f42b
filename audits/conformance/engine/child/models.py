"""Inspect's own clients of the three vendors, each with what a test of promises needs of it.

What all of them get: our transport, no retries by the SDK, and a look at the raw request and answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from typing import Any, Final

import httpx2
from inspect_ai.model import GenerateConfig, Model, ModelAPI, get_model
from tenacity import wait_exponential_jitter
from tenacity.wait import WaitBaseT

from audits.conformance.engine.child.faults import Fault, chain, fault_in
from audits.conformance.engine.child.transport import Careful, client_over
from audits.conformance.engine.shapes import Endpoint, Limits, Sampling

RAW: Final = "raw"
_NO_KEY: Final = "none"  # servers at home ask for none, SDKs insist on one


class Watched(ModelAPI):
    """What all three have in common. Their `generate` is `watched`."""

    limits: Limits
    stopped: Callable[[], bool]

    def should_retry(self, ex: BaseException) -> Any:
        if fault_in(ex):
            return False
        broke = any(isinstance(each, httpx2.TransportError) for each in chain(ex))  # not every client knows httpx2's
        return super().should_retry(ex) or broke  # type: ignore[arg-type]

    def retry_wait(self) -> WaitBaseT:
        return wait_exponential_jitter(initial=self.limits.backoff, max=60, jitter=self.limits.backoff)

    def take_settings(self, settings: Mapping[str, Any]) -> None:
        """What else goes to the vendor with each request."""


def watched(generate: Callable[..., Any]) -> Callable[..., Any]:
    """A client's `generate` that starts nothing once the run is stopped, and keeps what was on the wire."""

    @wraps(generate)
    async def kept(self: Watched, *arguments: Any, **named: Any) -> Any:
        if self.stopped():
            raise Fault("stopped", "The run was stopped before.")
        try:
            result = await generate(self, *arguments, **named)
        except Exception as error:
            _forget_traces(error)
            raise
        output, call = result if isinstance(result, tuple) else (result, None)
        if isinstance(output, Exception):
            _forget_traces(output)
        elif call is not None:
            output.metadata = {**(output.metadata or {}), RAW: (call.request, call.response or {})}
        return result

    return kept


def _forget_traces(error: BaseException) -> None:
    """Inspect draws a picture of the traceback of each request that fails, while everything else stands still."""
    for each in chain(error):
        each.__traceback__ = None


def model_for(
    endpoint: Endpoint,
    sampling: Sampling,
    limits: Limits,
    *,
    stopped: Callable[[], bool],
    vendor_settings: Mapping[str, Any] | None = None,
) -> Model:
    """
    Raises:
        Fault: this endpoint cannot be.
    """
    transport = Careful(endpoint, limits, stopped)
    # Each vendor's SDK takes seconds to import, and one is enough.
    import_module(f"audits.conformance.engine.child.vendors.{endpoint.dialect}")
    model = get_model(
        f"brightline-{endpoint.dialect}/{endpoint.model}",
        config=_config(sampling, limits),
        base_url=endpoint.base_url,
        api_key=endpoint.api_key or _NO_KEY,
        memoize=False,
        http_client=client_over(transport, limits.attempt_timeout),
    )
    model.model_args = {}  # Inspect writes them into its log
    api = model.api
    assert isinstance(api, Watched)
    api.limits, api.stopped = limits, stopped
    api.take_settings(vendor_settings or {})
    return model


def _config(sampling: Sampling, limits: Limits) -> GenerateConfig:
    return GenerateConfig(
        max_tokens=sampling.max_tokens,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_retries=limits.max_retries,
        # The transport counts and times what is under way. Some more may get ready meanwhile, and wait for their turn;
        # these two are for what would hang elsewhere.
        attempt_timeout=math.ceil(2 * limits.attempt_timeout) + 5,
        max_connections=limits.max_connections + math.ceil(limits.max_connections / 2),
        adaptive_connections=False,
        cache=False,
    )
