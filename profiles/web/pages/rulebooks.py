"""From a rulebook revision to its page: every behavior, rule, conflict and kind of attestation in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec.structs import replace

from profiles.errors import NotFound
from profiles.models import RulebookRevision
from profiles.rulebook.crosswalk import Who, who_changes
from profiles.rulebook.domains import Domain, Level, Number, Topics
from profiles.rulebook.model import (
    AttestationKind,
    Behavior,
    Citation,
    Condition,
    Conflict,
    How,
    Kind,
    Layer,
    Rule,
    Rulebook,
    Stance,
)
from profiles.web.moments import day_words
from profiles.web.pages import words
from profiles.web.presenters.parts import Crumb, Pill, When
from profiles.web.presenters.rulebooks import (
    BehaviorEntry,
    BehaviorGroup,
    BookFilter,
    KindEntry,
    Link,
    Phrase,
    RulebookPage,
    RuleEntry,
    Source,
    Threshold,
    Value,
)

_FEWEST: Final = 8  # characters of a digest that may stand for it

# Law packs


def law_sentence() -> str:
    return _(
        "What a law asks of products within its reach, on every platform and beside its rulebook. Our reading, and no "
        "legal advice: have your counsel confirm what applies to your product."
    )


def force_pill(book: Rulebook, now: datetime) -> Pill:
    if book.is_in_force(now):
        return Pill("live", _("In force"))
    first, _gone = book.in_force
    if first is not None and datetime.combine(first, time(), UTC) > now:
        return Pill("warn", _("In force from %(day)s") % {"day": day_words(first)})
    return Pill("neutral", _("Ended"))


def reach_facts(book: Rulebook) -> tuple[tuple[str, str], ...]:
    """Where and when a law pack holds."""
    return ((_("Applies to"), reach_words(book)), (_("In force"), force_words(book)))


def reach_words(book: Rulebook) -> str:
    """ "Where the audience is “Minors” and where the product is offered in “California”"."""
    parts = [
        _fact(name, _("” or “").join(words.fact_words(each) for each in values))
        for name, values in sorted(book.applies.items())
    ]
    text = _(" and ").join(parts)
    return text[:1].upper() + text[1:] if parts else _("Every product")


def force_words(book: Rulebook) -> str:
    """The days on which a law pack holds, both included; days begin at midnight UTC."""
    first, gone = book.in_force
    last = gone - timedelta(days=1) if gone else None
    if first and last:
        return _("%(first)s to %(last)s") % {"first": day_words(first), "last": day_words(last)}
    if first:
        return _("From %(first)s") % {"first": day_words(first)}
    return _("Until %(last)s") % {"last": day_words(last)} if last else _("No day is stated here")


# Addresses


def revision_href(item: RulebookRevision, mine: Sequence[RulebookRevision]) -> str:
    """The address of a revision; the digest is named only where the date alone would mean another text."""
    here = reverse("rulebook", args=[item.platform, item.revision])
    return f"{here}?{urlencode({'digest': short(item.digest)})}" if _is_older_twin(item, mine) else here


def diff_href(old: RulebookRevision, new: RulebookRevision, mine: Sequence[RulebookRevision]) -> str:
    """The address of what changed between two revisions; digests as in ``revision_href``."""
    here = reverse("rulebook_diff", args=[old.platform, old.revision, new.revision])
    named = {name: short(item.digest) for name, item in (("from", old), ("to", new)) if _is_older_twin(item, mine)}
    return f"{here}?{urlencode(named)}" if named else here


def twins_of(item: RulebookRevision, mine: Sequence[RulebookRevision]) -> list[RulebookRevision]:
    """The other texts that were published under the same date."""
    return [other for other in mine if other.published == item.published and other.pk != item.pk]


def _is_older_twin(item: RulebookRevision, mine: Sequence[RulebookRevision]) -> bool:
    return next(other for other in mine if other.published == item.published).pk != item.pk


def dated(item: RulebookRevision, mine: Sequence[RulebookRevision]) -> str:
    """The day of a revision, with its digest where the day alone would not tell which."""
    if not twins_of(item, mine):
        return day_words(item.published)
    return _("%(day)s, %(digest)s") % {"day": day_words(item.published), "digest": short(item.digest)}


def find_revision(revisions: Sequence[RulebookRevision], revision: str, digest: str = "") -> RulebookRevision:
    """The newest of a date, or the one whose digest begins so.

    Raises:
        NotFound: no revision of that date, or none with that digest; too few of its characters name none.
    """
    wanted = digest.removeprefix("sha256:")
    for item in revisions:
        named = len(wanted) >= _FEWEST and item.digest.removeprefix("sha256:").startswith(wanted)
        if item.revision == revision and (named or not digest):
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
    conflicts = tuple(entry for each in book.conflicts if _has(entry := conflict_entry(each, book), query))
    kinds = tuple(kind for each in book.attestations.values() if _has(kind := _kind(each, book), query))
    return RulebookPage(
        title=item.title,
        platform=words.rulebook_words(item),
        published=day_words(item.published),
        published_iso=item.revision,
        note=book.note,
        digest=item.digest,
        loaded=When.of(item.loaded_at, now),
        crumbs=crumbs(item),
        filter=_filter(item, book, groups, query, digest),
        contents=_contents(groups, rules, conflicts, kinds),
        groups=groups,
        rules=rules,
        conflicts=conflicts,
        kinds=kinds,
        pills=_pills(item, mine, now),
        others=_revision_links((other for other in mine if other.pk != item.pk), mine),
        twins=_revision_links(twins_of(item, mine), mine),
        changes=_changes(item, mine),
        documents=_documents(book),
        reach=reach_facts(book) if item.is_law else (),
        legal=law_sentence() if item.is_law else "",
        compare_href="" if item.is_law else reverse("rulebooks_compare"),
    )


def crumbs(item: RulebookRevision) -> tuple[Crumb, ...]:
    shelf = "laws" if item.is_law else f"platform-{item.platform}"
    name = _("Law packs") if item.is_law else words.platform_words(item.platform)
    return (Crumb(_("Rulebooks"), reverse("rulebooks")), Crumb(name, f"{reverse('rulebooks')}#{shelf}"))


def _revision_links(items: Iterable[RulebookRevision], mine: Sequence[RulebookRevision]) -> tuple[Link, ...]:
    return tuple(
        Link(
            _("%(day)s, %(digest)s") % {"day": day_words(each.published), "digest": short(each.digest)},
            revision_href(each, mine),
        )
        for each in items
    )


def _changes(item: RulebookRevision, mine: Sequence[RulebookRevision]) -> tuple[Link, ...]:
    """To the differences between this revision and the ones just before and after it."""
    place = mine.index(item)
    found = []
    if older := mine[place + 1 : place + 2]:
        since = _("since %(day)s") % {"day": dated(older[0], mine)}
        found.append(Link(since, diff_href(older[0], item, mine)))
    if place:
        until = _("until %(day)s") % {"day": dated(mine[place - 1], mine)}
        found.append(Link(until, diff_href(item, mine[place - 1], mine)))
    return tuple(found)


def short(digest: str) -> str:
    """Enough of a digest to recognize it."""
    return digest.removeprefix("sha256:")[:12]


def _pills(item: RulebookRevision, mine: Sequence[RulebookRevision], now: datetime) -> tuple[Pill, ...]:
    if item.pk != mine[0].pk:
        return (Pill("neutral", _("Older revision")),)
    newest = Pill("live", _("Newest"))
    return (newest, force_pill(item.rulebook(), now)) if item.is_law else (newest,)


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
    count = words.group_count(name, len(entries))
    return BehaviorGroup(f"g-{name}", words.group_words(name), count, len(entries), tuple(entries))


def behavior_entry(behavior: Behavior, book: Rulebook) -> BehaviorEntry:
    kind, tone, icon = _label(behavior)
    entry = BehaviorEntry(
        key=behavior.key,
        name=behavior.name,
        description=behavior.description,
        kind=kind,
        tone=tone,
        icon=icon,
        because=behavior.because,
        source=source_of(behavior.citation),
        who=who_words(behavior, book.layer),
        stance=_stance(behavior),
        advice=behavior.advice,
        narrowed=_narrowed(behavior, book),
        authority=behavior.authority,
        how=how_words(behavior.how),
        see=tuple(_behavior_link(key, book) for key in see_of(behavior, book)),
    )
    if not behavior.is_stated:
        return entry
    if behavior.kind is Kind.FILTER:
        return _filter_entry(entry, behavior)
    domain = behavior.domain
    return replace(
        entry,
        values=_values(domain, behavior.default),
        order=order_words(domain),
        default=words.value_words(domain, domain.dump(behavior.default)),
        windows=_windows(behavior),
        phrasing=phrasing(behavior),
    )


def see_of(behavior: Behavior, book: Rulebook) -> tuple[str, ...]:
    """What bears on a behavior, in both directions: a filter names the behaviors that point to it."""
    pointing = (key for key, other in book.behaviors.items() if behavior.key in other.see)
    return tuple(dict.fromkeys((*behavior.see, *(pointing if behavior.kind is Kind.FILTER else ()))))


def _filter_entry(entry: BehaviorEntry, behavior: Behavior) -> BehaviorEntry:
    """A vendor's filter by its thresholds. Its values are no values of the model's, so they are never shown as such."""
    works = _("A filter works on prompts and answers. It does not change what the model itself does.")
    if behavior.setting is None:
        return replace(entry, filter=f"{works} {fixed_filter_words(behavior)}")
    domain, thresholds = behavior.domain, behavior.setting.thresholds
    names = domain.names if isinstance(domain, Level) else tuple(thresholds)
    return replace(
        entry,
        filter=works,
        category=behavior.setting.category,
        thresholds=tuple(
            Threshold(words.value_words(domain, name), thresholds[name], domain.parse(name) == behavior.default)
            for name in names
            if name in thresholds
        ),
        windows=((_("Operator may set"), words.window_words(domain, behavior.product)),),
    )


def fixed_filter_words(behavior: Behavior) -> str:
    """What a filter without a setting does; its strictest value is that it blocks."""
    if behavior.default == behavior.domain.strictest:
        return _("The vendor fixed it: it always blocks, and nobody can set it.")
    return _("The vendor fixed it, and nobody can set it.")


def how_words(how: How | None) -> str:
    """What it takes to change a behavior, as the document says."""
    if how is None:
        return ""
    return {
        How.EXPLICIT: _("An instruction that names it"),
        How.CONTEXT: _("An instruction, or the context of a request"),
    }[how]


def kind_words(kind: Kind) -> tuple[str, str, str]:
    """The name of a kind, its tone and its icon."""
    return {
        Kind.BRIGHT_LINE: (_("Bright line"), "never", "lock"),
        Kind.PROTECTION: (_("Protection"), "always", "shield"),
        Kind.HONESTY: (_("Honesty"), "platform", "quote"),
        Kind.DEFAULT: (_("Default"), "set", "sliders"),
        Kind.FILTER: (_("Vendor filter"), "platform", "toggle"),
    }[kind]


def _label(behavior: Behavior) -> tuple[str, str, str]:
    """The kind of what is stated. What is not stated is of no kind that a reader could rely on."""
    return {
        Stance.JUDGEMENT: (_("Left to judgement"), "platform", "comment"),
        Stance.UNADDRESSED: (_("Not addressed"), "platform", "minus"),
    }.get(behavior.stance) or kind_words(behavior.kind)


def _stance(behavior: Behavior) -> str:
    return {
        Stance.JUDGEMENT: _("Left to the model's judgement: there is nothing to set."),
        Stance.UNADDRESSED: _("The document is silent on this: there is nothing to set."),
    }.get(behavior.stance, "")


def who_words(behavior: Behavior, layer: Layer = Layer.PLATFORM) -> str:
    """Who may change a behavior, from the windows of its rulebook alone."""
    who = who_changes(behavior)
    if who in (Who.NOBODY, Who.PLATFORM) and layer is Layer.LAW:
        return _("Nobody, for products within the reach of the law.")
    if who is Who.OPERATOR_AND_USERS:
        return _who_inside(behavior.user.grant)
    if who is Who.PLATFORM:
        return (
            _("Nobody: the vendor fixes the filter.")
            if behavior.kind is Kind.FILTER
            else _("Nobody: the platform fixes it for every product.")
        )
    if who is Who.NOBODY and behavior.kind is Kind.PROTECTION:
        return _("Nobody: it protects the user, and no operator can take it away.")
    if who is Who.USERS and not behavior.user.waiver:
        return _("Users inside their window.")
    return {
        Who.NOBODY: _("Nobody. It is the same for every product."),
        Who.OPERATOR: _("The operator inside its window; users never."),
        Who.USERS: _("Users may waive it for themselves; no operator can take it away."),
        Who.JUDGEMENT: _("Nobody sets this."),
        Who.NOT_ADDRESSED: _("Nobody sets this."),
    }[who]


def _who_inside(grant: str) -> str:
    if grant == "platform":
        return _("The operator inside its window; users inside theirs, unless the operator narrows it.")
    return _("The operator inside its window; users as far as the operator allows.")


def _values(domain: Domain, default: Any) -> tuple[Value, ...]:
    if not isinstance(domain, Level):
        return ()
    return tuple(Value(words.value_words(domain, name), n == default) for n, name in enumerate(domain.names))


def order_words(domain: Domain) -> str:
    if isinstance(domain, Number):
        low, high = words.digits(domain.minimum), words.digits(domain.maximum)
        ends = {"low": low, "high": high, "unit": words.unit_words(domain.unit)}
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


def phrasing(behavior: Behavior) -> tuple[Phrase, ...]:
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
    return (*rules, *(Link(conflict_entry(each, book).when, f"#conflict-{each.id}") for each in conflicts))


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
        also=citation.also,
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
    parts = [_fact(name, words.fact_words(value)) for name, value in sorted(condition.facts.items())]
    if condition.without is not None:
        kind = book.attestations.get(condition.without)
        name = kind.name if kind else words.attestation_words(condition.without)
        parts.append(_("without the attestation “%(name)s”") % {"name": name})
    if condition.strict is not None:
        parts.append(_while(condition.strict.behavior, condition.strict.value, book))
    text = _(" and ").join(parts)
    return text[:1].upper() + text[1:]


def _fact(name: str, what: str) -> str:
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


def conflict_entry(conflict: Conflict, book: Rulebook) -> RuleEntry:
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
