"""Pages and what can be done on them, for the search: each with the words that people look for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy
from msgspec import Struct

from profiles.access import Actor, Permission
from profiles.models import Product

Text = str | Promise


class Command(Struct, frozen=True):
    """``also`` are other words for it. One that needs a ``permission`` is not offered to those who lack it."""

    label: Text
    page: str
    icon: str
    also: Text = ""
    permission: Permission | None = None
    anchor: str = ""
    product: bool = False  # it is of the product that is looked at; ``label`` has a place for its name
    of_organization: bool = False  # whoever acts in none has no such page


COMMANDS: Final = (
    Command(lazy("Edit the draft of %(product)s"), "product_edit", "sliders", lazy("profile settings"), product=True),
    Command(lazy("Overview of %(product)s"), "product", "box", lazy("active versions"), product=True),
    Command(lazy("Where %(product)s runs"), "product_place", "globe", lazy("facts platforms models"), product=True),
    Command(lazy("Versions of %(product)s"), "product", "history", lazy("history"), anchor="versions", product=True),
    Command(
        lazy("Clients of %(product)s"), "product_clients", "code",
        lazy("connect snippets curl Python JavaScript OpenFeature"), product=True,
    ),
    Command(
        lazy("Who fetched what of %(product)s"), "product_receipts", "list",
        lazy("receipts proof superseded clients keys"), product=True,
    ),
    Command(lazy("Home"), "home", "home", lazy("start dashboard")),
    Command(lazy("Reviews"), "reviews", "review", lazy("approve inbox waiting"), of_organization=True),
    Command(lazy("Audit trail"), "trail", "list", lazy("log history entries who")),
    Command(lazy("The log"), "trail_log", "shield", lazy("checkpoints witnesses auditors health")),
    Command(lazy("Rulebooks"), "rulebooks", "book", lazy("platform rules law packs")),
    Command(lazy("Compare platforms"), "rulebooks_compare", "compare", lazy("crosswalk side by side")),
    Command(lazy("Source documents"), "sources", "doc", lazy("import vendor text")),
    Command(lazy("Import a source document"), "sources", "download", permission=Permission.PUBLISH_RULEBOOK),
    Command(lazy("Attestations"), "attestations", "seal", lazy("claims evidence expiry")),
    Command(
        lazy("Request an attestation"), "attestations", "seal", lazy("claim"), Permission.REQUEST_ATTESTATION,
        of_organization=True,
    ),
    Command(lazy("Baseline"), "settings_baseline", "building", lazy("all products narrow"), of_organization=True),
    Command(lazy("Holds"), "settings_holds", "lock", lazy("stop narrow at once")),
    Command(lazy("Place a hold"), "settings_holds", "lock", lazy("emergency"), Permission.PLACE_HOLD),
    Command(lazy("Members"), "settings_members", "people", lazy("people roles"), of_organization=True),
    Command(lazy("API keys"), "settings_api_keys", "key", lazy("client secret token"), of_organization=True),
    Command(
        lazy("Create API key"), "settings_api_keys", "plus", lazy("client token"), Permission.MANAGE_KEYS,
        of_organization=True,
    ),
    Command(lazy("Description of the API"), "api_docs", "code", lazy("OpenAPI schema docs curl")),
    Command(lazy("Your account"), "account", "person", lazy("settings name profile preferences")),
    Command(lazy("Language and time zone"), "account", "globe", lazy("German English locale"), anchor="language"),
    Command(lazy("Keyboard shortcuts"), "help_topic", "key", lazy("keys"), anchor="keyboard"),
)  # fmt: skip


class Place(Struct, frozen=True):
    """A command that this person may use, as a link."""

    label: str
    href: str
    icon: str
    also: str


def places(actor: Actor, product: Product | None) -> Iterable[Place]:
    for each in COMMANDS:
        if each.permission is not None and not actor.may(each.permission):
            continue
        if (each.product and product is None) or (each.of_organization and actor.organization_id is None):
            continue
        label = str(each.label) % {"product": product.name} if each.product and product else str(each.label)
        yield Place(label, _href(each, product), each.icon, str(each.also))


def _href(command: Command, product: Product | None) -> str:
    if command.page == "help_topic":
        return reverse("help_topic", args=[command.anchor])
    address = reverse(command.page, args=[product.slug] if command.product and product else [])
    return f"{address}#{command.anchor}" if command.anchor else address
