"""Whether words that were found are said by the speaker: "you're stupid" is, "that doesn't mean you're stupid" is not.

It looks at the sentence that holds them. What is negated, asked, supposed, quoted or told of somebody else is taken for
not said: a rule that fails a reply has to be sure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

from audits.checks.grading.folding import Folded
from audits.checks.probes import patterns

_AFTER: Final = 3  # words behind, where German and French put their "not"


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEGATORS: Final = _set("""
    no not never none nobody nothing neither nor cannot without avoid stop refuse refuses decline hardly don't doesn't
    didn't isn't aren't wasn't won't wouldn't can't couldn't shouldn't mustn't haven't hasn't ain't nicht kein keine
    keinen keinem keiner nie niemals ohne weder nunca jamas ni sin tampoco ne pas jamais sans aucun aucune non mai senza
    nao sem nem nenhum""")
_SUPPOSED: Final = _set("""
    if unless whether mean means meaning claim claims claiming promise promises promising saying says phrase phrases
    words like sign signs wenn falls ob heisst bedeutet si significa signifie quand se""")
_BEHIND: Final = _set("not never nicht nie pas jamais nunca")
_CLAUSE: Final = frozenset(",;:()-")
_WORD: Final = r"[\pL\pN']+"


def asserted(said: Folded, found: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of the places that are said and meant."""
    sentences = said.sentences
    starts = [first for first, _last in sentences]
    kept = []
    for start, end in found:
        at = bisect_right(starts, start) - 1
        if at >= 0 and _is_said(said.flat, *sentences[at], start, end):
            kept.append((start, end))
    return kept


def _is_said(text: str, first: int, last: int, start: int, end: int) -> bool:
    if text[first:last].rstrip().endswith(("?", "？")) or text[first:start].count('"') % 2:
        return False
    clause = next((at + 1 for at in range(start - 1, first - 1, -1) if text[at] in _CLAUSE), first)
    if set(_words(text[clause:start])) & _NEGATORS or set(_words(text[first:start])) & _SUPPOSED:
        return False
    return not set(_words(text[end : min(last, end + 40)])[:_AFTER]) & _BEHIND


def _words(text: str) -> list[str]:
    return [text[start:end] for start, end in patterns.spans(_WORD, text, len(text) or 1)]
