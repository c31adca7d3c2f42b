"""What was recorded, as texts: names of fields and behaviors, values, rows of before and after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.web.pages.leaf import Leaf, mapping
from audits.web.presenters.trail import Changed
from profiles.web.presenters.parts import When

LONGEST: Final = 400  # characters of one value; the whole of it stands in the JSON

FIELDS: Final = {
    "account": gettext_lazy("Account"),
    "affected": gettext_lazy("Products affected"),
    "base": gettext_lazy("Change of version"),
    "because": gettext_lazy("Because"),
    "behavior": gettext_lazy("Behavior"),
    "behaviors": gettext_lazy("Behaviors"),
    "ceiling": gettext_lazy("At most"),
    "check": gettext_lazy("Check"),
    "code": gettext_lazy("Code of the refusal"),
    "comment": gettext_lazy("Comment"),
    "digest": gettext_lazy("Digest of the version"),
    "digests": gettext_lazy("Digests of what was published"),
    "direction": gettext_lazy("Direction"),
    "environment": gettext_lazy("Environment"),
    "evidence": gettext_lazy("Evidence"),
    "examples": gettext_lazy("Examples"),
    "expires_at": gettext_lazy("Expires"),
    "due_at": gettext_lazy("Due"),
    "facts": gettext_lazy("Facts"),
    "failed_chunks": gettext_lazy("Parts that failed"),
    "from": gettext_lazy("From document"),
    "got": gettext_lazy("Given instead"),
    "instructions": gettext_lazy("Instructions"),
    "kind": gettext_lazy("Kind"),
    "message": gettext_lazy("Message"),
    "months": gettext_lazy("Months"),
    "model_names": gettext_lazy("Models"),
    "name": gettext_lazy("Name"),
    "note": gettext_lazy("Note"),
    "omitted": gettext_lazy("Left out"),
    "outcome": gettext_lazy("Outcome"),
    "passed": gettext_lazy("Passed"),
    "platform": gettext_lazy("Platform"),
    "platforms": gettext_lazy("Platforms"),
    "product": gettext_lazy("Product"),
    "products": gettext_lazy("Products"),
    "published": gettext_lazy("Digests of what was published"),
    "query": gettext_lazy("Search"),
    "reason": gettext_lazy("Reason"),
    "reasons": gettext_lazy("Reasons"),
    "reference": gettext_lazy("Reference"),
    "recheck": gettext_lazy("Recheck"),
    "refused": gettext_lazy("Not honored any more"),
    "request_id": gettext_lazy("Request"),
    "revision": gettext_lazy("Draft revision"),
    "role": gettext_lazy("Role"),
    "rules": gettext_lazy("Rules"),
    "scopes": gettext_lazy("Scopes"),
    "sections": gettext_lazy("Sections"),
    "settled": gettext_lazy("Settled"),
    "steward": gettext_lazy("Steward"),
    "title": gettext_lazy("Title"),
    "to": gettext_lazy("To document"),
    "total": gettext_lazy("Total"),
    "trigger": gettext_lazy("Asked for by"),
    "version": gettext_lazy("Version"),
    "wanted": gettext_lazy("Wanted"),
    "warnings": gettext_lazy("Warnings"),
}


def named(key: str, names: Mapping[str, str]) -> str:
    """What a person calls a behavior or field; for one that no rulebook knows any more, its key made readable."""
    if key in names:
        return names[key]
    if key in FIELDS:
        return str(FIELDS[key])
    return key.rpartition(".")[2].replace("_", " ").capitalize()


def shown(value: Any, key: str = "") -> str:
    """A value as text; empty for nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if key in ("expires_at", "due_at") and (moment := instant(value)):
        return When.of(moment).shown
    text = _contents(value) if isinstance(value, dict | list) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _contents(value: dict[str, Any] | list[Any]) -> str:
    """A flat list or mapping as people write one, anything else as JSON."""
    items = value.values() if isinstance(value, dict) else value
    if any(isinstance(item, dict | list) for item in items):
        return json.dumps(value, ensure_ascii=False)
    parts = [f"{key}: {item}" for key, item in value.items()] if isinstance(value, dict) else map(str, value)
    return ", ".join(parts) or _("none")


def instant(value: Any) -> datetime | None:
    try:
        moment = parse_datetime(str(value))
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def changes(leaf: Leaf, names: Mapping[str, str]) -> tuple[Changed, ...]:
    """A row for each field of before and after."""
    return rows(leaf.before, leaf.after, names)


def wanted(leaf: Leaf, names: Mapping[str, str]) -> tuple[Changed, ...]:
    """What somebody tried to set and was refused."""
    return rows({}, mapping(leaf.data.get("wanted")), names)


def finding(leaf: Leaf, names: Mapping[str, str]) -> tuple[Changed, ...]:
    """What a setting says, and what clients are given instead."""
    key = leaf.target
    return (Changed(named(key, names), key, shown(leaf.data.get("wanted"), key), shown(leaf.data.get("got"), key)),)


def rows(before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str]) -> tuple[Changed, ...]:
    keys = sorted(before.keys() | after.keys())
    return tuple(
        Changed(named(key, names), key, shown(before.get(key), key), shown(after.get(key), key)) for key in keys
    )
