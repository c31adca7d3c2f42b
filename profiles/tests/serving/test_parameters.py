"""The parameters of an address: one check, and the same words at every door."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from django.test import Client

from profiles.errors import Malformed
from profiles.serving import parameters
from profiles.tests import cast as some
from profiles.tests.api.management.program import program
from profiles.tests.serving.streams import PATH, events_process
from profiles.tests.serving.test_streams_door import ask
from profiles.tests.serving.web import new_key

KNOWN: Final = ("platform", "format")
MANY: Final = "&".join(f"a{n}=1" for n in range(200))
BAD: Final = ["colour=red", "b=1&a=2", "platform=a&platform=b", f"{'x' * 90}=1", MANY, "%C3%A9=1", "=", "platform"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {}),
        ("platform=google", {"platform": "google"}),
        ("format=&platform=a%20b+c", {"format": "", "platform": "a b c"}),
        ("&&platform=a&", {"platform": "a"}),
        ("platform=%C3%A9", {"platform": "\u00e9"}),
        ("platform=\u00e9".encode().decode("latin-1"), {"platform": "\u00e9"}),
        ("platform=\xff", {"platform": "\xff"}),
    ],
)
def test_what_is_known_and_there_once_is_read(query: str, found: dict[str, str]) -> None:
    assert parameters.read(query, KNOWN) == found


@pytest.mark.parametrize(
    ("query", "message", "fields"),
    [
        ("b=1&a=2&platform=x", "Unknown parameter: a.", {"a", "b"}),
        ("platform=1&platform=1", "platform is there more than once.", {"platform"}),
        ("format=&format=&platform=&platform=", "format is there more than once.", {"format", "platform"}),
        (MANY, "There are too many parameters.", set()),
        ("x" * 90, f"Unknown parameter: {'x' * 60}.", {"x" * 60}),
        ("&".join(f"a{n}=1" for n in range(50)), "Unknown parameter: a0.", 20),
    ],
)
def test_whatever_else_is_refused_by_name(query: str, message: str, fields: Any) -> None:
    with pytest.raises(Malformed) as refusal:
        parameters.read(query, KNOWN)
    assert refusal.value.message == message
    assert len(refusal.value.fields) == fields if isinstance(fields, int) else set(refusal.value.fields) == fields
    assert set().union(*refusal.value.fields.values()) <= {message}


@pytest.mark.django_db(transaction=True)
def test_every_door_says_the_same() -> None:
    acme = some.make_cast()
    some.make_active(acme, safety__danger_caveats="off")
    _row, key = new_key(acme)
    with events_process() as process:
        for query in BAD:
            said = [
                *(of_web(path, query, key) for path in ("/api/v1/profile", PATH)),
                of_web("/api/v1/organizations", query, program(acme).text),
                ask(process, "GET", f"{PATH}?{query}", Authorization=f"Bearer {key}").body,
            ]
            if query == "platform":  # known at some of these doors
                continue
            errors = [json.loads(each)["error"] for each in said]
            if query.startswith("platform"):
                errors.pop(2)  # which knows none
            assert all(each == errors[0] for each in errors), query
            assert errors[0]["code"] == "malformed"


def of_web(path: str, query: str, key: str) -> bytes:
    answer: Any = Client().get(f"{path}?{query}", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 400 or query == "platform"
    return bytes(answer.content)
