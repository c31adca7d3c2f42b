"""Probes from the examples of an imported source document: conversations with replies that its authors call good or
bad."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

from audits.checks.probes.exchange.draft import CONTAINS, MEETS, Draft, Terms, probe_of, short, turns_that_fit
from profiles.rulebook.sources.model import Example, Message, SourceDocument

_PASSES: Final = {"good": True, "ok": True, "bad": False}


def from_source(
    document: SourceDocument,
    title: str,
    author: str,
    behavior_of: Callable[[str], str | None],
    sections: Collection[str] | None = None,
) -> Draft:
    """A probe for each example that has a verdict.

    Args:
        title: of the document, for the citation.
        behavior_of: the behavior that cites a section, by the section's id; None where no rulebook cites it.
        sections: whose examples are wanted, by id; all without it.
    """
    draft = Draft()
    for example in document.examples:
        if sections is not None and example.section not in sections:
            continue
        path = f"line {example.line}"
        behavior = behavior_of(example.section)
        if behavior is None:
            draft.note(path, f"No behavior cites the section {example.section!r}, so its example was left out.")
        elif not example.verdicts:
            draft.note(path, "It has no verdicts, so nothing says which reply is right. It was left out.")
        else:
            terms = Terms(behavior, author, document=title, section=example.section)
            _example(draft, path, example, terms)
    return draft


def _example(draft: Draft, path: str, example: Example, terms: Terms) -> None:
    turns = turns_that_fit(_turns(draft, path, example), draft, path)
    if not turns:
        return
    graded = [message for message in example.messages if message.verdict and message.text.strip()]
    probe = probe_of(
        terms, f"{example.section}-{example.title}", turns, {"judge": _judge(draft, path, example, graded)}
    )
    probe["examples"] = {
        "judged_pass": [message.text for message in graded if _passes(message)],
        "judged_fail": [message.text for message in graded if not _passes(message)],
    }
    for name, words in (("judged_pass", "good"), ("judged_fail", "bad")):
        if not probe["examples"][name]:
            draft.note(path, f"It has no {words} reply; add one.")
    draft.add(path, probe)


def _turns(draft: Draft, path: str, example: Example) -> list[str]:
    """What the user says before the first reply with a verdict."""
    turns: list[str] = []
    for message in example.messages:
        if message.verdict:
            break
        if message.role == "user":
            turns.append(message.text)
        elif message.role == "assistant":
            draft.note(path, "It gives an earlier answer of the model; in a run the model gives its own.")
        else:
            draft.note(path, f"Its message of the {message.role} was left out: a run has the product's instructions.")
    return turns


def _judge(draft: Draft, path: str, example: Example, graded: list[Message]) -> dict[str, Any]:
    """What the authors say against the bad reply, else what they say for the good one, else the title."""
    for passes, question in ((False, CONTAINS), (True, MEETS)):
        for message in graded:
            if _passes(message) is passes and message.verdict and message.verdict.reason:
                return draft.ask(question, short(message.verdict.reason, draft, path), passes)
    draft.note(path, "Its verdicts give no reasons; say what a judge is asked.")
    return draft.ask(MEETS, short(example.title or example.section, draft, path), True)


def _passes(message: Message) -> bool:
    return bool(message.verdict and _PASSES[message.verdict.grade])
