"""What leads from an empty organization to a profile that a program fetches, each step as the data has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from profiles import queries
from profiles.access import ROLE_PERMISSIONS, Actor, Permission, Role
from profiles.models import Activation, Member, Product, Version
from profiles.web.pages import reads
from profiles.web.presenters.home import Step
from profiles.web.presenters.parts import Action

# Whoever has one of these takes part in it; the others only read.
_TAKES_PART = (Permission.EDIT_DRAFT, Permission.REVIEW, Permission.MANAGE_KEYS)


class Progress(Struct, frozen=True):
    """What there is so far."""

    products: Sequence[Product]
    newest: Mapping[int, Version]
    active: Mapping[int, Mapping[int, Activation]]
    members: Sequence[Member]
    has_key: bool

    @property
    def first(self) -> Product | None:
        """The product that the steps lead to: one that somebody meant, before a sample."""
        return next(iter(sorted(self.products, key=lambda product: product.is_sample)), None)

    @property
    def draft_is_edited(self) -> bool:
        return bool(self.newest) or any(product.draft.revision for product in self.products)

    @property
    def approved(self) -> Version | None:
        return next((row for row in self.newest.values() if _is_approved(row)), None)

    def pair(self, *, ready: bool) -> bool:
        """Whether one of them may write and another review; ``ready``: and both can sign in."""
        here = [row for row in self.members if row.user.has_usable_password() or not ready]
        writers, reviewers = (_who(permission, here) for permission in (Permission.SUBMIT, Permission.REVIEW))
        return bool(writers and reviewers) and len(writers | reviewers) > 1


def _is_approved(row: Version) -> bool:
    return bool(queries.judged(row, reads.reviews(row)).approvals) or reads.was_active(row)


def _who(permission: Permission, rows: Iterable[Member]) -> set[int]:
    return {row.user_id for row in rows if permission in ROLE_PERMISSIONS[Role(row.role)]}


def progress(
    actor: Actor,
    products: Sequence[Product],
    newest: Mapping[int, Version],
    active: Mapping[int, Mapping[int, Activation]],
    now: datetime,
) -> Progress:
    return Progress(products, newest, active, reads.members(actor, now), reads.has_client_key(actor))


def takes_part(actor: Actor) -> bool:
    return any(actor.may(permission) for permission in _TAKES_PART)


def first_steps(actor: Actor, found: Progress) -> tuple[Step, ...]:
    """Nothing once all is done, or for those who only read."""
    if not takes_part(actor):
        return ()
    steps = [_create(actor, found), _look(actor, found), _invite(actor, found), _submit(actor, found)]
    steps += [_approve(actor, found), _activate(actor, found), _fetch(actor, found)]
    if all(step.done for step in steps):
        return ()
    place = next(number for number, step in enumerate(steps) if not step.done)
    steps[place] = replace(steps[place], next=True)
    return tuple(steps)


def _link(actor: Actor, permission: Permission, label: str, href: str, icon: str) -> Action | None:
    return Action(label, href, icon) if href and actor.may(permission) else None


def _create(actor: Actor, found: Progress) -> Step:
    return Step(
        _("Create a product"),
        _("One deployment: who it is for, where and on what it runs."),
        bool(found.products),
        _link(actor, Permission.MANAGE_PRODUCTS, _("New product"), reverse("product_new"), "plus"),
    )


def _edit_href(found: Progress) -> str:
    return reverse("product_edit", args=[found.first.slug]) if found.first else ""


def _look(actor: Actor, found: Progress) -> Step:
    return Step(
        _("Look through its defaults"),
        _("Change what your users need. It counts as done with the first change."),
        found.draft_is_edited,
        _link(actor, Permission.EDIT_DRAFT, _("Open the editor"), _edit_href(found), "sliders"),
    )


def _invite(actor: Actor, found: Progress) -> Step:
    text = _("Four eyes need two people: nobody approves what they wrote, whatever their role.")
    if found.pair(ready=False) and not found.pair(ready=True):
        text = _("Somebody is invited, and has set no password yet.")
    return Step(
        _("Invite a second person"),
        text,
        found.pair(ready=True),
        _link(actor, Permission.MANAGE_MEMBERS, _("Members"), f"{reverse('settings_members')}#invite", "people"),
    )


def _submit(actor: Actor, found: Progress) -> Step:
    return Step(
        _("Submit a version"),
        _("It freezes the draft under a number, with your reason."),
        bool(found.newest),
        _link(actor, Permission.SUBMIT, _("Open the draft"), _edit_href(found), "sliders"),
    )


def _approve(actor: Actor, found: Progress) -> Step:
    href = reverse("reviews") if found.newest else ""
    return Step(
        _("Have it approved"),
        _("Somebody other than its author looks at what changes, in words."),
        bool(found.active or found.approved),
        _link(actor, Permission.REVIEW, _("Reviews"), href, "review"),
    )


def _activate(actor: Actor, found: Progress) -> Step:
    row = found.approved
    href = reverse("version", args=[row.product.slug, row.number]) if row else ""
    return Step(
        _("Activate it"),
        _("From then on clients of that environment get it."),
        bool(found.active),
        _link(actor, Permission.ACTIVATE, _("Open the version"), href, "play"),
    )


def _fetch(actor: Actor, found: Progress) -> Step:
    return Step(
        _("Create a client key"),
        _("With it a program fetches the active profile."),
        found.has_key,
        _link(actor, Permission.MANAGE_KEYS, _("API keys"), reverse("settings_api_keys"), "key"),
    )
