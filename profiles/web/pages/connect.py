"""How a program fetches a product's profile: snippets with the product's own values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from profiles import queries
from profiles.access import Actor, Permission
from profiles.models import Product
from profiles.resolution.types import Decision, Reason
from profiles.rulebook.domains import Switch
from profiles.rulebook.model import Kind, Layer
from profiles.web.pages import reads, snippets
from profiles.web.pages.client_places import ClientPlace, read_place
from profiles.web.pages.states import crumbs
from profiles.web.presenters.clients import ConnectPage, Snippet
from profiles.web.presenters.parts import Action, Message

# The key is typed or pasted after the first line, so that it stays out of the history of the shell.
READ_KEY: Final = f"read -rs {snippets.VARIABLE} && export {snippets.VARIABLE}"


def connect_page(actor: Actor, product: Product, query: Mapping[str, str], now: datetime) -> ConnectPage:
    place = read_place(actor, product, query)
    values = snippets.Values(settings.BRIGHTLINE_BASE_URL, place.named, example_of(product, place, now))
    return ConnectPage(
        slug=product.slug,
        crumbs=crumbs(product),
        environments=place.environment_choices(),
        platforms=place.platform_choices(),
        key=_key(actor, product, place, now),
        variable=READ_KEY,
        snippets=tuple(_snippets(values)),
        active=_inactive(place),
    )


def example_of(product: Product, place: ClientPlace, now: datetime) -> snippets.Example:
    """A behavior that this product decided itself, if it did; a switch before others, since it reads best."""
    resolution = place.stored.resolve(now, claims=queries.claims_of(product))[place.platform]
    stated = [row for row in resolution.decisions.values() if row.behavior.is_stated]
    best = min(stated, key=_rank)
    return snippets.Example(best.behavior.key, best.behavior.domain)


def _rank(row: Decision) -> tuple[bool, bool, bool, str]:
    decided = row.decided_by is Layer.PRODUCT and row.reason is Reason.SET
    behavior = row.behavior
    return (not decided, behavior.kind is not Kind.DEFAULT, not isinstance(behavior.domain, Switch), behavior.key)


def _inactive(place: ClientPlace) -> Message | None:
    if place.active is not None:
        return None
    text = _("Nothing is active in %(environment)s yet: a client is told so, with 404 no_active_profile.")
    return Message("note", text % {"environment": place.environment.name})


def _key(actor: Actor, product: Product, place: ClientPlace, now: datetime) -> Message:
    keys = reads.working_keys(actor, product, place.environment, now)
    name = {"environment": place.environment.name, "variable": f"${snippets.VARIABLE}"}
    href = reverse("settings_api_keys")
    if not keys:
        text = _("There is no working key for %(environment)s. A program fetches nothing without one.") % name
        may = actor.may(Permission.MANAGE_KEYS)
        return Message("warn", text, action=Action(_("Create a key"), f"{href}#create", "key") if may else None)
    text = _(
        "%(variable)s holds a client key of %(environment)s, such as %(key)s (%(prefix)s…). Its text was shown once."
    )
    names = {**name, "key": keys[0].name, "prefix": keys[0].prefix}
    return Message("note", text % names, action=Action(_("API keys"), href, "key"), icon="key")


def _snippets(values: snippets.Values) -> Iterator[Snippet]:
    yield Snippet(
        "curl",
        "curl",
        values.into(snippets.CURL),
        _("Writes the document to profile.json, and only when it changed. Needs curl 7.70 or newer."),
        _("Run it again: the answer is 304, and the file stays as it is."),
    )
    asks = _("Asks at most once in max-age, sends the ETag of its copy, and uses no copy past its valid_until.")
    unreachable = _("While Brightline cannot be reached it goes on with its copy, as long as that holds.")
    yield Snippet("python", "Python", values.into(snippets.PYTHON), asks, unreachable)
    yield Snippet(
        "javascript",
        "JavaScript",
        values.into(snippets.JAVASCRIPT),
        asks,
        _("For a server: Node 18 or newer, as a module. A key in a browser can be read by anybody."),
    )
    strict = _("A behavior is a flag: a switch is a boolean, a level a string, a number a number, topics an object.")
    yield Snippet(
        "openfeature-python",
        "OpenFeature, Python",
        values.into(snippets.OPENFEATURE_PYTHON),
        strict,
        _("The default is the strictest value, so that a lost connection never loosens anything."),
        "pip install openfeature-provider-ofrep",
    )
    yield Snippet(
        "openfeature-web",
        "OpenFeature, web",
        values.into(snippets.OPENFEATURE_WEB),
        strict,
        _("Anybody can read the key of a web page: give it one of its own. network-first asks before it uses a copy."),
        "npm install @openfeature/web-sdk @openfeature/ofrep-web-provider",
    )
    yield Snippet(
        "events",
        _("Events"),
        values.into(snippets.EVENTS),
        _("Stays open and tells of every activation and expiry as it happens; fetch the document then."),
    )
