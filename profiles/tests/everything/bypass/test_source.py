"""Writing is for actions, and for the ledger and the workers below them: no other module so much as names a way to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[4]
# Actions, the ledger, and workers: those of ``telling`` write only what follows from an entry.
WRITERS: Final = (
    "profiles/actions",
    "audits/trail",
    "audits/conformance",
    "audits/health",
    "audits/dispatch.py",
    "audits/telling",
    "audits/ledger",
    "audits/exporting/pushing.py",
    "audits/witnessing",
)
# The pure rooms cannot write: they import no Django, which import-linter holds.
PURE: Final = ("profiles/rulebook", "profiles/resolution", "audits/checks", "audits/log")
APART: Final = (
    "config/embedded.py",  # makes the database itself
    "config/broker.py",  # the queue's tables, which are no model's
    "config/bench.py",  # ten thousand products, to measure with
    "config/bench_serving.py",  # and as many profiles
    "config/bench_entries.py",  # and a million entries
    "config/bench_trail.py",  # and who looks through them
    "config/bench_writers.py",  # and tables to write to
    "config/bench_retention.py",  # and entries that are old enough to go
    "config/bench_trials.py",  # and runs of ten thousand trials
    "config/health.py",  # SELECT 1
)
WAYS: Final = {
    *("save", "save_base", "asave", "delete", "adelete", "update", "aupdate", "update_or_create", "get_or_create"),
    *("create", "acreate", "bulk_create", "bulk_update", "create_user", "set_password", "raw", "execute"),
    *("executemany", "extra", "_raw_delete"),
}
# What bears such a name and writes nothing, or writes where everything is undone; each with its reason.
HARMLESS: Final = {
    ("profiles/models/member.py", "save"): "User.objects.create_user, which an action calls",
    ("profiles/models/member.py", "set_password"): "the same",
    ("audits/commitments/found.py", "execute"): "a SELECT that every reader of the public waits for",
    ("audits/exporting/cursor.py", "execute"): "a SELECT that is held as a cursor",
    ("audits/exporting/export.py", "update"): "of a digest",
    ("audits/search/find.py", "execute"): "SELECTs that leave PostgreSQL one index each",
    ("audits/search/names.py", "delete"): "names of those of whom nothing is left, with what pruning takes",
    ("audits/search/tally.py", "delete"): "counts of nothing, the same way",
    ("audits/search/names.py", "execute"): "a SELECT that the ORM cannot say",
    ("audits/search/words.py", "execute"): "a text, taken apart",
    ("audits/search/tally.py", "execute"): "counts of entries, which the sequencer keeps",
    ("audits/tasks.py", "execute"): "the module of that name",
    ("config/messages.py", "update"): "of a catalog of words",
    ("profiles/serving/follower.py", "execute"): "LISTEN, and what changed since",
    ("profiles/serving/upkeep.py", "execute"): "sweeps up changes that every process has seen",
    ("profiles/serving/loading.py", "execute"): "a SELECT that the ORM cannot say",
    (
        "profiles/serving/receipts.py",
        "execute",
    ): "who fetched what and when, counted in batches: no decision of anybody",
    ("profiles/web/pages/users.py", "raw"): "the raw value of a bound",
    ("profiles/web/pages/place.py", "update"): "of a dict",
    ("profiles/web/pages/crosswalk.py", "update"): "of a query string",
    ("audits/web/pages/filters.py", "update"): "of a query string",
    ("profiles/web/views/holds.py", "raw"): "the raw value of a bound",
    ("profiles/web/pages/holds.py", "raw"): "the same",
    ("profiles/web/pages/baseline.py", "raw"): "the same",
    ("profiles/web/views/editor.py", "raw"): "of a setting in the draft",
}


def ways_to_write(path: Path) -> Iterator[tuple[str, str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WAYS:
            yield path.relative_to(ROOT).as_posix(), node.func.attr, node.lineno


def sources() -> Iterator[Path]:
    for path in [
        ROOT / "manage.py",
        *(path for app in ("profiles", "audits", "config") for path in (ROOT / app).rglob("*.py")),
    ]:
        name = path.relative_to(ROOT).as_posix()
        if "/tests/" not in name and "/migrations/" not in name and not name.startswith((*WRITERS, *PURE, *APART)):
            yield path


def test_nothing_but_actions_and_workers_writes_a_model() -> None:
    found = {(name, way): line for path in sources() for name, way, line in ways_to_write(path)}
    assert [
        f"{name}:{line} calls {way}(): let an action write, so that it is checked and leaves its entry."
        for (name, way), line in sorted(found.items())
        if (name, way) not in HARMLESS
    ] == []
    assert sorted(set(HARMLESS) - set(found)) == [], "These are gone: take them out of HARMLESS."


@pytest.mark.parametrize("line", ["row.save()", "Model.objects.update(a=1)", "cursor.execute('DELETE')"])
def test_a_write_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr("profiles.tests.everything.bypass.test_source.ROOT", tmp_path)
    (tmp_path / "view.py").write_text(line)
    assert len(list(ways_to_write(tmp_path / "view.py"))) == 1
