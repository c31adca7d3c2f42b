"""generateContent, as Google has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
from inspect_ai.model import GenerateConfig, ModelAPI, modelapi
from inspect_ai.model._providers.google import GoogleGenAIAPI

from audits.conformance.engine.child.faults import Fault
from audits.conformance.engine.child.models import Watched, watched
from audits.conformance.engine.child.transport import client_over


class Google(Watched, GoogleGenAIAPI):
    def __init__(self, model_name: str, http_client: httpx2.AsyncClient, **arguments: Any) -> None:
        if "/" in (name := model_name.removeprefix("models/")):
            raise Fault("unknown_model", f"Names of models of this kind have no slash, and this one is {model_name!r}.")
        super().__init__(model_name=name, **arguments)
        self._http = http_client
        self._nothing = httpx2.Client(transport=_Nowhere())

    generate = watched(GoogleGenAIAPI.generate)

    def take_settings(self, settings: Mapping[str, Any]) -> None:
        """Exactly these: Inspect turns every filter off unless told otherwise, and what a product sends is tested."""
        found: list[Any] = [{"category": category, "threshold": threshold} for category, threshold in settings.items()]
        self.safety_settings = found

    def _http_options(self, config: GenerateConfig | None = None) -> Any:
        """Inspect makes a client of the SDK's for each request, and hangs its hooks on the client of HTTP below."""
        options = super()._http_options(config)
        options.httpx_async_client = client_over(self._http._transport, self.limits.attempt_timeout)
        options.httpx_client = self._nothing
        return options


class _Nowhere(httpx2.BaseTransport):
    """For requests that nobody makes; without it the SDK loads all certificates anew each time."""


@modelapi(name="brightline-google")
def _google() -> type[ModelAPI]:
    return Google
