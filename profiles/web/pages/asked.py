"""What somebody asks a simulation: read from the address, which holds the whole question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from msgspec import Struct, field

from profiles import queries
from profiles.access import Actor
from profiles.errors import InvalidInput
from profiles.models import Environment, Product, RulebookRevision, Version
from profiles.queries import Stored
from profiles.resolution.types import Attestation
from profiles.rulebook.domains import Domain, Number, Topics
from profiles.web.pages import reads
from profiles.web.pages.moment import read_instant
from profiles.web.pages.states import version_name

DRAFT: Final = "draft"
ACTIVE: Final = "active."  # and the slug of an environment
PREFERENCE: Final = "pref."  # and the key of a behavior
MOST: Final = 20_000  # characters of pasted preferences
_MOST_DIGITS: Final = 18


class Subject(Struct, frozen=True):
    """What is simulated: what is active somewhere, the draft, or a version. ``value`` stands for it in an address."""

    value: str
    name: str
    stored: Stored
    version: Version | None = None


class Question(Struct, frozen=True):
    """``errors`` are sentences by field; where there are any, nothing is simulated."""

    subject: Subject
    revision: RulebookRevision
    at: datetime
    when: str  # as it was typed; empty for now
    preferences: Mapping[str, Any]
    pasted: str
    claims: tuple[Attestation, ...]
    assumed: frozenset[str]
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def platform(self) -> str:
        return self.revision.platform

    def query(self, **more: str) -> str:
        """Subject, platform and more, as an address holds them."""
        return urlencode({"of": self.subject.value, "platform": self.platform, **more})


def read_question(actor: Actor, product: Product, query: QueryDict, now: datetime) -> Question:
    errors: dict[str, str] = {}
    subject = read_subject(actor, product, query.get("of", ""))
    revisions = subject.stored.revisions
    revision = next((item for item in revisions if item.platform == query.get("platform")), revisions[0])
    at, when = now, query.get("when", "")[:60]
    pasted = query.get("preferences", "")
    preferences: dict[str, Any] = {}
    try:
        at = read_instant(when) if when else now
    except InvalidInput as error:
        errors |= {name: " ".join(text) for name, text in error.fields.items()}
    try:
        preferences = {**_chosen(query, subject.stored), **read_preferences(pasted)}
    except InvalidInput as error:
        errors |= {name: " ".join(text) for name, text in error.fields.items()}
    assumed = frozenset(query.getlist("assume")) & {*kinds_of(revision)}
    return Question(
        subject=subject,
        revision=revision,
        at=at,
        when=when,
        preferences=preferences,
        pasted=pasted[:MOST],
        claims=(*queries.claims_of(product), *_assumed(revision, assumed, at)),
        assumed=assumed,
        errors=errors,
    )


def kinds_of(revision: RulebookRevision) -> dict[str, str]:
    """The attestations that a platform's rulebook knows: names by key."""
    return {key: kind.name for key, kind in revision.rulebook().attestations.items()}


def _assumed(revision: RulebookRevision, kinds: frozenset[str], at: datetime) -> tuple[Attestation, ...]:
    ends = {key: kind.longest_days for key, kind in revision.rulebook().attestations.items()}
    return tuple(Attestation(kind, at, at + timedelta(days=ends[kind])) for kind in sorted(kinds))


# What is simulated


def subjects(actor: Actor, product: Product) -> list[tuple[str, str]]:
    """What may be chosen: the value and its name."""
    active = queries.active(product)
    environments = [item for item in reads.environments(actor) if item.pk in active]
    found = [(f"{ACTIVE}{item.slug}", _active_name(item, active[item.pk].version)) for item in reversed(environments)]
    numbers = [row.number for row in reads.versions(actor, product)]
    return [*found, (DRAFT, _("The draft")), *((str(number), version_name(number)) for number in numbers)]


def _active_name(environment: Environment, version: Version) -> str:
    return _("Active in %(environment)s: version %(number)d") % {
        "environment": environment.name,
        "number": version.number,
    }


def read_subject(actor: Actor, product: Product, value: str) -> Subject:
    """What a value names; without one what is live, and else the draft.

    Raises:
        NotFound: the product has no version of this number.
    """
    active = queries.active(product)
    if value.isascii() and value.isdecimal() and len(value) < 10:
        return _of_version(value, version_name(int(value)), reads.version(actor, product, int(value)))
    places = sorted((row for row in active.values()), key=lambda row: row.environment.position, reverse=True)
    for row in places:
        name = f"{ACTIVE}{row.environment.slug}"
        if value in (name, ""):
            row.version.product = product
            return _of_version(name, _active_name(row.environment, row.version), row.version)
    draft = reads.draft(actor, product)
    return Subject(DRAFT, _("The draft"), Stored.draft(draft))


def _of_version(value: str, name: str, version: Version) -> Subject:
    return Subject(value, name, Stored.version(version), version)


# What its user prefers


def _chosen(query: QueryDict, stored: Stored) -> dict[str, Any]:
    """Preferences that were chosen one by one."""
    behaviors = stored.behaviors
    typed = {name.removeprefix(PREFERENCE): str(query.get(name) or "") for name in query if name.startswith(PREFERENCE)}
    return {
        key: raw_value(behaviors[key].domain, text) for key, text in typed.items() if key in behaviors and text.strip()
    }


def raw_value(domain: Domain | None, text: str) -> Any:
    """What was typed or chosen as a raw value; what is none stays as it was typed, for resolution to refuse."""
    text = text.strip()
    digits = text.removeprefix("-")
    if isinstance(domain, Number) and digits.isascii() and digits.isdecimal() and len(digits) < _MOST_DIGITS:
        return int(text)
    if isinstance(domain, Topics) and text != "any":
        return sorted({item.strip() for item in text.replace("\n", ",").split(",") if item.strip()})
    return text


def shown_value(raw: Any) -> str:
    """A raw value as a field holds it."""
    return ", ".join(map(str, raw)) if isinstance(raw, list) else str(raw)


def read_preferences(text: str) -> dict[str, Any]:
    """Preferences as a client sends them: a JSON object of raw values by behavior.

    Raises:
        InvalidInput: it is none.
    """
    if not text.strip():
        return {}
    message = _('Write a JSON object such as {"tone.profanity": "on"}.')
    if len(text) > MOST:
        message = _("Use at most %(most)d characters.") % {"most": MOST}
        raise InvalidInput(message, fields={"preferences": [message]})
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair cannot be shown
    except (ValueError, RecursionError):
        raise InvalidInput(message, fields={"preferences": [message]}) from None
    if not isinstance(found, dict):
        raise InvalidInput(message, fields={"preferences": [message]})
    return found
