"""What every write has in common: one transaction with its entry, and refusals that stay on record."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch, wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from django.db import transaction
from django.utils.translation import gettext

from audits.log.disclosures import Personal, personal
from audits.models import Auditor, Entry, LegalHold, SavedSearch
from audits.trail.kinds import Kind, Outcome
from audits.trail.record import Recorded, record
from profiles.access import Actor
from profiles.errors import DomainError, Malformed, NotFound, NotSignedIn, StaleDraft
from profiles.models import (
    ApiKey,
    Attestation,
    Draft,
    Environment,
    Hold,
    Member,
    Organization,
    Product,
    Schedule,
    User,
    Version,
    Webhook,
)

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")

# What says nothing about anybody: a typing error, an address that does not exist, two people at once.
_NOT_ON_RECORD = (Malformed, NotFound, NotSignedIn, StaleDraft)
_depth: ContextVar[int] = ContextVar("depth", default=0)
# Every action by "module.name", so that a test can ask for all of them.
ACTIONS: Final[dict[str, Callable[..., Any]]] = {}


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action is about, in the words of an entry."""

    organization: str = ""
    product: str = ""
    target: str = ""
    version: int | None = None


@singledispatch
def subject(thing: Any) -> Subject:
    return Subject(target=str(thing)[:200])


@subject.register
def _(thing: Organization) -> Subject:
    return Subject(thing.slug, target=thing.slug)


@subject.register
def _(thing: Member) -> Subject:
    return Subject(thing.organization.slug, target=f"account {thing.user_id}")


@subject.register
def _(thing: Environment) -> Subject:
    return Subject(thing.organization.slug, target=f"environment {thing.slug}")


@subject.register
def _(thing: Product) -> Subject:
    return Subject(thing.organization.slug, thing.slug, thing.slug)


@subject.register
def _(thing: Draft) -> Subject:
    return Subject(thing.product.organization.slug, thing.product.slug, "draft")


@subject.register
def _(thing: Version) -> Subject:
    return Subject(thing.product.organization.slug, thing.product.slug, f"version {thing.number}", thing.number)


@subject.register
def _(thing: Attestation) -> Subject:
    return Subject(thing.organization.slug, thing.product.slug, f"attestation {thing.kind}")


@subject.register
def _(thing: ApiKey) -> Subject:
    product = thing.product.slug if thing.product else ""
    return Subject(thing.organization.slug, product, f"key {thing.prefix}")


@subject.register
def _(thing: User) -> Subject:
    return Subject(target=f"account {thing.pk}")


@subject.register
def _(thing: Hold) -> Subject:
    return Subject(thing.organization.slug if thing.organization else "", target=f"hold {thing.behavior}")


@subject.register
def _(thing: Entry) -> Subject:
    return Subject(thing.organization, thing.product, f"entry {thing.pk}")


@subject.register
def _(thing: Schedule) -> Subject:
    return subject(thing.version)


@subject.register
def _(thing: SavedSearch) -> Subject:
    return Subject(thing.organization.slug, target=f"search {thing.pk}")


@subject.register
def _(thing: Webhook) -> Subject:
    return Subject(thing.organization.slug, target=f"webhook {thing.pk}")


@subject.register
def _(thing: Auditor) -> Subject:
    return Subject(thing.organization.slug if thing.organization else "", target=f"auditor {thing.pk}")


@subject.register
def _(thing: LegalHold) -> Subject:
    return Subject(thing.organization.slug if thing.organization else "", target=f"legal hold {thing.pk}")


def action(
    kind: Kind, *, across: bool = False
) -> Callable[[Callable[Concatenate[T, P], R]], Callable[Concatenate[T, P], R]]:
    """Make a function an action. Its first argument is what it is about, ``by`` whoever acts, ``now`` the instant.

    It runs in one transaction. If it refuses, everything it did is undone and the refusal is written by itself, under
    the kind that it would have had. An action called by another one leaves that to the outer one.

    Args:
        across: stewards, who may be members of some organization too, do this to any organization.
    """

    def wrap(function: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
        @wraps(function)
        def run(thing: T, *args: P.args, **kwargs: P.kwargs) -> R:
            token = _depth.set(_depth.get() + 1)
            try:
                with transaction.atomic():
                    if not across:
                        _need_own(thing, **kwargs)  # type: ignore[arg-type]
                    return function(thing, *args, **kwargs)
            except DomainError as error:
                if _depth.get() == 1 and not isinstance(error, _NOT_ON_RECORD):
                    _record_refusal(kind, thing, error, **kwargs)  # type: ignore[arg-type]
                raise
            finally:
                _depth.reset(token)

        ACTIONS[f"{function.__module__}.{function.__name__}"] = run
        return run

    return wrap


def _need_own(thing: Any, /, *, by: Actor, **_arguments: Any) -> None:
    """Doors find rows through ``of(actor)``. One that forgets to is refused here.

    Raises:
        NotFound: the thing belongs to another organization than the one that the actor acts in.
    """
    owner = subject(thing).organization
    if owner and by.organization_slug not in ("", owner):
        raise NotFound(gettext("There is nothing here, or it is not yours to see."))


def _record_refusal(
    kind: Kind, thing: Any, error: DomainError, /, *, by: Actor, now: datetime, **_arguments: Any
) -> None:
    note(
        kind,
        thing,
        by=by,
        now=now,
        outcome=Outcome.REFUSED,
        data={
            "code": error.code,
            "message": personal(error.message),  # it may name somebody
            "fields": Personal(error.fields) if error.fields else {},
            **error.detail,
        },
    )
    error.is_recorded = True


def note(kind: Kind, thing: Any, *, by: Actor, now: datetime, **more: Any) -> Recorded:
    """Write the entry of an action about ``thing``."""
    about = subject(thing)
    return record(
        kind,
        who=by,
        at=now,
        organization=about.organization,
        product=about.product,
        target=more.pop("target", about.target),
        version=more.pop("version", about.version),
        **more,
    )
