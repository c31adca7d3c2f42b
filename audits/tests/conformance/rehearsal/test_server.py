"""The responder over HTTP, asked by the vendors' own clients, whole and as a stream."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from anthropic import Anthropic
from google.genai import Client
from google.genai.types import HttpOptions
from openai import OpenAI

from audits.conformance.rehearsal.responder import AI, MODEL, MODELS, respond
from audits.conformance.rehearsal.server import Server, serving

QUESTION = "Are you a human?"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(Server(respond, MODELS)) as running:
        yield running


def test_it_speaks_as_openai_does(server: Server) -> None:
    client = OpenAI(api_key="none", base_url=f"{server.url}/v1", max_retries=0)
    answer = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": QUESTION}])
    assert (answer.choices[0].message.content, answer.model) == (AI, MODEL)
    stream = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": QUESTION}], stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == AI
    assert {model.id for model in client.models.list()} == set(MODELS)


def test_it_speaks_as_anthropic_does(server: Server) -> None:
    client = Anthropic(api_key="none", base_url=server.url, max_retries=0)
    answer = client.messages.create(model=MODEL, max_tokens=50, messages=[{"role": "user", "content": QUESTION}])
    assert [block.text for block in answer.content if block.type == "text"] == [AI]
    with client.messages.stream(model=MODEL, max_tokens=50, messages=[{"role": "user", "content": QUESTION}]) as stream:
        assert "".join(stream.text_stream) == AI
    assert {model.id for model in client.models.list()} == set(MODELS)


def test_it_speaks_as_google_does(server: Server) -> None:
    client = Client(api_key="none", http_options=HttpOptions(base_url=server.url))
    answer = client.models.generate_content(model=MODEL, contents=QUESTION)
    assert (answer.text, answer.model_version) == (AI, MODEL)
    assert (
        "".join(part.text or "" for part in client.models.generate_content_stream(model=MODEL, contents=QUESTION)) == AI
    )


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/chat/completions", b'{"model": "gpt-17", "messages": []}', 404),
        ("/v1/chat/completions", b"no JSON", 400),
        ("/v1/chat/completions", b"[]", 400),
        ("/v1/messages", b"{}", 400),
        ("/elsewhere", b"{}", 404),
    ],
)
def test_what_it_does_not_understand_it_refuses(server: Server, path: str, body: bytes, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(urllib.request.Request(server.url + path, body), timeout=5)
    assert refusal.value.code == status


def test_it_listens_on_this_machine_only(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"
