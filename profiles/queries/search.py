"""Finding things of one organization by what people remember of them. Each kind of thing takes one query at most; what
a rulebook says is looked up in memory, where every process has it anyway."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from profiles.access import Actor
from profiles.models import Attestation, Member, Product, RulebookRevision, Version
from profiles.queries.rulebooks import latest_rulebooks, without_text
from profiles.rulebook.model import Behavior

MOST_PRODUCTS: Final = 20  # whose behaviors are looked through, of those that do not match themselves
MOST_ATTESTATIONS: Final = 200
_NUMBER: Final = re.compile(r"(?:v|version\s*)?(\d{1,6})", re.IGNORECASE)
_DIGEST: Final = re.compile(r"(?:sha256:)?([0-9a-f]{6,64})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """What is looked for: every word must occur, in any order, whatever the case."""

    text: str

    @property
    def each(self) -> tuple[str, ...]:
        return tuple(self.text.casefold().split())

    def rank(self, name: str, *more: str) -> int | None:
        """How well a thing fits, 0 best; None if it does not. ``more`` is looked at where the name alone is not it."""
        called = name.casefold()
        if self.text.casefold() == called:
            return 0
        if called.startswith(self.each[:1]) and _all_in(self.each, called):
            return 1
        if _all_in(self.each, called):
            return 2
        rest = " ".join(more).casefold()
        return 3 if all(word in called or _begins_in(word, rest) for word in self.each) else None


def _all_in(words: Iterable[str], text: str) -> bool:
    return all(word in text for word in words)


def _begins_in(word: str, text: str) -> bool:
    """Whether a word of ``text`` begins so: in a long text almost everything occurs somewhere."""
    return re.search(rf"\b{re.escape(word)}", text) is not None


@dataclass(frozen=True, slots=True)
class BehaviorFound:
    """A behavior in the editor of one product."""

    product: Product
    behavior: Behavior


def products(actor: Actor) -> list[Product]:
    """Every product of the organization, with as much as is searched in."""
    return list(Product.objects.of(actor).only("slug", "name", "description", "platforms"))


def products_found(words: Words, mine: Iterable[Product], most: int) -> list[Product]:
    ranked = [(words.rank(each.name, each.slug, each.description), each) for each in mine]
    found = [(rank, each) for rank, each in ranked if rank is not None]
    return [each for _rank, each in sorted(found, key=lambda item: (item[0], item[1].name))][:most]


def behaviors_found(words: Words, mine: list[Product], most: int) -> list[BehaviorFound]:
    """The best behaviors, each in the first products that know it: so ``mine`` begins with the product that is meant.

    A word may name a product as well ("helper profanity").
    """
    mine = sorted(mine, key=lambda each: not _named_by(words, each))[:MOST_PRODUCTS]
    books = {
        each.platform: each for each in latest_rulebooks(dict.fromkeys(name for one in mine for name in one.platforms))
    }
    found: list[tuple[int, int, BehaviorFound]] = []
    for place, product in enumerate(mine):
        known: dict[str, Behavior] = {}
        for platform in product.platforms:
            if platform in books:
                known = {**books[platform].rulebook().behaviors, **known}
        for behavior in known.values():
            rank = words.rank(behavior.name, behavior.key, behavior.description, product.name)
            if rank is not None and _says_more_than(words, product, behavior):
                exact = 0 if words.text.casefold() == behavior.key else rank
                found.append((exact, place, BehaviorFound(product, behavior)))
    found.sort(key=lambda item: (item[0], item[1], item[2].behavior.name))
    return [item[2] for item in found[:most]]


def _named_by(words: Words, product: Product) -> bool:
    return any(word in product.name.casefold() for word in words.each)


def _says_more_than(words: Words, product: Product, behavior: Behavior) -> bool:
    """Whether the words are about the behavior too: the name of a product alone must not find all of its behaviors."""
    own = f"{behavior.name} {behavior.key} {behavior.description}".casefold()
    others = [word for word in words.each if word not in product.name.casefold()] or words.each
    return any(word in own for word in others)


def versions_found(words: Words, actor: Actor, most: int, first: str = "") -> list[Version]:
    """By number, by the beginning of the digest, or by what the author said. ``first``: the product that is meant."""
    wanted = Q()
    for word in words.each:
        wanted &= Q(note__icontains=word) | Q(product__name__icontains=word)
    if number := _NUMBER.fullmatch(words.text):
        wanted = Q(number=int(number[1]))
    if digest := _DIGEST.fullmatch(words.text):
        wanted |= Q(digest__startswith=f"sha256:{digest[1].lower()}")
    rows = Version.objects.of(actor).filter(wanted).select_related("product").order_by("-created_at")
    rows = rows.only("number", "note", "digest", "author_name", "created_at", "product__slug", "product__name")
    return sorted(rows[: most * 3], key=lambda row: row.product.slug != first)[:most]


def people_found(words: Words, actor: Actor, most: int) -> list[Member]:
    wanted = Q()
    for word in words.each:
        wanted &= Q(user__name__icontains=word) | Q(user__email__icontains=word)
    return list(Member.objects.of(actor).filter(wanted).select_related("user").order_by("user__name")[:most])


def attestations_found(words: Words, actor: Actor, names: dict[str, str], most: int) -> list[Attestation]:
    """
    Args:
        names: what each kind is called.
    """
    rows = Attestation.objects.of(actor).select_related("product").order_by("-requested_at")[:MOST_ATTESTATIONS]
    ranked = [(words.rank(names.get(row.kind, row.kind), row.kind, row.product.name), row) for row in rows]
    return [row for rank, row in ranked if rank is not None][:most]


def revisions() -> list[RulebookRevision]:
    """All of this installation, without their texts; each platform's newest first."""
    return list(without_text().order_by("platform", "-published", "-id"))


def attestation_names(rows: Iterable[RulebookRevision]) -> dict[str, str]:
    """What the kinds of attestations are called in the newest rulebooks."""
    newest = {row.platform: row for row in reversed(list(rows))}
    return {key: kind.name for row in newest.values() for key, kind in row.rulebook().attestations.items()}


def rulebooks_found(words: Words, revisions: Iterable[RulebookRevision], most: int) -> list[RulebookRevision]:
    ranked = [(words.rank(each.title, each.platform, each.revision, each.digest), each) for each in revisions]
    found = [(rank, each) for rank, each in ranked if rank is not None]
    return [each for _rank, each in sorted(found, key=lambda item: item[0])][:most]
