"""What was published is kept apart from the database: one that is behind it, or another one, signs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from audits.ledger import halts, keys, published, read
from audits.ledger.sequence import look, place
from audits.log import notes, tree
from audits.models import Checkpoint, Entry, Halt, Log
from audits.telling.fan_out import tell
from audits.tests.ledger.test_sequence import happen, place_all
from profiles.models import Notice
from profiles.tests import cast as some

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    place_all()
    settings.BRIGHTLINE_LOG_PUBLISHED = str(tmp_path / "published")
    return tmp_path / "published"


def restored(later: int) -> Log:
    """Five entries are published; ``later`` ones more too, and then the database is the older one again."""
    happen("acme", 5)
    place_all()
    with transaction.atomic():
        happen("acme", later)
        place_all()
        transaction.set_rollback(True)
    return Log.objects.get(organization="acme")


def size(log: Log) -> int:
    found = published.last(log.organization)
    return found.size if found else 0


def test_what_is_published_is_kept(folder: Path) -> None:
    happen("acme", 5)
    happen("", 2)
    place_all()
    log = Log.objects.get(organization="acme")
    assert sorted(path.name for path in folder.iterdir()) == ["_installation.checkpoint", "acme.checkpoint"]
    newest = read.latest(log)
    assert newest is not None
    assert (folder / "acme.checkpoint").read_text() == newest.note
    assert look(now=timezone.now())


def test_a_restored_database_signs_nothing(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = restored(3)
    assert (log.size, size(log)) == (5, 8)
    happen("acme", 4)
    signed, kept = Checkpoint.objects.count(), (folder / "acme.checkpoint").read_text()
    for _look in range(3):
        assert place(now=timezone.now()) == 0
    assert Checkpoint.objects.count() == signed
    assert (folder / "acme.checkpoint").read_text() == kept
    halt = Halt.objects.get()
    assert (halt.log, halt.because, halt.published, halt.size) == (log, "behind", 8, 5)
    assert Entry.objects.filter(kind="log.stopped").count() == 1
    assert caplog.text.count("Nothing is signed: the database is not what was published") == 1
    assert Client().get("/healthz/log").content == b"stopped 1\n"


def test_it_is_found_out_at_the_start_though_nothing_waits(folder: Path) -> None:
    restored(3)
    call_command("sequence", "--once")
    assert Halt.objects.get().because == "behind"
    assert not Checkpoint.objects.filter(size__gt=5, log__organization="acme").exists()


def test_no_other_log_is_signed_meanwhile(folder: Path) -> None:
    """A database that was restored is another one for all of them."""
    restored(3)
    happen("acme", 1)
    happen("other", 1)
    assert place(now=timezone.now()) == 0
    assert not Log.objects.filter(organization="other", size__gt=0).exists()


def test_a_database_that_went_another_way_signs_nothing(folder: Path) -> None:
    restored(3)
    folder.joinpath("acme.checkpoint").rename(folder / "aside")
    happen("acme", 6)
    place_all()
    (folder / "aside").rename(folder / "acme.checkpoint")
    happen("acme", 1)
    assert place(now=timezone.now()) == 0
    assert Halt.objects.get().because == "differs"


def test_a_database_without_the_log_signs_nothing(folder: Path) -> None:
    with transaction.atomic():
        happen("acme", 5)
        place_all()
        transaction.set_rollback(True)
    assert not look(now=timezone.now())
    happen("acme", 1)
    assert place(now=timezone.now()) == 0
    assert Halt.objects.get().log.size == 0


@pytest.mark.parametrize("text", ["", "nonsense", "a\nb\nc\n\n— x AAAA\n", "\x00"])
def test_a_file_that_cannot_be_read_is_no_permission(folder: Path, text: str) -> None:
    happen("acme", 5)
    place_all()
    (folder / "acme.checkpoint").write_text(text)
    happen("acme", 1)
    assert place(now=timezone.now()) == 0
    assert Halt.objects.get().because == "unreadable"


def test_the_newer_database_comes_back_and_it_goes_on(folder: Path) -> None:
    log = restored(0)
    ahead = notes.Checkpoint(log.origin, 9, tree.hash_leaf(b"x")).text
    kept = (folder / "acme.checkpoint").read_text()
    published.put("acme", str(notes.Note(ahead, keys.sign(ahead, log.origin))))
    happen("acme", 1)
    assert place(now=timezone.now()) == 0
    (folder / "acme.checkpoint").write_text(kept)
    assert place(now=timezone.now()) > 0
    assert not Halt.objects.exists()
    assert list(Entry.objects.filter(kind__in=("log.stopped", "log.continued")).values_list("kind", flat=True)) == [
        "log.continued",
        "log.stopped",
    ]


def test_to_remove_the_file_is_to_decide(folder: Path) -> None:
    log = restored(3)
    happen("acme", 1)
    assert place(now=timezone.now()) == 0
    (folder / "acme.checkpoint").unlink()
    assert place(now=timezone.now()) > 0
    log.refresh_from_db()
    assert size(log) == log.size > 5


def test_what_another_sequencer_signs_meanwhile_is_no_alarm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    happen("acme", 5)
    place_all()
    last = published.last
    busy: list[str] = []

    def read_late(organization: str) -> notes.Checkpoint | None:
        if not busy:
            busy.append(organization)
            happen("acme", 3)
            place_all()
        return last(organization)

    log = Log.objects.get(organization="acme")
    monkeypatch.setattr(published, "last", read_late)
    assert halts.look([log], now=timezone.now())
    assert (busy, size(log)) == (["acme"], 8)
    assert not Halt.objects.exists()


def test_a_slower_sequencer_does_not_turn_it_back(folder: Path) -> None:
    happen("acme", 5)
    place_all()
    older = Checkpoint.objects.get(log__organization="acme", size=5)
    happen("acme", 5)
    place_all()
    published.keep("acme", older.note)
    assert size(older.log) == 10


def test_those_who_look_after_it_are_told_once(folder: Path) -> None:
    cast = some.make_cast()
    place_all()
    tell(now=timezone.now())
    restored(3)
    for _look in range(2):
        look(now=timezone.now())
    tell(now=timezone.now())
    people = {notice.user for notice in Notice.objects.filter(entry__kind="log.stopped")}
    assert people == {cast.users[role] for role in ("administrator", "compliance", "steward")}


def test_only_what_this_log_signed_is_held_against_it(folder: Path) -> None:
    happen("acme", 5)
    place_all()
    log = Log.objects.get(organization="acme")
    newest = read.latest(log)
    assert newest is not None
    text = notes.Checkpoint(log.origin, 9, tree.hash_leaf(b"x")).text
    forged = f"{text}\n— {log.origin} {newest.note.rpartition(' ')[2]}"
    other = notes.Checkpoint("elsewhere/log/acme", 9, tree.hash_leaf(b"x")).text
    foreign = str(notes.Note(other, keys.sign(other, "elsewhere/log/acme")))
    for harmless in ("", "nonsense", forged, foreign, newest.note):
        assert halts.confront(log, harmless, now=timezone.now()) is False
    assert not Halt.objects.exists()
    assert halts.confront(log, str(notes.Note(text, keys.sign(text, log.origin))), now=timezone.now())
    assert Halt.objects.get().because == "behind"


def test_nothing_is_kept_where_nothing_is_to_be_kept(settings: Any) -> None:
    settings.BRIGHTLINE_LOG_PUBLISHED = ""
    happen("acme", 1)
    place_all()
    assert published.last("acme") is None
    assert list(published.organizations()) == []
