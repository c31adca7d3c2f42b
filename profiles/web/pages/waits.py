"""What waits for somebody, or what they should know: unfinished drafts, failing checks, and what goes live later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from msgspec import Struct

from audits.models import Alarm, Check
from profiles.access import Actor, Permission
from profiles.models import Activation, Environment, Product, Version
from profiles.web.pages import reads
from profiles.web.pages.alerts import alarm_words
from profiles.web.pages.states import check_words, version_href
from profiles.web.presenters.home import Waiting
from profiles.web.presenters.parts import Person, Pill, When


class Board(Struct, frozen=True):
    """Everything that the products of an organization say, read once for the whole page."""

    actor: Actor
    now: datetime
    products: list[Product]
    newest: Mapping[int, Version]
    active: Mapping[int, Mapping[int, Activation]]
    environments: list[Environment]
    checks: Mapping[int, Check]  # by version

    def live(self, product: Product) -> Version | None:
        """The version that is active furthest along."""
        rows = self.active.get(product.pk, {})
        found = [rows[item.pk].version for item in self.environments if item.pk in rows]
        return found[-1] if found else None


def differs(product: Product, live: Version | None) -> bool:
    """Whether a draft says something else than what is live."""
    draft = product.draft
    stored = (draft.settings, draft.windows, draft.instructions)
    return bool(stored != ((live.settings, live.windows, live.instructions) if live else ({}, {}, "")))


def drafts(board: Board) -> Iterator[Waiting]:
    """Drafts with changes that nobody submitted yet, for those who may."""
    if not board.actor.may(Permission.SUBMIT):
        return
    open_ = [product for product in board.products if _is_open(product, board)]
    edits = reads.last_edits(board.actor, [product.draft for product in open_])
    for product in open_:
        edit = edits.get(product.draft.pk)
        yield Waiting(
            title=_("Draft of %(product)s") % {"product": product.name},
            href=reverse("product_edit", args=[product.slug]),
            why=_("Has changes that nobody submitted for review yet."),
            when=When.of(product.draft.updated_at, board.now),
            person=Person.of(edit.by) if edit else None,
            pill=Pill("draft", _("draft")),
        )


def _is_open(product: Product, board: Board) -> bool:
    newest = board.newest.get(product.pk)
    submitted = newest is not None and newest.draft_revision >= product.draft.revision
    return not submitted and differs(product, board.live(product))


def failing_checks(board: Board) -> Iterator[Waiting]:
    """What is live and does not pass its newest check."""
    for product in board.products:
        row = board.live(product)
        check = board.checks.get(row.pk) if row else None
        if row is None or check is None or check_words(check)[0] not in ("bad", "warn"):
            continue
        tone, text = check_words(check)
        yield Waiting(
            title=_("Limits check of %(product)s") % {"product": product.name},
            href=f"{reverse('product', args=[product.slug])}#conformance",
            why=_("Version %(number)d: %(what)s.") % {"number": row.number, "what": text},
            when=When.of(check.finished_at or check.requested_at, board.now),
            pill=Pill(tone, _("failing") if tone == "bad" else _("not carried out")),
        )


def alarms(rows: Iterable[Alarm], now: datetime) -> Iterator[Waiting]:
    """What a model breaks of what is active, until somebody answers."""
    for row in rows:
        yield Waiting(
            title=_("Alarm, %(product)s") % {"product": row.version.product.name},
            href=reverse("alarm", args=[row.pk]),
            why=alarm_words(row),
            when=When.of(row.raised_at, now),
            pill=Pill("bad", _("alarm")),
        )


def scheduled(board: Board) -> Iterator[Waiting]:
    """What goes live by itself."""
    for row in reads.scheduled(board.actor):
        known = {"number": row.version.number, "product": row.version.product.name, "environment": row.environment.name}
        yield Waiting(
            title=_("Version %(number)d of %(product)s goes live in %(environment)s") % known,
            href=version_href(row.product, row.version.number),
            why=row.reason,
            when=When.of(row.due_at, board.now),
            person=Person.of(row.by.name),
            pill=Pill("neutral", _("scheduled")),
        )
