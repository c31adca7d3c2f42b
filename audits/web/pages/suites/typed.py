"""What forms about suites held: a suite's name, and a probe as it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from django.http import QueryDict
from django.utils.translation import gettext as _

from audits.checks.probes import written
from audits.checks.probes.codec import EXAMPLES
from audits.checks.probes.fields import MAX_VARIANTS
from audits.models import DraftProbe, SuiteDraft
from profiles.actions.suite_drafts import Written
from profiles.errors import InvalidInput
from profiles.web.pages.typed import TypedForm, texts

_TEXTS: Final = ("id", "behavior", "direction", "kind", "threshold", "epochs", "document", "section", "author")
_AREAS: Final = ("values", "facts", "fail_if", "pass_if")
_LINES: Final = ("without_topics", "on", "question", "what", "pass_when")


@dataclass(frozen=True, slots=True)
class TypedSuite(TypedForm):
    slug: str = ""
    title: str = ""
    note: str = ""

    @classmethod
    def read(cls, form: QueryDict) -> Self:
        return cls(**{name: text.replace("\x00", "") for name, text in texts(form, "slug", "title", "note").items()})


@dataclass(frozen=True, slots=True)
class TypedVariant:
    id: str = ""
    style: str = "plain"
    lang: str = "en"
    turns: str = ""


@dataclass(frozen=True, slots=True)
class TypedExample:
    kind: str = "pass"
    text: str = ""


@dataclass(frozen=True, slots=True)
class TypedProbe(TypedForm):
    id: str = ""
    behavior: str = ""
    direction: str = "must_not_do"
    kind: str = "rate"
    threshold: str = "0.9"
    epochs: str = "3"
    document: str = ""
    section: str = ""
    author: str = ""
    values: str = ""
    facts: str = ""
    without_topics: str = ""
    on: str = "last_turn"
    fail_if: str = ""
    pass_if: str = ""
    question: str = ""
    what: str = ""
    pass_when: str = "yes"
    variants: tuple[TypedVariant, ...] = ()
    examples: tuple[TypedExample, ...] = ()
    blank: int = field(default=1, kw_only=True)  # empty places that the form offers beyond what is written

    @classmethod
    def read(cls, form: QueryDict) -> Self:
        """As it was sent; a NUL, which no database stores, is shown as what it is."""
        said = {name: form.get(name, "").replace("\x00", "\ufffd") for name in (*_TEXTS, *_LINES, *_AREAS)}
        stripped: dict[str, Any] = {name: text if name in _AREAS else text.strip() for name, text in said.items()}
        return cls(
            **stripped,
            variants=tuple(TypedVariant(*each) for each in _rows(form, "variant", ("id", "style", "lang", "turns"))),
            examples=tuple(TypedExample(*each) for each in _rows(form, "example", ("kind", "text"))),
        )

    @classmethod
    def of(cls, row: DraftProbe, draft: SuiteDraft) -> Self:
        """A stored probe, however unfinished or odd it is."""
        body = row.body
        grade, source, applies = (_table(body.get(name)) for name in ("grade", "source", "applies_if"))
        judge = _table(grade.get("judge"))
        return cls(
            id=row.name,
            behavior=_text(body.get("behavior")),
            direction=_text(body.get("direction")),
            threshold=_text(body.get("threshold")),
            epochs=_text(body.get("epochs")),
            author=_text(body.get("author")),
            kind=_text(body.get("kind")) or "rate",
            document=_text(source.get("document")),
            section=_text(source.get("section")),
            values=written.text_of_pairs(_lists(applies.get("values"))),
            facts=written.text_of_pairs(_lists(applies.get("facts"))),
            without_topics=", ".join(map(_text, _listed(applies.get("without_topics")))),
            on=_text(grade.get("on")) or "last_turn",
            fail_if=written.lines_of(_tables(grade.get("fail_if"))),
            pass_if=written.lines_of(_tables(grade.get("pass_if"))),
            question=_text(draft.questions.get(_text(judge.get("question")), "")),
            what=_text(judge.get("what")),
            pass_when=_text(judge.get("pass_when")) or "yes",
            variants=tuple(map(_variant, _tables(body.get("variants")))),
            examples=tuple(_examples(_table(body.get("examples")))),
        )

    def written(self) -> Written:
        """
        Raises:
            InvalidInput: naming the fields that cannot be read.
        """
        errors: dict[str, list[str]] = {}
        body = {
            "id": self.id,
            **{name: text for name in ("behavior", "direction", "kind", "author") if (text := getattr(self, name))},
            **self._number("threshold", float, errors),
            **self._number("epochs", int, errors),
            "source": {name: text for name in ("document", "section") if (text := getattr(self, name))},
            "applies_if": {
                "values": written.pairs_of(self.values),
                "facts": written.pairs_of(self.facts),
                "without_topics": written.listed(self.without_topics),
            },
            "grade": {
                "on": self.on,
                "fail_if": self._rules("fail_if", errors),
                "pass_if": self._rules("pass_if", errors),
                **({"judge": self._judge()} if self.question else {}),
            },
            "variants": [_body(each) for each in self.variants if each.turns.strip()],
            "examples": self._replies(),
        }
        if errors:
            raise InvalidInput(next(iter(errors.values()))[0], fields=errors)
        return Written(body, self.question)

    def _number(self, name: str, kind: type, errors: dict[str, list[str]]) -> dict[str, Any]:
        text = getattr(self, name)
        if not text or (name == "threshold" and self.kind == "bright_line"):
            return {}
        try:
            return {name: kind(text.replace(",", ".")[:20])}
        except ValueError:
            errors[name] = [_("This must be a number.")]
            return {}

    def _rules(self, name: str, errors: dict[str, list[str]]) -> list[dict[str, Any]]:
        try:
            return written.rules_of(getattr(self, name))
        except written.UnreadableLine as error:
            errors[name] = [str(error)]
            return []

    def _judge(self) -> dict[str, str]:
        what = {"what": self.what} if self.what else {}
        return {"question": self.question, **what, "pass_when": self.pass_when}

    def _replies(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {name: [] for name in EXAMPLES}
        for each in self.examples:
            if each.kind in found and each.text.strip():
                replies = written.turns_of(each.text)
                found[each.kind].append(replies if len(replies) > 1 else replies[0])
        return found


def _rows(form: QueryDict, name: str, parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The lines of a part of a form whose fields come several times."""
    columns = [form.getlist(f"{name}_{part}")[: 4 * MAX_VARIANTS] for part in parts]
    for row in zip(*columns, strict=False):
        yield tuple(text.replace("\x00", "\ufffd") for text in row)


def _body(variant: TypedVariant) -> dict[str, Any]:
    named = {"id": variant.id.strip()} if variant.id.strip() else {}
    lang = {"lang": variant.lang.strip()} if variant.lang.strip() else {}
    return {**named, "style": variant.style, **lang, "turns": written.turns_of(variant.turns)}


def _variant(body: Mapping[str, Any]) -> TypedVariant:
    turns = written.text_of(map(_text, _listed(body.get("turns"))))
    return TypedVariant(_text(body.get("id")), _text(body.get("style")), _text(body.get("lang", "en")), turns)


def _examples(body: Mapping[str, Any]) -> Iterator[TypedExample]:
    for kind in EXAMPLES:
        for each in _listed(body.get(kind)):
            yield TypedExample(kind, written.text_of(map(_text, each if isinstance(each, list) else [each])))


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _tables(value: Any) -> list[dict[str, Any]]:
    return [each for each in _listed(value) if isinstance(each, dict)]


def _lists(value: Any) -> dict[str, list[Any]]:
    return {name: _listed(each) for name, each in _table(value).items()}
