"""Taking a bundle away, the same way for pages, API and command: what is asked for, the bundle, and its entry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from django.utils.translation import gettext as _

from audits.ledger import read
from audits.ledger.bundle import Bundle, bundle_of
from audits.ledger.disclosed import Disclose
from audits.ledger.span import Wanted
from profiles.access import Actor, Permission
from profiles.actions.evidence import export_evidence
from profiles.errors import InvalidInput, WrongState
from profiles.models import Organization, Product, Version

MOST_KEPT: Final = 20  # checkpoints that one bundle is asked to continue
_BIGGEST: Final = 2**31 - 1


def wanted_of(
    actor: Actor,
    *,
    product: str = "",
    version: int | None = None,
    since: date | None = None,
    until: date | None = None,
    zone: tzinfo,
    disclose: Iterable[Disclose] = (),
    kept: Iterable[int] = (),
) -> Wanted:
    """
    Args:
        since, until: days of ``zone``, both included.

    Raises:
        InvalidInput: there is no such product or version, or the days are in the wrong order.
    """
    actor.require(Permission.VIEW_TRAIL)
    if since and until and until < since:
        raise _refusal("until", _("The last day is before the first one."))
    found = _product(actor, product) if product else None
    if version is not None and found is None:
        raise _refusal("product", _("Choose the product that the version is of."))
    return Wanted(
        product=found,
        version=_version(actor, found, version) if found and version is not None else None,
        since=datetime.combine(since, time.min, zone) if since else None,
        until=datetime.combine(until + timedelta(days=1), time.min, zone) if until else None,
        disclose=tuple(sorted(set(disclose))),
        kept=tuple(sorted(set(kept)))[:MOST_KEPT],
    )


def take(organization: Organization, wanted: Wanted, *, by: Actor, now: datetime) -> Bundle:
    """Make the bundle and put on record that it was taken, before the first byte of it is given away.

    Raises:
        WrongState: nothing of that is signed yet.
    """
    by.require(Permission.VIEW_TRAIL)
    log = read.log_of(organization.slug)
    made = bundle_of(log, wanted) if log else None
    if made is None:
        raise WrongState(_("Nothing was signed of this log yet. Try again in a few seconds."))
    export_evidence(organization, sha256=made.sha256, entries=made.entries, about=_about(made, wanted), by=by, now=now)
    return made


def file_name(organization: Organization, made: Bundle, wanted: Wanted) -> str:
    of = f"-{wanted.product.slug}" if wanted.product else ""
    of += f"-v{wanted.version.number}" if wanted.version else ""
    places = f"{made.start}-{made.start + made.entries}" if made.entries < made.size else f"{made.size}"
    return f"evidence-{organization.slug}{of}-{places}.zip"


def _about(made: Bundle, wanted: Wanted) -> dict[str, Any]:
    told = {
        "start": made.start,
        "size": made.size,
        "product": wanted.product.slug if wanted.product else "",
        "version": wanted.version.number if wanted.version else None,
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
        "disclosed": [each.value for each in wanted.disclose],
    }
    return {name: value for name, value in told.items() if value not in ("", None, [])}


def _product(actor: Actor, slug: str) -> Product:
    rows = Product.objects.of(actor).select_related("organization")
    found = None if "\x00" in slug else rows.filter(slug=slug).first()  # which PostgreSQL takes no text with
    if found is None:
        raise _refusal("product", _("There is no product %(slug)s.") % {"slug": slug[:60]})
    return found


def _version(actor: Actor, product: Product, number: int) -> Version:
    rows = Version.objects.of(actor).select_related("base").filter(product=product, number=min(number, _BIGGEST))
    found = rows.first()
    if found is None:
        raise _refusal("version", _("There is no version %(number)d of this product.") % {"number": number})
    found.product = product
    return found


def _refusal(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, fields={field: [sentence]})
