"""The page on which settings are taken over from another product or version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.access import Actor
from profiles.actions.drafts import WINDOWS
from profiles.errors import NotFound
from profiles.models import Draft, Product, Version
from profiles.queries.copying import Copy, plan_copy
from profiles.resolution.types import Clamp
from profiles.web.pages import reads, words
from profiles.web.pages.state import State
from profiles.web.pages.states import crumbs, version_name
from profiles.web.pages.users import window_words
from profiles.web.presenters.copying import CopyPage, CopyPlan, NotTaken
from profiles.web.presenters.parts import DiffLine, Message
from profiles.web.presenters.settings import Choice


def source_of(actor: Actor, product: Product, named: str) -> Draft | Version:
    """What a choice names: ``<product>`` is its draft, ``<product>/<number>`` a version of it.

    Raises:
        NotFound: there is none of that name in the organization.
    """
    slug, _slash, number = named.partition("/")
    rows = Product.objects.of(actor).select_related("organization", "draft")
    # A name may be anything, so the database is not asked for it.
    other = next((row for row in rows if row.slug == slug), None)
    if other is None or (not number and other.pk == product.pk) or len(number) > 9:
        raise NotFound(_("There is no such source."))
    if number and not (number.isascii() and number.isdecimal()):
        raise NotFound(_("There is no such source."))
    return reads.version(actor, other, int(number)) if number else other.draft


def copy_page(state: State, actor: Actor, named: str = "", *, error: str = "") -> CopyPage:
    product = state.product
    plan = None
    if named:
        source = source_of(actor, product, named)
        plan = _plan(state, named, plan_copy(state.stored, source, state.now, state.claims))
    return CopyPage(
        slug=product.slug,
        product=product.name,
        crumbs=crumbs(product),
        seen=state.draft.revision,
        sources=_sources(actor, product, named),
        plan=plan,
        error=Message("bad", error) if error else None,
    )


def _sources(actor: Actor, product: Product, named: str) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    own = [(f"{product.slug}/{row.number}", version_name(row.number)) for row in reads.versions(actor, product)]
    groups = [(_("Versions of %(product)s") % {"product": product.name}, own)]
    newest = reads.newest_versions(actor, reads.products(actor))
    by_product = {row.product_id: row for row in newest.values()}
    for other in reads.products(actor):
        if other.pk == product.pk:
            continue
        choices = [(other.slug, _("Draft of %(product)s") % {"product": other.name})]
        if row := by_product.get(other.pk):
            name = _("Version %(number)d of %(product)s") % {"number": row.number, "product": other.name}
            choices.insert(0, (f"{other.slug}/{row.number}", name))
        groups.append((other.name, choices))
    return tuple(
        (name, tuple(Choice(value, label, value == named) for value, label in choices))
        for name, choices in groups
        if choices
    )


def _plan(state: State, named: str, found: Copy) -> CopyPlan:
    count, left = len(found.taken), len(found.refused)
    text = found.text != state.draft.instructions and bool(found.text)
    take = ngettext("Take over %(n)d setting", "Take over %(n)d settings", count) % {"n": count}
    return CopyPlan(
        source=named,
        tag=found.tag,
        title=ngettext("%(n)d setting would change", "%(n)d settings would change", count) % {"n": count},
        same=ngettext("%(n)d is the same already.", "%(n)d are the same already.", found.same) % {"n": found.same},
        lines=tuple(_line(state, field, raw) for field, raw in sorted(found.taken.items())),
        refused=tuple(_not_taken(state, field, clamp) for field, clamp in sorted(found.refused.items())),
        refused_title=ngettext("%(n)d setting cannot be taken over", "%(n)d settings cannot be taken over", left)
        % {"n": left},
        button=take if count else _("Take over the instructions") if text else "",
        text=text,
    )


def _line(state: State, field: str, raw: Any) -> DiffLine:
    key = field.removeprefix(WINDOWS)
    decision = state.decisions[key]
    domain, name = decision.behavior.domain, _name(state, field)
    if field.startswith(WINDOWS):
        before, after = (window_words(domain, each) for each in (state.draft.windows.get(key), raw))
        return DiffLine(name, field, before=before, after=after)
    direction = domain.direction(decision.operator, domain.parse(raw))
    before, after = (words.value_words(domain, each) for each in (decision.operator_raw, raw))
    told = words.direction_words(direction)
    return DiffLine(name, field, before=before, after=after, direction=direction.value, direction_text=told)


def _not_taken(state: State, field: str, clamp: Clamp) -> NotTaken:
    decision = state.decisions.get(field.removeprefix(WINDOWS))
    if decision is None:
        return NotTaken(_name(state, field), str(clamp.wanted)[:80], clamp.because)
    domain, is_window = decision.behavior.domain, isinstance(clamp.wanted, Mapping)
    wanted = window_words(domain, clamp.wanted) if is_window else words.value_words(domain, clamp.wanted)
    return NotTaken(_name(state, field), wanted, clamp.because)


def _name(state: State, field: str) -> str:
    key = field.removeprefix(WINDOWS)
    name = state.decisions[key].behavior.name if key in state.decisions else key
    return _("%(name)s: what users may change") % {"name": name} if field.startswith(WINDOWS) else name
