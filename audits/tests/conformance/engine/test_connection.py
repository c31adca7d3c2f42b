"""Trying an endpoint out: what is wrong is told apart, before anything depends on it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from audits.conformance.engine.child import trying
from audits.conformance.engine.connection import probe_connection
from audits.conformance.engine.shapes import DIALECTS, Connection, Dialect, Endpoint
from audits.conformance.rehearsal.responder import MODELS
from audits.tests.conformance.engine.support import endpoint
from audits.tests.conformance.stub.endpoint import FAULTS, KEY, running
from config.tests.support import free_port


def try_out(endpoint: Endpoint, timeout: float) -> Connection:
    """In a thread of its own: the browser of another test may have left an event loop running in this one."""
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(trying.try_out, endpoint, timeout).result()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_model_that_answers_is_told_by_its_own_name(dialect: Dialect) -> None:
    with running() as stub:
        stub.models += MODELS
        found = try_out(endpoint(stub, dialect=dialect), 20)
    assert (found.ok, found.model, found.failure) == (True, "honest", None)
    assert found.answer
    assert found.models == tuple(sorted(MODELS))
    assert found.sentence == "honest answered."


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        ("401", "unauthorized", "Incorrect API key provided."),
        ("404", "unknown_model", "The model does not exist."),
        ("400", "refused_request", "a parameter that this model does not take"),
        ("429", "rate_limited", "Rate limit reached."),
        ("500", "server_error", "The server had an error."),
        ("html", "not_an_answer", "an HTML page"),
        ("other-json", "not_an_answer", "no answer of a model"),
        ("redirect", "redirect", "307"),
        ("huge", "too_long", "longer than"),
        ("packed", "not_an_answer", "packed"),
        ("broken", "unreachable", "connection"),
    ],
)
def test_what_is_wrong_is_told_apart(dialect: Dialect, fault: str, kind: str, says: str) -> None:
    assert fault in FAULTS
    with running() as stub:
        found = try_out(endpoint(stub, f"fault_{fault}", dialect), 20)
    assert not found.ok
    assert found.failure is not None
    assert (found.failure.kind, found.sentence) == (kind, found.failure.sentence)
    assert says in found.sentence
    assert KEY not in repr(found)


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_it_does_not_wait_for_ever(fault: str) -> None:
    began = time.monotonic()
    with running() as stub:
        found = try_out(endpoint(stub, f"fault_{fault}"), 1)
    assert found.failure is not None
    assert found.failure.kind == "timeout"
    assert time.monotonic() - began < 10


def test_nobody_listening_and_no_such_name_and_no_tls_are_told_apart() -> None:
    nobody = Endpoint("openai", f"http://127.0.0.1:{free_port()}/v1", "m", networks=("127.0.0.0/8",))
    nowhere = Endpoint("openai", "https://models.invalid/v1", "m")
    with running() as stub:
        plain = Endpoint("openai", stub.url.replace("http:", "https:"), "m", networks=("127.0.0.0/8",))
        found = [try_out(each, 20).failure for each in (nobody, nowhere, plain)]
    assert [each.kind for each in found if each] == ["unreachable", "unreachable", "tls"]
    assert found[0] is not None
    assert found[0].sentence == "Nobody listens there."


def test_a_private_address_is_refused_by_its_number_and_by_its_name() -> None:
    with running() as stub:
        by_number = try_out(endpoint(stub, networks=()), 20)
        by_name = try_out(Endpoint("openai", f"https://localhost:{stub.server_port}/v1", "m"), 20)
        assert stub.seen == []
    for found in (by_number, by_name):
        assert found.failure is not None
        assert found.failure.kind == "private"


def test_the_whole_of_it_runs_in_a_process_of_its_own() -> None:
    with running() as stub:
        found = probe_connection(endpoint(stub))
    assert (found.ok, found.model) == (True, "honest")
