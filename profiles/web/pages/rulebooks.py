"""From a rulebook revision to its page: every behavior, rule, conflict and kind of attestation in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.errors import NotFound
from profiles.models import RulebookRevision
from profiles.rulebook.domains import Domain, Level, Number, Topics
from profiles.rulebook.model import (
    AttestationKind,
    Behavior,
    Citation,
    Condition,
    Conflict,
    Kind,
    Rule,
    Rulebook,
    Stance,
)
from profiles.web.pages import words
from profiles.web.presenters.parts import Crumb, Pill, When
from profiles.web.presenters.rulebooks import (
    BehaviorEntry,
    BehaviorGroup,
    BookFilter,
    KindEntry,
    Link,
    Phrase,
    RevisionLine,
    RulebookPage,
    RulebooksPage,
    RuleEntry,
    Shelf,
    Source,
    Value,
)

# The shelf


def build_shelves(revisions: Sequence[RulebookRevision], now: datetime) -> RulebooksPage:
    """``revisions``: all of the installation, each platform's newest first."""
    platforms = dict.fromkeys(item.platform for item in revisions)
    return RulebooksPage(
        lead=_(
            "What each platform allows, one dated revision at a time. A revision never changes; a new reading is a "
            "new revision."
        ),
        shelves=tuple(
            Shelf(f"platform-{name}", words.platform_words(name), _lines(name, revisions, now)) for name in platforms
        ),
    )


def _lines(platform: str, revisions: Sequence[RulebookRevision], now: datetime) -> tuple[RevisionLine, ...]:
    mine = [item for item in revisions if item.platform == platform]
    return tuple(_line(item, mine, now) for item in mine)


def _line(item: RulebookRevision, mine: Sequence[RulebookRevision], now: datetime) -> RevisionLine:
    book = item.rulebook()
    twins = [other for other in mine if other.published == item.published and other.pk != item.pk]
    return RevisionLine(
        title=item.title,
        href=revision_href(item, mine),
        published=day_words(item.published),
        published_iso=item.revision,
        digest=item.digest,
        note=book.note,
        counts=_counts(book),
        loaded=When.of(item.loaded_at, now),
        pill=Pill("live", _("Newest")) if item == mine[0] else None,
        twin=_("Another text was published under this date: tell them apart by their digests.") if twins else "",
    )


def _counts(book: Rulebook) -> str:
    stated = len(book.behaviors)
    kinds = len(book.attestations)
    parts = (
        ngettext("%(n)d behavior", "%(n)d behaviors", stated) % {"n": stated},
        ngettext("%(n)d rule", "%(n)d rules", len(book.rules)) % {"n": len(book.rules)},
        ngettext("%(n)d kind of attestation", "%(n)d kinds of attestation", kinds) % {"n": kinds},
    )
    return ", ".join(parts)


def revision_href(item: RulebookRevision, mine: Sequence[RulebookRevision]) -> str:
    """The address of a revision; the digest is named only where the date alone would mean another text."""
    here = reverse("rulebook", args=[item.platform, item.revision])
    newest = next(other for other in mine if other.published == item.published)
    return here if newest.pk == item.pk else f"{here}?{urlencode({'digest': item.digest})}"


def find_revision(revisions: Sequence[RulebookRevision], revision: str, digest: str = "") -> RulebookRevision:
    """
    Raises:
        NotFound: no revision of that date, or none with that digest.
    """
    for item in revisions:
        if item.revision == revision and digest in ("", item.digest):
            return item
    raise NotFound(_("No rulebook of this platform was published here under that date and digest."))


# One revision


def build_rulebook(
    item: RulebookRevision, mine: Sequence[RulebookRevision], now: datetime, *, query: str = "", digest: str = ""
) -> RulebookPage:
    """``mine``: all revisions of the platform. ``query`` narrows what is listed, ``digest`` is the address's."""
    book = item.rulebook()
    groups = _groups(book, query)
    rules = tuple(entry for rule in book.rules if _has(entry := rule_entry(rule, book), query))
    conflicts = tuple(entry for each in book.conflicts if _has(entry := _conflict(each, book), query))
    kinds = tuple(kind for each in book.attestations.values() if _has(kind := _kind(each, book), query))
    return RulebookPage(
        title=item.title,
        platform=words.platform_words(item.platform),
        published=day_words(item.published),
        published_iso=item.revision,
        note=book.note,
        digest=item.digest,
        loaded=When.of(item.loaded_at, now),
        crumbs=(Crumb(_("Rulebooks"), reverse("rulebooks")), Crumb(words.platform_words(item.platform), _shelf(item))),
        filter=_filter(item, book, groups, query, digest),
        contents=_contents(groups, rules, conflicts, kinds),
        groups=groups,
        rules=rules,
        conflicts=conflicts,
        kinds=kinds,
        pills=_pills(item, mine),
        others=tuple(
            Link(
                _("%(day)s, %(digest)s") % {"day": day_words(o.published), "digest": short(o.digest)},
                revision_href(o, mine),
            )
            for o in mine
            if o.pk != item.pk
        ),
        documents=_documents(book),
    )


