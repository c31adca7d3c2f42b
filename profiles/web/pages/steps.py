"""One change in words: what would have to be done, who can do it, and where."""

from __future__ import annotations

from datetime import datetime
from functools import singledispatch

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec import Struct

from profiles import queries
from profiles.access import ROLE_NAMES, Actor, Permission, roles_with
from profiles.models import Product, RulebookRevision
from profiles.queries import Stored
from profiles.resolution.changes import (
    Attest,
    Change,
    DropPreference,
    Elsewhere,
    Later,
    LiftHold,
    OpenBaseline,
    OpenToUsers,
    OtherFact,
    SetOther,
    WithoutFact,
)
from profiles.resolution.possible import Wish
from profiles.rulebook.model import Layer
from profiles.web.pages import words
from profiles.web.pages.above import layer_of
from profiles.web.presenters.parts import Action, When
from profiles.web.presenters.simulate import WayStep


class Names(Struct, frozen=True):
    """What the steps are about: names of behaviors, attestations and platforms, and the ways to their pages."""

    actor: Actor
    product: Product
    stored: Stored
    others: list[RulebookRevision]
    now: datetime

    def behavior(self, key: str) -> str:
        found = self.stored.behaviors.get(key)
        return found.name if found else key

    def value(self, key: str, raw: object) -> str:
        found = self.stored.behaviors.get(key)
        return words.value_words(found.domain, raw) if found else str(raw)

    def attestation(self, kind: str) -> str:
        for row in (*self.stored.revisions, *self.others):
            if kind in row.rulebook().attestations:
                return row.rulebook().attestations[kind].name
        return words.attestation_words(kind)

    def row(self, key: str) -> Action:
        address = f"{reverse('product_edit', args=[self.product.slug])}#{key}"
        return Action(_("Open the setting"), address, "sliders")

    def place(self) -> Action:
        return Action(_("Where it runs"), reverse("product_place", args=[self.product.slug]), "globe")

    def wish(self, wish: Wish) -> SetOther:
        return SetOther(wish.behavior, wish.value)


def who(permission: Permission) -> str:
    """The roles that may do it."""
    return ", ".join(str(ROLE_NAMES[role]) for role in roles_with(permission))


@singledispatch
def step_of(change: Change, names: Names) -> WayStep:
    """A change as a step of a way."""
    raise NotImplementedError(f"no words for {change}")


@step_of.register
def _set(change: SetOther, names: Names) -> WayStep:
    about = {"name": names.behavior(change.behavior), "value": names.value(change.behavior, change.value)}
    text = _("Reset “%(name)s”.") if change.value is None else _("Set “%(name)s” to %(value)s.")
    return WayStep(text % about, who(Permission.EDIT_DRAFT), names.row(change.behavior))


@step_of.register
def _open_to_users(change: OpenToUsers, names: Names) -> WayStep:
    found = names.stored.behaviors.get(change.behavior)
    window = words.window_words(found.domain, {"floor": change.floor, "ceiling": change.ceiling}) if found else ""
    text = _("Let users choose %(window)s for “%(name)s”.") % {
        "window": window,
        "name": names.behavior(change.behavior),
    }
    return WayStep(text, who(Permission.EDIT_DRAFT), names.row(change.behavior))


@step_of.register
def _drop_preference(change: DropPreference, names: Names) -> WayStep:
    text = _("The user takes back their preference for “%(name)s”.") % {"name": names.behavior(change.behavior)}
    return WayStep(text, _("The user."))


@step_of.register
def _attest(change: Attest, names: Names) -> WayStep:
    text = ngettext(
        "Have the attestation “%(name)s” granted, for at most %(n)d day.",
        "Have the attestation “%(name)s” granted, for at most %(n)d days.",
        change.days,
    ) % {"name": names.attestation(change.kind), "n": change.days}
    by = _("Requested by: %(roles)s. Granted by a steward.") % {"roles": who(Permission.REQUEST_ATTESTATION)}
    query = urlencode({"product": names.product.slug, "kind": change.kind})
    return WayStep(text, by, Action(_("Request attestation"), f"{reverse('attestations')}?{query}", "seal"))


@step_of.register
def _open_baseline(change: OpenBaseline, names: Names) -> WayStep:
    text = _("Take back what the organization's baseline narrows of “%(name)s”.") % {
        "name": names.behavior(change.behavior)
    }
    address = reverse("settings_baseline_behavior", args=[change.behavior])
    return WayStep(text, who(Permission.MANAGE_BASELINE), Action(_("Look at the baseline"), address, "building"))


@step_of.register
def _lift_hold(change: LiftHold, names: Names) -> WayStep:
    hold = change.hold
    text = _("Lift the hold on “%(name)s”: %(because)s") % {
        "name": names.behavior(hold.behavior),
        "because": hold.because,
    }
    everybody = hold.layer is Layer.PLATFORM
    by = _("A steward of this installation.") if everybody else who(Permission.PLACE_HOLD)
    rows = (row for row in queries.holds_for(names.actor) if row.lifted_at is None and row.behavior == hold.behavior)
    row = next((row for row in rows if layer_of(row) is hold.layer), None)
    look = Action(_("Look at the hold"), reverse("settings_hold", args=[row.pk]), "lock") if row else None
    return WayStep(text, by, look)


@step_of.register
def _elsewhere(change: Elsewhere, names: Names) -> WayStep:
    about = {"platform": words.platform_words(change.rulebook.platform)}
    if change.rulebook.platform in names.product.platforms:
        return WayStep(_("Ask %(platform)s, on which this product runs already.") % about, _("Clients."))
    text = _("Run on %(platform)s as well.") % about
    return WayStep(text, who(Permission.EDIT_DRAFT), names.place())


@step_of.register
def _later(change: Later, names: Names) -> WayStep:
    text = _("Wait until %(when)s: a law pack begins or ends then.") % {"when": When.of(change.at).shown}
    return WayStep(text, _("Nobody; it happens by itself."))


@step_of.register
def _other_fact(change: OtherFact, names: Names) -> WayStep:
    text = _("%(fact)s is %(value)s. Say so only if it is true.") % {
        "fact": words.fact_words(change.name),
        "value": words.fact_words(change.value),
    }
    return WayStep(text, who(Permission.EDIT_DRAFT), names.place())


@step_of.register
def _without_fact(change: WithoutFact, names: Names) -> WayStep:
    text = _("%(fact)s no longer has %(value)s. Say so only if it is true.") % {
        "fact": words.fact_words(change.name),
        "value": words.fact_words(change.value),
    }
    return WayStep(text, who(Permission.EDIT_DRAFT), names.place())
