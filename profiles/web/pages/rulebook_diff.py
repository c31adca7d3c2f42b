"""From two revisions of a rulebook to what changed between them: every behavior, rule and claim that differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeVar

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.models import RulebookRevision
from profiles.rulebook.domains import Direction, Domain
from profiles.rulebook.model import AttestationKind, Behavior, Citation, Conflict, Kind, Rule, Rulebook, Stance
from profiles.web.moments import day_words
from profiles.web.pages import rulebooks as build
from profiles.web.pages import words
from profiles.web.presenters.parts import Action, Pill
from profiles.web.presenters.rulebook_diff import AspectLine, ChangedGroup, ChangedItem, RulebookDiffPage
from profiles.web.presenters.rulebooks import Link

T = TypeVar("T")
Pairs = tuple[tuple[str, str], ...]  # what is said of something: the name of each part, and its words


def build_rulebook_diff(
    old: RulebookRevision, new: RulebookRevision, mine: Sequence[RulebookRevision]
) -> RulebookDiffPage:
    """``mine``: all revisions of the platform, the newest first."""
    groups = tuple(
        group for group in _groups(old.rulebook(), new.rulebook(), build.revision_href(new, mine)) if group.items
    )
    names = [build.dated(item, mine) for item in (old, new)]
    return RulebookDiffPage(
        title=_("%(name)s: %(old)s to %(new)s") % {"name": words.rulebook_words(new), "old": names[0], "new": names[1]},
        lead=_("What changed between two revisions of one rulebook, in words. A revision itself never changes."),
        crumbs=build.crumbs(new),
        groups=groups,
        summary=_summary(groups, old.rulebook(), new.rulebook()),
        revisions=tuple(
            Link(f"{item.title}, {name}", build.revision_href(item, mine))
            for item, name in zip((old, new), names, strict=True)
        ),
        swap=Action(_("Swap"), build.diff_href(new, old, mine), "compare"),
        others=_others(old, new, mine),
        empty=_("Nothing differs that a rulebook states. Titles, notes and documents may.")
        if old.digest != new.digest
        else _("This is one and the same text."),
    )


def _others(old: RulebookRevision, new: RulebookRevision, mine: Sequence[RulebookRevision]) -> tuple[Action, ...]:
    """Each revision against the one before it, but for this comparison."""
    found = []
    for later, earlier in pairwise(mine):
        if (earlier.pk, later.pk) != (old.pk, new.pk):
            text = _("%(old)s to %(new)s") % {"old": build.dated(earlier, mine), "new": build.dated(later, mine)}
            found.append(Action(text, build.diff_href(earlier, later, mine), "compare"))
    return tuple(found)


def _summary(groups: Iterable[ChangedGroup], old: Rulebook, new: Rulebook) -> str:
    both = old.behaviors.keys() & new.behaviors.keys()
    changed = {item.key for group in groups for item in group.items if group.id == "behaviors"}
    same = len(both - changed)
    return ngettext("%(n)d behavior is the same in both.", "%(n)d behaviors are the same in both.", same) % {"n": same}


def _groups(old: Rulebook, new: Rulebook, href: str) -> Iterable[ChangedGroup]:
    yield ChangedGroup(
        "behaviors",
        _("Behaviors"),
        _changed(
            old.behaviors,
            new.behaviors,
            lambda each: each.name,
            _behavior,
            lambda key: f"{href}#{key}",
            directions=_directions,
        ),
    )
    yield ChangedGroup(
        "rules",
        _("Rules"),
        _changed(
            {rule.id: (rule, old) for rule in old.rules},
            {rule.id: (rule, new) for rule in new.rules},
            _rule_name,
            _rule,
            lambda key: f"{href}#rule-{key}",
        ),
    )
    yield ChangedGroup(
        "conflicts",
        _("Conflicts"),
        _changed(
            {each.id: (each, old) for each in old.conflicts},
            {each.id: (each, new) for each in new.conflicts},
            lambda each: build.conflict_entry(*each).when,
            _conflict,
            lambda key: f"{href}#conflict-{key}",
        ),
    )
    yield ChangedGroup(
        "kinds",
        _("Kinds of attestation"),
        _changed(
            old.attestations, new.attestations, lambda each: each.name, _kind, lambda key: f"{href}#attestation-{key}"
        ),
    )
    yield ChangedGroup("book", _("The rulebook itself"), _book(old, new))


def _changed(
    old: Mapping[str, T],
    new: Mapping[str, T],
    name: Callable[[T], str],
    say: Callable[[T], Pairs],
    href: Callable[[str], str],
    directions: Callable[[T, T], Mapping[str, Direction]] | None = None,
) -> tuple[ChangedItem, ...]:
    """What is new, gone or said in other words, by its key."""
    found = []
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        lines = _lines(say(before) if before else (), say(after) if after else ())
        if before and after and directions:
            lines = _directed(lines, directions(before, after))
        if lines and (there := after or before):
            pill = _pill(before is not None, after is not None)
            found.append(ChangedItem(f"c-{key}", name(there), key, pill, lines, href(key) if after else ""))
    return tuple(found)


def _pill(before: bool, after: bool) -> Pill:
    if before and after:
        return Pill("draft", _("Changed"))
    return Pill("ok", _("Added")) if after else Pill("bad", _("Removed"))


def _lines(before: Pairs, after: Pairs) -> tuple[AspectLine, ...]:
    old, new = dict(before), dict(after)
    return tuple(
        AspectLine(name, old.get(name, ""), new.get(name, ""))
        for name in dict.fromkeys((*old, *new))
        if old.get(name, "") != new.get(name, "")
    )


def _directed(lines: Iterable[AspectLine], directions: Mapping[str, Direction]) -> tuple[AspectLine, ...]:
    return tuple(
        AspectLine(each.name, each.before, each.after, found.value, words.direction_words(found))
        if (found := directions.get(each.name, Direction.SAME)) is not Direction.SAME
        else each
        for each in lines
    )


# What is said of each


def _behavior(behavior: Behavior) -> Pairs:
    stances = {
        Stance.STATED: _("Stated"),
        Stance.JUDGEMENT: _("Left to the model's judgement"),
        Stance.UNADDRESSED: _("Not addressed"),
    }
    said = [
        (_("Name"), behavior.name),
        (_("Description"), behavior.description),
        (_("Answer"), stances[behavior.stance]),
        (_("Kind"), build.kind_words(behavior.kind)[0]),
        (_("Authority"), behavior.authority),
        (_("What it takes"), build.how_words(behavior.how)),
    ]
    if behavior.is_stated:
        said += _settings(behavior)
    said += [
        (_("Advice"), behavior.advice),
        (_("Why"), behavior.because),
        (_("See also"), ", ".join(behavior.see)),
        *_cited(behavior.citation),
        *((_("Told for “%(value)s”") % {"value": p.value}, p.text) for p in build.phrasing(behavior)),
    ]
    return tuple(said)


def _settings(behavior: Behavior) -> list[tuple[str, str]]:
    domain, setting = behavior.domain, behavior.setting
    if behavior.kind is Kind.FILTER and setting is None:
        return [(_("Filter"), build.fixed_filter_words(behavior))]
    granted = _("unless the operator narrows it") if behavior.user.grant == "platform" else _("as the operator allows")
    user = words.window_words(domain, behavior.user.window)
    return [
        (_("Values"), _values(domain)),
        (_("Default"), words.value_words(domain, domain.dump(behavior.default))),
        *_operator(behavior),
        (_("User"), user if behavior.user.window.is_lock else f"{user}, {granted}"),
        (_("Users' own right"), _("Yes") if behavior.user.waiver else ""),
        (_("Vendor's category"), setting.category if setting else ""),
        (_("Vendor's thresholds"), ", ".join(f"{k}: {v}" for k, v in setting.thresholds.items()) if setting else ""),
    ]


def _operator(behavior: Behavior) -> Pairs:
    """The windows of the operator's two layers; one where they are the same."""
    domain, windows = behavior.domain, (behavior.organization, behavior.product)
    if windows[0] == windows[1]:
        return ((_("Operator"), words.window_words(domain, windows[0])),)
    names = (_("Organization"), _("Product"))
    return tuple((name, words.window_words(domain, each)) for name, each in zip(names, windows, strict=True))


