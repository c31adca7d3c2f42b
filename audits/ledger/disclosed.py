"""What an exporter may lay open of the personal data that entries hold as digests only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import Final

from audits.log import disclosures
from audits.models import Log


class Disclose(StrEnum):
    NAMES = "names"  # who acted, and whom it concerned
    TEXTS = "texts"  # what people wrote: reasons, comments, notes


# The members that hold who somebody is. Whatever else stands behind a digest is what somebody wrote.
_NAMES: Final = frozenset({"name", "email", "member", "person", "reviewer", "author", "on_behalf_of"})


def of_entries(log: Log, start: int, end: int) -> Iterable[str]:
    """The disclosures of the entries at these places that were not erased, in the order of the entries. Entries of the
    first form hold everything themselves, so there is nothing to disclose of them."""
    del log, start, end
    return ()


def chosen(found: Iterable[str], what: Collection[Disclose]) -> Iterator[str]:
    """Those of ``found`` that the exporter wants to give away."""
    for disclosure in found if what else ():
        name, _value = disclosures.read(disclosure)
        if (Disclose.NAMES if name in _NAMES else Disclose.TEXTS) in what:
            yield disclosure