def short(digest: str) -> str:
    """Enough of a digest to recognize it."""
    return digest.removeprefix("sha256:")[:12]


def day_words(day: date) -> str:
    return str(dateformat.format(day, "j M Y"))


def _shelf(item: RulebookRevision) -> str:
    return f"{reverse('rulebooks')}#platform-{item.platform}"


def _pills(item: RulebookRevision, mine: Sequence[RulebookRevision]) -> tuple[Pill, ...]:
    return (Pill("live", _("Newest")) if item.pk == mine[0].pk else Pill("neutral", _("Older revision")),)


def _documents(book: Rulebook) -> tuple[Link, ...]:
    """What the rulebook cites, each once, in the order in which it does."""
    cited = dict.fromkeys(behavior.citation.document for behavior in book.behaviors.values())
    cited |= dict.fromkeys(rule.citation.document for rule in book.rules)
    return tuple(
        Link(_("%(title)s, %(day)s") % {"title": document.title, "day": day_words(document.date)}, document.url or "")
        for document in cited
    )


def _filter(
    item: RulebookRevision, book: Rulebook, groups: Iterable[BehaviorGroup], query: str, digest: str
) -> BookFilter:
    shown, total = sum(group.size for group in groups), len(book.behaviors)
    found = _("%(shown)d of %(total)d behaviors") % {"shown": shown, "total": total}
    return BookFilter(
        action=reverse("rulebook", args=[item.platform, item.revision]),
        query=query,
        placeholder=_("Filter %(count)d behaviors and their rules") % {"count": total},
        empty=_("Nothing here matches. Try another word."),
        digest=digest,
        found=found if query else "",
    )


def _contents(groups: Iterable[BehaviorGroup], *others: Sequence[Any]) -> tuple[tuple[str, str, int], ...]:
    named = (("rules", _("Rules")), ("conflicts", _("Conflicts")), ("kinds", _("Kinds of attestation")))
    listed = [(group.id, group.name, group.size) for group in groups]
    listed += [(anchor, name, len(found)) for (anchor, name), found in zip(named, others, strict=True) if found]
    return tuple(listed)


def _has(entry: BehaviorEntry | RuleEntry | KindEntry, query: str) -> bool:
    """Whether everything asked for stands in the words of an entry."""
    said = entry.said
    return all(word in said for word in query.lower().split())


# Behaviors


def _groups(book: Rulebook, query: str) -> tuple[BehaviorGroup, ...]:
    found: dict[str, list[BehaviorEntry]] = {}
    for behavior in book.behaviors.values():
        entry = behavior_entry(behavior, book)
        if _has(entry, query):
            found.setdefault(words.group_of(behavior), []).append(entry)
    return tuple(_group(name, found[name]) for name in words.groups() if name in found)


def _group(name: str, entries: list[BehaviorEntry]) -> BehaviorGroup:
    count = ngettext("%(n)d behavior", "%(n)d behaviors", len(entries)) % {"n": len(entries)}
    return BehaviorGroup(f"g-{name}", words.group_words(name), count, len(entries), tuple(entries))


def behavior_entry(behavior: Behavior, book: Rulebook) -> BehaviorEntry:
    kind, tone, icon = kind_words(behavior.kind)
    entry = BehaviorEntry(
        key=behavior.key,
        name=behavior.name,
        description=behavior.description,
        kind=kind,
        tone=tone,
        icon=icon,
        because=behavior.because,
        source=source_of(behavior.citation),
        who=who_words(behavior),
        stance=_stance(behavior),
        advice=behavior.advice,
        narrowed=_narrowed(behavior, book),
    )
    if not behavior.is_stated:
        return entry
    domain = behavior.domain
    return replace(
        entry,
        values=_values(domain, behavior.default),
        order=_order(domain),
        default=words.value_words(domain, domain.dump(behavior.default)),
        windows=_windows(behavior),
        phrasing=_phrasing(behavior),
    )


