"""Datasets of Inspect: samples as a JSON list, as JSON Lines or as CSV.

A sample has ``input`` (a text or a list of messages), ``target``, ``id`` and ``metadata``. It has no rules that grade:
a target becomes a description that a judge is asked about. We write a sample for each variant, with the whole probe in
its metadata; a conversation of several turns has the first as input and all of them in ``metadata.turns``.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from audits.checks.probes.dump import dump_probe
from audits.checks.probes.exchange.draft import (
    MEETS,
    OWN,
    Draft,
    MalformedFile,
    Terms,
    probe_of,
    short,
    turns_that_fit,
)
from audits.checks.probes.fields import MAX_BYTES
from audits.checks.probes.model import Suite

MAX_SAMPLES: Final = 20_000
_KNOWN: Final = frozenset({"input", "target", "id", "metadata"})
_SPACE: Final = re.compile(r"[\s,]*")
_DECODER: Final = json.JSONDecoder()


def write_inspect(suite: Suite) -> str:
    """JSON Lines, one sample for each variant."""
    lines = []
    for probe in suite.probes:
        whole = dump_probe(probe)
        questions = {probe.grade.judge.question.id: probe.grade.judge.question.text} if probe.grade.judge else {}
        for variant in probe.variants:
            sample = {
                "id": f"{probe.id}/{variant.id}",
                "input": variant.turns[0],
                "target": "",
                "metadata": {
                    "turns": list(variant.turns),
                    "behavior": probe.behavior,
                    "suite": f"{suite.name} {suite.number}",
                    "digest": suite.digest,
                    OWN: {"probe": whole, "questions": questions},
                },
            }
            lines.append(json.dumps(sample, ensure_ascii=False))
    return "\n".join(lines) + "\n"


def read_inspect(data: bytes, terms: Terms) -> Draft:
    """Probes from a dataset, a probe a sample; samples of one of our own exports become the probes they were.

    Raises:
        MalformedFile: where it is no dataset at all.
    """
    draft = Draft()
    ours: set[str] = set()
    for path, sample in _samples(data):
        if not isinstance(sample, dict) or "input" not in sample:
            draft.note(path, "It is no sample: a sample is a table with an input. It was left out.")
            continue
        metadata = sample.get("metadata")
        own = metadata.get(OWN) if isinstance(metadata, dict) else None
        if own is not None:
            _own(draft, path, own, ours)
        else:
            _sample(draft, path, sample, terms)
    return draft


def _samples(data: bytes) -> Iterator[tuple[str, Any]]:
    if len(data) > MAX_BYTES:
        raise MalformedFile(f"The file has {len(data):,} bytes; at most {MAX_BYTES:,} are read.")
    try:
        found = list(_read(data.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise MalformedFile("The file is not text in UTF-8.") from None
    except (ValueError, RecursionError, csv.Error) as error:
        raise MalformedFile(f"The file is neither JSON, JSON Lines nor CSV with a column input: {error}.") from None
    if not found:
        raise MalformedFile("The file has no samples.")
    if len(found) > MAX_SAMPLES:
        raise MalformedFile(f"The file has {len(found):,} samples; at most {MAX_SAMPLES:,} are read.")
    for at, (line, sample) in enumerate(found, 1):
        yield f"sample {at}, line {line}", sample


def _read(text: str) -> Iterator[tuple[int, Any]]:
    """Each sample with the line on which it begins."""
    if text.lstrip().startswith("["):
        yield from _array(text)
    elif "input" in next(csv.reader([text.partition("\n")[0].strip()]), ()):
        yield from _table_rows(text)
    else:
        for line, each in enumerate(text.split("\n"), 1):
            if each.strip():
                yield line, json.loads(each, parse_constant=_no_number)


def _array(text: str) -> Iterator[tuple[int, Any]]:
    """The items of a JSON list. It is read as a whole first, since an item alone does not say what follows it."""
    json.loads(text, parse_constant=_no_number)
    at, line, behind = text.index("[") + 1, 1 + text.count("\n", 0, text.index("[") + 1), _SPACE
    while not text.startswith("]", begin := behind.match(text, at).end()):  # type: ignore[union-attr]
        line += text.count("\n", at, begin)
        item, at = _DECODER.raw_decode(text, begin)
        yield line, item
        line += text.count("\n", begin, at)


def _table_rows(text: str) -> Iterator[tuple[int, Any]]:
    """The rows of a CSV file, whose first line names the columns."""
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    line = 2
    for row in rows:
        sample: dict[str, Any] = {str(name): value for name, value in row.items() if name and value}
        if "metadata" in sample:
            sample["metadata"] = json.loads(sample["metadata"], parse_constant=_no_number)
        if sample.get("input", "").lstrip().startswith("[{"):
            sample["input"] = json.loads(sample["input"], parse_constant=_no_number)
        yield line, sample
        line = rows.line_num + 1


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")


def _own(draft: Draft, path: str, own: Any, taken: set[str]) -> None:
    """A sample that we wrote: its probe as it was, once."""
    probe = own.get("probe") if isinstance(own, dict) else None
    if not isinstance(probe, dict) or not isinstance(probe.get("id"), str):
        draft.note(path, f"Its metadata has {OWN}, but no probe in it. It was left out.")
        return
    if probe["id"] in taken:
        return
    taken.add(probe["id"])
    questions = own.get("questions")
    draft.ask_also(path, questions)
    draft.add(path, probe)


def _sample(draft: Draft, path: str, sample: dict[str, Any], terms: Terms) -> None:
    for name in sorted(set(map(str, sample)) - _KNOWN):
        if sample[name]:
            draft.note(path, f"Its {name!r} has no place in a probe and was left out.")
    turns = turns_that_fit(_turns(draft, path, sample["input"]), draft, path)
    if not turns:
        return
    target = sample.get("target", "")
    text = " or ".join(map(str, target)) if isinstance(target, list) else str(target)
    grade: dict[str, Any] = {}
    if text.strip():
        grade["judge"] = draft.ask(MEETS, short(text, draft, path), True)
    else:
        draft.note(path, "It has no target; say what decides a reply.")
    draft.add(path, probe_of(terms, str(sample.get("id", path.partition(",")[0])), turns, grade))


def _turns(draft: Draft, path: str, given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    turns: list[str] = []
    for message in given if isinstance(given, list) else []:
        role = message.get("role") if isinstance(message, dict) else None
        content = _text(message.get("content")) if isinstance(message, dict) else ""
        if role == "user":
            turns.append(content)
        else:
            draft.note(path, f"A message of {role or 'nobody'!r} was left out: a probe holds what the user says.")
    return turns


def _text(content: Any) -> str:
    """The text of a message, which may come in parts."""
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""
