"""The page of a product's health: what is known of each check, since when, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from audits.checks.freshness import Lack
from audits.checks.lint import RULES
from audits.checks.results import CheckKind, Point, worst
from audits.health import reads, words
from audits.health.reads import Known
from audits.models import Entry
from audits.web.pages.kinds import presenter
from audits.web.pages.leaf import Leaf
from audits.web.presenters.health import Happened, HealthPage, Line, PlaceHealth, Tile
from profiles import queries
from profiles.access import Actor, Permission
from profiles.models import Activation, Product
from profiles.web.pages.health_sign import ICONS, TONES, health_pill
from profiles.web.pages.help import topic_href
from profiles.web.pages.states import crumbs, version_href, version_name
from profiles.web.pages.words import platform_words
from profiles.web.presenters.parts import Action, Pill, When

_EDIT: Final = lazy("Change the setting in the editor, or submit a version against today's limits.")
_KEEP: Final = lazy(
    "Keep the database as it is. Compare it with the trail, and activate the version again once you know what happened."
)
_RUN: Final = lazy("Start a run, or let somebody do it who may.")
_LOOK: Final = lazy("See whether the web processes can be reached at that address, and measure again.")
_RENEW: Final = lazy("Renew the attestation before then, or submit a version that does without it.")
# What to do, by what was found: a sentence and the page on which to do it. Other points ask for nothing.
_TODO: Final[Mapping[str, tuple[str | Promise, str]]] = {
    "outside_window": (_EDIT, "product_edit"),
    **dict.fromkeys(
        ("limits_never", "limits_failed"), (lazy("Measure again; if it stays so, look at the worker."), "")
    ),
    **dict.fromkeys(RULES, (lazy("Change the instructions in the editor and submit a version."), "product_edit")),
    **dict.fromkeys(tuple(Lack), (_RUN, "conformance")),
    "broken": (lazy("Read the transcripts, and make the profile stricter or the model another one."), "conformance"),
    "undecided": (lazy("Plan more trials, or judge the open ones."), "conformance"),
    **dict.fromkeys(
        ("stored_bytes_changed", "not_in_the_trail", "signature_fails", "signature_missing", "other_bytes"),
        (_KEEP, "trail_log"),
    ),
    **dict.fromkeys(("other_version", "past_its_end", "kept_past_its_end", "key_not_published"), (_KEEP, "trail_log")),
    "nothing_holds": (lazy("Activate a version again."), "product"),
    **dict.fromkeys(("no_answer", "answer_unusable", "served_from_memory"), (_LOOK, "")),
    "clients_behind": (lazy("Ask whoever runs these clients why they do not fetch any more."), "product_receipts"),
    **dict.fromkeys(("attestation_ends", "attestation_ended"), (_RENEW, "attestations")),
    **dict.fromkeys(("law_begins", "law_ends"), (lazy("See what changes then in the simulation."), "simulate")),
    **dict.fromkeys(
        ("key_ends", "key_ended"), (lazy("Create another key and hand it to the client."), "product_clients")
    ),
    "nothing_follows": (lazy("Activate a version again before then."), "product"),
    **dict.fromkeys(
        ("drifted_model", "drifted_fingerprint", "drifted_answers"),
        (lazy("Start a run: it asks the model as it is now."), "conformance_start"),
    ),
    "newer_rulebook": (lazy("Submit the draft: it is judged by the newest rulebooks already."), "product_edit"),
    "could_not_look": (lazy("Look into the log of the worker."), ""),
}
_OF_PRODUCT: Final = frozenset({"product", "product_edit", "product_clients", "product_receipts", "simulate"})


def health_page(actor: Actor, product: Product, now: datetime) -> HealthPage:
    active = queries.active(product)
    numbers = {place: row.version.number for place, row in active.items()}
    found = reads.known(reads.results(actor, product), numbers, now)
    rows = sorted(active.values(), key=lambda row: -row.environment.position)
    may_measure = actor.may(Permission.RUN_CHECK)
    return HealthPage(
        slug=product.slug,
        name=product.name,
        crumbs=crumbs(product),
        places=tuple(_place(product, row, found.get(row.environment_id, {}), now) for row in rows),
        history=tuple(_happened(entry, now) for entry in reads.history(actor, product)),
        empty="" if rows else _("Nothing is active yet, so there is nothing that could be measured."),
        can_measure=may_measure and bool(rows),
        help_href=topic_href("health"),
    )


def _place(product: Product, row: Activation, found: Mapping[CheckKind, Known], now: datetime) -> PlaceHealth:
    known = [found.get(kind) or reads.never(kind) for kind in CheckKind]
    return PlaceHealth(
        slug=row.environment.slug,
        name=row.environment.name,
        version=version_name(row.version.number),
        href=version_href(product, row.version.number),
        pill=_pill(known),
        tiles=tuple(_tile(product, row, each, now) for each in known),
    )


def _pill(known: Iterable[Known]) -> Pill:
    """The worst of all, and how many."""
    counts = [each.counts for each in known]
    top = worst(counts)
    return health_pill(reads.Sign(top, counts.count(top)) if top else None)


def _tile(product: Product, row: Activation, known: Known, now: datetime) -> Tile:
    first, *rest = known.points
    text, page = _TODO.get(first.code, ("", ""))
    counts = known.counts
    return Tile(
        id=f"{row.environment.slug}-{known.kind.value}",
        name=str(words.NAMES[known.kind]),
        question=str(words.QUESTIONS[known.kind]),
        tone=TONES[counts],
        icon=ICONS[counts],
        word=_word(known),
        text=_said(first),
        more=tuple(_line(each) for each in (first, *rest) if each is not first or words.why(each)),
        when=When.of(known.measured_at, now) if known.measured_at else None,
        since=When.of(known.since, now) if known.since else None,
        old=_old(known, row.version.number),
        todo=str(text),
        action=_action(product, page) if page else None,
    )


def _word(known: Known) -> str:
    word = str(words.OUTCOMES[known.outcome])
    return _("%(outcome)s, old") % {"outcome": word} if known.is_old or known.other is not None else word


def _line(point: Point) -> Line:
    return Line(TONES[point.outcome], _said(point), words.why(point))


def _said(point: Point) -> str:
    """With platforms by the names that people know."""
    name = point.values.get("platform")
    known = {"platform": platform_words(str(name))} if name else {}
    return words.say(replace(point, values={**point.values, **known}))


def _old(known: Known, active: int) -> str:
    if known.other is not None:
        text = _("This is about version %(other)d. Version %(active)d became active since.")
        return text % {"other": known.other, "active": active}
    return _("This was measured too long ago to count as known.") if known.is_old else ""


def _action(product: Product, page: str) -> Action:
    href = reverse(page, args=[product.slug] if page in _OF_PRODUCT else [])
    return Action(str(_WAYS[page]), href)


_WAYS: Final = {
    "product": lazy("Product"),
    "product_edit": lazy("Open the editor"),
    "product_clients": lazy("Clients"),
    "product_receipts": lazy("Who fetched what"),
    "simulate": lazy("Simulate"),
    "conformance": lazy("Conformance"),
    "attestations": lazy("Attestations"),
    "trail_log": lazy("The log"),
}


def _happened(entry: Entry, now: datetime) -> Happened:
    leaf = Leaf.of(entry)
    how = presenter(leaf.kind)
    kind = how.kind(leaf)
    told = {"what": kind.label, "target": how.target(leaf)}
    return Happened(
        text=_("%(what)s: %(target)s") % told,
        detail=how.detail(leaf, {}),
        tone=kind.tone,
        icon=kind.icon,
        when=When.of(leaf.at, now),
        href=reverse("trail_entry", args=[entry.pk]),
    )