def kind_words(kind: Kind) -> tuple[str, str, str]:
    """The name of a kind, its tone and its icon."""
    return {
        Kind.BRIGHT_LINE: (_("Bright line"), "never", "lock"),
        Kind.PROTECTION: (_("Protection"), "always", "shield"),
        Kind.HONESTY: (_("Honesty"), "platform", "quote"),
        Kind.DEFAULT: (_("Default"), "set", "sliders"),
        Kind.FILTER: (_("Vendor filter"), "platform", "toggle"),
    }[kind]


def _stance(behavior: Behavior) -> str:
    return {
        Stance.JUDGEMENT: _("Left to the model's judgement: there is nothing to set."),
        Stance.UNADDRESSED: _("The document is silent on this: there is nothing to set."),
    }.get(behavior.stance, "")


def who_words(behavior: Behavior) -> str:
    """Who may change a behavior, from the platform's windows alone."""
    if not behavior.is_stated:
        return _("Nobody sets this.")
    if behavior.user.waiver:
        return _("Users may waive it for themselves; no operator can take it away.")
    operator = not (behavior.organization.is_lock and behavior.product.is_lock)
    user = not behavior.user.window.is_lock
    if operator or user:
        return _who_inside(operator=operator, user=user, grant=behavior.user.grant)
    return {
        Kind.BRIGHT_LINE: _("Nobody. It is the same for every product."),
        Kind.PROTECTION: _("Nobody: it protects the user, and no operator can take it away."),
    }.get(behavior.kind, _("Nobody: the platform fixes it for every product."))


def _who_inside(*, operator: bool, user: bool, grant: str) -> str:
    if not user:
        return _("The operator inside its window; users never.")
    if not operator:
        return _("Users inside their window.")
    if grant == "platform":
        return _("The operator inside its window; users inside theirs, unless the operator narrows it.")
    return _("The operator inside its window; users as far as the operator allows.")


def _values(domain: Domain, default: Any) -> tuple[Value, ...]:
    if not isinstance(domain, Level):
        return ()
    return tuple(Value(words.value_words(domain, name), n == default) for n, name in enumerate(domain.names))


def _order(domain: Domain) -> str:
    if isinstance(domain, Number):
        ends = {"low": f"{domain.minimum:,}", "high": f"{domain.maximum:,}", "unit": domain.unit}
        if domain.higher_is_stricter:
            return _("%(low)s to %(high)s %(unit)s; more is stricter") % ends
        return _("%(low)s to %(high)s %(unit)s; less is stricter") % ends
    return _("A set of topics; a smaller set is stricter") if isinstance(domain, Topics) else ""


def _windows(behavior: Behavior) -> tuple[tuple[str, str], ...]:
    domain = behavior.domain
    operator = words.window_words(domain, behavior.organization)
    product = words.window_words(domain, behavior.product)
    user = words.window_words(domain, behavior.user.window)
    if operator == product == user:
        return ((_("Every layer"), operator),)
    return ((_("Organization"), operator), (_("Product"), product), (_("User"), user))


def _phrasing(behavior: Behavior) -> tuple[Phrase, ...]:
    """In the order of the domain; numbers and topics have templates instead of one sentence for each value."""
    templates = {"value": _("Any number"), "any": _("Any topic"), "some": _("Some topics"), "none": _("No topic")}
    domain = behavior.domain
    names = domain.names if isinstance(domain, Level) else tuple(behavior.phrasing)
    return tuple(
        Phrase(
            words.value_words(domain, name) if isinstance(domain, Level) else templates.get(name, name),
            behavior.phrasing[name],
        )
        for name in names
        if name in behavior.phrasing
    )


def _narrowed(behavior: Behavior, book: Rulebook) -> tuple[Link, ...]:
    rules = [Link(_when(rule.when, book), f"#rule-{rule.id}") for rule in book.rules if rule.behavior == behavior.key]
    conflicts = (each for each in book.conflicts if behavior.key in (each.first[0], each.second[0]))
    return (*rules, *(Link(_conflict(each, book).when, f"#conflict-{each.id}") for each in conflicts))


def source_of(citation: Citation) -> Source:
    document = citation.document
    return Source(
        document=document.title,
        date=day_words(document.date),
        date_iso=document.date.isoformat(),
        section=citation.section,
        summary=citation.summary,
        whose=_("The summary is ours.") if citation.ours else _("In the words of the document."),
        href=document.url or "",
    )


# Rules, conflicts, kinds of attestation


def rule_entry(rule: Rule, book: Rulebook) -> RuleEntry:
    behavior = book.behaviors[rule.behavior]
    return RuleEntry(
        id=f"rule-{rule.id}",
        when=_when(rule.when, book),
        then=_then(rule, behavior),
        because=rule.because,
        source=source_of(rule.citation),
        behaviors=(_behavior_link(rule.behavior, book),),
    )


