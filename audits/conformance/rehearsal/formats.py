"""The three vendors' formats, as far as conversations in text need them: requests are read, answers written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from audits.conformance.engine.shapes import Dialect
from audits.conformance.rehearsal.asked import Asked, Finish, Said


def dialect_of(path: str) -> Dialect | None:
    """Whose format a POST to this path has."""
    if path.endswith("/chat/completions"):
        return "openai"
    if path.endswith("/messages"):
        return "anthropic"
    if ":generateContent" in path or ":streamGenerateContent" in path:
        return "google"
    return None


def read(dialect: Dialect, path: str, headers: dict[str, str], body: dict[str, Any]) -> Asked:
    """Raises KeyError, TypeError or ValueError if it is no such request."""
    match dialect:
        case "openai":
            return _read_openai(headers, body)
        case "anthropic":
            return _read_anthropic(headers, body)
        case "google":
            return _read_google(path, headers, body)


def _read_openai(headers: dict[str, str], body: dict[str, Any]) -> Asked:
    messages = [(each["role"], _text(each.get("content"))) for each in body["messages"]]
    system = "\n".join(text for role, text in messages if role in {"system", "developer"})
    turns = tuple(_who(role, text) for role, text in messages if role in {"user", "assistant"})
    return Asked("openai", body["model"], system, turns, bool(body.get("stream")), body, headers)


def _read_anthropic(headers: dict[str, str], body: dict[str, Any]) -> Asked:
    turns = tuple(_who(each["role"], _text(each["content"])) for each in body["messages"])
    system = _text(body.get("system"))
    return Asked("anthropic", body["model"], system, turns, bool(body.get("stream")), body, headers)


def _read_google(path: str, headers: dict[str, str], body: dict[str, Any]) -> Asked:
    model = path.rpartition("/models/")[2].partition(":")[0]
    turns = tuple(_who(each.get("role", "user"), _text(each["parts"])) for each in body["contents"])
    instruction = body.get("systemInstruction") or body.get("system_instruction") or {}
    return Asked("google", model, _text(instruction.get("parts")), turns, "stream" in path, body, headers)


def _who(role: str, text: str) -> tuple[str, str]:
    return ("user" if role == "user" else "model", text)


def _text(content: Any) -> str:
    """A text, or a list of parts of which some are text."""
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(part if isinstance(part, str) else part.get("text", "") for part in content)


# Answers -------------------------------------------------------------------------------------------------------------

_OPENAI: Final[dict[Finish, str]] = {
    "stop": "stop",
    "length": "length",
    "filtered": "content_filter",
    "refusal": "stop",
    "blocked": "content_filter",
}
_ANTHROPIC: Final[dict[Finish, str]] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "filtered": "refusal",
    "refusal": "refusal",
    "blocked": "refusal",
}
_GOOGLE: Final[dict[Finish, str]] = {
    "stop": "STOP",
    "length": "MAX_TOKENS",
    "filtered": "SAFETY",
    "refusal": "PROHIBITED_CONTENT",
    "blocked": "",
}


def answer(asked: Asked, said: Said) -> dict[str, Any]:
    """The whole answer in the vendor's format."""
    match asked.dialect:
        case "openai":
            return _openai(asked, said)
        case "anthropic":
            return _anthropic(asked, said)
        case "google":
            return _google(asked, said)


def _openai(asked: Asked, said: Said) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said.text or None}
    if said.finish == "refusal":
        message |= {"content": None, "refusal": said.text}
    tokens = _tokens(asked, said)
    return {
        "id": "chatcmpl-rehearsal",
        "object": "chat.completion",
        "created": 1_800_000_000,
        "model": said.model,
        "system_fingerprint": said.fingerprint,
        "choices": [{"index": 0, "message": message, "finish_reason": _OPENAI[said.finish], "logprobs": None}],
        "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)},
    }


