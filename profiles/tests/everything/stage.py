"""Where doors are tried: two organizations, everybody signed in, and a digest of every row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from audits.models import Auditor, Entry, SavedSearch
from profiles.access import Actor
from profiles.actions.api_keys import SCOPES, create_api_key
from profiles.models import (
    ApiKey,
    Attestation,
    Delivery,
    Draft,
    Environment,
    Hold,
    Letter,
    Member,
    Notice,
    NoticeChoice,
    Organization,
    Product,
    PublishedProfile,
    RulebookDraft,
    Schedule,
    SourceDocument,
    User,
    Version,
    Webhook,
)
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.tests.web.test_who_sees_what import OWN, PAGES, WRITES, addresses

Rows = dict[str, Any]
SCRIPT: Final = "Script"  # the name of a key
# What stands in an address for something that does not exist.
MISSING: Final[dict[str, Any]] = {"slug": "no-such", "prefix": "bl_nosuchkey", "uid": "MA", "token": "no-such"}


@dataclass(frozen=True)
class Stage:
    """``acme`` has one of everything; ``other`` is a stranger to it. Rows are read anew each time."""

    acme: Cast
    other: Cast
    places: dict[str, str]  # every address, by its name
    sessions: dict[tuple[str, str], str]  # by organization and role
    keys: dict[str, str]  # of organizations with every scope, made by their administrators; by organization

    # Rows of acme

    @property
    def organization(self) -> Organization:
        return Organization.objects.get(slug="acme")

    @property
    def search(self) -> SavedSearch:
        """What compliance shares."""
        return SavedSearch.objects.select_related("organization").get(organization__slug="acme")

    @property
    def product(self) -> Product:
        return Product.objects.select_related("organization").get(pk=self.acme.product.pk)

    @property
    def draft(self) -> Draft:
        return Draft.objects.select_related("product__organization").get(product=self.acme.product)

    @property
    def newest(self) -> Version:
        """The version that waits for its review."""
        return self._versions.first()  # type: ignore[return-value]

    @property
    def active(self) -> Version:
        return self._versions.get(number=1)

    @property
    def _versions(self) -> models.QuerySet[Version]:
        rows = Version.objects.select_related("product__organization")
        return rows.filter(product=self.acme.product).order_by("-number")

    @property
    def production(self) -> Environment:
        return Environment.objects.select_related("organization").get(organization__slug="acme", slug="production")

    @property
    def staging(self) -> Environment:
        return Environment.objects.select_related("organization").get(organization__slug="acme", slug="staging")

    @property
    def schedule(self) -> Schedule:
        """Of version 2, which is approved, for production."""
        rows = Schedule.objects.select_related("version__product__organization", "environment")
        return rows.get(state=Schedule.State.WAITING)

    @property
    def second(self) -> Member:
        """The second editor."""
        return self.member("editor2")

    @property
    def webhook(self) -> Webhook:
        return Webhook.objects.select_related("organization").get(organization__slug="acme")

    @property
    def delivery(self) -> Delivery:
        """A test event that waits."""
        return Delivery.objects.filter(webhook__organization__slug="acme").earliest("pk")

    @property
    def key(self) -> ApiKey:
        return ApiKey.objects.select_related("organization").exclude(name=SCRIPT).get(organization__slug="acme")

    @property
    def claim(self) -> Attestation:
        return Attestation.objects.select_related("organization", "product__organization").get(kind="adults_only")

    @property
    def auditor(self) -> Auditor:
        return Auditor.objects.select_related("organization").filter(organization__slug="acme").earliest("pk")

    @property
    def hold(self) -> Hold:
        return Hold.objects.select_related("organization").get()

    # The installation's

    @property
    def sources(self) -> tuple[SourceDocument, SourceDocument]:
        before, after = SourceDocument.objects.order_by("published")
        return before, after

    @property
    def revision(self) -> RulebookDraft:
        return RulebookDraft.objects.get(state=RulebookDraft.State.OPEN)

    # Who, and where

    def member(self, role: str) -> Member:
        rows = Member.objects.select_related("user", "organization")
        return rows.get(organization__slug="acme", user=self.acme.users[role])

    def actor(self, organization: str, role: str) -> Actor:
        return SYSTEM if role == "system" else self._cast(organization).actor(role)

    def client(self, organization: str, role: str) -> Client:
        """A browser in which this person is signed in; signing in itself is no part of what is tried."""
        client = Client(raise_request_exception=False)
        if role != "anonymous":
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[organization, role]
        return client

    def address(self, name: str, *, missing: bool = False) -> str:
        """Of a page or a write, for the newest version; or of one like it that does not exist."""
        match = resolve(self.places[name])
        given = dict(match.kwargs)
        if "number" in given:
            given["number"] = self.newest.number
        if "revision" in given and isinstance(given["revision"], int):
            given["revision"] = self.draft.revision  # its last edit
        if missing:
            given |= {key: MISSING.get(key, 99_999) for key in given if key != "key"}
        return reverse(name, kwargs=given)

    def _cast(self, organization: str) -> Cast:
        return self.acme if organization == "acme" else self.other


def make_stage() -> Stage:
    acme, other = some.make_cast("acme", "helper"), some.make_cast("other", "thing")
    # So that the address of an environment of acme's names none of the other's.
    Environment.objects.filter(organization=other.organization, slug="staging").update(slug="rehearsal")
    sessions = dict(_sessions(acme, other))  # before the addresses: who signs in ends the links to their password
    places = addresses(acme)
    named = {"organization_switch": ["acme"], "ofrep_flag": ["content.explicit"]}
    own = {name: reverse(name, args=named.get(name, [])) for name in OWN}
    # A page that takes a POST of its own is a door too.
    assert set(places) == set(PAGES) | set(WRITES)
    some.set_values(acme, format__length="brief")
    some.submit(acme)
    return Stage(acme, other, places | own, sessions, {cast.organization.slug: _key_of(cast) for cast in (acme, other)})


def _key_of(cast: Cast) -> str:
    by = cast.actor("administrator")
    return create_api_key(cast.organization, name=SCRIPT, scopes=SCOPES, by=by, now=timezone.now())[1]


def _sessions(*casts: Cast) -> Iterator[tuple[tuple[str, str], str]]:
    for cast in casts:
        for role, user in cast.users.items():
            client = Client()
            client.force_login(user)
            yield (cast.organization.slug, role), client.cookies[settings.SESSION_COOKIE_NAME].value


# Rows


def everything() -> Rows:
    """A digest of each table of profiles."""
    return {model._meta.db_table: _digest(model._base_manager.all()) for model in _models()}


def of_acme() -> Rows:
    """A digest of what belongs to acme, the entries of its trail included."""
    owned = {}
    for model in [*_models(), Entry]:
        path, by = getattr(model, "ORGANIZATION", None), getattr(model, "ORGANIZATION_BY", "")
        if path:
            owner = "acme" if by == "organization_slug" else Organization.objects.get(slug="acme").pk
            owned[model._meta.db_table] = _digest(model._base_manager.filter(**{path: owner}))
    return owned | {model._meta.db_table: _digest(model._base_manager.filter(**of)) for model, of in _of_people()}


def _of_people() -> Iterator[tuple[Any, dict[str, Any]]]:
    """What belongs to the people of acme, whatever organizations they are in."""
    people = Member.objects.filter(organization__slug="acme").values("user")
    yield User, {"pk__in": people}
    for model in (Notice, NoticeChoice, Letter):
        yield model, {"user__in": people}


def _models() -> list[Any]:
    return list(apps.get_app_config("profiles").get_models())


def _digest(rows: models.QuerySet[Any]) -> str:
    table = connection.ops.quote_name(rows.model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t.id), '')) FROM {table} t WHERE t.id = ANY(%s)",
            [list(rows.values_list("pk", flat=True))],
        )
        return str(cursor.fetchone()[0])


def changed(before: Rows, after: Rows) -> list[str]:
    return sorted(table for table in before if before[table] != after[table])


def served() -> dict[tuple[str, str], tuple[int, str]]:
    """What clients of acme get, by environment and platform: the number of the version, and a digest of the bytes."""
    rows = PublishedProfile.objects.filter(product__organization__slug="acme").order_by("id")
    return {
        (row.environment.slug, row.platform): (row.activation.version.number, row.digest)
        for row in rows.select_related("environment", "activation__version")
    }


# Undoing, and breaking


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside has not happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


BREAK = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON audits_entry FOR EACH ROW EXECUTE FUNCTION full_disk();
"""
MEND = "DROP TRIGGER full_disk ON audits_entry; DROP FUNCTION full_disk();"


@contextmanager
def broken_trail() -> Iterator[None]:
    """The database takes no entry: an honest error of its own, at the moment at which the entry is written."""
    with connection.cursor() as cursor:
        cursor.execute(BREAK)
    yield
    with connection.cursor() as cursor:
        cursor.execute(MEND)
