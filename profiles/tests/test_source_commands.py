"""Commands about source documents and rulebooks: what scripts get, what is stored, and refusals with every problem."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from django.core.management import CommandError, call_command

from audits.models import Entry
from profiles.models import RulebookRevision, SourceDocument
from profiles.rulebook.sources.compare import as_json, compare
from profiles.rulebook.sources.model_spec import read
from profiles.tests.cast import LIBRARY
from profiles.tests.harbor import NEWER, OLDER, SOURCES, document

pytestmark = pytest.mark.django_db

OLD, NEW = str(SOURCES / "older.md"), str(SOURCES / "newer.md")
CHARTER = ("--platform", "harbor", "--name", "charter")
BROKEN = b"# One {#one}\n\n# Two {#one}\n\n# Three\n\n~~~\nnever closed\n"


def said(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def run(*arguments: str) -> Any:
    return json.loads(said(*arguments, "--json"))


@pytest.fixture
def imported() -> None:
    run("import_source", OLD, *CHARTER, "--published", "2026-03-01")
    run("import_source", NEW, *CHARTER, "--published", "2026-09-01")


# Importing


def test_a_document_is_told_in_the_shape_of_the_contract() -> None:
    found = run("import_source", OLD, "--dry-run")
    assert set(found) == {"digest", "sections", "examples", "commentary", "footnotes", "links", "warnings"}
    assert set(found["sections"][0]) == {"id", "level", "title", "authority", "tags", "parent"}
    assert set(found["examples"][0]) == {"section", "title", "verdicts"}
    assert found["sections"][4] == {
        "id": "tides",
        "level": 2,
        "title": "Tides and weather",
        "authority": None,
        "tags": [],
        "parent": "safe_water",
    }
    assert found["examples"][0]["verdicts"] == ["bad", "good"]
    assert (found["commentary"], type(found["links"])) == (2, int)


def test_a_dry_run_stores_nothing_and_needs_no_date() -> None:
    run("import_source", OLD, "--dry-run")
    assert not SourceDocument.objects.exists()
    assert not Entry.objects.exists()


def test_what_is_imported_is_told_the_same_way_as_in_a_dry_run() -> None:
    dry = run("import_source", OLD, "--dry-run")
    assert run("import_source", OLD, *CHARTER, "--published", "2026-03-01") == dry
    row = SourceDocument.objects.get()
    assert (row.platform, row.name, row.published, row.digest) == ("harbor", "charter", date(2026, 3, 1), dry["digest"])
    assert Entry.objects.get(kind="source.imported").actor_name == "import_source"


def test_the_date_is_taken_from_the_files_name(tmp_path: Path) -> None:
    file = tmp_path / "model_spec_2025-12-18.md"
    file.write_bytes(OLDER)
    run("import_source", str(file))
    row = SourceDocument.objects.get()
    assert (row.platform, row.name, row.published) == ("openai", "model_spec", date(2025, 12, 18))


@pytest.mark.parametrize("name", ["charter.md", "charter-2026-13-01.md", "charter-12026-01-011.md"])
def test_without_a_date_nothing_is_imported(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(OLDER)
    with pytest.raises(CommandError, match="holds no date"):
        run("import_source", str(file))
    assert not SourceDocument.objects.exists()


def test_importing_again_changes_nothing(imported: None) -> None:
    run("import_source", OLD, *CHARTER, "--published", "2026-03-01")
    assert SourceDocument.objects.count() == 2


@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--json"]], ids=["plain", "dry", "json"])
def test_a_refusal_says_every_problem_with_its_line(tmp_path: Path, more: list[str]) -> None:
    file = tmp_path / "broken-2026-01-01.md"
    file.write_bytes(BROKEN)
    with pytest.raises(CommandError) as refusal:
        said("import_source", str(file), *more)
    lines = str(refusal.value).splitlines()
    assert "not a Model Spec" in lines[0]
    assert [line.strip().partition(":")[0] for line in lines[1:]] == ["line 3", "line 5", "line 7"]
    assert not SourceDocument.objects.exists()


@pytest.mark.parametrize(("flag", "value"), [("--platform", "No Name"), ("--name", "../x")])
def test_a_name_that_is_none_is_refused(flag: str, value: str) -> None:
    with pytest.raises(CommandError, match="lower-case letters"):
        said("import_source", OLD, "--published", "2026-03-01", flag, value)


def test_a_person_reads_counts_and_warnings() -> None:
    text = said("import_source", OLD, "--dry-run")
    assert "9 sections, 3 examples, 2 commentaries" in text


@pytest.mark.parametrize("command", [["import_source"], ["publish_rulebook"]])
def test_a_file_that_is_not_there_is_said(command: list[str]) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        said(*command, "/nowhere/at-all-2026-01-01.md")


# Comparing


def test_two_files_are_compared_in_the_shape_of_the_contract() -> None:
    found = run("diff_sources", OLD, NEW)
    whole = as_json(compare(read(OLDER), read(NEWER)))
    assert found == {name: whole[name] for name in ("added", "removed", "authority", "title", "body")}
    assert found["body"]
    assert all(len(change) == 3 for change in found["authority"])
    assert run("diff_sources", OLD, NEW, "--all") == whole


def test_imported_documents_are_named_by_date_digest_or_its_beginning(imported: None) -> None:
    older = SourceDocument.objects.get(published=date(2026, 3, 1))
    whole = run("diff_sources", OLD, NEW)
    for name in ("2026-03-01", older.digest, older.digest[7:], older.digest[7:15], older.digest[:15]):
        assert run("diff_sources", name, NEW) == whole
    assert run("diff_sources", "2026-09-01", "2026-03-01")["added"] == whole["removed"]


def test_a_name_that_fits_nothing_or_several_is_refused(imported: None, tmp_path: Path) -> None:
    twin = tmp_path / "twin.md"
    twin.write_bytes(NEWER + b"\nOne more sentence.\n")
    run("import_source", str(twin), *CHARTER, "--published", "2026-09-01")
    with pytest.raises(CommandError, match="could be one of these"):
        said("diff_sources", "2026-03-01", "2026-09-01")
    for name in ("2026-04-01", "feedbeef", "", "sha256:", "100%"):
        with pytest.raises(CommandError, match="No file and no imported document"):
            said("diff_sources", "2026-03-01", name)


def test_a_file_that_is_no_document_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "broken.md"
    file.write_bytes(BROKEN)
    with pytest.raises(CommandError, match="line 3"):
        said("diff_sources", OLD, str(file))


def test_a_person_reads_a_line_for_each_change() -> None:
    text = said("diff_sources", OLD, NEW)
    assert "authority: tell_tide user -> " in text
    assert said("diff_sources", OLD, OLD).strip() == "Nothing differs."


# Publishing


def test_a_rulebook_is_published_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "harbor.toml"
    file.write_text(tomli_w.dumps(document()))
    found = run("publish_rulebook", str(file))
    revision = RulebookRevision.objects.get()
    assert found == {"platform": "harbor", "revision": "2026-03-01", "digest": revision.digest, "new": True}
    assert run("publish_rulebook", str(file))["new"] is False
    assert "already here" in said("publish_rulebook", str(file))


def test_a_malformed_rulebook_is_refused_with_every_path(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    content = tomllib.loads((LIBRARY / "reference-2026-11.toml").read_text())
    file.write_text(tomli_w.dumps(content | {"platform": 3, "surprise": 1}))
    with pytest.raises(CommandError) as refusal:
        said("publish_rulebook", str(file))
    assert {"platform", "surprise"} <= {line.strip().partition(":")[0] for line in str(refusal.value).splitlines()}
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CommandError, match="UTF-8"):
        said("publish_rulebook", str(file))
    assert not RulebookRevision.objects.exists()
