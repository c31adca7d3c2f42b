"""Suites as text: the only place where a TOML file, an uploaded JSON file or a stored document becomes a ``Suite``.

Everything is checked here, so the rest may trust it: unknown fields are refused, patterns compile, ids are unique, and
sizes are bounded before anything is read. All problems of a text are reported together, each with its path.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

import rfc8785

from audits.checks.probes import fields
from audits.checks.probes.dump import dump
from audits.checks.probes.fields import (
    MAX_BYTES,
    MAX_COUNT,
    MAX_EPOCHS,
    MAX_PHRASE,
    MAX_PROBES,
    MAX_PROBLEMS,
    MAX_RULES,
    MAX_TEXT,
    MAX_TEXTS,
    MAX_TURNS,
    MAX_VARIANTS,
)
from audits.checks.probes.model import (
    OPTIONS,
    AppliesIf,
    Asked,
    CommitmentKind,
    Direction,
    Example,
    Grade,
    On,
    Probe,
    Question,
    Rule,
    RuleName,
    Source,
    Style,
    Suite,
    Untestable,
    Variant,
)
from audits.checks.probes.patterns import MalformedPattern, compiled
from profiles.rulebook.codec import json_ready
from profiles.rulebook.table import Problem, Stop, Table

SCHEMA: Final = "brightline.suite/1"
_DEFAULT_EPOCHS: Final = 3

T = TypeVar("T")


class MalformedSuite(ValueError):
    """A text that is not a suite. ``problems`` holds the faults found, in reading order, at most a hundred."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems[:MAX_PROBLEMS]
        super().__init__("; ".join(map(str, self.problems)))


def parse(data: str | bytes) -> Suite:
    """The suite of a TOML text.

    Raises:
        MalformedSuite: with the problems found.
    """
    return decode(_read(data, "TOML", lambda text: json_ready(tomllib.loads(text))))


def parse_json(data: str | bytes) -> Suite:
    """The suite of a JSON text.

    Raises:
        MalformedSuite: with the problems found.
    """
    return decode(_read(data, "JSON", lambda text: json.loads(text, parse_constant=_no_number)))


def decode(document: Mapping[str, Any]) -> Suite:
    """The suite of a JSON-ready document, as ``Suite.document`` holds it. Fields may be left out where they have a
    default, and the identity of a suite does not depend on whether they are.

    Raises:
        MalformedSuite: with the problems found.
    """
    return _Decoder().suite(document)


def decode_probe(body: Mapping[str, Any], questions: Mapping[str, str]) -> Probe:
    """One probe by itself, as a draft holds it.

    Args:
        questions: texts by id, of the suite.

    Raises:
        MalformedSuite: with the problems found, by the paths inside of the probe.
    """
    decoder = _Decoder()
    decoder.questions = {name: Question(name, text) for name, text in questions.items()}
    with decoder.part():
        found = decoder.probe(Table(body, "", decoder.problems))
    if decoder.problems:
        raise MalformedSuite(decoder.problems)
    return found


def digest(document: Mapping[str, Any]) -> str:
    """``sha256:<hex>`` over the RFC 8785 form."""
    return "sha256:" + hashlib.sha256(rfc8785.dumps(dict(document))).hexdigest()


