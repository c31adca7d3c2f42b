"""Where a product runs, and what another place would change of its limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from msgspec import field
from msgspec.structs import replace

from profiles import queries
from profiles.access import Actor, Permission
from profiles.models import Draft, Product, RulebookRevision
from profiles.queries import Stored
from profiles.resolution.types import Decision, Resolution
from profiles.rulebook.domains import Direction
from profiles.web.moments import day_words
from profiles.web.pages import words
from profiles.web.pages.above import in_force_words
from profiles.web.pages.attestations import labelled
from profiles.web.pages.baseline import needs
from profiles.web.pages.product import platform_with_models
from profiles.web.pages.states import crumbs
from profiles.web.pages.typed import TypedForm
from profiles.web.presenters.parts import Message, Problem
from profiles.web.presenters.place import FactField, LimitLine, PlaceEffects, PlacePage, PlatformField
from profiles.web.presenters.settings import Choice

ONE_OF: Final = ("audience",)  # a product is for one audience; of everything else it may have several
_HINTS: Final = {
    "audience": gettext_lazy("Who talks to it. Rules and laws for minors look at this."),
    "surface": gettext_lazy("Through what people reach it."),
    "jurisdictions": gettext_lazy("Where its users are. Law packs apply by this."),
}


@dataclass(frozen=True, slots=True)
class TypedPlace(TypedForm):
    """What the form held, kept after a refusal; ``asked`` where it is only to be tried."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)  # by platform, as typed: names between commas
    asked: bool = False

    @classmethod
    def of(cls, form: QueryDict, product: Product, known: Mapping[str, Sequence[str]]) -> TypedPlace:
        """What a form says; facts keep the shape in which they are stored, so that the same says the same."""
        facts = {}
        for name in known:
            values = [value for value in form.getlist(f"facts.{name}") if value]
            if values:
                single = name in ONE_OF or product.facts.get(name) == values[0]
                facts[name] = values[-1] if single and (name in ONE_OF or len(values) == 1) else values
        # Clients that name no platform get the first one: what was chosen before keeps its place.
        wanted = form.getlist("platforms")
        before = [name for name in product.platforms if name in wanted]
        platforms = dict.fromkeys([*before, *wanted])
        models = {name.removeprefix("models."): form.get(name, "") for name in form if name.startswith("models.")}
        return cls(facts, tuple(platforms), models, asked=True)

    @classmethod
    def stored(cls, product: Product) -> TypedPlace:
        models = {platform: ", ".join(names) for platform, names in product.model_names.items()}
        return cls(product.facts, tuple(product.platforms), models)

    @property
    def model_names(self) -> dict[str, list[str]]:
        """Of the platforms that are chosen; what is typed beside another one is not said."""
        split = {name: [part.strip() for part in text.split(",")] for name, text in self.models.items()}
        return {name: [part for part in split.get(name, ()) if part] for name in self.platforms}


@dataclass(frozen=True)
class Place:
    """Everything that the page is built from."""

    actor: Actor
    product: Product
    draft: Draft
    now: datetime

    @cached_property
    def revisions(self) -> list[RulebookRevision]:
        return [row for row in queries.latest_of_all() if not row.is_law]

    @cached_property
    def known(self) -> dict[str, list[str]]:
        """The facts that some platform's rulebook looks at, with the values that it knows."""
        found: dict[str, dict[str, None]] = {}
        for row in self.revisions:
            for name, values in row.rulebook().facts.items():
                found.setdefault(name, {}).update(dict.fromkeys(values))
        return {name: list(values) for name, values in found.items()}

    @cached_property
    def stored(self) -> Stored:
        self.draft.product = self.product
        return Stored.draft(self.draft)

    def moved(self, typed: TypedPlace) -> Stored:
        """The draft as it would be judged somewhere else."""
        known = {row.platform for row in self.revisions}
        platforms = [name for name in typed.platforms if name in known]
        facts = dict(typed.facts)
        revisions, laws = queries.latest_rulebooks(platforms), queries.law_packs(facts)
        return replace(self.stored, facts=facts, revisions=revisions, laws=laws)


