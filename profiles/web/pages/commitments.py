"""Making commitments public, and withdrawing them: what the form held, and what anybody can read meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from profiles import queries
from profiles.access import Actor, Permission
from profiles.models import Product
from profiles.web.pages.baseline import needs
from profiles.web.pages.states import crumbs
from profiles.web.pages.typed import TypedForm, texts
from profiles.web.presenters.commitments import CommitmentsPage, Published
from profiles.web.presenters.parts import Problem, When
from profiles.web.presenters.settings import Choice

Address = Callable[[str], str]  # a path as people outside write it


@dataclass(frozen=True, slots=True)
class TypedCommitments(TypedForm):
    environment: str = ""
    reason: str = ""

    @classmethod
    def of(cls, form: QueryDict) -> Self:
        return cls(**texts(form, "environment", "reason"))


def build(actor: Actor, product: Product, typed: TypedCommitments, whole: Address, now: datetime) -> CommitmentsPage:
    may = actor.may(Permission.PUBLISH_COMMITMENTS)
    published = _published(product, whole, now)
    environments = () if published else tuple(_environments(product, typed))
    fields = {"reason": bool(published or environments), "environment": bool(environments)}
    return CommitmentsPage(
        slug=product.slug,
        name=product.name,
        crumbs=crumbs(product),
        lead=_lead(product),
        published=published,
        environments=environments,
        can_change=may,
        no_form="" if may else needs(Permission.PUBLISH_COMMITMENTS),
        reason=typed.reason,
        reason_error=typed.errors.get("reason", ""),
        environment_error=typed.errors.get("environment", ""),
        problems=_problems(typed, fields),
    )


def _lead(product: Product) -> str:
    if product.public_environment is None:
        return _("Nobody outside of your organization can read what %(name)s promises.") % {"name": product.name}
    return _("Anybody can read what %(name)s promises, and what was tested of it.") % {"name": product.name}


def _published(product: Product, whole: Address, now: datetime) -> Published | None:
    environment, since = product.public_environment, product.public_since
    if environment is None or since is None:
        return None
    args = [product.organization.slug, product.slug]
    page, data = reverse("commitments", args=args), reverse("commitments_data", args=args)
    address, badge = whole(page), whole(f"{page}badge.svg")
    text = _("Commitments of %(name)s") % {"name": product.name}
    return Published(
        page=page,
        data=data,
        badge=f"{page}badge.svg",
        page_address=address,
        data_address=whole(data),
        embed=format_html('<a href="{}"><img src="{}" alt="{}"></a>', address, badge, text),
        environment=environment.name,
        since=When.of(since, now),
    )


def _environments(product: Product, typed: TypedCommitments) -> Iterator[Choice]:
    """Those in which something is active, the one furthest along first."""
    rows = sorted(queries.active(product).values(), key=lambda row: -row.environment.position)
    chosen = typed.environment or (rows[0].environment.slug if rows else "")
    for row in rows:
        name = _("%(environment)s, where version %(number)d is active") % {
            "environment": row.environment.name,
            "number": row.version.number,
        }
        yield Choice(row.environment.slug, name, row.environment.slug == chosen)


def _problems(typed: TypedCommitments, fields: Mapping[str, bool]) -> tuple[Problem, ...]:
    """``fields`` says which fields the page has: the form can be another one by now."""
    labels = {"environment": _("Environment"), "reason": _("Why?")}
    ids = {name: name if fields.get(name) else "commitments" for name in typed.errors}
    return typed.problems("commitments", labels=labels, ids=ids)
