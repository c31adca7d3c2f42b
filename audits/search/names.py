"""Who acts in a trail: names of actors by id, and the other way round. Nothing else asks the trail for a name."""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef

from audits.models import ActorName, Entry
from profiles.models import Product

MOST_ACTORS: Final = 1_000
SHORTEST: Final = 2  # characters of what is looked for inside of names; what is shorter must be the whole of it

# One step through the index for each value there is, however many entries each has: PostgreSQL's DISTINCT would read
# them all.
_EACH: Final = """
WITH RECURSIVE found AS (
    (SELECT {column}, id FROM audits_entry WHERE organization = %(owner)s ORDER BY {column}, id DESC LIMIT 1)
    UNION ALL
    SELECT next.{column}, next.id FROM found, LATERAL (
        SELECT {column}, id FROM audits_entry
        WHERE organization = %(owner)s AND {column} > found.{column} ORDER BY {column}, id DESC LIMIT 1
    ) next
)
SELECT {column}, id FROM found LIMIT %(most)s
"""
_COLUMNS: Final = frozenset({"kind", "product"})


def values(owner: str, column: str, most: int = MOST_ACTORS) -> dict[str, int]:
    """What stands in a column of the entries of ``owner``, with the newest entry of each; at most ``most``."""
    assert column in _COLUMNS
    with connection.cursor() as cursor:
        cursor.execute(_EACH.format(column=column), {"owner": owner, "most": most})
        return dict(cursor.fetchall())


def actors(owner: str) -> list[tuple[str, str]]:
    """Everybody who is named in the trail of ``owner``: id and latest name, by name."""
    rows = ActorName.objects.filter(organization=owner).order_by("actor_id", "-pk").distinct("actor_id")
    found = rows.values_list("actor_id", "name")[:MOST_ACTORS]
    return sorted(found, key=lambda row: (row[1].casefold(), row[0]))


def name_of(owner: str, actor: str) -> str:
    """The latest name of an actor; empty if the trail of ``owner`` knows none, or none any more."""
    rows = ActorName.objects.filter(organization=owner, actor_id=actor).order_by("-pk")
    return rows.values_list("name", flat=True).first() or ""


def forget(owner: str) -> None:
    """The names of those of whom nothing is left in this trail. Whoever acts in it again is named again."""
    left = Entry.objects.filter(organization=owner, actor_id=OuterRef("actor_id"))
    ActorName.objects.filter(~Exists(left), organization=owner).delete()


def actors_called(owner: str, text: str) -> list[str]:
    """The ids of everybody whose id this is, or who ever acted under a name that holds it."""
    rows = ActorName.objects.filter(organization=owner).order_by("actor_id").values_list("actor_id", "name")
    return list(dict.fromkeys(actor for actor, name in rows if _is_called(text, actor, name)))


def products_called(owner: str, text: str) -> list[str]:
    """The slugs of the products in this trail whose slug or name holds the text."""
    slugs = [slug for slug in values(owner, "product") if slug and _is_called(text, slug, slug)]
    return list(dict.fromkeys([*slugs, *products_named(owner, text)]))


def products_named(owner: str, text: str) -> list[str]:
    """The slugs of the organization's products whose name holds the text."""
    rows = Product.objects.filter(organization__slug=owner) if owner else Product.objects.none()
    return [slug for slug, name in rows.values_list("slug", "name") if _is_called(text, slug, name)]


def _is_called(text: str, key: str, name: str) -> bool:
    wanted, name = text.casefold(), name.casefold()
    return key == text or wanted == name or (len(text) >= SHORTEST and wanted in name)