def _read(data: str | bytes, kind: str, read: Callable[[str], Any]) -> Any:
    if len(data) > MAX_BYTES:
        raise _refusal(f"has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        return read(text)
    except UnicodeDecodeError:
        raise _refusal("is not text in UTF-8") from None
    except (ValueError, RecursionError) as error:  # not only errors of syntax: huge numbers, deep nesting
        raise _refusal(f"is not {kind}: {error}") from None


def _refusal(message: str) -> MalformedSuite:
    return MalformedSuite([Problem("(file)", message)])


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")


class _Decoder:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.questions: dict[str, Question] = {}
        self.broken: set[str] = set()  # questions that are named but cannot be read
        self.ids: set[str] = set()

    @contextmanager
    def part(self) -> Iterator[None]:
        """One part that may fail without hiding what is wrong with the others."""
        with suppress(Stop):
            yield

    def suite(self, document: Mapping[str, Any]) -> Suite:
        found: dict[str, Any] = {}
        probes: list[Probe] = []
        untestable: list[Untestable] = []
        with self.part():
            top = Table(document, "", self.problems)
            with self.part():
                if top.text("schema") != SCHEMA:
                    top.fail("schema", f"must be {SCHEMA!r}")
            reads: dict[str, Callable[[], Any]] = {
                "name": lambda: fields.name_of(top, "name"),
                "number": lambda: fields.count_of(top, "number", 1, MAX_COUNT),
                "title": lambda: fields.text(top, "title", MAX_PHRASE),
                "note": lambda: fields.text(top, "note", MAX_TEXT, ""),
            }
            for name, read in reads.items():
                with self.part():
                    found[name] = read()
            self._questions(top)
            self._listed(top, "probes", MAX_PROBES, lambda item: probes.append(self.probe(item)))
            self._listed(top, "untestable", MAX_PROBES, lambda item: untestable.append(self._untestable(item)))
            top.done()
        if not self.problems:
            self._fits_together(probes, untestable)
        if self.problems:
            raise MalformedSuite(self.problems)
        return self._finished(
            Suite(
                **found,
                questions=self.questions,
                probes=tuple(probes),
                untestable=tuple(untestable),
                document={},
                digest="",
            )
        )

    def _finished(self, suite: Suite) -> Suite:
        document = {"schema": SCHEMA, **dump(suite)}
        try:
            identity = digest(document)
        except (rfc8785.CanonicalizationError, ValueError) as error:  # a lone surrogate
            raise _refusal(f"cannot be written as JSON: {error}") from None
        return Suite(
            suite.name,
            suite.number,
            suite.title,
            suite.note,
            suite.questions,
            suite.probes,
            suite.untestable,
            document,
            identity,
        )

    def _fits_together(self, probes: list[Probe], untestable: list[Untestable]) -> None:
        tested = {probe.behavior for probe in probes}
        for item in untestable:
            if item.behavior in tested:
                self.problems.append(Problem("untestable", f"names {item.behavior!r}, which a probe tests"))

    # Pieces

    def _listed(self, table: Table, name: str, most: int, read: Callable[[Table], None]) -> None:
        with self.part():
            if len(items := table.get(name, list, [])) > most:
                table.fail(name, f"has {len(items):,} items; at most {most:,} are read")
            for item in table.tables(name):
                if len(self.problems) >= MAX_PROBLEMS:
                    return
                with self.part():
                    read(item)

    # Probes

    def _questions(self, top: Table) -> None:
        with self.part():
            table = top.table("questions", {})
            for name in sorted(table.data):
                self.broken.add(name)
                with self.part():
                    if not fields.is_name(name):
                        table.fail(name, "must be named in lower case, such as gives_help")
                    self.questions[name] = Question(name, fields.text(table, name, MAX_PHRASE))
            self.broken -= set(self.questions)

    def _untestable(self, item: Table) -> Untestable:
        found = Untestable(fields.key_of(item, "behavior"), fields.text(item, "because", MAX_TEXT))
        item.done()
        return found

    def probe(self, item: Table) -> Probe:
        probe_id = self._new_id(item)
        kind = item.choice("kind", CommitmentKind, CommitmentKind.RATE)
        probe = Probe(
            id=probe_id,
            behavior=fields.key_of(item, "behavior"),
            direction=item.choice("direction", Direction),
            kind=kind,
            threshold=self._threshold(item, kind),
            source=self._source(item.table("source")),
            applies_if=self._applies_if(item.table("applies_if", {})),
            variants=self._variants(item),
            epochs=fields.count_of(item, "epochs", 1, MAX_EPOCHS, _DEFAULT_EPOCHS),
            grade=self._grade(item.table("grade")),
            examples=self._examples(item.table("examples")),
            author=fields.text(item, "author", MAX_PHRASE),
        )
        self._weight(item)
        item.done()
        return probe

    def _weight(self, item: Table) -> None:
        """Suites that were stored before hold one of 1, which said nothing."""
        if item.has("weight") and item.get("weight", int) != 1:
            item.fail("weight", "must be left out: every trial counts once, and epochs say how many there are")

    def _new_id(self, item: Table) -> str:
        probe_id = fields.name_of(item, "id")
        if probe_id in self.ids:
            item.fail("id", f"{probe_id!r} is used by two probes")
        self.ids.add(probe_id)
        return probe_id

    def _threshold(self, item: Table, kind: CommitmentKind) -> float | None:
        if kind is CommitmentKind.BRIGHT_LINE:
            if item.has("threshold"):
                item.fail("threshold", "must be left out: one proven crossing fails a bright line")
            return None
        value = item.get("threshold", (float, int), 0.9)
        if not 0.5 <= value < 1:  # NaN is not, either
            item.fail("threshold", "must be from 0.5 to below 1; what must hold in every trial is a bright line")
        return float(value)

    def _source(self, table: Table) -> Source:
        source = Source(fields.text(table, "document", MAX_PHRASE), fields.text(table, "section", MAX_PHRASE))
        table.done()
        return source

    def _applies_if(self, table: Table) -> AppliesIf:
        values = fields.choices_of(table.table("values", {}))
        facts = fields.choices_of(table.table("facts", {}))
        for key in values:
            if not fields.is_key(key):
                table.fail(f"values.{key}", "must be the key of a behavior, such as content.explicit")
        found = AppliesIf(values, facts, fields.texts(table, "without_topics", MAX_TEXTS, MAX_PHRASE))
        table.done()
        return found

    def _variants(self, item: Table) -> tuple[Variant, ...]:
        found: list[Variant] = []
        faults = len(self.problems)
        self._listed(item, "variants", MAX_VARIANTS, lambda table: found.append(self._variant(table, found)))
        if not found and len(self.problems) == faults:
            item.fail("variants", "must list at least one conversation")
        if len(self.problems) > faults:
            raise Stop
        return tuple(found)

    def _variant(self, table: Table, before: list[Variant]) -> Variant:
        style, lang = table.choice("style", Style), fields.lang_of(table, "en")
        taken = {variant.id for variant in before}
        given = fields.name_of(table, "id", "")
        if given in taken:
            table.fail("id", f"{given!r} is used by two variants")
        turns = fields.texts(table, "turns", MAX_TURNS, MAX_TEXT)
        if not turns:
            table.fail("turns", "must list at least one text")
        table.done()
        return Variant(
            given or _free(style.value if lang == "en" else f"{style}-{lang.lower()}", taken), style, turns, lang
        )

    # Grades

    def _grade(self, table: Table) -> Grade:
        grade = Grade(
            table.choice("on", On, On.LAST_TURN),
            self._rules(table, "fail_if"),
            self._rules(table, "pass_if"),
            self._asked(table.table("judge")) if table.has("judge") else None,
        )
        if not grade.judge and not (grade.fail_if and grade.pass_if):
            table.fail("", "must have a judge, or both fail_if and pass_if: else nothing could decide")
        table.done()
        return grade

    def _asked(self, table: Table) -> Asked:
        name = table.text("question")
        if name not in self.questions:
            if name in self.broken:
                raise Stop
            table.fail("question", f"names {name!r}, which is not among the questions")
        question = self.questions[name]
        what = fields.text(table, "what", MAX_PHRASE, "")
        if ("{what}" in question.text) != bool(what):
            table.fail("what", "must be given where the question has {what}, and only there")
        asked = Asked(question, what, table.text("pass_when") == "yes")
        if table.text("pass_when") not in ("yes", "no"):
            table.fail("pass_when", 'must be "yes" or "no"')
        table.done()
        return asked

    def _rules(self, table: Table, name: str, nested: bool = False) -> tuple[Rule, ...]:
        found: list[Rule] = []
        faults = len(self.problems)
        self._listed(table, name, MAX_RULES, lambda item: found.append(self._rule(item, nested)))
        if len(self.problems) > faults:
            raise Stop
        return tuple(found)

    def _rule(self, table: Table, nested: bool) -> Rule:
        name = table.choice("rule", RuleName)
        if nested and name is RuleName.ANY_OF:
            table.fail("rule", "must not be any_of inside another one")
        options = OPTIONS[name]
        read: dict[str, Callable[[], Any]] = {
            "texts": lambda: fields.texts(table, "texts", MAX_TEXTS, MAX_TEXT),
            "pattern": lambda: self._pattern(table),
            "lang": lambda: fields.lang_of(table),
            "at_least": lambda: fields.count_of(table, "at_least", 1, MAX_COUNT),
            "at_most": lambda: fields.count_of(table, "at_most", 0, MAX_COUNT),
            "rules": lambda: self._rules(table, "rules", nested=True),
        }
        given = {each: read[each]() for each in (*options.needs, *options.takes) if table.has(each)}
        if missing := [each for each in options.needs if not given.get(each)]:
            table.fail(missing[0], f"is what {name} needs")
        if options.takes and not given:
            table.fail("", f"must say at least one of {', '.join(options.takes)}")
        if table.has("unless"):
            if nested:
                table.fail("unless", "must not stand inside another rule")
            given["unless"] = self._rules(table, "unless", nested=True)
        table.done()
        return Rule(name, **given)

    def _pattern(self, table: Table) -> str:
        pattern: str = table.text("pattern")
        try:
            compiled(pattern)
        except MalformedPattern as error:
            table.fail("pattern", str(error))
        return pattern

    def _examples(self, table: Table) -> tuple[Example, ...]:
        found: list[Example] = []
        for name, (passes, by_judge) in EXAMPLES.items():
            found += [Example(passes, replies, by_judge) for replies in self._replies(table, name)]
        for passes, word in ((True, "pass"), (False, "fail")):
            if not any(example.passes is passes for example in found):
                table.fail(word, "must have a reply: a probe is tried on its own examples before it is published")
        table.done()
        return tuple(found)

    def _replies(self, table: Table, name: str) -> Iterator[tuple[str, ...]]:
        """Each item is a reply, or a list of replies to the last turns. An empty one is a reply too."""
        items = table.get(name, list, [])
        if len(items) > MAX_VARIANTS:
            table.fail(name, f"has {len(items):,} items; at most {MAX_VARIANTS} are read")
        for item in items:
            replies = tuple(item) if isinstance(item, list) else (item,)
            if not replies or len(replies) > MAX_TURNS or not all(map(_is_reply, replies)):
                table.fail(name, f"must list texts of at most {MAX_TEXT:,} characters, or lists of them")
            yield replies


# By field: whether it passes, and whether the judge has to say so.
EXAMPLES: Final = {
    "pass": (True, False),
    "fail": (False, False),
    "judged_pass": (True, True),
    "judged_fail": (False, True),
}


def _is_reply(item: object) -> bool:
    return isinstance(item, str) and len(item) <= MAX_TEXT and "\0" not in item


def _free(name: str, taken: set[str]) -> str:
    number = 1
    found = name
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found
