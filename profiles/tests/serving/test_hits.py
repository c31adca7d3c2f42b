"""A web process answers from memory, and what it answers is what Django's view answers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest
from django.test import Client
from django.utils import timezone

from config.processes import until
from config.tests import support
from profiles.actions.api_keys import revoke_api_key
from profiles.models import PublishedProfile, Receipt
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.serving.web import PATH, Answer, Web, new_key, web_process

pytestmark = pytest.mark.django_db(transaction=True)
FORMS = (PATH, f"{PATH}.jws", f"{PATH}/instructions")


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.attest(cast, "adults_only", until=timezone.now() + timedelta(seconds=45))
    some.make_active(cast, content__explicit="on")
    return cast


@pytest.fixture
def web(acme: Cast) -> Iterator[Web]:
    with web_process() as running:
        yield running


def shape(answer: Answer) -> tuple[int, list[tuple[str, str]], bytes]:
    """All of an answer but what differs from request to request."""
    unlike = {"date", "x-request-id", "server", "connection"}
    if answer.status == 304:
        unlike.add("content-length")  # the web server leaves it out of the answers of Django, which come in parts
    headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in unlike}
    for name, between in (("content-security-policy", "; "), ("allow", ", ")):  # in another order in each process
        headers[name] = between.join(sorted(headers.get(name, "").split(between)))
    if "max-age" in headers.get("cache-control", ""):  # compared apart, since seconds pass between two answers
        headers["cache-control"] = headers["cache-control"].partition("=")[0]
    return answer.status, sorted(headers.items()), answer.body


def fresh_for(answer: Answer) -> int:
    return int(answer.headers.get("cache-control", "=0").rpartition("=")[2])


def requests() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Hundreds of them: every form, with parameters and headers of all kinds, right and wrong."""
    chosen = random.Random(7)
    queries = (
        "", "?", "?platform=reference", "?platform=openai", "?platform=", "?platform=Reference", "?colour=red",
        "?platform=reference&platform=reference", "?format=openai", "?format=gemini&platform=reference",
        "?platform=reference&format=anthropic", "?format=moon", "?format=", "?platform=%72eference", "?&",
        "?platform=reference&", "?platform=" + "a" * 300, "?%00=1", "?format=text",
    )  # fmt: skip
    encodings = ("", "gzip", "br", "gzip, deflate, br, zstd", "identity", "*", "br;q=0, gzip;q=0.5", "gzip;q=0",
                 "*;q=0", "br;q=x", "identity;q=1, gzip;q=0.5", ",,", "GZIP")  # fmt: skip
    tags = ("", '"nothing"', "*", 'W/"nothing", "other"', "TAG", "W/TAG", '"x", TAG', "TAG-gzip", "nonsense")
    more: tuple[dict[str, str], ...] = (
        {}, {"Accept": "text/html"}, {"Accept": "application/json"}, {"Accept_Language": "de"}, {"Cookie": "session=1"},
        {"Host": "evil.example"}, {"Host": ""}, {"X_Request_ID": "short"}, {"Range": "bytes=0-9"},
        {"X_Forwarded_Proto": "https"}, {"If_Match": '"nothing"'}, {"X-Long": "a" * 5000}, {"Origin": "https://a.example"},
    )  # fmt: skip
    for form, query in product(FORMS, queries):
        yield "GET", form + query, {}
        yield chosen.choice(["HEAD", "POST", "DELETE", "OPTIONS"]), form + query, {}
    for form, encoding, tag in product(FORMS, encodings, tags):
        headers = {"Accept_Encoding": encoding, "If_None_Match": tag, **chosen.choice(more)}
        yield chosen.choice(["GET", "GET", "HEAD"]), form, {name: value for name, value in headers.items() if value}
    for form, headers in product(FORMS, more):
        yield "GET", form, headers


def test_both_doors_give_the_same_answer_to_the_byte(web: Web, acme: Cast) -> None:
    _row, key = new_key(acme)
    assert until(lambda: web.ask(key).status == 200, seconds=2)
    etag = web.ask(key).headers["etag"]
    count = 0
    # The same program, whose memory may hold nothing: every request goes to Django.
    with web_process(BRIGHTLINE_SERVING_MEMORY="0") as plain:
        for method, path, headers in requests():
            filled = {
                name: value.replace("TAG-gzip", etag[:-1] + '-gzip"').replace("TAG", etag)
                for name, value in headers.items()
            }
            first, second = (door.ask(key, path, method, **filled) for door in (web, plain))
            assert abs(fresh_for(first) - fresh_for(second)) <= 5
            one, other = shape(first), shape(second)
            assert set(one[1]) ^ set(other[1]) == set(), (method, path, filled)
            assert one == other, (method, path, filled)
            count += 1
    assert count > 400


def test_a_hit_makes_no_query(web: Web, acme: Cast) -> None:
    """The proof: Django's view cannot answer any more, and the hit is answered all the same."""
    from django.db import connection

    _row, key = new_key(acme)
    assert until(lambda: web.ask(key).status == 200, seconds=2)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE profiles_apikey RENAME TO elsewhere")
        try:
            assert web.ask(key).status == 200
            assert web.ask("unknown").status == 500
        finally:
            cursor.execute("ALTER TABLE elsewhere RENAME TO profiles_apikey")


