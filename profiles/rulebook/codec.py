"""Rulebooks as text: the only place where a TOML file or a stored JSON document becomes a ``Rulebook``.

Everything is checked here, so the rest may trust it: unknown fields are refused, every value is inside its domain,
bright lines and protections are locked, and a condition that could let a tightening loosen something has no syntax.
All problems of a text are reported together, each with the path of the field.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any, Final

import rfc8785

from profiles.rulebook.domains import Domain, Level, MalformedValue, Number, Point, Switch, Topics, Window
from profiles.rulebook.model import (
    AtLeastAsStrict,
    AttestationKind,
    Behavior,
    Citation,
    Condition,
    Conflict,
    Document,
    FilterSetting,
    How,
    Kind,
    Layer,
    Rule,
    Rulebook,
    Stance,
    UserWindow,
)
from profiles.rulebook.table import Problem, Stop, Table

SCHEMA: Final = "brightline.rulebook/1"
MAX_TEXT: Final = 1_000_000  # characters of TOML
MAX_NUMBER: Final = 2**53 - 1  # beyond it, JSON numbers are not exact everywhere
_KEY: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]*")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_PHRASES_OF_TOPICS: Final = ("any", "some", "none")


class MalformedRulebook(ValueError):
    """A text that is not a rulebook. ``problems`` holds every fault found, in reading order."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(map(str, problems)))


def parse(text: str) -> Rulebook:
    """The rulebook of a TOML text.

    Raises:
        MalformedRulebook: with all problems found.
    """
    if len(text) > MAX_TEXT:
        raise MalformedRulebook([Problem("(file)", f"has {len(text)} characters; at most {MAX_TEXT} are read")])
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not only TOMLDecodeError: huge numbers, deep nesting
        raise MalformedRulebook([Problem("(file)", f"is not TOML: {error}")]) from None
    return decode(json_ready(data))


def decode(document: Mapping[str, Any]) -> Rulebook:
    """The rulebook of a JSON-ready document, as ``Rulebook.document`` holds it.

    Raises:
        MalformedRulebook: with all problems found.
    """
    return _Decoder().rulebook(document)


def digest(document: Mapping[str, Any]) -> str:
    """``sha256:<hex>`` over the RFC 8785 form. Comments and layout of the TOML do not count."""
    return "sha256:" + hashlib.sha256(rfc8785.dumps(dict(document))).hexdigest()


