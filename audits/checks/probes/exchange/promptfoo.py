"""Test files of promptfoo: ``tests`` with ``vars`` and ``assert``, and the ``prompts`` that use the variables.

There every assertion must hold. So an assertion that a rule can decide passes by that rule and fails by its opposite;
``llm-rubric`` and its like go to a judge, who then has the last word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Final, TypeAlias

import yaml

from audits.checks.probes.dump import dump_probe
from audits.checks.probes.exchange.bounded_yaml import lines_of, read_yaml
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
from audits.checks.probes.model import Asked, Probe, Rule, RuleName, Suite, Variant
from audits.checks.probes.patterns import MalformedPattern, compiled

MAX_TESTS: Final = 5_000
MAX_VARIANTS: Final = 50
_VARIABLE: Final = re.compile(r"\{\{-?\s*([\w.]+)\s*-?\}\}")
_TEMPLATE: Final = re.compile(r"\{%|\{\{")
_INPUTS: Final = ("prompt", "message", "input", "question", "query", "text")
_RUBRICS: Final = ("llm-rubric", "model-graded-closedqa", "g-eval")
_KNOWN: Final = frozenset({"description", "vars", "assert", "metadata"})
_Rules: TypeAlias = list[dict[str, Any]]


# Reading


def read_promptfoo(data: bytes, terms: Terms) -> Draft:
    """Probes from a test file, a probe a test.

    Raises:
        MalformedFile: where it is no test file at all.
    """
    found, lines = read_yaml(data), lines_of(data, "tests")
    if isinstance(found, list):  # a file of tests alone
        found = {"tests": found}
    tests = found.get("tests") if isinstance(found, dict) else None
    if not isinstance(tests, list):
        raise MalformedFile('The file has no list of "tests"; tests in other files cannot be read from here.')
    if len(tests) > MAX_TESTS:
        raise MalformedFile(f"The file has {len(tests):,} tests; at most {MAX_TESTS:,} are read.")
    draft = Draft()
    for name in sorted(set(found) - {"tests", "prompts", "description", "defaultTest"}):
        draft.note(name, "This part of the file is no probe and was left out.")
    reader = _Reader(draft, terms, _prompts(draft, found.get("prompts")), found.get("defaultTest"))
    for at, test in enumerate(tests, 1):
        reader.test(f"test {at}, line {lines[at - 1]}" if at <= len(lines) else f"test {at}", test)
    return draft


def _prompts(draft: Draft, given: Any) -> list[str]:
    prompts: list[str] = []
    for at, prompt in enumerate(given if isinstance(given, list) else [given] if given else [], 1):
        text = prompt.get("raw") if isinstance(prompt, dict) else prompt
        if isinstance(text, str) and not text.startswith(("file://", "exec:")):
            prompts.append(text)
        else:
            draft.note(f"prompt {at}", "It stands in another file or is code, so it was left out.")
    return prompts


class _Reader:
    def __init__(self, draft: Draft, terms: Terms, prompts: list[str], default: Any) -> None:
        self.draft, self.terms, self.prompts = draft, terms, prompts
        self.default = default if isinstance(default, dict) else {}
        self.ours: set[str] = set()

    def test(self, path: str, test: Any) -> None:
        if not isinstance(test, dict):
            self.draft.note(path, "It is no table, such as a reference to a file, so it was left out.")
            return
        metadata = test.get("metadata")
        own = metadata.get(OWN) if isinstance(metadata, dict) else None
        if isinstance(own, dict) and isinstance(own.get("probe"), dict):
            self._own(path, own)
            return
        for name in sorted(set(test) - _KNOWN):
            self.draft.note(path, f"Its {name!r} has no place in a probe and was left out.")
        turns = [each for said in self._said(path, test) if (each := turns_that_fit(said, self.draft, path))]
        if turns:
            asserts = [*_listed(self.default.get("assert")), *_listed(test.get("assert"))]
            probe = probe_of(
                self.terms, str(test.get("description", path.partition(",")[0])), turns[0], self._grade(path, asserts)
            )
            probe["variants"] += [{"style": "paraphrase", "turns": each} for each in turns[1:]]
            self.draft.add(path, probe)

    def _own(self, path: str, own: dict[str, Any]) -> None:
        """A test that we wrote: its probe as it was, once."""
        probe_id = str(own["probe"].get("id"))
        if probe_id not in self.ours:
            self.ours.add(probe_id)
            self.draft.ask_also(path, own.get("questions"))
            self.draft.add(path, own["probe"])

    def _said(self, path: str, test: dict[str, Any]) -> Iterator[list[str]]:
        """What the user says, once for each prompt and each value of a variable that has several."""
        given = {**_table(self.default.get("vars")), **_table(test.get("vars"))}
        if isinstance(given.get("turns"), list):
            yield [str(turn) for turn in given["turns"]]
            return
        prompts = self.prompts or [f"{{{{{name}}}}}" for name in _INPUTS if name in given][:1]
        if not prompts:
            self.draft.note(path, f"No prompt and none of the variables {', '.join(_INPUTS)}: nobody says anything.")
        names = sorted(given)
        values = [value if isinstance(value := given[name], list) else [value] for name in names]
        for number, (prompt, chosen) in enumerate(product(prompts, product(*values))):
            if number == MAX_VARIANTS:
                self.draft.note(path, f"It stands for more than {MAX_VARIANTS} prompts; the others were left out.")
                return
            if (text := self._filled(path, prompt, dict(zip(names, chosen, strict=True)))) is not None:
                yield [text]

    def _filled(self, path: str, prompt: str, values: dict[str, Any]) -> str | None:
        text = _VARIABLE.sub(lambda found: str(values[found[1]]) if found[1] in values else found[0], prompt)
        unfilled = _TEMPLATE.search(_VARIABLE.sub(lambda found: "" if found[1] in values else found[0], prompt))
        if unfilled:
            self.draft.note(path, "Its prompt has a template that is more than a variable, so it was left out.")
            return None
        return text

    def _grade(self, path: str, asserts: list[Any]) -> dict[str, Any]:
        passes: _Rules = []
        fails: _Rules = []
        judge: dict[str, Any] | None = None
        complete = True
        for at, given in enumerate(asserts, 1):
            where = f"{path}, assertion {at}"
            kind = str(given.get("type", "")) if isinstance(given, dict) else ""
            self._unused(where, given)
            if kind.removeprefix("not-") in _RUBRICS and judge is None:
                judge = self.draft.ask(MEETS, short(str(given.get("value")), self.draft, where), kind in _RUBRICS)
            elif rules := self._rules(where, kind, given):
                passes += rules[0]
                fails += rules[1]
            else:
                complete = False
        if judge:
            return {"fail_if": fails, "judge": judge}
        if not complete:
            self.draft.note(path, "What was left out would have to hold too, so its rules can fail a reply only.")
            return {"fail_if": fails}
        return {"fail_if": fails, "pass_if": passes}

    def _unused(self, where: str, given: Any) -> None:
        for name in ("threshold", "weight", "transform", "provider"):
            if isinstance(given, dict) and name in given:
                self.draft.note(where, f"Its {name!r} was left out: here every assertion counts, and counts fully.")

    def _rules(self, where: str, kind: str, given: Any) -> tuple[_Rules, _Rules] | None:
        """The rules that pass, all of which must fit, and their opposites, any of which fails."""
        name = kind.removeprefix("not-")
        value = given.get("value") if isinstance(given, dict) else None
        if name == "is-refusal":
            rules: tuple[_Rules, _Rules] = [{"rule": "refuses"}], [{"rule": "refuses_not"}]
        elif name in _ALL and name == kind and value:
            patterns = [_PATTERNS[_ALL[name]]([str(each)]) for each in _listed(value)]
            rules = [_fits(each) for each in patterns], [_misses(each) for each in patterns]
        elif name in _PATTERNS and value is not None:
            pattern = _PATTERNS[name]([str(each) for each in _listed(value)])
            rules = [_fits(pattern)], [_misses(pattern)]
        else:
            self.draft.note(where, f"The assertion {kind or given!r} cannot be translated and was left out.")
            return None
        return self._compiled(where, rules if name == kind else rules[::-1])

    def _compiled(self, where: str, rules: tuple[_Rules, _Rules]) -> tuple[_Rules, _Rules] | None:
        try:
            for pattern in (rule["pattern"] for rule in rules[0] if "pattern" in rule):
                compiled(pattern)
        except MalformedPattern as error:
            self.draft.note(where, f"The pattern {error}. It was left out.")
            return None
        return rules


def _fits(pattern: str) -> dict[str, Any]:
    return {"rule": "matches", "pattern": pattern}


def _misses(pattern: str) -> dict[str, Any]:
    return {"rule": "matches_not", "pattern": pattern}


def _exact(texts: list[str]) -> str:
    """A pattern for any of the texts. RE2 has no quoting that every text survives, so letters are escaped."""
    return "(?:" + "|".join(map(_escaped, texts)) + ")"


def _escaped(text: str) -> str:
    return "".join(
        each if each.isalnum() or each == " " or not each.isascii() else f"\\x{{{ord(each):x}}}" for each in text
    )


_PATTERNS: Final[dict[str, Callable[[list[str]], str]]] = {
    "contains": lambda texts: f"(?-i){_exact(texts)}",
    "icontains": _exact,
    "contains-any": lambda texts: f"(?-i){_exact(texts)}",
    "icontains-any": _exact,
    "starts-with": lambda texts: f"(?-i)\\A{_exact(texts)}",
    "equals": lambda texts: f"(?-i)\\A{_exact(texts)}\\z",
    "regex": lambda texts: f"(?-i)(?:{texts[0]})" if texts else "",
}
_ALL: Final = {"contains-all": "contains", "icontains-all": "icontains"}


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [] if given is None else [given]


def _table(given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


# Writing


def write_promptfoo(suite: Suite) -> tuple[str, Draft]:
    """A test file, and a draft whose remarks say which rules promptfoo has no word for.

    The whole probe is in the metadata of its first test, so reading the file again loses nothing.
    """
    draft = Draft()
    draft.note("(file)", "Words count there wherever they stand, here as words of their own.")
    tests = []
    for probe in suite.probes:
        asserts = list(_asserts(draft, probe))
        for at, variant in enumerate(probe.variants):
            tests.append(_test(probe, variant, asserts, whole=at == 0))
            if len(variant.turns) > 1:
                draft.note(f"{probe.id}, {variant.id}", "Its prompt is the last turn; all of them are in vars.turns.")
    file = {
        "description": f"{suite.title}, number {suite.number}, {suite.digest}",
        "prompts": ["{{prompt}}"],
        "tests": tests,
    }
    return yaml.dump(file, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120), draft


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _test(probe: Probe, variant: Variant, asserts: list[dict[str, Any]], *, whole: bool) -> dict[str, Any]:
    questions = {probe.grade.judge.question.id: probe.grade.judge.question.text} if probe.grade.judge else {}
    own = {"probe": dump_probe(probe), "questions": questions} if whole else {"probe": {"id": probe.id}}
    several = {"turns": list(variant.turns)} if len(variant.turns) > 1 else {}
    return {
        "description": f"{probe.id}/{variant.id}",
        "vars": {"prompt": variant.turns[-1], **several},
        "assert": asserts,
        "metadata": {"behavior": probe.behavior, OWN: own},
    }


def _asserts(draft: Draft, probe: Probe) -> Iterator[dict[str, Any]]:
    for at, rule in enumerate(probe.grade.fail_if):
        yield from _assertion(draft, f"{probe.id}, fail_if {at + 1}", rule, fails=True)
    if probe.grade.judge:  # there all assertions must hold, and pass_if only spares asking the judge
        yield {"type": "llm-rubric", "value": _rubric(probe.grade.judge)}
        return
    for at, rule in enumerate(probe.grade.pass_if):
        yield from _assertion(draft, f"{probe.id}, pass_if {at + 1}", rule, fails=False)


def _rubric(asked: Asked) -> str:
    return f"{asked.text} The answer must be {'yes' if asked.pass_when else 'no'}."


_SIMPLE: Final = {
    RuleName.SAYS_ANY: "icontains-any",
    RuleName.SAYS_ALL: "icontains-all",
    RuleName.SAYS_NONE: "not-icontains-any",
    RuleName.MATCHES: "regex",
    RuleName.MATCHES_NOT: "not-regex",
    RuleName.REFUSES: "is-refusal",
    RuleName.REFUSES_ONLY: "is-refusal",
    RuleName.REFUSES_NOT: "not-is-refusal",
}


def _assertion(draft: Draft, path: str, rule: Rule, *, fails: bool) -> Iterator[dict[str, Any]]:
    kind = _SIMPLE.get(rule.name)
    if kind is None or rule.unless:
        draft.note(path, f"The rule {rule.name} has no counterpart and stands in the metadata only.")
        return
    if fails:
        kind = kind.removeprefix("not-") if kind.startswith("not-") else f"not-{kind}"
    value: Any = [text.rstrip("*") for text in rule.texts] or rule.pattern
    yield {"type": kind, "value": value} if value else {"type": kind}
