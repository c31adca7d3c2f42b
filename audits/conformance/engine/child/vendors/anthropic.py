"""Messages, as Anthropic has them. Whole answers, since a stream tells nothing more here."""

from __future__ import annotations

from typing import Any

from inspect_ai.model import ModelAPI, modelapi
from inspect_ai.model._providers.anthropic import AnthropicAPI

from audits.conformance.engine.child.models import Watched, watched


class Anthropic(Watched, AnthropicAPI):
    def __init__(self, model_name: str, **arguments: Any) -> None:
        # What stands before a slash would be taken for another service; a gateway's models have such names.
        super().__init__(model_name=model_name.rpartition("/")[2], streaming=False, max_retries=0, **arguments)
        self._name = model_name

    generate = watched(AnthropicAPI.generate)

    def service_model_name(self) -> str:
        return self._name


@modelapi(name="brightline-anthropic")
def _anthropic() -> type[ModelAPI]:
    return Anthropic