def _behavior_link(key: str, book: Rulebook) -> Link:
    return Link(book.behaviors[key].name if key in book.behaviors else key, f"#{key}")


def _when(condition: Condition, book: Rulebook) -> str:
    """ "Where the audience is minors and without the attestation “Adults only”"."""
    parts = [_fact(name, value) for name, value in sorted(condition.facts.items())]
    if condition.without is not None:
        kind = book.attestations.get(condition.without)
        name = kind.name if kind else words.attestation_words(condition.without)
        parts.append(_("without the attestation “%(name)s”") % {"name": name})
    if condition.strict is not None:
        parts.append(_while(condition.strict.behavior, condition.strict.value, book))
    text = _(" and ").join(parts)
    return text[:1].upper() + text[1:]


def _fact(name: str, value: str) -> str:
    what = words.fact_words(value)
    return {
        "audience": _("where the audience is “%(value)s”"),
        "jurisdictions": _("where the product is offered in “%(value)s”"),
        "surface": _("where the surface is “%(value)s”"),
    }.get(name, _("where %(name)s is “%(value)s”")) % {"name": words.fact_words(name).lower(), "value": what}


def _while(key: str, value: Any, book: Rulebook) -> str:
    behavior = book.behaviors[key]
    domain = behavior.domain
    shown = {"name": behavior.name, "value": words.value_words(domain, domain.dump(value))}
    if value == domain.strictest:
        return _("while “%(name)s” is %(value)s") % shown
    return _("while “%(name)s” is %(value)s or stricter") % shown


def _then(rule: Rule, behavior: Behavior) -> str:
    """What the rule leaves of the window: "stays Off", "at most Moderate", "5 minutes at most"."""
    return limit_words(behavior.domain, rule.floor, rule.ceiling)


def limit_words(domain: Domain, floor: Any, ceiling: Any) -> str:
    """A floor, a ceiling or both, as what a value may be."""
    if ceiling is not None and ceiling == domain.strictest:
        return _("only %(value)s") % {"value": words.value_words(domain, domain.dump(ceiling))}
    more = isinstance(domain, Number) and domain.higher_is_stricter  # then the ceiling is the smallest number
    parts = []
    if floor is not None:
        text = _("at most %(value)s") if more else _("at least %(value)s")
        parts.append(text % {"value": words.value_words(domain, domain.dump(floor))})
    if ceiling is not None:
        text = _("at least %(value)s") if more else _("at most %(value)s")
        parts.append(text % {"value": words.value_words(domain, domain.dump(ceiling))})
    return _(" and ").join(parts)


def _conflict(conflict: Conflict, book: Rulebook) -> RuleEntry:
    sides = []
    for key, value in (conflict.first, conflict.second):
        domain = book.behaviors[key].domain
        shown = {"name": book.behaviors[key].name, "value": words.value_words(domain, domain.dump(value))}
        text = _("“%(name)s” is %(value)s") if value == domain.loosest else _("“%(name)s” is %(value)s or looser")
        sides.append(text % shown)
    yields = book.behaviors[conflict.yields]
    to = words.value_words(yields.domain, yields.domain.dump(conflict.to))
    return RuleEntry(
        id=f"conflict-{conflict.id}",
        when=_("Not together: %(first)s and %(second)s") % {"first": sides[0], "second": sides[1]},
        then=_("“%(name)s” yields and becomes %(value)s") % {"name": yields.name, "value": to},
        because=conflict.because,
        source=source_of(conflict.citation),
        behaviors=tuple(_behavior_link(key, book) for key, _value in (conflict.first, conflict.second)),
    )


def _kind(kind: AttestationKind, book: Rulebook) -> KindEntry:
    days = kind.longest_days
    return KindEntry(
        id=f"attestation-{kind.key}",
        name=kind.name,
        claim=kind.claim,
        evidence=kind.evidence,
        longest=ngettext("At most %(n)d day", "At most %(n)d days", days) % {"n": days},
        opens=opened_by(kind.key, book),
    )


def opened_by(kind: str, book: Rulebook, prefix: str = "") -> tuple[Link, ...]:
    """The behaviors that a kind of attestation opens, with what holds without it; ``prefix`` is the rulebook's page."""
    return tuple(
        Link(
            _("%(name)s (without it %(limit)s)")
            % {
                "name": book.behaviors[rule.behavior].name,
                "limit": limit_words(book.behaviors[rule.behavior].domain, rule.floor, rule.ceiling),
            },
            f"{prefix}#{rule.behavior}",
        )
        for rule in book.rules
        if rule.when.without == kind and rule.behavior in book.behaviors
    )
