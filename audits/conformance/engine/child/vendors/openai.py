"""Chat completions, as OpenAI, Azure, vLLM, Ollama and llama.cpp have them."""

from __future__ import annotations

from typing import Any

from inspect_ai.model import ModelAPI, modelapi
from inspect_ai.model._providers.openai_compatible import OpenAICompatibleAPI

from audits.conformance.engine.child.models import Watched, watched


class OpenAI(Watched, OpenAICompatibleAPI):
    def __init__(self, model_name: str, **arguments: Any) -> None:
        super().__init__(model_name=model_name, service="brightline", stream=False, max_retries=0, **arguments)

    generate = watched(OpenAICompatibleAPI.generate)

    def service_model_name(self) -> str:
        return self.model_name  # also if it has a slash


@modelapi(name="brightline-openai")
def _openai() -> type[ModelAPI]:
    return OpenAI
