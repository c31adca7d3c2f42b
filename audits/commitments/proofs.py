"""That a protocol was in the log before anything was asked, for those who may not read its entry."""

from __future__ import annotations

from audits.ledger.read import proof_at
from audits.models import Leaf, Protocol


def proof_of_protocol(product_id: int, digest: str) -> str | None:
    """The proof of its entry as a file. A proof is made of hashes alone, and says nothing of what the entry says.

    Args:
        digest: 64 hexadecimal digits.
    """
    rows = Protocol.objects.filter(version__product=product_id, digest=f"sha256:{digest}")
    entry = rows.values_list("entry_id", flat=True).first()
    leaf = Leaf.objects.filter(pk=entry).first() if entry is not None else None
    return proof_at(leaf) if leaf else None
