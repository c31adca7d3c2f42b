"""The answers of OFREP 0.3.0 as JSON Schema, written by hand from the protocol, and narrowed to what clients can read:
``variant`` and ``reason`` always, flat metadata, and ``errorDetails`` with every error."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

METADATA: Json = {"type": "object", "additionalProperties": {"type": ["string", "boolean", "number"]}}
FLAG: Json = {
    "type": "object",
    "properties": {
        "key": {"type": "string", "pattern": "^[a-z0-9._-]+$"},
        "reason": {"enum": ["STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED", "UNKNOWN"]},
        "value": {"type": ["boolean", "string", "number", "object"]},
        "variant": {"type": "string", "minLength": 1},
        "metadata": METADATA,
    },
    "required": ["key", "reason", "value", "variant", "metadata"],
    "additionalProperties": False,
}
STREAM: Json = {
    "type": "object",
    "properties": {
        "type": {"const": "sse"},
        "url": {"type": "string", "pattern": "^https?://"},
        "inactivityDelaySec": {"type": "integer", "minimum": 1},
    },
    "required": ["type", "url"],
    "additionalProperties": False,
}
BULK: Json = {
    "type": "object",
    "properties": {
        "flags": {"type": "array", "items": FLAG},
        "metadata": METADATA,
        "eventStreams": {"type": "array", "items": STREAM, "minItems": 1},
    },
    "required": ["flags"],
    "additionalProperties": False,
}
_CODES: Json = {"enum": ["PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL", "FLAG_NOT_FOUND"]}
BULK_ERROR: Json = {
    "type": "object",
    "properties": {"errorCode": _CODES, "errorDetails": {"type": "string", "minLength": 1}},
    "required": ["errorCode", "errorDetails"],
    "additionalProperties": False,
}
FLAG_ERROR: Json = {
    **BULK_ERROR,
    "properties": {"key": {"type": "string"}, **BULK_ERROR["properties"]},
    "required": ["key", *BULK_ERROR["required"]],
}
