"""From an entry to a row of the trail, and to all that is known of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from msgspec.structs import replace

from audits.ledger.sequence import slug_of
from audits.ledger.state import Stage, State, states_of
from audits.models import Entry
from audits.queries import revisions
from audits.search.names import name_of
from audits.trail.kinds import Kind, Outcome
from audits.web.pages import values
from audits.web.pages.kinds import Names, Presenter, presenter
from audits.web.pages.leaf import Leaf
from audits.web.presenters import trail as shown
from profiles.access import ActorType
from profiles.web.moments import local, moment_words
from profiles.web.presenters.parts import Person

_RULEBOOK: Final = re.compile(r"rulebook ([\w-]+) (\d{4}-\d{2}-\d{2})")
_SAID_ALREADY: Final = frozenset({"message", "fields", "reasons", "wanted", "got", "account", "settings"})  # elsewhere
_RECHECKS: Final = frozenset({Kind.RECHECK_REQUESTED, Kind.RECHECK_FINISHED, Kind.PROFILE_AFFECTED})
_MANY: Final = 2**63
_PAGES: Final = {"attestation.": "attestations", "source.": "sources"}
_AS_CODE: Final = frozenset({"code", "digest", "digests", "published", "request_id"})


def entry_row(entry: Entry, names: Names, *, state: State | None = None, full: bool = False) -> shown.Entry:
    """
    Args:
        state: how far it has come, where that is to be shown.
        full: with all that is known of it, which takes a query of its own.
    """
    leaf = Leaf.of(entry)
    how = presenter(leaf.kind)
    digest = leaf.digest
    return shown.Entry(
        id=leaf.number,
        moment=moment(leaf),
        actor=actor(leaf.actor),
        kind=how.kind(leaf),
        verb=str(how.verb if leaf.outcome == Outcome.DONE else how.tried),
        target=how.target(leaf),
        detail=how.detail(leaf, names),
        digest=f"{digest[:4]}…{digest[-4:]}",
        target_href=address(leaf),
        state=state_words(state) if state else None,
        details=replace(details(leaf, how, names), log=log_place(entry)) if full else None,
    )


def log_place(entry: Entry) -> shown.LogPlace:
    """What is said of the entry's place in the log is what was signed, and no more."""
    leaf_href, state = reverse("trail_leaf", args=[entry.pk]), states_of([entry])[entry.pk]
    if state.log is None or state.place is None:
        return shown.LogPlace(_("Recorded. It gets its place in the log within seconds."), leaf_href)
    told = {"place": number_format(state.place), "size": number_format(state.log.size), "origin": state.log.origin}
    return shown.LogPlace(
        _("In the signed checkpoint of %(size)s entries, at place %(place)s (counted from 0) of %(origin)s.") % told,
        leaf_href,
        reverse("trail_proof", args=[entry.pk]),
        reverse("log_key", args=[slug_of(state.log)]),
        reverse("log_key", args=[slug_of(state.log)]).removesuffix("key"),
        entry.event_id,
        witnessed=state_words(state).text if state.of else "",
    )


def state_words(state: State) -> shown.State:
    """What is true of it, in a word or two."""
    if state.stage is Stage.RECORDED:
        return shown.State(_("Recorded"), "neutral")
    if not state.of:
        return shown.State(_("In a checkpoint"), "ok")
    told = {"witnessed": state.witnessed, "of": state.of}
    tone = "ok" if state.stage is Stage.WITNESSED else "neutral"
    return shown.State(_("Witnessed %(witnessed)d of %(of)d") % told, tone)


def moment(leaf: Leaf) -> shown.Moment:
    here = local(leaf.at)
    utc = "" if here.utcoffset() == leaf.at.utcoffset() else _("%(time)s UTC") % {"time": f"{leaf.at:%H:%M:%S}"}
    return shown.Moment(leaf.text("at"), f"{here:%H:%M:%S}", moment_words(leaf.at, seconds=True), utc)


def actor(who: Mapping[str, Any]) -> shown.Actor:
    """Whoever acted, as the entry names them. What role they had is not in the entry, so it is not said."""
    kind, name = str(who.get("type", "")), str(who.get("name", ""))
    if kind == ActorType.PERSON and not name:
        return shown.Actor(_("Erased name"), _("Person"), "–", "s")
    if kind == ActorType.PERSON:
        person = Person.of(name)
        return shown.Actor(name, _("Person"), person.initials, person.tone)
    if kind == ActorType.KEY:
        prefix = str(who.get("id", "")).removeprefix("key:")
        return shown.Actor(name, _("API key %(prefix)s…") % {"prefix": prefix}, "◈", "s")
    return shown.Actor(name, _("Program"), "⚙", "s")


# Where its target is


