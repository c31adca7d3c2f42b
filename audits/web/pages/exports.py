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


def build_export(asked: Asked, entries: str) -> ExportMenu | None:
    """
    Args:
        entries: how many the search finds, as the page says it; empty if it finds none.
    """
    if not entries:
        return None
    note = _("This search finds %(entries)s. The file has them all, the oldest first, and the export is on record.")
    _page, mark, query = asked.href().partition("?")
    formats = (FormatChoice(each.value, str(name), str(hint)) for each, (name, hint) in FORMAT_WORDS.items())
    return ExportMenu(f"{reverse('trail_export')}{mark}{query}", note % {"entries": entries}, tuple(formats))