def _values(domain: Domain) -> str:
    names: tuple[Any, ...] = getattr(domain, "names", ())
    return ", ".join(words.value_words(domain, name) for name in names) or build.order_words(domain)


def _directions(old: Behavior, new: Behavior) -> dict[str, Direction]:
    """Stricter or looser, where both revisions have the same values."""
    if old.domain != new.domain or not (old.is_stated and new.is_stated):
        return {}
    domain = new.domain
    windows = {
        _("Operator"): (old.product, new.product),
        _("Organization"): (old.organization, new.organization),
        _("Product"): (old.product, new.product),
        _("User"): (old.user.window, new.user.window),
    }
    found = {name: domain.direction(a.ceiling, b.ceiling) for name, (a, b) in windows.items()}
    for name, (a, b) in windows.items():
        found[name] = Direction.overall([found[name], domain.direction(a.floor, b.floor)])
    return {_("Default"): domain.direction(old.default, new.default), **found}


def _cited(citation: Citation) -> Pairs:
    document = citation.document
    return (
        (_("Document"), f"{document.title}, {day_words(document.date)}"),
        (_("Section"), "; ".join(citation.sections)),
        (_("Summary"), citation.summary),
    )


def _rule_name(found: tuple[Rule, Rulebook]) -> str:
    rule, book = found
    return book.behaviors[rule.behavior].name


def _rule(found: tuple[Rule, Rulebook]) -> Pairs:
    rule, book = found
    entry = build.rule_entry(rule, book)
    return (
        (_("Behavior"), book.behaviors[rule.behavior].name),
        (_("When"), entry.when),
        (_("Then"), entry.then),
        (_("Why"), rule.because),
        *_cited(rule.citation),
    )


def _conflict(found: tuple[Conflict, Rulebook]) -> Pairs:
    conflict, book = found
    entry = build.conflict_entry(conflict, book)
    return ((_("When"), entry.when), (_("Then"), entry.then), (_("Why"), conflict.because), *_cited(conflict.citation))


def _kind(kind: AttestationKind) -> Pairs:
    return (
        (_("Name"), kind.name),
        (_("Claim"), kind.claim),
        (_("Evidence"), kind.evidence),
        (_("At most, in days"), str(kind.longest_days)),
    )


def _book(old: Rulebook, new: Rulebook) -> tuple[ChangedItem, ...]:
    lines = _lines(_said_of(old), _said_of(new))
    pill = Pill("draft", _("Changed"))
    return (ChangedItem("c-book", new.title, new.platform, pill, lines, reverse("rulebooks")),) if lines else ()


def _said_of(book: Rulebook) -> Pairs:
    return ((_("Title"), book.title), (_("Note"), book.note), *build.reach_facts(book))