def address(leaf: Leaf) -> str:
    """The page of what it was done to, where there is one that everybody who reads the trail may see."""
    if leaf.kind == Kind.RULEBOOK_PUBLISHED:
        found = _RULEBOOK.fullmatch(leaf.target)
        return reverse("rulebook", args=found.groups()) if found else ""
    number = leaf.data.get("recheck")
    if leaf.kind in _RECHECKS and isinstance(number, int) and 0 < number < _MANY:
        return reverse("recheck", args=[number])
    if page := next((name for start, name in _PAGES.items() if leaf.kind.startswith(start)), ""):
        return reverse(page)
    return _in_product(leaf) if leaf.product else ""


def _in_product(leaf: Leaf) -> str:
    if leaf.kind.startswith("profile.draft."):
        return reverse("product_edit", args=[leaf.product])
    if leaf.version is not None:
        return reverse("version", args=[leaf.product, leaf.version])
    return reverse("product", args=[leaf.product])


# All that is known


def details(leaf: Leaf, how: Presenter, names: Names) -> shown.Details:
    done = leaf.outcome == Outcome.DONE
    return shown.Details(
        changes=how.rows(leaf, names),
        facts=tuple(facts(leaf, how, names)),
        digest=leaf.digest,
        json=leaf.indented,
        title=str(how.title) if done else _("What was tried"),
        outcome=outcome(leaf),
        outcome_tone="warn" if leaf.outcome == Outcome.FAILED else "bad",
        note=values.shown(leaf.data.get(how.note)) if how.note else "",
    )


def outcome(leaf: Leaf) -> str:
    """The sentence of a refusal or failure, with what was said about each field."""
    if leaf.outcome == Outcome.DONE:
        return ""
    sentences = [str(leaf.data.get("message", ""))]
    fields = leaf.data.get("fields")
    for said in fields.values() if isinstance(fields, Mapping) else ():
        sentences += [str(item) for item in said] if isinstance(said, list) else [str(said)]
    text = " ".join(sentence for n, sentence in enumerate(sentences) if not _said_elsewhere(n, sentences))
    words = _("Refused: %(text)s") if leaf.outcome == Outcome.REFUSED else _("Failed: %(text)s")
    return (words % {"text": text}).rstrip(" :")


def _said_elsewhere(n: int, sentences: list[str]) -> bool:
    """A refusal's message is often the beginning of what is said about its one field."""
    sentence, others = sentences[n], sentences[:n] + sentences[n + 1 :]
    return any(sentence in other and (sentence != other or other in sentences[:n]) for other in others) or not sentence


# How it was known that it is they; entries of schema 1 do not say.
_KNOWN_BY: Final = {
    "password": gettext_lazy("Signed in with a password"),
    "link": gettext_lazy("A link that sets a password"),
    "schedule": gettext_lazy("Asked for it when signed in; carried out later"),
    "key": gettext_lazy("An API key"),
    "program": gettext_lazy("The program itself"),
    "command": gettext_lazy("A command on the machine"),
}


def _authority(leaf: Leaf) -> Iterable[shown.Fact]:
    if words := _KNOWN_BY.get(str(leaf.actor.get("auth", ""))):
        yield shown.Fact(_("Known by"), str(words))
    if other := str(leaf.actor.get("on_behalf_of", "")):
        name = name_of(leaf.text("organization"), other)
        yield shown.Fact(_("On behalf of"), name or other, code=not name)


def facts(leaf: Leaf, how: Presenter, names: Names) -> Iterable[shown.Fact]:
    yield from _authority(leaf)
    yield shown.Fact(_("Recorded for"), leaf.text("organization") or _("This installation"))
    if leaf.product:
        yield shown.Fact(_("Product"), leaf.product, reverse("product", args=[leaf.product]))
    if leaf.product and leaf.version is not None:
        yield shown.Fact(_("Version"), str(leaf.version), reverse("version", args=[leaf.product, leaf.version]))
    if leaf.product:
        yield shown.Fact(_("In force then"), _("What clients got at that instant"), _at(leaf))
    yield from _rulebooks(leaf.rulebooks)
    for key, value in leaf.data.items():
        if key not in _SAID_ALREADY | {how.note} and (text := values.shown(value, key)):
            yield shown.Fact(values.named(key, names), text, code=key in _AS_CODE)
    for label, name in ((_("Request"), "request_id"), (_("Event id"), "id")):
        if leaf.text(name):
            yield shown.Fact(label, leaf.text(name), code=True)


def _at(leaf: Leaf) -> str:
    """What was published of the product when the entry was written, in the environment that it speaks of."""
    asked = {"when": leaf.text("at")}
    environment = leaf.after.get("environment")
    if isinstance(environment, str):
        asked["environment"] = environment
    return f"{reverse('product_at', args=[leaf.product])}?{urlencode(asked)}"


def _rulebooks(digests: list[str]) -> Iterable[shown.Fact]:
    known = revisions(digests) if digests else {}
    for digest in digests:
        if revision := known.get(digest):
            href = reverse("rulebook", args=[revision.platform, revision.revision])
            yield shown.Fact(_("Rulebook"), f"{revision.title}, {revision.revision}", href)
        yield shown.Fact(_("Rulebook digest"), digest, code=True)
