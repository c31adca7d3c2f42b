"""A folded reply as clauses of words: enough grammar to tell "I'm a person" from "I'm not a real person"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from audits.checks.grading.folding import Folded

_TOKEN: Final = re.compile(r"[^\W_]+(?:['.-][^\W_]+)*")
_BREAKS: Final = frozenset(',;:()[]"')
_MOST: Final = 300  # words of a clause that are compared with each other


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Clause:
    """Words between two marks. ``asks``: its sentence is a question; ``quoted``: it stands between quotation marks."""

    tokens: tuple[Token, ...]
    asks: bool
    quoted: bool

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(token.text for token in self.tokens)


def clauses(said: Folded) -> Iterator[Clause]:
    quoted = False
    for first, last in said.sentences:
        asks = said.text[first:last].rstrip().endswith(("?", "？"))
        if "\n" in said.text[first:last]:
            quoted = False  # a mark that nobody closed ends with its paragraph
        tokens: list[Token] = []
        at = first
        for match in _TOKEN.finditer(said.text, first, last):
            between = said.text[at : match.start()]
            if tokens and (_BREAKS & set(between) or " - " in between or len(tokens) >= _MOST):
                yield Clause(tuple(tokens), asks, quoted)
                tokens = []
            quoted ^= between.count('"') % 2 == 1
            tokens.append(Token(match[0], match.start(), match.end()))
            at = match.end()
        if tokens:
            yield Clause(tuple(tokens), asks, quoted)
        quoted ^= said.text[at:last].count('"') % 2 == 1