def _anthropic(asked: Asked, said: Said) -> dict[str, Any]:
    tokens = _tokens(asked, said)
    return {
        "id": "msg_rehearsal",
        "type": "message",
        "role": "assistant",
        "model": said.model,
        "content": [{"type": "text", "text": said.text}] if said.text else [],
        "stop_reason": _ANTHROPIC[said.finish],
        "stop_sequence": None,
        "usage": {"input_tokens": tokens[0], "output_tokens": tokens[1]},
    }


def _google(asked: Asked, said: Said) -> dict[str, Any]:
    tokens = _tokens(asked, said)
    usage = {"promptTokenCount": tokens[0], "candidatesTokenCount": tokens[1], "totalTokenCount": sum(tokens)}
    common = {"modelVersion": said.model, "responseId": "rehearsal", "usageMetadata": usage}
    if said.finish == "blocked":
        return {"promptFeedback": {"blockReason": "SAFETY"}, **common}
    candidate: dict[str, Any] = {"index": 0, "finishReason": _GOOGLE[said.finish]}
    if said.text:
        candidate["content"] = {"role": "model", "parts": [{"text": said.text}]}
    return {"candidates": [candidate], **common}


def _tokens(asked: Asked, said: Said) -> tuple[int, int]:
    """About as many as a model would count."""
    read = len(asked.system) + sum(len(text) for _who, text in asked.turns)
    return max(1, read // 4), max(1, len(said.text) // 4)


def events(asked: Asked, said: Said) -> Iterator[bytes]:
    """The answer as Server-Sent Events."""
    match asked.dialect:
        case "openai":
            yield from _openai_events(asked, said)
        case "anthropic":
            yield from _anthropic_events(asked, said)
        case "google":
            yield _event(_google(asked, said))


def _openai_events(asked: Asked, said: Said) -> Iterator[bytes]:
    whole = _openai(asked, said)
    common = {key: whole[key] for key in ("id", "created", "model", "system_fingerprint")}
    common |= {"object": "chat.completion.chunk"}
    delta = {"role": "assistant", "content": said.text}
    yield _event({**common, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _event({**common, "choices": [{"index": 0, "delta": {}, "finish_reason": _OPENAI[said.finish]}]})
    yield _event({**common, "choices": [], "usage": whole["usage"]})
    yield b"data: [DONE]\n\n"


def _anthropic_events(asked: Asked, said: Said) -> Iterator[bytes]:
    whole = _anthropic(asked, said)
    start = {**whole, "content": [], "stop_reason": None}
    text = {"type": "text", "text": ""}
    yield _event({"type": "message_start", "message": start})
    yield _event({"type": "content_block_start", "index": 0, "content_block": text})
    delta = {"type": "text_delta", "text": said.text}
    yield _event({"type": "content_block_delta", "index": 0, "delta": delta})
    yield _event({"type": "content_block_stop", "index": 0})
    end = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield _event({"type": "message_delta", "delta": end, "usage": {"output_tokens": whole["usage"]["output_tokens"]}})
    yield _event({"type": "message_stop"})


def _event(data: dict[str, Any]) -> bytes:
    name = f"event: {data['type']}\n" if "type" in data else ""
    return f"{name}data: {json.dumps(data)}\n\n".encode()


def models(dialect: Dialect, names: list[str]) -> dict[str, Any]:
    """The list of models there are."""
    if dialect == "google":
        return {"models": [{"name": f"models/{name}"} for name in names]}
    kind = {"openai": "object", "anthropic": "type"}[dialect]
    listed = [{"id": name, kind: "model", "created": 0, "owned_by": "brightline"} for name in names]
    return {"object": "list", "data": listed, "has_more": False}


def refusal(dialect: Dialect, status: int, message: str) -> dict[str, Any]:
    """An error in the vendor's format."""
    match dialect:
        case "openai":
            return {"error": {"message": message, "type": "error", "code": None, "param": None}}
        case "anthropic":
            return {"type": "error", "error": {"type": "error", "message": message}}
        case "google":
            return {"error": {"code": status, "message": message, "status": "ERROR"}}
