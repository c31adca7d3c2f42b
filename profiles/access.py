"""Who may do what: the only place that answers it.

An ``Actor`` is whoever acts, with the organization they act in. Permissions are asked with ``actor.require``; rows are
reached through ``Model.objects.of(actor)``, the one place where they are scoped to an organization.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.errors import Forbidden, NotFound

M = TypeVar("M", bound=models.Model)


class Permission(StrEnum):
    VIEW = "view"
    EDIT_DRAFT = "edit_draft"
    SUBMIT = "submit"
    REVIEW = "review"
    COMMENT = "comment"
    ACTIVATE = "activate"
    REQUEST_ATTESTATION = "request_attestation"
    RUN_CHECK = "run_check"  # publishes suites too, so that who is tested does not choose the test
    EDIT_SUITE = "edit_suite"
    VIEW_TRAIL = "view_trail"
    SHARE_SEARCH = "share_search"
    MANAGE_PRODUCTS = "manage_products"
    MANAGE_BASELINE = "manage_baseline"
    PLACE_HOLD = "place_hold"
    MANAGE_KEYS = "manage_keys"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_ENVIRONMENTS = "manage_environments"
    MANAGE_WEBHOOKS = "manage_webhooks"
    BREAK_GLASS = "break_glass"
    ERASE = "erase"  # what entries say about people
    MANAGE_AUDITORS = "manage_auditors"
    MANAGE_ENDPOINTS = "manage_endpoints"  # the models that are tested
    SET_BUDGET = "set_budget"  # the most that runs may take
    SET_RETENTION = "set_retention"  # how long entries are kept
    LEGAL_HOLD = "legal_hold"
    PUBLISH_COMMITMENTS = "publish_commitments"  # to everybody, signed in or not
    # For the whole installation
    DECIDE_ATTESTATION = "decide_attestation"
    PUBLISH_RULEBOOK = "publish_rulebook"
    HOLD_EVERYBODY = "hold_everybody"
    MANAGE_ORGANIZATIONS = "manage_organizations"


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    EDITOR = "editor"
    APPROVER = "approver"
    COMPLIANCE = "compliance"
    AUDITOR = "auditor"


_READ: Final = frozenset({Permission.VIEW, Permission.VIEW_TRAIL})

ROLE_PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.ADMINISTRATOR: _READ
    | {
        Permission.EDIT_DRAFT,
        Permission.SUBMIT,
        Permission.REVIEW,
        Permission.COMMENT,
        Permission.ACTIVATE,
        Permission.REQUEST_ATTESTATION,
        Permission.RUN_CHECK,
        Permission.EDIT_SUITE,
        Permission.SHARE_SEARCH,
        Permission.MANAGE_PRODUCTS,
        Permission.MANAGE_BASELINE,
        Permission.PLACE_HOLD,
        Permission.MANAGE_KEYS,
        Permission.MANAGE_MEMBERS,
        Permission.MANAGE_ENVIRONMENTS,
        Permission.MANAGE_WEBHOOKS,
        Permission.BREAK_GLASS,
        Permission.ERASE,
        Permission.MANAGE_AUDITORS,
        Permission.MANAGE_ENDPOINTS,
        Permission.SET_BUDGET,
        Permission.SET_RETENTION,
        Permission.LEGAL_HOLD,
        Permission.PUBLISH_COMMITMENTS,
    },
    Role.EDITOR: _READ
    | {
        Permission.SHARE_SEARCH,
        Permission.EDIT_DRAFT,
        Permission.EDIT_SUITE,
        Permission.SUBMIT,
        Permission.COMMENT,
        Permission.ACTIVATE,
        Permission.REQUEST_ATTESTATION,
    },
    Role.APPROVER: _READ
    | {
        Permission.SHARE_SEARCH,
        Permission.REVIEW,
        Permission.COMMENT,
        Permission.ACTIVATE,
        Permission.MANAGE_BASELINE,
        Permission.BREAK_GLASS,
    },
    Role.COMPLIANCE: _READ
    | {
        Permission.RUN_CHECK,
        Permission.EDIT_SUITE,
        Permission.SHARE_SEARCH,
        Permission.PLACE_HOLD,
        Permission.MANAGE_AUDITORS,
        Permission.LEGAL_HOLD,
    },
    Role.AUDITOR: _READ,
}

STEWARD_PERMISSIONS: Final = frozenset(
    {
        Permission.DECIDE_ATTESTATION,
        Permission.PUBLISH_RULEBOOK,
        Permission.HOLD_EVERYBODY,
        Permission.MANAGE_ORGANIZATIONS,
        Permission.VIEW_TRAIL,  # the installation's own, not an organization's
    }
)
SYSTEM_PERMISSIONS: Final = frozenset(Permission)

ROLE_NAMES: Final = {
    Role.ADMINISTRATOR: gettext_lazy("Administrator"),
    Role.EDITOR: gettext_lazy("Editor"),
    Role.APPROVER: gettext_lazy("Approver"),
    Role.COMPLIANCE: gettext_lazy("Compliance"),
    Role.AUDITOR: gettext_lazy("Auditor"),
}


class Scope(StrEnum):
    """What an organization key may do. None lets it review: a review is a person's word."""

    READ = "read"
    WRITE = "write"
    ACTIVATE = "activate"
    PRODUCTS = "products"
    RUN = "run"
    BUDGET = "budget"