def build_place(board: Place, typed: TypedPlace) -> PlacePage:
    product = board.product
    may = board.actor.may(Permission.EDIT_DRAFT)
    models = ", ".join(platform_with_models(name, product.model_names.get(name, ())) for name in product.platforms)
    sentence = [Problem(typed.sentence, "#place")] if typed.sentence else []
    return PlacePage(
        slug=product.slug,
        seen=product.place_tag,
        product=product.name,
        crumbs=crumbs(product),
        lead=_(
            "For whom and where %(product)s runs decides which rules and laws apply to it. Nothing changes for clients "
            "before the next version, which somebody else reviews."
        )
        % {"product": product.name},
        facts=fact_fields(board, typed) if may else (),
        platforms=platform_fields(board, typed) if may else (),
        platforms_error=typed.errors.get("platforms", ""),
        shown=() if may else (*words.facts_words(product.facts), (_("Runs on"), models)),
        laws=tuple(_law(law, board.now) for law in board.stored.laws),
        effects=_effects(board, typed) if may and typed.asked else None,
        no_form="" if may else needs(Permission.EDIT_DRAFT),
        problems=(*sentence, *place_problems(typed)),
    )


def fact_fields(board: Place, typed: TypedPlace) -> tuple[FactField, ...]:
    return tuple(_fact(board, name, typed) for name in board.known)


def platform_fields(board: Place, typed: TypedPlace) -> tuple[PlatformField, ...]:
    return tuple(_platform(row, typed) for row in board.revisions)


def _fact(board: Place, name: str, typed: TypedPlace) -> FactField:
    said = typed.facts.get(name)
    chosen = said if isinstance(said, list) else [said]
    choices = tuple(Choice(value, words.fact_words(value), value in chosen) for value in board.known[name])
    several = name not in ONE_OF
    hint = str(_HINTS.get(name, ""))
    return FactField(
        f"facts.{name}", words.fact_words(name), choices, several, hint, typed.errors.get(f"facts.{name}", "")
    )


def _platform(row: RulebookRevision, typed: TypedPlace) -> PlatformField:
    return PlatformField(
        value=row.platform,
        label=words.platform_words(row.platform),
        revision=_("Rulebook of %(day)s") % {"day": day_words(row.published)},
        chosen=row.platform in typed.platforms,
        models=typed.models.get(row.platform, ""),
        error=typed.errors.get(f"model_names.{row.platform}", ""),
    )


def _law(law: RulebookRevision, now: datetime) -> tuple[str, str, str]:
    href = reverse("rulebook", args=[law.platform, law.revision])
    return law.title, in_force_words(law.rulebook(), now), href


def place_problems(typed: TypedPlace) -> tuple[Problem, ...]:
    found = []
    for name, text in typed.errors.items():
        kind, _dot, rest = name.partition(".")
        label = {"facts": words.fact_words(rest), "model_names": words.platform_words(rest)}.get(kind, _("Platforms"))
        place = {"facts": f"#facts-{rest}", "model_names": f"#models-{rest}"}.get(kind, "#platforms")
        found.append(Problem(labelled(label, text), place))
    return tuple(found)


# What it would change


def _effects(board: Place, typed: TypedPlace) -> PlaceEffects:
    before, after = board.stored, board.moved(typed)
    if not after.revisions:
        return PlaceEffects(_("Choose at least one platform."))
    if (before.facts, before.platforms) == (after.facts, after.platforms):
        same = _("Only the names of models differ: they are notes, and no limit looks at them.")
        changed = typed.model_names != _named(board.product)
        return PlaceEffects(same if changed else _("This is where it runs today."))
    claims = queries.claims_of(board.product)
    found = queries.difference(before, after, board.now, claims)
    limits = _limits(found.before, found.after)
    values = words.diff_lines(found)
    notes = [*_laws(before, after, board.now), *_platforms(found.before, found.after, after)]
    for key, clamp in found.refused.items():
        behavior = words.behavior_in(found.after, key)
        name = behavior.name if behavior else key
        lead = _("%(name)s would hold nowhere:") % {"name": name}
        notes.append(Message("warn", _("%(why)s Reset it before you submit.") % {"why": clamp.because}, lead))
    return PlaceEffects(
        lead=_("Clients get this with the next version, after somebody else reviewed it."),
        notes=tuple(notes),
        limits=limits,
        limits_title=_counted(limits) if limits else _("No limit differs."),
        values=values,
        values_title=ngettext(
            "%(n)d value of the draft would be another one", "%(n)d values of the draft would be others", len(values)
        )
        % {"n": len(values)},
    )


