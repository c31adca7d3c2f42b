"""The official OpenFeature providers, unchanged, read behaviors from a real web process: Python's, and npm's for
browsers and servers. The flags are the provider TCK's, as far as behaviors can express them: of what they cannot
(fractions, the empty text, any object, disabled flags, targeting keys) ``tck.py`` says why."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagEvaluationDetails, Reason

from config.processes import until
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.serving.npm import HERE, installed
from profiles.tests.serving.tck import make_kit
from profiles.tests.serving.web import Web, new_key, web_process

pytestmark = pytest.mark.django_db(transaction=True)
READS: list[tuple[str, str, Any, Any]] = [
    ("boolean", "tck.boolean", False, True),
    ("boolean", "tck.boolean_zero", True, False),
    ("string", "tck.string", "x", "hi"),
    ("string", "tck.changing", "x", "foo"),
    ("number", "tck.integer", 1, 10),
    ("number", "tck.integer_zero", 1, 0),
    ("number", "tck.large_integer", 1, 2**31 - 1),
    ("number", "tck.huge_integer", 1, 2**53 - 1),
    ("object", "tck.object", {}, {"any": True, "topics": []}),
]


@pytest.fixture
def kit() -> Cast:
    return make_kit()


@pytest.fixture
def key(kit: Cast) -> str:
    return new_key(kit)[1]


@pytest.fixture
def web(key: str) -> Iterator[Web]:
    with web_process() as running:
        yield running


def client(web: Web, key: str, header: str = "Authorization") -> OpenFeatureClient:
    value = f"Bearer {key}" if header == "Authorization" else key
    provider = OFREPProvider(f"http://127.0.0.1:{web.port}", headers_factory=lambda: {header: value})
    api.set_provider_and_wait(provider, "kit")
    return api.get_client("kit")


def read(asked: OpenFeatureClient, kind: str, flag: str, default: Any, context: EvaluationContext | None = None) -> Any:
    methods = {
        "boolean": asked.get_boolean_details,
        "string": asked.get_string_details,
        "number": asked.get_integer_details,
        "object": asked.get_object_details,
    }
    details: FlagEvaluationDetails[Any] = methods[kind](flag, default, context)  # type: ignore[operator]
    return details


def test_the_python_provider_reads_every_type(web: Web, key: str) -> None:
    for header in ("Authorization", "X-API-Key"):
        asked = client(web, key, header)
        for kind, flag, default, value in READS:
            details = read(asked, kind, flag, default)
            assert (details.value, details.error_code) == (value, None), flag
            assert details.reason == Reason.STATIC
            assert details.flag_metadata["kind"] == "default"
            assert details.variant


def test_the_python_provider_is_told_what_is_wrong(web: Web, key: str) -> None:
    asked = client(web, key)
    wrong = read(asked, "number", "tck.wrong", 13)
    assert (wrong.value, wrong.error_code, wrong.reason) == (13, ErrorCode.TYPE_MISMATCH, Reason.ERROR)
    missing = read(asked, "string", "missing-flag", "mine")
    assert (missing.value, missing.error_code) == ("mine", ErrorCode.FLAG_NOT_FOUND)
    context = EvaluationContext("user-1", {"preferences": "all"})
    unread = read(asked, "string", "tck.string", "mine", context)
    assert (unread.value, unread.error_code) == ("mine", ErrorCode.INVALID_CONTEXT)
    assert read(client(web, "nobody"), "string", "tck.string", "mine").value == "mine"


def test_the_python_provider_sends_preferences_in_the_context(web: Web, key: str) -> None:
    asked = client(web, key)
    for attributes in ({"preferences.tck.targeting": "miss"}, {"preferences": {"tck.targeting": "miss"}}):
        details = read(asked, "string", "tck.targeting", "x", EvaluationContext("user-1", attributes))
        assert (details.value, details.reason) == ("miss", Reason.TARGETING_MATCH)
        assert details.flag_metadata["decided_by"] == "user"
    assert read(asked, "string", "tck.targeting", "x").value == "hit"


def test_an_activation_changes_a_flag(web: Web, key: str, kit: Cast) -> None:
    asked = client(web, key)
    assert read(asked, "string", "tck.changing", "x").value == "foo"
    some.make_active(kit, tck__changing="bar")
    assert until(lambda: read(asked, "string", "tck.changing", "x").value == "bar", seconds=2)


@pytest.fixture(scope="session")
def providers() -> Path:
    folder = installed()
    shutil.copy(HERE / "read.mjs", folder)
    return folder


def read_with(
    providers: Path, kind: str, web: Web, key: str, reads: list[list[Any]], context: Any = None
) -> list[dict[str, Any]]:
    told = {"url": f"http://127.0.0.1:{web.port}", "key": key, "context": context or {}, "reads": reads}
    node = shutil.which("node") or "node"
    done = subprocess.run(
        [node, "read.mjs", kind, json.dumps(told)], cwd=providers, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("kind", ["web", "server"])
def test_the_npm_providers_read_every_type(providers: Path, web: Web, key: str, kind: str) -> None:
    found = read_with(providers, kind, web, key, [[name, flag, default] for name, flag, default, _value in READS])
    for details, (_kind, flag, _default, value) in zip(found, READS, strict=True):
        assert (details["value"], details.get("errorCode")) == (value, None), flag
        assert details["reason"] == "STATIC"
        assert details["flagMetadata"]["reason"] in {"default", "set"}


@pytest.mark.parametrize("kind", ["web", "server"])
def test_the_npm_providers_are_told_what_is_wrong(providers: Path, web: Web, key: str, kind: str) -> None:
    wrong, missing = read_with(
        providers, kind, web, key, [["number", "tck.wrong", 13], ["string", "missing-flag", "mine"]]
    )
    assert (wrong["value"], wrong["errorCode"]) == (13, "TYPE_MISMATCH")
    assert (missing["value"], missing["errorCode"]) == ("mine", "FLAG_NOT_FOUND")


@pytest.mark.parametrize("kind", ["web", "server"])
@pytest.mark.parametrize("context", [{"preferences.tck.targeting": "miss"}, {"preferences": {"tck.targeting": "miss"}}])
def test_the_npm_providers_send_preferences_in_the_context(
    providers: Path, web: Web, key: str, kind: str, context: dict[str, Any]
) -> None:
    whole = {"targetingKey": "user-1", **context}
    (details,) = read_with(providers, kind, web, key, [["string", "tck.targeting", "x"]], whole)
    assert (details["value"], details["reason"]) == ("miss", "TARGETING_MATCH")
