"""Which product an address of the public means, and whether anything of what is said there changed: in one query."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection


@dataclass(frozen=True, slots=True)
class Found:
    """A product whose commitments are public. ``tag`` is another one as soon as anything is to be said differently;
    ``until`` is when that happens by itself, because an attestation ends or what was measured becomes too old."""

    product_id: int
    product: str
    product_name: str
    organization: str
    organization_name: str
    environment_id: int
    environment: str
    environment_name: str
    since: datetime
    run_days: int | None
    model_names: Mapping[str, Sequence[str]]
    tag: str
    until: datetime | None


# Everybody asks this each time, so the ORM does not word it. What is said follows from rows that are only ever added:
# activations, published profiles with the instants from which they hold, findings, and what a person judged (which
# writes findings anew). They are counted too, since rows need not appear in the order of their ids. Names can change,
# and time passes: runs become older than the environment asks for.
_STATEMENT: Final = """
SELECT product.id, product.slug, product.name, organization.slug, organization.name,
       place.id, place.slug, place.name, product.public_since, place.run_days, product.model_names,
       activated.rows, published.rows, published.holds, tested.rows, tested.old,
       least(published.until, tested.until)
FROM profiles_product product
JOIN profiles_organization organization ON organization.id = product.organization_id
JOIN profiles_environment place ON place.id = product.public_environment_id,
LATERAL (
    SELECT count(*) || ' to ' || max(id) AS rows FROM profiles_activation
    WHERE product_id = product.id AND environment_id = place.id
) activated,
LATERAL (
    SELECT count(*) || ' to ' || max(id) AS rows, max(valid_from) FILTER (WHERE valid_from <= %(now)s) AS holds,
           min(valid_from) FILTER (WHERE valid_from > %(now)s) AS until
    FROM profiles_publishedprofile WHERE product_id = product.id AND environment_id = place.id
) published,
LATERAL (
    SELECT count(*) || ' to ' || max(finding.id) AS rows,
           count(DISTINCT run.id) FILTER (WHERE run.finished_at + span.days < %(now)s) AS old,
           min(run.finished_at + span.days) FILTER (WHERE run.finished_at + span.days >= %(now)s) AS until
    FROM (SELECT make_interval(days => place.run_days) AS days) span, audits_finding finding
    JOIN audits_run run ON run.id = finding.run_id
    JOIN audits_protocol protocol ON protocol.id = run.protocol_id
    JOIN profiles_version version ON version.id = protocol.version_id
    WHERE version.product_id = product.id
) tested
WHERE organization.slug = %(organization)s AND product.slug = %(product)s AND product.removed_at IS NULL
"""


def find(organization: str, product: str, now: datetime) -> Found | None:
    """None where nothing is public, whyever."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, {"organization": organization, "product": product, "now": now})
        row = cursor.fetchone()
    if row is None:
        return None
    *told, until = row
    return Found(
        product_id=told[0],
        product=told[1],
        product_name=told[2],
        organization=told[3],
        organization_name=told[4],
        environment_id=told[5],
        environment=told[6],
        environment_name=told[7],
        since=told[8],
        run_days=told[9],
        model_names=json.loads(told[10]),
        tag=_tag(told),
        until=until,
    )


def _tag(told: list[Any]) -> str:
    return hashlib.sha256("\x00".join(map(str, told)).encode()).hexdigest()
