"""Idempotency-Key: the same request, sent again, is carried out once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from audits.models import Entry
from audits.tasks import pass_time
from profiles.models import StoredAnswer, Version
from profiles.tests import cast as some
from profiles.tests.api.management.program import program
from profiles.tests.cast import Cast

VERSIONS = "products/helper/versions"
BODY = {"reason": "Because."}


@pytest.fixture
def acme() -> Cast:
    acme = some.make_cast()
    some.set_values(acme, format__length="brief")
    return acme


def submit(script: Any, body: Any = None, name: str = "deploy-1", **headers: str) -> Any:
    return script.post(VERSIONS, body or BODY, If_Match="*", Idempotency_Key=name, **headers)


@pytest.mark.django_db
def test_the_same_request_gets_the_same_answer_and_is_carried_out_once(acme: Cast) -> None:
    script = program(acme)
    first, entries = submit(script), Entry.objects.count()
    again = submit(script)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Location"] == first["Location"] == "/api/v1/products/helper/versions/1"
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Version.objects.count() == 1
    assert Entry.objects.count() == entries


@pytest.mark.django_db
def test_another_request_with_the_same_name_is_refused(acme: Cast) -> None:
    script = program(acme)
    submit(script)
    other = submit(script, {"reason": "Another."})
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    elsewhere = script.post(
        "attestations", {"product": "helper", "kind": "adults_only", "evidence": "E."}, Idempotency_Key="deploy-1"
    )
    assert elsewhere.json()["error"]["code"] == "idempotency_key_reused"


@pytest.mark.django_db
def test_a_name_is_the_keys_own(acme: Cast) -> None:
    submit(program(acme))
    some.set_values(acme, tone__insults="on")
    assert submit(program(acme)).json()["number"] == 2


@pytest.mark.django_db
def test_a_refusal_of_the_action_is_kept_and_stays_on_record_once(acme: Cast) -> None:
    script = program(acme)
    body = {"version": 1, "environment": "production", "reason": "Agreed."}
    submit(script)
    first = script.post("products/helper/activations", body, Idempotency_Key="go")
    entries = Entry.objects.count()
    some.approve(acme, Version.objects.get())
    again = script.post("products/helper/activations", body, Idempotency_Key="go")
    assert first.json()["error"]["code"] == again.json()["error"]["code"] == "not_approved"
    assert Entry.objects.filter(outcome="refused").count() == 1
    assert Entry.objects.count() == entries + 1  # the approval
    assert script.post("products/helper/activations", body, Idempotency_Key="go-2").status_code == 201


@pytest.mark.django_db
def test_what_cannot_be_read_is_not_kept(acme: Cast) -> None:
    script = program(acme)
    assert submit(script, {"reason": 3}).status_code == 400
    assert submit(script).status_code == 201
    for name in ("", "with space", "ö", "x" * 256):
        assert submit(script, name=name).status_code == 400, name


@pytest.mark.django_db
def test_after_a_day_it_is_forgotten(acme: Cast) -> None:
    script = program(acme)
    submit(script)
    StoredAnswer.objects.update(at=timezone.now() - timedelta(hours=24))
    some.set_values(acme, tone__insults="on")
    assert submit(script).json()["number"] == 2  # though no task has removed it yet
    pass_time()
    assert StoredAnswer.objects.count() == 1
    StoredAnswer.objects.update(at=timezone.now() - timedelta(hours=24))
    pass_time()
    assert not StoredAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_carry_it_out_once(acme: Cast) -> None:
    script, many = program(acme), 6
    barrier = Barrier(many)

    def go(_number: int) -> Any:
        try:
            barrier.wait()
            return submit(script)
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as pool:
        answers = list(pool.map(go, range(many)))
    made = [answer for answer in answers if answer.status_code == 201]
    rest = [answer.json()["error"]["code"] for answer in answers if answer.status_code != 201]
    assert made
    assert len({answer.content for answer in made}) == 1
    assert sum("Idempotency-Replayed" not in answer for answer in made) == 1
    assert set(rest) <= {"idempotency_in_progress"}
    assert Version.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_with_the_same_tag_one_writes(acme: Cast) -> None:
    script, many = program(acme), 5
    barrier = Barrier(many)

    def go(number: int) -> int:
        try:
            barrier.wait()
            body = {"instructions": f"Be kind, {number} times."}
            return int(script.patch("products/helper/draft", body, '"draft-1"').status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as pool:
        assert sorted(pool.map(go, range(many))) == [200, *[412] * (many - 1)]
