"""What a model answered, out of Inspect's form of it and the vendor's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from inspect_ai.model import ModelOutput

from audits.conformance.engine.child.faults import Fault, storable
from audits.conformance.engine.child.models import RAW
from audits.conformance.engine.shapes import Answer, Dialect

_NO_CONTENT: Final = "(no content)"  # what Inspect writes where a vendor sent nothing
_ESSENTIAL: Final = ("choices", "content", "candidates", "promptFeedback", "error")
_SAMPLING: Final = {
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "maxOutputTokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "topP": "top_p",
    "seed": "seed",
}


def answer_of(output: ModelOutput, dialect: Dialect, seconds: float) -> Answer:
    """
    Raises:
        Fault: it has nothing of an answer, which an SDK may take for an empty one.
    """
    request, response = (output.metadata or {}).get(RAW, ({}, {}))
    if not output.error and not any(response.get(name) is not None for name in _ESSENTIAL):
        raise Fault("not_an_answer", "What came is no answer of a model.")
    finish_reason, markers, has_text = _READERS[dialect](response)
    usage = output.usage
    return Answer(
        text=storable(output.completion) if has_text and output.completion != _NO_CONTENT else "",
        stop=output.stop_reason,
        finish_reason=finish_reason,
        markers={name: value for name, value in markers.items() if value},
        model=storable(str(response.get("model") or response.get("modelVersion") or "")),
        fingerprint=storable(str(response.get("system_fingerprint") or "")),
        sent=_sent(request),
        tokens_in=_tokens_in(usage),
        tokens_out=usage.output_tokens if usage else 0,
        metered=_tokens_in(usage) > 0,  # nothing is asked with no tokens: whoever says so does not count
        seconds=seconds,
    )


def _tokens_in(usage: Any) -> int:
    """All that was read, also from a cache: it was said to the model."""
    if usage is None:
        return 0
    return int(usage.input_tokens + (usage.input_tokens_cache_read or 0) + (usage.input_tokens_cache_write or 0))


def _sent(request: Mapping[str, Any]) -> dict[str, Any]:
    """The sampling that went out. Vendors do not take all of it, and Inspect leaves out what they do not take."""
    places = [request, request.get("generation_config") or {}, request.get("extra_body") or {}]
    return {
        _SAMPLING[name]: value
        for place in places
        for name, value in place.items()
        if name in _SAMPLING and value is not None
    }


# What each vendor says of the end: its word for it, what it tells of a refusal, and whether there is text at all.
Read = tuple[str, dict[str, Any], bool]


def _openai(response: Mapping[str, Any]) -> Read:
    choice = (response.get("choices") or [{}])[0]
    message = choice.get("message") or {}
    markers = {
        "refusal": message.get("refusal"),
        "content_filter_results": choice.get("content_filter_results"),
        "prompt_filter_results": response.get("prompt_filter_results"),
    }
    return str(choice.get("finish_reason") or ""), markers, bool(message.get("content") or message.get("refusal"))


def _anthropic(response: Mapping[str, Any]) -> Read:
    blocks = response.get("content") or []
    has_text = any(block.get("text") for block in blocks if isinstance(block, Mapping))
    return str(response.get("stop_reason") or ""), {"stop_details": response.get("stop_details")}, has_text


def _google(response: Mapping[str, Any]) -> Read:
    candidate = (response.get("candidates") or [{}])[0]
    feedback = response.get("promptFeedback") or {}
    parts = (candidate.get("content") or {}).get("parts") or []
    markers = {
        "blockReason": feedback.get("blockReason"),
        "blockReasonMessage": feedback.get("blockReasonMessage"),
        "safetyRatings": candidate.get("safetyRatings") or feedback.get("safetyRatings"),
        "finishMessage": candidate.get("finishMessage"),
    }
    return str(candidate.get("finishReason") or ""), markers, any(part.get("text") for part in parts)


_READERS: Final[dict[Dialect, Callable[[Mapping[str, Any]], Read]]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "google": _google,
}