def test_it_starts_with_what_is_published(web: Web, acme: Cast) -> None:
    _row, key = new_key(acme)
    with web_process() as second:
        found = second.ask(key)
        assert found.body == bytes(PublishedProfile.objects.get(valid_until__isnull=False).body)
        assert not found.is_stale


def test_an_activation_reaches_it_at_once(web: Web, acme: Cast) -> None:
    _row, key = new_key(acme)
    some.make_active(acme, content__explicit="off")
    assert until(lambda: web.ask(key).json["version"] == 2, seconds=1)


def test_a_revoked_key_opens_nothing_any_more(web: Web, acme: Cast) -> None:
    row, key = new_key(acme)
    assert until(lambda: web.ask(key).status == 200, seconds=1)
    revoke_api_key(row, by=some.SYSTEM, now=timezone.now())
    assert until(lambda: web.ask(key).status == 401, seconds=1)
    assert web.ask(key).code == "invalid_key"


def test_an_expired_key_opens_nothing_from_that_instant(web: Web, acme: Cast) -> None:
    end = timezone.now() + timedelta(seconds=3)
    _row, key = new_key(acme, expires_at=end)
    assert until(lambda: web.ask(key).status == 200, seconds=1)
    seen = []
    while timezone.now() < end + timedelta(milliseconds=300):
        before = timezone.now()
        status = web.ask(key).status
        seen.append(status)
        if status == 200:
            assert before < end
        if timezone.now() < end:
            assert status == 200
    assert seen[-1] == 401


def test_what_an_attestation_opened_falls_back_at_its_end() -> None:
    cast = some.make_cast()
    with web_process() as web:
        end = timezone.now() + timedelta(seconds=8)
        some.attest(cast, "adults_only", until=end)
        some.make_active(cast, content__explicit="on")
        _row, key = new_key(cast)
        assert until(lambda: web.ask(key).status == 200, seconds=5, every=0.05)
        while True:
            before = timezone.now()
            found = web.ask(key)
            after = timezone.now()
            value = found.json["behaviors"]["content.explicit"]["value"]
            if after < end:
                assert value == "on"
            if before >= end:
                assert value == "off"
                break
            if value == "on":
                assert int(found.headers["cache-control"].rpartition("=")[2]) <= (end - before).total_seconds() + 1


def test_a_removed_product_is_gone(web: Web, acme: Cast) -> None:
    _row, key = new_key(acme)
    assert until(lambda: web.ask(key).status == 200, seconds=1)
    acme.product.removed_at = timezone.now()
    with support.unrecorded():
        acme.product.save()
    assert until(lambda: web.ask(key).status == 404, seconds=1)
    assert web.ask(key).code == "not_found"


def test_who_got_what_is_counted_without_a_write_for_each(web: Web, acme: Cast) -> None:
    row, key = new_key(acme)
    assert until(lambda: web.ask(key).status == 200, seconds=1)
    etag = web.ask(key).headers["etag"]
    for _time in range(20):
        web.ask(key, If_None_Match=etag)
    assert until(lambda: Receipt.objects.filter(key=row, confirmed=20).exists(), seconds=6, every=0.2)
    found = Receipt.objects.get(key=row)
    assert found.fetched >= 2
    assert found.first_at <= found.last_at <= timezone.now()
    assert found.profile.etag in etag


def test_a_key_that_asks_too_often_is_told_when_to_come_back(acme: Cast) -> None:
    _row, key = new_key(acme)
    with (
        web_process(BRIGHTLINE_RATE_LIMIT="1") as web,
        web_process(BRIGHTLINE_RATE_LIMIT="1", BRIGHTLINE_SERVING_MEMORY="0") as plain,
    ):
        refused = []
        for door in (web, plain):
            answers = [door.ask(key) for _time in range(30)]
            assert answers[0].status == 200
            assert answers[-1].status == 429
            refused.append(answers[-1])
            assert answers[-1].code == "too_many_requests"
            assert int(answers[-1].headers["retry-after"]) >= 1
        one, other = map(shape, refused)
        assert set(one[1]) ^ set(other[1]) == set()
        assert one == other
        _other, another = new_key(acme)
        assert web.ask(another).status == 200


def test_nothing_of_a_documents_variants_is_lost_on_the_way(web: Web, acme: Cast) -> None:
    _row, key = new_key(acme)
    row = PublishedProfile.objects.filter(valid_until__isnull=False).latest("id")
    assert until(lambda: web.ask(key).status == 200, seconds=1)
    assert web.ask(key, Accept_Encoding="br").body == bytes(row.br)
    assert web.ask(key, Accept_Encoding="gzip").body == bytes(row.gzip)
    assert Client().get(PATH, headers={"Authorization": f"Bearer {key}"}).content == bytes(row.body)
