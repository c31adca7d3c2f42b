"""The menu of exports: which formats there are, and how many entries a file would have."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from audits.exporting.formats import Format
from audits.web.pages.filters import Asked
from audits.web.presenters.trail import ExportMenu, FormatChoice

FORMAT_WORDS: Final = {
    Format.CSV: (lazy("CSV"), lazy("For a spreadsheet.")),
    Format.JSONL: (lazy("JSON lines"), lazy("Each entry whole, as it was written.")),
    Format.OCSF: (lazy("OCSF in CloudEvents"), lazy("For systems that collect security events.")),
}


def build_export(asked: Asked, rows: str, *, is_exact: bool) -> ExportMenu:
    """
    Args:
        rows: how many entries the search finds, as the page says it.
    """
    note = _("that this search finds, the oldest first. The export itself is on record.")
    if not is_exact:
        note = _(
            "that this search finds, the oldest first; all of them, counted when it begins. The export is on record."
        )
    _page, _mark, query = asked.href().partition("?")
    formats = (FormatChoice(each.value, str(name), str(hint)) for each, (name, hint) in FORMAT_WORDS.items())
    return ExportMenu(
        f"{reverse('trail_export')}?{query}" if query else reverse("trail_export"), rows, note, tuple(formats)
    )