def _named(product: Product) -> dict[str, list[str]]:
    return {name: list(product.model_names.get(name, ())) for name in product.platforms}


def _counted(limits: Sequence[LimitLine]) -> str:
    """ "3 limits differ: 1 looser, 2 stricter"."""
    directions = [line.direction for line in limits]
    order = (Direction.LOOSENING, Direction.MIXED, Direction.TIGHTENING)
    said = [f"{directions.count(each)} {words.direction_words(each)}" for each in order if each in directions]
    text = ngettext("%(n)d limit differs: %(how)s", "%(n)d limits differ: %(how)s", len(limits))
    return text % {"n": len(limits), "how": ", ".join(said)}


def _laws(before: Stored, after: Stored, now: datetime) -> Iterable[Message]:
    old, new = ({law.platform: law for law in each.laws} for each in (before, after))
    for name in sorted(new.keys() - old.keys()):
        text = in_force_words(new[name].rulebook(), now)
        yield Message("note", f"{new[name].title}. {text}.", _("Begins to apply:"), icon="doc")
    for name in sorted(old.keys() - new.keys()):
        yield Message("note", f"{old[name].title}.", _("Stops to apply:"), icon="doc")


def _platforms(before: Mapping[str, Resolution], after: Mapping[str, Resolution], stored: Stored) -> Iterable[Message]:
    """What comes with a platform, or goes with it."""
    for name in (name for name in after if name not in before):
        decisions = after[name].decisions
        open_ = sum(not each.product.is_lock for each in decisions.values())
        locked = len(decisions) - open_
        text = _("%(open)d behaviors are open there and %(locked)d locked.") % {"open": open_, "locked": locked}
        refused = [decisions[key].behavior.name for key in stored.settings if _not_here(after[name], key)]
        if refused:
            text = _("%(text)s These settings would not hold there: %(names)s.") % {
                "text": text,
                "names": ", ".join(sorted(refused)),
            }
        lead = _("%(platform)s comes in:") % {"platform": words.platform_words(name)}
        yield Message("note", text, lead, icon="plus")
    for name in (name for name in before if name not in after):
        lead = _("%(platform)s goes:") % {"platform": words.platform_words(name)}
        text = _("Its clients keep what is active until the next version is, and are refused after that.")
        yield Message("note", text, lead, icon="minus")


def _not_here(resolution: Resolution, key: str) -> bool:
    return key in resolution.decisions and resolution.clamp_of(key) is not None


def _limits(before: Mapping[str, Resolution], after: Mapping[str, Resolution]) -> tuple[LimitLine, ...]:
    """Every window of products that would be another one, on the platforms of both; once where all agree."""
    lines: dict[str, dict[str, LimitLine]] = {}
    both = [name for name in after if name in before]
    for platform in both:
        old, new = before[platform].decisions, after[platform].decisions
        for key in sorted(old.keys() | new.keys()):
            if line := _limit(old.get(key), new.get(key)):
                lines.setdefault(key, {})[platform] = line
    found: list[LimitLine] = []
    for key in sorted(lines):
        each = lines[key]
        if len(each) == len(both) and len(set(each.values())) == 1:
            found.append(next(iter(each.values())))
        else:
            found += [replace(line, platform=words.platform_words(name)) for name, line in each.items()]
    return tuple(found)


def _limit(old: Decision | None, new: Decision | None) -> LimitLine | None:
    some = new or old
    assert some is not None, "a key comes from one of the two"
    domain, name, key = some.behavior.domain, some.behavior.name, some.behavior.key
    sides = [
        words.window_words(each.behavior.domain, each.product) if each else _("not limited") for each in (old, new)
    ]
    if old is None or new is None or old.behavior.domain != new.behavior.domain:
        if old is not None and new is not None and sides[0] == sides[1]:
            return None
        direction = Direction.TIGHTENING if old is None else Direction.LOOSENING if new is None else Direction.MIXED
    elif old.product == new.product:
        return None
    else:
        ends = [domain.direction(old.product[end], new.product[end]) for end in (0, 1)]
        direction = Direction.overall(ends)
    before, after = sides
    return LimitLine(name, key, before, after, direction.value, words.direction_words(direction))
