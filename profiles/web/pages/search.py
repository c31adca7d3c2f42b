"""The search page and the palette: what was found, in groups of a few each, and before anything is typed what this
person worked on last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits import queries as trail
from audits.models import Entry
from profiles.access import ROLE_NAMES, Actor, Role
from profiles.models import Attestation, Member, Product, RulebookRevision, Version
from profiles.queries import search
from profiles.queries.search import BehaviorFound, Words
from profiles.web.moments import day_words, local
from profiles.web.pages import words
from profiles.web.pages.commands import places
from profiles.web.pages.help import topic_href
from profiles.web.pages.help_topics import TOPICS
from profiles.web.pages.rulebooks import revision_href
from profiles.web.pages.states import version_href
from profiles.web.presenters.search import Hit, HitGroup, SearchPage

LONGEST: Final = 100  # characters that are looked at
IN_PALETTE: Final = 5
ON_PAGE: Final = 20
_RECENT: Final = 6
_LOOKED_THROUGH: Final = 40  # entries, for what was worked on last


class Builder:
    """One search of one person."""

    def __init__(self, actor: Actor, text: str, product: str, most: int) -> None:
        self.actor, self.most = actor, most
        self.words = Words(" ".join(text[:LONGEST].split()))
        found = search.products(actor)
        self.mine = sorted(found, key=lambda each: each.slug != product)  # what is looked at comes first
        self.here = next((each for each in self.mine if each.slug == product), None)

    def groups(self) -> Iterable[HitGroup]:
        """Those that have anything in them, in the order in which people mostly mean them."""
        made = self.found() if self.words.each else self.before_typing()
        for name, title, hits in made:
            some = tuple(hits)
            if some:
                yield HitGroup(name, title, tuple(_numbered(name, some)))

    # Before anything is typed

    def before_typing(self) -> Iterable[tuple[str, str, Iterable[Hit]]]:
        yield "recent", _("Recent"), self.recent()
        yield "products", _("Products"), (_product(each) for each in self.mine[: self.most])
        yield "pages", _("Pages"), self.pages()

    def recent(self) -> Iterable[Hit]:
        """Where this person did something last: a draft, a version, a product."""
        known = {each.slug: each for each in self.mine}
        seen: dict[str, Hit] = {}
        for entry in trail.last_of(self.actor, _LOOKED_THROUGH):
            if entry.product in known:
                hit = _worked_on(entry, known[entry.product])
                seen.setdefault(hit.href, hit)
        return list(seen.values())[:_RECENT]

    # What was found

    def found(self) -> Iterable[tuple[str, str, Iterable[Hit]]]:
        revisions = search.revisions()
        names = search.attestation_names(revisions)
        yield "entry", _("Entry"), self.entry()
        yield "products", _("Products"), map(_product, search.products_found(self.words, self.mine, self.most))
        yield "pages", _("Pages"), self.pages()
        yield "behaviors", _("Behaviors"), map(_behavior, search.behaviors_found(self.words, self.mine, self.most))
        slug = self.here.slug if self.here else ""
        versions = search.versions_found(self.words, self.actor, self.most, slug)
        yield "versions", _("Versions"), map(_version, versions)
        yield "people", _("People"), map(_person, search.people_found(self.words, self.actor, self.most))
        yield "rulebooks", _("Rulebooks"), self.rulebooks(revisions)
        claims = search.attestations_found(self.words, self.actor, names, self.most)
        yield "attestations", _("Attestations"), (_attestation(each, names) for each in claims)
        yield "help", _("Help"), self.help()

    def entry(self) -> Iterable[Hit]:
        entry = trail.entry_named(self.actor, self.words.text)
        if entry is not None:
            detail = _("%(who)s, %(day)s") % {"who": entry.actor_name, "day": day_words(local(entry.at).date())}
            label = _("Entry %(number)d") % {"number": entry.pk}
            yield Hit("", reverse("trail_entry", args=[entry.pk]), label, "list", detail)

    def pages(self) -> Iterable[Hit]:
        ranked = [(self.words.rank(each.label, each.also), each) for each in places(self.actor, self.here)]
        if not self.words.each:
            return [Hit("", each.href, each.label, each.icon) for _rank, each in ranked][: self.most]
        found = sorted(((rank, each) for rank, each in ranked if rank is not None), key=lambda item: item[0])
        return [Hit("", each.href, each.label, each.icon) for _rank, each in found[: self.most]]

    def rulebooks(self, revisions: list[RulebookRevision]) -> Iterable[Hit]:
        return [_rulebook(each, revisions) for each in search.rulebooks_found(self.words, revisions, self.most)]

    def help(self) -> Iterable[Hit]:
        ranked = [(self.words.rank(str(each.title), str(each.summary)), slug) for slug, each in TOPICS.items()]
        found = sorted((rank, slug) for rank, slug in ranked if rank is not None)
        return [Hit("", topic_href(slug), str(TOPICS[slug].title), "info") for _rank, slug in found[: self.most]]


def search_page(actor: Actor, text: str, *, product: str = "", most: int = ON_PAGE) -> SearchPage:
    builder = Builder(actor, text, product, most)
    groups = tuple(builder.groups())
    count = sum(len(group.hits) for group in groups)
    said = ngettext("%(count)d result", "%(count)d results", count) % {"count": count}
    if not builder.words.each:
        said = ""
    return SearchPage(
        query=builder.words.text,
        product=builder.here.slug if builder.here else "",
        groups=groups,
        said=said if count else _("Nothing found."),
        empty="" if count else _("Try fewer or other words: a behavior, a product, a person, v12, #345, or a digest."),
    )


def _numbered(group: str, hits: Iterable[Hit]) -> Iterable[Hit]:
    """Each with an id, which the field of the palette names while it is chosen."""
    for number, hit in enumerate(hits):
        yield Hit(f"hit-{group}-{number}", hit.href, hit.label, hit.icon, hit.detail, hit.lang)


# One of each


def _product(product: Product) -> Hit:
    return Hit("", reverse("product", args=[product.slug]), product.name, "box", product.description)


def _behavior(found: BehaviorFound) -> Hit:
    href = f"{reverse('product_edit', args=[found.product.slug])}#{found.behavior.key}"
    return Hit("", href, found.behavior.name, "toggle", found.product.name, "en")


def _version(row: Version) -> Hit:
    label = _("Version %(number)d of %(product)s") % {"number": row.number, "product": row.product.name}
    first = row.note.partition("\n")[0]
    return Hit(
        "", version_href(row.product, row.number), label, "history", first if len(first) < 90 else f"{first[:88]}…"
    )


def _person(row: Member) -> Hit:
    href = f"{reverse('settings_members')}#member-{row.user_id}"
    return Hit("", href, row.user.name, "person", str(ROLE_NAMES[Role(row.role)]))


def _rulebook(row: RulebookRevision, revisions: list[RulebookRevision]) -> Hit:
    mine = [each for each in revisions if each.platform == row.platform]
    detail = _("%(name)s, %(day)s") % {"name": words.rulebook_words(row), "day": day_words(row.published)}
    return Hit("", revision_href(row, mine), row.title, "book", detail, "en")


def _attestation(row: Attestation, names: dict[str, str]) -> Hit:
    href = f"{reverse('attestations')}#claim-{row.pk}"
    return Hit("", href, names.get(row.kind, row.kind), "seal", row.product.name, "en")


def _worked_on(entry: Entry, product: Product) -> Hit:
    number = entry.target.removeprefix("version ")
    if number != entry.target and number.isdecimal():
        label = _("Version %(number)d of %(product)s") % {"number": int(number), "product": product.name}
        return Hit("", version_href(product, int(number)), label, "history")
    if entry.target == "draft":
        label = _("Draft of %(product)s") % {"product": product.name}
        return Hit("", reverse("product_edit", args=[product.slug]), label, "sliders")
    return Hit("", reverse("product", args=[product.slug]), product.name, "box")
