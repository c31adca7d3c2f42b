"""The crosswalk as a CSV: what a view shows, with the stored values and every citation."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Final

from audits.trail.harmless import harmless
from profiles.models import RulebookRevision
from profiles.rulebook.crosswalk import Cell, Row, differences, verdict
from profiles.rulebook.model import Behavior
from profiles.web.pages import words
from profiles.web.pages.crosswalk import View

HEADER: Final = (
    "behavior",
    "name",
    "group",
    "comparison",
    "differs_in",
    "platform",
    "revision",
    "stance",
    "kind",
    "control",
    "default",
    "operator_floor",
    "operator_ceiling",
    "who_may_change_it",
    "how",
    "authority",
    "rules",
    "attestations",
    "see",
    "document",
    "document_date",
    "document_url",
    "section",
    "also",
    "summary",
    "summary_is_ours",
    "rulebook_digest",
)


def to_csv(view: View) -> str:
    """One line for each behavior and platform (RFC 4180), with the stored values and not their words."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in view.rows:
        for cell in row.cells.values():
            writer.writerow([harmless(value) for value in _line(row, cell, view.revisions[cell.platform])])
    return text.getvalue()


def _line(row: Row, cell: Cell, item: RulebookRevision) -> Sequence[str]:
    behavior, citation = cell.behavior, cell.citation
    floor, ceiling = _ends(behavior)
    document = citation.document if citation else None
    return (
        row.key,
        row.name,
        words.group_words(words.group_of_key(row.key)),
        verdict(row).value,
        " ".join(aspect.value for aspect in differences(row)),
        cell.platform,
        item.revision,
        cell.stance.value,
        cell.kind.value if cell.kind else "",
        ("filter" if cell.is_filter else "behavior") if cell.kind else "",
        _text(cell.default),
        floor,
        ceiling,
        cell.who.value,
        cell.how.value if cell.how else "",
        cell.authority,
        " ".join(rule.id for rule in cell.rules),
        " ".join(cell.attestations),
        " ".join(cell.see),
        document.title if document else "",
        document.date.isoformat() if document else "",
        (document.url or "") if document else "",
        citation.section if citation else "",
        "; ".join(citation.also) if citation else "",
        citation.summary if citation else "",
        ("yes" if citation.ours else "no") if citation else "",
        item.digest,
    )


def _ends(behavior: Behavior | None) -> tuple[str, str]:
    if behavior is None or not behavior.is_stated:
        return "", ""
    domain, window = behavior.domain, behavior.product
    return _text(domain.dump(window.floor)), _text(domain.dump(window.ceiling))


def _text(raw: object) -> str:
    if raw is None:
        return ""
    return ", ".join(map(str, raw)) if isinstance(raw, list | tuple) else str(raw)
