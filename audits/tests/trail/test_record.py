"""What an entry is made of: bytes that anybody can check, and columns that cannot say anything else."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audits.log.disclosures import Personal
from audits.models import ActorName, Disclosure, Entry, Untold
from audits.trail.kinds import Kind, Outcome
from audits.trail.record import MAX_LEAF, canonical, entry_of, plain, record, record_all
from profiles.access import Actor, ActorType, system

AT = datetime(2026, 11, 23, 14, 32, 8, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
JANA = Actor(ActorType.PERSON, "user:7", "Jana Sommer", frozenset(), 1, "acme", 7, "request-1", auth="password")


def written(**more: Any) -> Entry:
    """An entry as the database gives it back."""
    given: dict[str, Any] = {
        "who": JANA,
        "at": AT,
        "organization": "acme",
        "product": "helper",
        "target": "draft",
    } | more
    return Entry.objects.get(pk=record(Kind.DRAFT_EDITED, **given).pk)


def leaf(entry: Entry) -> dict[str, Any]:
    return dict(json.loads(bytes(entry.leaf)))


@pytest.mark.django_db
def test_an_entry_is_kept_as_canonical_json_byte_for_byte() -> None:
    entry = written(before={"b": 1, "a": "é"}, after={"😀": None}, data={"z": [1, True]})
    assert rfc8785.dumps(leaf(entry)) == bytes(entry.leaf)
    assert list(leaf(entry)) == sorted(leaf(entry))


@pytest.mark.django_db
def test_every_column_says_what_the_bytes_say() -> None:
    entry = written(outcome=Outcome.REFUSED, version=3, rulebooks=["sha256:b", "sha256:a"])
    content = entry.content()
    names = ("kind", "outcome", "organization", "product", "target", "request_id")
    assert [getattr(entry, name) for name in names] == [content[name] for name in names]
    assert (entry.event_id, entry.at) == (content["id"], AT)
    assert content["at"] == "2026-11-23T14:32:08.123456Z"
    assert (content["actor"]["type"], content["actor"]["id"]) == (entry.actor_type, entry.actor_id)
    assert (content["version"], content["rulebooks"]) == (3, ["sha256:a", "sha256:b"])


@pytest.mark.django_db
def test_a_time_of_another_zone_is_kept_as_the_same_instant_in_utc() -> None:
    entry = written(at=AT.astimezone(timezone(timedelta(hours=-9))))
    assert entry.at == AT
    assert leaf(entry)["at"].endswith("14:32:08.123456Z")


@pytest.mark.django_db
def test_what_is_no_entry_cannot_be_stored() -> None:
    for body in (b"no json", b"\xff\xfe", b'{"at": "yesterday evening"}'):
        with pytest.raises(DatabaseError), transaction.atomic():
            Entry.objects.create(leaf=body)


@pytest.mark.django_db
def test_no_insert_can_say_anything_else_in_a_column() -> None:
    entry = written()
    names = [field.name for field in Entry._meta.fields if field.name not in {"id", "leaf"}]
    drawn = Entry.objects.filter(pk=entry.pk).values_list(*names).get()
    lie = Entry(leaf=bytes(entry.leaf), **{name: "other" for name in names if name not in {"at", "words"}}, at=AT - DAY)
    lie.save()
    assert Entry.objects.filter(pk=lie.pk).values_list(*names).get() == drawn


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (2.5, "2.5"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (2**53 - 1, 2**53 - 1),
        (2**60, str(2**60)),
        (-(2**60), str(-(2**60))),
        pytest.param(10**5000, "(huge)", id="huge"),
        (True, True),
        ("a\x00b", "a\ufffdb"),
        ("\ud800", "?"),
        ({"\x00\udfff": 1}, {"\ufffd?": 1}),
        ((1, (2,)), [1, [2]]),
        (b"bytes", "b'bytes'"),
    ],
)
def test_hostile_values_become_what_every_reader_can_take(raw: object, kept: object) -> None:
    assert plain(raw) == kept


def test_endless_texts_and_lists_are_cut_and_say_so() -> None:
    text = plain("x" * 100_000)
    assert len(text) < 2_100
    assert text.endswith("(100000 characters)")
    assert len(plain(list(range(10_000)))) == len(plain({str(n): n for n in range(10_000)})) == 250


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()) | st.integers(), inner),
)


@given(anything)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_comes_can_be_written_as_canonical_json(raw: object) -> None:
    encoded = canonical(plain(raw))
    assert encoded == rfc8785.dumps(plain(raw))
    assert b"\x00" not in encoded
    assert b"\\u0000" not in encoded
    encoded.decode("utf-8")


@pytest.mark.django_db
def test_many_entries_are_written_in_their_order_each_with_what_belongs_to_it() -> None:
    told = [
        entry_of(
            Kind.PROFILE_AFFECTED,
            who=replace(JANA, id=f"user:{n % 3}", name=f"Jana {n % 3}"),
            at=AT,
            organization=("acme", "other")[n % 2],
            target=f"{n}",
            data={"reason": Personal(f"because {n}"), "comment": Personal(f"so {n}")},
        )
        for n in range(25)
    ]
    with transaction.atomic():
        entries = record_all(Kind.PROFILE_AFFECTED, told)
    assert record_all(Kind.PROFILE_AFFECTED, []) == []
    stored = list(Entry.objects.order_by("pk"))
    assert [bytes(entry.leaf) for entry in stored] == [one.leaf for one in told]
    assert [tuple(entry) for entry in entries] == [(entry.pk, entry.event_id) for entry in stored]
    for n, entry in enumerate(stored):
        kept = [(row.path, row.digest, row.text) for row in entry.disclosures.order_by("pk")]
        assert (entry.target, kept) == (f"{n}", [tuple(hidden) for hidden in told[n].hidden])
        assert entry.content()["data"] == {"reason": f"because {n}", "comment": f"so {n}"}
    assert ActorName.objects.count() == 6
    assert set(Untold.objects.values_list("pk", flat=True)) == {entry.pk for entry in entries}
    assert not Untold.objects.filter(gave_up=True).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("raw", [2.5, float("nan"), 2**60, "a\x00b", "\ud800", {"\x00": "\udfff"}])
def test_hostile_values_reach_the_trail(raw: object) -> None:
    entry = written(before=raw, after=[raw], data={"wanted": raw})
    assert leaf(entry)["before"] == plain(raw)


@pytest.mark.django_db
def test_a_body_of_70_kilobytes_is_left_out_and_the_entry_says_so() -> None:
    body = {f"key {n}": "é" * 1_000 for n in range(35)}
    entry = written(before=body, after={"small": 1}, data={"reason": "Why"})
    assert len(bytes(entry.leaf)) <= MAX_LEAF
    assert "more than one entry holds" in leaf(entry)["before"]["omitted"]
    assert (leaf(entry)["after"], leaf(entry)["data"]) == ({"small": 1}, {"reason": "Why"})
    assert (entry.kind, entry.target, entry.at) == ("profile.draft.edited", "draft", AT)


@pytest.mark.django_db
def test_three_bodies_of_70_kilobytes_still_leave_an_entry() -> None:
    body = {f"key {n}": "x" * 2_000 for n in range(35)}
    content = leaf(written(before=body, after=body, data=body))
    assert all("omitted" in content[name] for name in ("before", "after", "data"))


@pytest.mark.django_db
def test_a_value_nested_without_end_reaches_the_trail() -> None:
    deep: Any = "on"
    for _ in range(900):
        deep = [deep]
    assert len(bytes(written(data={"wanted": deep}).leaf)) <= MAX_LEAF


@pytest.mark.django_db
def test_an_entry_holds_no_name_and_nothing_that_somebody_wrote() -> None:
    entry = written(
        data={"reason": Personal("Because Lena said so"), "version": 3}, after={"_sd": "mine", "_sd_alg": 1}
    )
    assert b"Jana" not in entry.leaf
    assert b"Lena" not in entry.leaf
    content = entry.content()
    assert content["actor"]["name"] == entry.actor_name == "Jana Sommer"
    assert content["data"] == {"reason": "Because Lena said so", "version": 3}
    assert content["after"] == {"“_sd”": "mine", "“_sd_alg”": 1}
    names = ActorName.objects.values_list("organization", "actor_id", "name")
    assert list(names) == [("acme", "user:7", "Jana Sommer")]


@pytest.mark.django_db
def test_names_of_keys_and_programs_stand_in_the_entry() -> None:
    content = leaf(written(who=system("worker", on_behalf_of="user:7")))
    assert content["actor"] == {
        "type": "system", "id": "worker", "name": "worker", "auth": "program", "on_behalf_of": "user:7",
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("nobody", [replace(JANA, id=""), replace(JANA, auth="")])
def test_nobody_is_no_actor(nobody: Actor) -> None:
    with pytest.raises(ValueError, match="says who acted"):
        written(who=nobody)
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_what_an_entry_says_about_people_changes_only_by_being_erased() -> None:
    entry = written()
    row = Disclosure.objects.get()
    erased = record(Kind.PERSONAL_DATA_ERASED, who=JANA, at=AT, organization="acme")
    for wrong in (
        {"text": "another"}, {"digest": "another"}, {"text": None, "erased_by": entry.pk}, {"entry_id": erased.pk},
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            Disclosure.objects.filter(pk=row.pk).update(**wrong)
    with pytest.raises(DatabaseError), transaction.atomic():
        Disclosure.objects.filter(pk=row.pk).delete()
    assert Disclosure.objects.filter(pk=row.pk).update(text=None, erased_by=erased.pk) == 1
    assert Entry.objects.get(pk=entry.pk).actor_name == ""
    with pytest.raises(DatabaseError), transaction.atomic():
        Disclosure.objects.filter(pk=row.pk).update(text=row.text, erased_by=None)


@pytest.mark.django_db
def test_every_entry_has_an_id_of_its_own_and_its_own_digest() -> None:
    first, second = written(), written()
    assert first.event_id != second.event_id
    assert hashlib.sha256(first.leaf).digest() != hashlib.sha256(second.leaf).digest()


def test_kinds_are_dotted_past_tense_names_each_once() -> None:
    names = [kind.value for kind in Kind]
    assert len(set(names)) == len(names)
    for name in names:
        assert name.replace(".", "").replace("_", "").isalpha()
        assert "." in name
        assert name == name.lower()
        assert name.endswith(("ed", "withdrawn", "found", "foretold"))
