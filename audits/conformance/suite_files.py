"""A suite as a file: in this program's own form, as a dataset for Inspect, or as tests for promptfoo."""

from __future__ import annotations

from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from audits.checks.probes.exchange import write_inspect, write_promptfoo
from audits.conformance import suites
from audits.models import Suite
from profiles.errors import NotFound

TYPES: Final = {
    "brightline": "application/vnd.brightline.suite+json",
    "inspect": "application/jsonl",
    "promptfoo": "application/yaml",
}
_ENDINGS: Final = {"brightline": "json", "inspect": "jsonl", "promptfoo": "promptfoo.yaml"}


class File(NamedTuple):
    name: str
    type: str
    data: bytes

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Disposition": f'attachment; filename="{self.name}"', "X-Content-Type-Options": "nosniff"}


def file_of(row: Suite, form: str) -> File:
    """
    Raises:
        NotFound: there is no such form.
    """
    if form not in TYPES:
        raise NotFound(_("There is nothing at this address, or it is not yours to see."))
    return File(f"{row.slug}-{row.number}.{_ENDINGS[form]}", TYPES[form], _data(row, form))


def _data(row: Suite, form: str) -> bytes:
    if form == "brightline":
        return bytes(row.document)
    suite = suites.read(row)
    return (write_inspect(suite) if form == "inspect" else write_promptfoo(suite)[0]).encode()
