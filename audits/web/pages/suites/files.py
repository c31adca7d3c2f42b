"""A suite as a file: in this program's own form, as a dataset for Inspect, or as tests for promptfoo."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from audits.checks.probes.exchange import write_inspect, write_promptfoo
from audits.conformance import suites as found
from audits.models import Suite
from profiles.errors import NotFound


def text_of(row: Suite, form: str) -> tuple[bytes, str, str]:
    """The bytes, their type, and how a file's name ends.

    Raises:
        NotFound: there is no such form.
    """
    if form == "brightline":
        return bytes(row.document), "application/json", "json"
    if form == "inspect":
        return write_inspect(found.read(row)).encode(), "application/jsonl", "jsonl"
    if form == "promptfoo":
        return write_promptfoo(found.read(row))[0].encode(), "application/yaml", "yaml"
    raise NotFound(_("There is nothing at this address, or it is not yours to see."))


def file_of(row: Suite, form: str) -> HttpResponse:
    data, kind, ending = text_of(row, form)
    name = f"{row.slug}-{row.number}.{'promptfoo.' if form == 'promptfoo' else ''}{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(data, content_type=f"{kind}; charset=utf-8", headers=headers)
