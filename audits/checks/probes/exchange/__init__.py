"""Probes from and for other tools. What cannot be translated is reported; nothing is dropped in silence.

What is read becomes a ``Draft``: probes as ``codec`` reads them, which may still lack what the other format does not
know, such as replies to try them on. What Brightline wrote itself comes back exactly.
"""

from audits.checks.probes.exchange.draft import Draft, MalformedFile, Remark, Terms, is_storable
from audits.checks.probes.exchange.inspect_ai import read_inspect, write_inspect
from audits.checks.probes.exchange.model_spec import from_source
from audits.checks.probes.exchange.own import read_own
from audits.checks.probes.exchange.promptfoo import read_promptfoo, write_promptfoo

__all__ = [
    "Draft",
    "MalformedFile",
    "Remark",
    "Terms",
    "from_source",
    "is_storable",
    "read_inspect",
    "read_own",
    "read_promptfoo",
    "write_inspect",
    "write_promptfoo",
]
