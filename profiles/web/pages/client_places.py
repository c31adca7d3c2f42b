"""Where a client asks: an environment and a platform, as the pages about clients read them from their address."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from profiles import queries
from profiles.access import Actor
from profiles.models import Activation, Environment, Product
from profiles.queries import Stored
from profiles.web.pages import reads, words
from profiles.web.pages.history import environment_choices
from profiles.web.presenters.history import Choice


class ClientPlace(Struct, frozen=True):
    """``active`` is None where nothing is; then the draft stands for what would be served."""

    environment: Environment
    environments: list[Environment]
    active: Activation | None
    stored: Stored
    platform: str

    @property
    def platforms(self) -> tuple[str, ...]:
        return tuple(row.platform for row in self.stored.revisions)

    @property
    def named(self) -> str:
        """The platform as a request names it: not at all where there is only one."""
        return self.platform if len(self.platforms) > 1 else ""

    def environment_choices(self) -> tuple[Choice, ...]:
        return environment_choices(self.environments, self.environment)

    def platform_choices(self) -> tuple[Choice, ...]:
        if not self.named:
            return ()
        return tuple(Choice(name, words.platform_words(name), name == self.platform) for name in self.platforms)


def read_place(actor: Actor, product: Product, query: Mapping[str, str]) -> ClientPlace:
    """What the address names, or else the environment furthest along in which something is active."""
    environments, active = reads.environments(actor), queries.active(product)
    wanted = next((item for item in environments if item.slug == query.get("environment")), None)
    live = [item for item in environments if item.pk in active]
    environment = wanted or [*environments, *live][-1]
    row = active.get(environment.pk)
    if row:
        row.version.product = product
    stored = Stored.version(row.version) if row else Stored.draft(reads.draft(actor, product))
    named = [book.platform for book in stored.revisions]
    platform = query.get("platform", "")
    return ClientPlace(environment, environments, row, stored, platform if platform in named else named[0])
