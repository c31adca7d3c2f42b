"""What an exporter may lay open of the personal data that entries hold as digests only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import Final

from audits.log import disclosures
from audits.models import Disclosure, Log


class Disclose(StrEnum):
    NAMES = "names"  # who acted, and whom it concerned
    TEXTS = "texts"  # what people wrote: reasons, comments, notes


# The members that hold who somebody is. Whatever else stands behind a digest is what somebody wrote.
_NAMES: Final = frozenset({"name", "account"})


def of_entries(log: Log, start: int, end: int) -> Iterator[str]:
    """The disclosures of the entries at these places that were not erased, in the order of the entries. Entries of the
    first form hold everything themselves, so there is nothing to disclose of them."""
    rows = Disclosure.objects.filter(text__isnull=False, entry__placed__log=log)
    rows = rows.filter(entry__placed__index__gte=start, entry__placed__index__lt=end)
    for text in rows.order_by("entry__placed__index", "pk").values_list("text", flat=True).iterator():
        yield str(text)


def chosen(found: Iterable[str], what: Collection[Disclose]) -> Iterator[str]:
    """Those of ``found`` that the exporter wants to give away."""
    for disclosure in found if what else ():
        _salt, name, _value = disclosures.read(disclosure)
        if (Disclose.NAMES if name in _NAMES else Disclose.TEXTS) in what:
            yield disclosure