SCOPE_PERMISSIONS: Final[dict[Scope, frozenset[Permission]]] = {
    Scope.READ: _READ,
    Scope.WRITE: frozenset(
        {Permission.EDIT_DRAFT, Permission.EDIT_SUITE, Permission.SUBMIT, Permission.REQUEST_ATTESTATION}
    ),
    Scope.ACTIVATE: frozenset({Permission.ACTIVATE}),
    Scope.PRODUCTS: frozenset({Permission.MANAGE_PRODUCTS}),
    Scope.RUN: frozenset({Permission.RUN_CHECK}),
    Scope.BUDGET: frozenset({Permission.SET_BUDGET}),  # apart from the scope that spends it
}


KEY_ID: Final = "key:"  # begins the id of a key as an actor


class ActorType(StrEnum):
    PERSON = "person"
    KEY = "key"
    SYSTEM = "system"  # the worker, the scheduler, a command


class Auth(StrEnum):
    """How it is known who acts."""

    PASSWORD = "password"  # signed in with it
    LINK = "link"  # that sets a password
    SCHEDULE = "schedule"  # signed in when they asked for it; carried out later
    KEY = "key"
    PROGRAM = "program"  # nobody: the program acts
    COMMAND = "command"  # whoever may run commands on the machine


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts. ``organization_id`` is None for a steward or the system acting for the whole installation."""

    type: ActorType
    id: str
    name: str
    permissions: frozenset[Permission]
    organization_id: int | None = None
    organization_slug: str = ""
    user_id: int | None = None
    request_id: str = ""
    auth: str = ""  # an ``Auth``; nobody whose is empty can act, since their entry would be refused
    on_behalf_of: str = ""  # the id of whoever a key or the program acts for, where that is somebody

    @property
    def is_person(self) -> bool:
        return self.type is ActorType.PERSON

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """
        Raises:
            Forbidden: with the roles that would be needed.
        """
        if refusal := self.refusal(permission):
            raise refusal

    def refusal(self, permission: Permission) -> Forbidden | None:
        """Why this actor may not; None if they may."""
        if self.may(permission):
            return None
        if self.type is ActorType.KEY:
            return _key_refusal(permission)
        roles = ", ".join(str(ROLE_NAMES[role]) for role in roles_with(permission))
        if roles:
            return Forbidden(_("Your role does not allow this. It needs one of: %(roles)s.") % {"roles": roles})
        return Forbidden(_("Only a steward of this installation may do this."))


def _key_refusal(permission: Permission) -> Forbidden:
    if permission is Permission.REVIEW:
        return Forbidden(_("A key reviews nothing: a review is a person's word. Somebody does it on the pages."))
    scopes = [scope.value for scope, given in SCOPE_PERMISSIONS.items() if permission in given]
    if not scopes:
        return Forbidden(_("No key may do this: it is for people, on the pages."))
    return Forbidden(_("This key lacks the scope %(scope)s, which this needs.") % {"scope": scopes[0]})


def scope_permissions(scopes: Iterable[str]) -> frozenset[Permission]:
    """What a key with these scopes may do."""
    return frozenset[Permission]().union(*(SCOPE_PERMISSIONS[Scope(scope)] for scope in scopes))


def person_permissions(role: str | None, *, is_steward: bool) -> frozenset[Permission]:
    own = ROLE_PERMISSIONS[Role(role)] if role else frozenset()
    return own | (STEWARD_PERMISSIONS if is_steward else frozenset())


def system(
    name: str, organization_id: int | None = None, organization_slug: str = "", *, on_behalf_of: str = ""
) -> Actor:
    """The program itself, acting for one organization or for the installation."""
    return Actor(
        ActorType.SYSTEM, name, name, SYSTEM_PERMISSIONS, organization_id, organization_slug,
        auth=Auth.PROGRAM, on_behalf_of=on_behalf_of,
    )  # fmt: skip


def command(name: str, organization_id: int | None = None, organization_slug: str = "") -> Actor:
    """A command, which acts for whoever runs it on the machine."""
    by = system(name, organization_id, organization_slug, on_behalf_of=f"login:{_login()}")
    return replace(by, auth=Auth.COMMAND)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number that has no name
        return str(os.getuid())


def roles_with(permission: Permission) -> Iterable[Role]:
    return (role for role, given in ROLE_PERMISSIONS.items() if permission in given)


class Scoped(models.QuerySet[M]):
    """Rows of one organization. Pages and API reach rows only through ``of`` (a test reads their source for it)."""

    def of(self, actor: Actor) -> Self:
        """The rows of the actor's organization; none for somebody who acts in none. The model says where its
        organization stands: ``ORGANIZATION`` is the path, ``ORGANIZATION_BY`` what of the actor is compared."""
        owner = getattr(actor, getattr(self.model, "ORGANIZATION_BY", "organization_id"))
        path: str = self.model.ORGANIZATION  # type: ignore[attr-defined]
        if not owner:
            return self.none()
        product = path.removesuffix("organization")
        # What belongs to a product goes with it.
        gone = {f"{product}removed_at__isnull": True} if product.endswith("product__") else {}
        return self.filter(**{path: owner}, **gone)

    def one(self, **lookup: object) -> M:
        """
        Raises:
            NotFound: the same whether the row is missing or somebody else's.
        """
        try:
            return self.get(**lookup)
        except ObjectDoesNotExist:
            raise NotFound(_("There is nothing here, or it is not yours to see.")) from None
