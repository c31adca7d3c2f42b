"""`make bench`: what a verifier pays for each entry, relative to hashing the same bytes. Times are this machine's."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from audits.log import disclosures, tiles, tree, verify

ENTRIES = 100_000
BIG = 1_000_000
WANTED = 40_000  # entries a second


def main() -> None:
    leaves = [leaf(number) for number in range(ENTRIES)]
    bundle = bundled(leaves)
    hashing = cost(lambda: [hashlib.sha256(one).digest() for one in leaves]) / ENTRIES
    with verify.uncollected():
        whole = cost(lambda: verify_unsigned(bundle)) / ENTRIES
    print(f"a log of {ENTRIES:,} entries with a disclosure each, relative to hashing each of them once")
    root = cost(lambda: verify.root_of([verify.hash_leaf(one) for one in leaves])) / ENTRIES
    print(f"  its root             {root / hashing:6.1f}")
    print(f"  a bundle verified    {whole / hashing:6.1f}   ({1 / whole:,.0f} entries a second here)")
    print(f"  of 40,000 a second   {1 / whole / WANTED:6.2f}   {'met' if whole * WANTED <= 1 else 'not met'}")
    measure_proofs(hashing)


def measure_proofs(hashing: float) -> None:
    """From tiles in memory; the database adds one row for each tile that is read."""
    hashes = [hashlib.sha256(number.to_bytes(8)).digest() for number in range(BIG)]
    kept = tiles.extend(lambda _place: b"", 0, hashes)
    index = BIG * 2 // 3
    made = cost(lambda: tree.inclusion_proof(tiles.node_of(lambda place: kept.get(place, b"")), index, BIG))
    node = tiles.node_of(lambda place: kept.get(place, b""))
    proof, root = tree.inclusion_proof(node, index, BIG), tree.root(node, BIG)
    checked = cost(lambda: tree.verify_inclusion(hashes[index], index, BIG, proof, root))
    print(f"the proof of one entry of {BIG:,}, {len(proof)} hashes")
    print(f"  made                 {made / hashing:6.1f}   ({made * 1e3:.2f} ms here)")
    print(f"  checked              {checked / hashing:6.1f}   ({checked * 1e6:.0f} us here)")


def leaf(number: int) -> bytes:
    told = {
        "v": 2,
        "_sd_alg": "sha-256",
        "actor": {"id": "user:1", "_sd": [disclosures.digest(name_of(number))]},
        "id": f"entry-{number}",
        "kind": "profile.draft.edited",
        "organization": "bench",
        "data": {"note": "x" * 200},
    }
    return verify.canonical(told)


def name_of(number: int) -> str:
    """The one disclosure of an entry."""
    return verify.base64url(verify.canonical([f"salt-{number}", "name", "Somebody"]))


def bundled(leaves: list[bytes]) -> bytes:
    opened = b"".join(verify.canonical(name_of(number)) + b"\n" for number in range(len(leaves)))
    files = {verify.ENTRIES: b"".join(one + b"\n" for one in leaves), verify.DISCLOSURES: opened}
    sums = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
    manifest = {"v": verify.VERSION, "organization": "bench", "files": sums}
    return verify.pack({**files, verify.MANIFEST: verify.canonical(manifest)})


def verify_unsigned(data: bytes) -> None:
    """All of ``verify`` but the signature, which is one for a whole log."""
    files = verify.unpack(data)
    verify.check_manifest(files)
    leaves = files[verify.ENTRIES].split(b"\n")[:-1]
    verify.root_of([verify.hash_leaf(one) for one in leaves])
    verify.check_disclosures(files, verify.check_entries(leaves, 0, "bench"), 0)


def cost(act: Callable[[], object], times: int = 3) -> float:
    """Seconds of this process; the best of a few, since the machine does other things too."""
    found = []
    for _n in range(times):
        start = time.process_time()
        act()
        found.append(time.process_time() - start)
    return min(found)


if __name__ == "__main__":
    main()