def json_ready(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: json_ready(item) for key, item in value.items()}
    if isinstance(value, list):
        return [json_ready(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


class _Decoder:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.documents: dict[str, Document] = {}
        self.behaviors: dict[str, Behavior] = {}
        self.attestations: dict[str, AttestationKind] = {}
        self.facts: dict[str, tuple[str, ...]] = {}
        self.applies: dict[str, tuple[str, ...]] = {}
        self.in_force: tuple[date | None, date | None] = (None, None)
        self.ids: set[str] = set()
        self.declared: set[tuple[str, str]] = set()  # (table, key), whether or not it can be read

    @contextmanager
    def part(self) -> Iterator[None]:
        """One part that may fail without hiding what is wrong with the others."""
        with suppress(Stop):
            yield

    def rulebook(self, document: Mapping[str, Any]) -> Rulebook:
        found: dict[str, Any] = {}
        rules: list[Rule] = []
        conflicts: list[Conflict] = []
        with self.part():
            top = Table(document, "", self.problems)
            with self.part():
                if top.text("schema") != SCHEMA:
                    top.fail("schema", f"must be {SCHEMA!r}")
            with self.part():
                found["platform"] = top.text("platform")
                if not _NAME.fullmatch(found["platform"]):
                    top.fail("platform", "must be in lower case, such as reference: it is part of addresses")
            for name, read in {
                "title": top.text,
                "note": top.text,
                "published": top.day,
            }.items():
                with self.part():
                    found[name] = read(name)
            with self.part():
                found["layer"] = top.choice("layer", Layer)
                if found["layer"] not in (Layer.PLATFORM, Layer.LAW):
                    top.fail("layer", "must be platform or law")
            self._facts(top)
            self._applies(top, found)
            self._in_force(top, found)
            self._named(top, "documents", self._document)
            self._named(top, "attestations", self._attestation)
            self._named(top, "behaviors", self._behavior)
            self._pointers_to_behaviors(top)
            self._listed(top, "rules", lambda item: rules.append(self._rule(item)))
            self._listed(top, "conflicts", lambda item: conflicts.append(self._conflict(item)))
            top.done()
        if not self.problems:
            with self.part():
                found["digest"] = self._digest(top)
        if self.problems:
            raise MalformedRulebook(self.problems)
        return Rulebook(
            **found,
            behaviors=self.behaviors,
            rules=tuple(sorted(rules, key=lambda rule: rule.id)),
            conflicts=tuple(sorted(conflicts, key=lambda conflict: conflict.id)),
            attestations=self.attestations,
            facts=self.facts,
            applies=self.applies,
            in_force=self.in_force,
            document=document,
        )

    def _digest(self, top: Table) -> str:
        try:
            return digest(top.data)
        except (rfc8785.CanonicalizationError, ValueError) as error:
            return str(top.fail("", f"cannot be written as JSON: {error}"))

    def _named(self, top: Table, name: str, read: Any) -> None:
        with self.part():
            table = top.table(name, {})
            for key in sorted(table.data):
                self.declared.add((name, key))
                with self.part():
                    item = table.table(key)
                    read(key, item)
                    item.done()

    def _pointer(self, table: Table, name: str, into: str, known: Mapping[str, Any]) -> Any:
        """What a field points to. A target that cannot be read has been reported where it stands, and only there."""
        key = table.text(name)
        if key in known:
            return known[key]
        if (into, key) in self.declared:
            raise Stop
        return table.fail(name, f"names {key!r}, which is not among the {into}")

    def _listed(self, top: Table, name: str, read: Callable[[Table], None]) -> None:
        with self.part():
            for item in top.tables(name):
                with self.part():
                    read(item)

    def _facts(self, top: Table) -> None:
        with self.part():
            table = top.table("facts", {})
            for name in sorted(table.data):
                self.declared.add(("facts", name))
                with self.part():
                    self.facts[name] = self._values(table, name)

    def _values(self, table: Table, name: str) -> tuple[str, ...]:
        return table.texts(name) or table.fail(name, "must be a list of texts")

    def _applies(self, top: Table, found: Mapping[str, Any]) -> None:
        """Only a law pack has a reach of its own; a platform's rulebook holds wherever the platform is used."""
        if not top.has("applies"):
            return
        with self.part():
            table = top.table("applies")
            if found.get("layer") is Layer.PLATFORM:
                top.fail("applies", "must be left out: only a law pack has a reach of its own")
            for name in sorted(table.data):
                with self.part():
                    values = self._values(table, name)
                    for value in values:
                        self._known_fact(table, name, name, value)
                    self.applies[name] = values

    def _in_force(self, top: Table, found: Mapping[str, Any]) -> None:
        if not top.has("in_force"):
            return
        with self.part():
            table = top.table("in_force")
            if found.get("layer") is Layer.PLATFORM:
                top.fail("in_force", "must be left out: only a law pack comes into force and ends by itself")
            first, gone = (table.day(name) if table.has(name) else None for name in ("from", "until"))
            if first and gone and first >= gone:
                table.fail("until", "must be after the first day")
            table.done()
            self.in_force = first, gone

    def _known_fact(self, table: Table, field: str, name: str, value: Any) -> None:
        if value not in self.facts.get(name, ()) and (name in self.facts or ("facts", name) not in self.declared):
            table.fail(field, f"{value!r} is not among the facts of this rulebook")

    def _document(self, key: str, item: Table) -> None:
        url = item.text("url", None)
        if url is not None and not url.startswith(("https://", "http://")):
            item.fail("url", "must begin with https:// or http://")
        read = item.text("digest", None)
        if read is not None and not _DIGEST.fullmatch(read):
            item.fail("digest", "must be sha256: and 64 hexadecimal digits")
        self.documents[key] = Document(item.text("title"), item.day("date"), url, key, read)

    def _attestation(self, key: str, item: Table) -> None:
        if not _NAME.fullmatch(key):
            item.fail("", "must be named in lower case, such as adults_only")
        days = item.get("longest_days", int)
        if not 1 <= days <= 3660:
            item.fail("longest_days", "must be between 1 and 3660")
        self.attestations[key] = AttestationKind(
            key, item.text("name"), item.text("claim"), item.text("evidence"), days
        )

    def _citation(self, item: Table) -> Citation:
        table = item.table("citation")
        document = self._pointer(table, "document", "documents", self.documents)
        citation = Citation(
            document,
            table.text("section"),
            table.text("summary"),
            table.get("ours", bool, True),
            table.texts("also"),
        )
        table.done()
        return citation

    # Behaviors

    def _pointers_to_behaviors(self, top: Table) -> None:
        for key, behavior in self.behaviors.items():
            for other in behavior.see:
                if ("behaviors", other) not in self.declared or other == key:
                    top.note(f"behaviors.{key}.see", f"names {other!r}, which is not another behavior")

    def _behavior(self, key: str, item: Table) -> None:
        if not _KEY.fullmatch(key):
            item.fail("", "must have a key such as content.explicit")
        kind, stance = item.choice("kind", Kind), item.choice("stance", Stance, Stance.STATED)
        domain = self._domain(item.table("domain"))
        stated = stance is Stance.STATED
        default = self._point(item, "default", domain) if stated or item.has("default") else domain.strictest
        lock = Window(default, default)
        organization = self._window(item, "organization", domain, lock)
        product, user = self._window(item, "product", domain, organization), self._user(item, domain, lock)
        behavior = Behavior(
            key=key,
            name=item.text("name"),
            description=item.text("description"),
            kind=kind,
            stance=stance,
            domain=domain,
            default=default,
            organization=organization,
            product=product,
            user=user,
            citation=self._citation(item),
            because=item.text("because"),
            phrasing=self._phrasing(item, domain, lock, organization, product, user.window)
            if stated and kind is not Kind.FILTER
            else {},
            advice=item.text("advice", ""),
            authority=item.text("authority", ""),
            how=item.choice("how", How, None),
            see=item.texts("see"),
            setting=self._setting(item, domain, stated and not product.is_lock) if kind is Kind.FILTER else None,
        )
        self._check_kind(item, behavior)
        self.behaviors[key] = behavior

    def _domain(self, table: Table) -> Domain:
        kinds = {
            "switch": self._switch,
            "level": self._level,
            "number": self._number,
            "topics": self._topics,
        }
        name = table.text("type")
        if name not in kinds:
            table.fail("type", f"must be one of {', '.join(kinds)}; {name!r} is none of them")
        domain = kinds[name](table)
        table.done()
        return domain

    def _topics(self, _table: Table) -> Domain:
        return Topics()

    def _switch(self, table: Table) -> Domain:
        strictest = table.text("strictest")
        if strictest not in ("on", "off"):
            table.fail("strictest", 'must be "on" or "off"')
        return Switch(strictest)

    def _level(self, table: Table) -> Domain:
        names = table.get("names", list)
        if len(names) < 2 or len(set(map(str, names))) < len(names):
            table.fail("names", "must list two or more different names, strictest first")
        if not all(isinstance(name, str) and _NAME.fullmatch(name) for name in names):
            table.fail("names", "must be in lower case, such as ask_first")
        labels = table.get("labels", dict, {})
        if not set(labels) <= set(names):
            table.fail("labels", "may only label the names of the level")
        if not all(isinstance(label, str) and label.strip() for label in labels.values()):
            table.fail("labels", "must be texts")
        return Level(tuple(names), dict(labels))

    def _number(self, table: Table) -> Domain:
        low, high = table.get("minimum", int), table.get("maximum", int)
        if low >= high:
            table.fail("maximum", "must be above the minimum")
        if max(-low, high) > MAX_NUMBER:
            table.fail("maximum", f"must be at most {MAX_NUMBER}, and the minimum at least -{MAX_NUMBER}")
        return Number(low, high, table.text("unit"), table.get("higher_is_stricter", bool, False))

    def _point(self, item: Table, name: str, domain: Domain) -> Point:
        try:
            return domain.parse(item.get(name, (str, int, list)))
        except MalformedValue as error:
            item.fail(name, str(error))

    def _bounds(self, table: Table, domain: Domain) -> Window:
        window = Window(self._point(table, "floor", domain), self._point(table, "ceiling", domain))
        if not domain.leq(window.floor, window.ceiling):
            table.fail("floor", "must be at least as strict as the ceiling")
        return window

    def _window(self, item: Table, name: str, domain: Domain, default: Window) -> Window:
        if not item.has(name):
            return default
        table = item.table(name)
        window = self._bounds(table, domain)
        table.done()
        return window

    def _user(self, item: Table, domain: Domain, lock: Window) -> UserWindow:
        if not item.has("user"):
            return UserWindow(lock, "none")
        table = item.table("user")
        window, grant = self._bounds(table, domain), table.text("grant", "operator")
        if grant not in ("operator", "platform"):
            table.fail("grant", 'must be "operator" or "platform"')
        user = UserWindow(window, grant, table.get("waiver", bool, False))
        table.done()
        return user

    def _phrasing(self, item: Table, domain: Domain, *windows: Window) -> Mapping[str, str]:
        table = item.table("phrasing")
        if isinstance(domain, Level):
            # Rules, conflicts and upper layers may tighten past a window's floor, so every stricter value is reachable.
            loosest = max(window.ceiling for window in windows)
            reachable = list(domain.names[: loosest + 1])
        else:
            reachable = list(_PHRASES_OF_TOPICS) if isinstance(domain, Topics) else ["value"]
        phrases = {name: table.text(name) for name in reachable}
        for name in sorted(table.unread):
            if isinstance(domain, Level) and name in domain.names:
                phrases[name] = table.text(name)
        for name, slot in (("value", "{value}"), ("some", "{topics}")):
            if name in phrases and not isinstance(domain, Level) and slot not in phrases[name]:
                table.fail(name, f"must say {slot}")
        table.done()
        return phrases

    def _setting(self, item: Table, domain: Domain, adjustable: bool) -> FilterSetting | None:
        """An adjustable filter says how the vendor's own setting is called; nothing else reaches the vendor."""
        if not adjustable:
            return None
        if not isinstance(domain, Level):
            item.fail("domain", "must be a switch or a level: this is a filter")
        table = item.table("setting")
        thresholds = table.table("thresholds")
        found = FilterSetting(table.text("category"), {name: thresholds.text(name) for name in domain.names})
        thresholds.done()
        table.done()
        return found

    def _check_kind(self, item: Table, behavior: Behavior) -> None:
        """What the kind of a behavior promises: nobody changes a bright line, no operator a protection."""
        for layer in ("organization", "product", "user"):
            if not behavior.is_stated and item.has(layer):
                item.note(layer, f"must be left out: what is {behavior.stance} cannot be set")
        if behavior.how and not self._can_change(behavior):
            item.note("how", "must be left out: nobody below the platform changes this")
        if behavior.kind not in (Kind.BRIGHT_LINE, Kind.PROTECTION):
            return
        if behavior.default != behavior.domain.strictest:
            item.note("default", f"must be the strictest value: this is a {behavior.kind}")
        if not (behavior.organization.is_lock and behavior.product.is_lock):
            item.note("organization", f"must be a window of one value: no operator changes a {behavior.kind}")
        if not behavior.user.window.is_lock and (behavior.kind is Kind.BRIGHT_LINE or not behavior.user.waiver):
            item.note("user", f"must be a window of one value: no user changes this {behavior.kind}")

    def _can_change(self, behavior: Behavior) -> bool:
        windows = (behavior.organization, behavior.product, behavior.user.window)
        return behavior.is_stated and not all(window.is_lock for window in windows)

    # Rules and conflicts

    def _known(self, table: Table, name: str) -> Behavior:
        found: Behavior = self._pointer(table, name, "behaviors", self.behaviors)
        return found

    def _new_id(self, table: Table) -> str:
        name = table.text("id")
        if not _NAME.fullmatch(name) or name in self.ids:
            table.fail("id", "must be in lower case and used once")
        self.ids.add(name)
        return str(name)

    def _rule(self, table: Table) -> Rule:
        behavior = self._known(table, "behavior")
        when = self._condition(table.table("when"))
        floor, ceiling = (
            self._point(table, name, behavior.domain) if table.has(name) else None for name in ("floor", "ceiling")
        )
        if floor is None and ceiling is None:
            table.fail("ceiling", "is missing: a rule lowers a ceiling or raises a floor")
        if floor is not None and ceiling is not None and not behavior.domain.leq(floor, ceiling):
            table.fail("floor", "must be at least as strict as the ceiling")
        if floor is not None and not when.on_facts_alone:
            table.fail("floor", "may only be raised by a rule on facts alone: else a tightening could loosen this")
        rule = Rule(
            self._new_id(table),
            behavior.key,
            when,
            floor,
            ceiling,
            table.text("because"),
            self._citation(table),
        )
        table.done()
        return rule

    def _condition(self, table: Table) -> Condition:
        facts = table.get("facts", dict, {})
        for name, value in facts.items():
            self._known_fact(table, f"facts.{name}", name, value)
        without = table.text("without", None)
        if without is not None:
            self._pointer(table, "without", "attestations", self.attestations)
        strict = None
        if table.has("strict"):
            part = table.table("strict")
            behavior = self._known(part, "behavior")
            strict = AtLeastAsStrict(behavior.key, self._point(part, "value", behavior.domain))
            part.done()
        if not facts and without is None and strict is None:
            table.fail(
                "",
                "must name facts, an attestation that is missing, or a behavior that is at least as strict",
            )
        table.done()
        return Condition(facts, without, strict)

    def _conflict(self, table: Table) -> Conflict:
        sides = []
        for name in ("first", "second"):
            part = table.table(name)
            behavior = self._known(part, "behavior")
            sides.append((behavior.key, self._point(part, "value", behavior.domain)))
            part.done()
        loser = self._known(table, "yields")
        clash = dict(sides).get(loser.key) if len(dict(sides)) == 2 else None
        if clash is None:
            table.fail("yields", "must name one of the two behaviors, which must differ")
        to = self._point(table, "to", loser.domain)
        if not loser.domain.leq(to, clash) or to == clash:
            table.fail("to", "must be stricter than the value that clashes")
        conflict = Conflict(
            self._new_id(table),
            sides[0],
            sides[1],
            loser.key,
            to,
            table.text("because"),
            self._citation(table),
        )
        table.done()
        return conflict
