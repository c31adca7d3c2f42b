"""An entry that is verified in the browser: first what must be refused, each with its own sentence, then what holds."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Page, Route, expect

from audits.log import notes, tree
from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn

Change = Callable[[str], str]
FORGER = Ed25519PrivateKey.from_private_bytes(b"forger" * 5 + b"xx")


@pytest.fixture
def entry(program: Program, sign_in: SignIn) -> Page:
    """The page of an entry that has its proof."""
    page = sign_in("auditor")
    page.goto("/trail/")
    page.locator("a.perm").last.click()
    button = page.get_by_role("button", name="Verify in this browser")
    for _second in range(20):
        if button.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    return page


def altered(page: Page, what: str, change: Change) -> None:
    """The server hands out something else than what it has."""

    def answer(route: Route) -> None:
        got = route.fetch()
        route.fulfill(response=got, body=change(got.body().decode("latin-1")).encode("latin-1"))

    page.route(re.compile(what), answer)


def verdict(page: Page) -> str:
    page.get_by_role("button", name="Verify in this browser").click()
    said = page.locator("[data-part=verdict]")
    expect(said).not_to_have_text(re.compile("Fetching"))
    return said.inner_text()


def last_step(page: Page) -> str:
    return page.locator("[data-part=steps] li").last.inner_text()


def asked(page: Page, path: str) -> str:
    answer = page.request.get(path)
    assert answer.ok
    return answer.body().decode()


def log_of(page: Page) -> str:
    return page.locator("[data-verify]").get_attribute("data-log") or ""


def flipped(text: str, at: int) -> str:
    """With another letter there that base64 has, too."""
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


LEAF, PROOF, KEY, TILE = "/trail/[0-9]+/leaf/", "/trail/[0-9]+/proof/", "/log/[^/]+/key", "/log/[^/]+/tile/"


def of_line(number: int, change: Change) -> Change:
    def changed(text: str) -> str:
        lines = text.split("\n")
        lines[number] = change(lines[number])
        return "\n".join(lines)

    return changed


def of_note(number: int, change: Change) -> Change:
    """Of a line of the note at the end of a proof."""

    def changed(text: str) -> str:
        proof, blank, note = text.partition("\n\n")
        return proof + blank + of_line(number, change)(note)

    return changed


def other_key(_text: str) -> str:
    name = "somebody.example/log"
    return f"{notes.verifier_of(name, FORGER)}\n"


def start_of_key(text: str) -> int:
    """Behind the name and the id; what follows is base64, which may have a plus of its own."""
    return len(text) - len(text.split("+", 2)[2])


def wrong_id(text: str) -> str:
    name, key_id, data = text.strip().split("+", 2)
    return f"{name}+{'00000000' if key_id != '00000000' else '11111111'}+{data}\n"


def another_root(line: str) -> str:
    data = b64decode(line)
    return b64encode(bytes([data[0] ^ 1]) + data[1:]).decode()


def bits_beyond_its_end(line: str) -> str:
    """The same hash to a lax reader: base64 whose last letter holds bits that belong to no byte."""
    return f"{line[:-2]}{chr(ord(line[-2]) + 1)}="


def another_signature(line: str) -> str:
    dash, name, blob = line.split(" ")
    data = b64decode(blob)
    return f"{dash} {name} {b64encode(data[:-1] + bytes([data[-1] ^ 1])).decode()}"


@pytest.mark.parametrize(
    ("what", "change", "sentence"),
    [
        (LEAF, lambda text: text.replace('"outcome":"done"', '"outcome":"doNe"'), "does not lead from the entry"),
        (LEAF, lambda text: text.replace("{", "{ ", 1), "does not lead from the entry"),
        (LEAF, lambda text: text[:-1], "is no entry"),
        (LEAF, lambda text: re.sub(r'"id":"[0-9a-f]{8}-', '"id":"00000000-', text), "handed out another entry than"),
        (PROOF, of_line(2, another_root), "does not lead from the entry to the checkpoint"),
        (PROOF, of_line(1, lambda _line: "index 999999"), "too few or too many hashes"),
        (PROOF, of_line(2, lambda line: f"{line}\n{line}"), "too few or too many hashes"),
        (PROOF, of_line(2, bits_beyond_its_end), "The proof is not written as one."),
        (PROOF, lambda _text: "", "The proof is not written as one."),
        (PROOF, of_line(0, lambda _line: "c2sp.org/tlog-proof@v2"), "The proof is not written as one."),
        (PROOF, of_note(2, another_root), "does not lead from the entry to the checkpoint"),
        (PROOF, of_note(1, lambda _line: "007"), "not written as a signed note"),
        (PROOF, of_note(4, another_signature), "is not of this checkpoint"),
        (PROOF, of_note(0, lambda line: f"{line}x"), "is not of this checkpoint"),
        (PROOF, of_note(4, lambda line: line.replace("\u00e2\u0080\u0094", "-")), "not written as a signed note"),
        (KEY, other_key, "No key of the log signed the checkpoint."),
        (KEY, wrong_id, "The id of the key does not belong to it."),
        (KEY, lambda text: flipped(text, start_of_key(text) + 8), "The id of the key does not belong to it."),
        (KEY, lambda _text: "a key", "is not written as an Ed25519 key"),
    ],
)
def test_what_was_altered_is_refused_and_said(entry: Page, what: str, change: Change, sentence: str) -> None:
    altered(entry, what, change)
    assert verdict(entry) == "Refused: what the server published does not prove this entry."
    assert sentence in last_step(entry)
    expect(entry.locator("[data-part=after]")).to_be_hidden()
    assert entry.evaluate("localStorage.length") == 0


def test_another_entry_with_its_own_proof_is_refused(entry: Page) -> None:
    page = entry
    first = page.url
    page.goto("/trail/")
    other = page.locator("a.perm").nth(-2).get_attribute("href") or ""
    page.goto(first)
    page.route(re.compile(LEAF), lambda route: route.fulfill(body=asked(page, f"{other}leaf/")))
    page.route(re.compile(PROOF), lambda route: route.fulfill(body=asked(page, f"{other}proof/")))
    assert verdict(page).startswith("Refused")
    assert "handed out another entry" in last_step(page)


def keep(page: Page, note: str, keys: str) -> None:
    """As if this browser had been here before."""
    name = f"brightline.checkpoint.{log_of(page)}"
    page.evaluate(
        "([name, value]) => localStorage.setItem(name, value)", [name, json.dumps({"note": note, "keys": keys})]
    )


def forged(page: Page, size: int, root: bytes) -> tuple[str, str]:
    """A checkpoint of this log that its owner never signed, and the key that did."""
    origin = asked(page, f"{log_of(page)}checkpoint").split("\n")[0]
    text = notes.Checkpoint(origin, size, root).text
    note = notes.Note(text, (notes.sign(text, origin, FORGER),))
    return str(note), str(notes.verifier_of(origin, FORGER))


def test_a_history_that_was_rewritten_since_the_last_visit_is_refused(entry: Page) -> None:
    keep(entry, *forged(entry, 5, bytes(32)))
    assert verdict(entry).startswith("Refused")
    assert "History was rewritten: the first 5 entries are not those" in last_step(entry)


def test_a_log_that_got_shorter_is_refused(entry: Page) -> None:
    keep(entry, *forged(entry, 99_999, bytes(32)))
    assert verdict(entry).startswith("Refused")
    assert re.search(r"The log has \d+ entries now, and had 99,999: some were cut off\.", last_step(entry))


def test_a_pasted_checkpoint_of_another_log_or_key_is_refused(entry: Page) -> None:
    entry.get_by_text("Compare with a checkpoint that you kept").click()
    field = entry.get_by_label("The checkpoint, all of its lines")
    field.fill(forged(entry, 5, bytes(32))[0])
    assert verdict(entry).startswith("Refused")
    assert "No key of the log signed" in last_step(entry)
    field.fill(forged(entry, 5, bytes(32))[0].replace("/log/", "/other/"))
    assert verdict(entry).startswith("Refused")
    assert "The checkpoint that you pasted is of another log" in last_step(entry)


def test_altered_tiles_do_not_make_an_older_checkpoint_fit(entry: Page, sign_in: SignIn) -> None:
    older = asked(entry, f"{log_of(entry)}checkpoint")
    for _second in range(30):
        sign_in("auditor")  # which is an entry
        entry.wait_for_timeout(1000)
        if asked(entry, f"{log_of(entry)}checkpoint") != older:
            break
    entry.get_by_text("Compare with a checkpoint that you kept").click()
    entry.get_by_label("The checkpoint, all of its lines").fill(older)
    altered(entry, TILE, lambda text: "\x00" * len(text))
    assert verdict(entry).startswith("Refused")
    assert "History was rewritten" in last_step(entry)
    entry.unroute_all()
    assert "nothing before your older checkpoint was changed" in verdict(entry)
    assert "are those of the checkpoint that you pasted" in last_step(entry)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("Object.defineProperty(globalThis, 'isSecureContext', { value: false })", "did not come over HTTPS"),
        (
            "SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'))",
            "This browser cannot check Ed25519 signatures.",
        ),
    ],
)
def test_a_browser_that_cannot_says_so_and_claims_nothing(entry: Page, script: str, sentence: str) -> None:
    entry.add_init_script(script)
    entry.reload()
    assert verdict(entry) == "Not verified. Nothing was found wrong, and nothing was proved."
    assert sentence in last_step(entry)
    expect(entry.locator("[data-part=after]")).to_be_hidden()


def test_what_cannot_be_fetched_proves_nothing(entry: Page) -> None:
    entry.route(re.compile(PROOF), lambda route: route.fulfill(status=500))
    assert verdict(entry).startswith("Not verified.")
    assert "The server did not hand out" in last_step(entry)


def test_an_entry_is_verified_and_the_checkpoint_kept_for_the_next_visit(entry: Page) -> None:
    assert re.fullmatch(
        r"Verified: this entry is in the log of \d+ entries that the key [0-9a-f]{8} signed\.", verdict(entry)
    )
    leaf = asked(entry, entry.locator("[data-verify]").get_attribute("data-leaf") or "")
    steps = entry.locator("[data-part=steps] li")
    assert tree.hash_leaf(leaf.encode()).hex() in steps.first.inner_text()
    assert json.loads(entry.locator("[data-part=entry]").inner_text()) == json.loads(leaf)
    expect(entry.locator("[data-part=witnesses]")).to_have_text("Nobody but the log signed this checkpoint.")
    entry.reload()
    assert "nothing before your older checkpoint was changed" in verdict(entry)
    assert "that this browser kept at your last visit" in last_step(entry)


def test_proofs_of_the_browser_are_those_of_the_log(entry: Page) -> None:
    """Consistency of trees of all sizes, with what the browser makes up from tiles."""
    leaves = [bytes([n]) for n in range(40)]

    def node(level: int, index: int) -> bytes:
        if level == 0:
            return tree.hash_leaf(leaves[index])
        return tree.hash_children(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    cases: list[Any] = []
    for size in (1, 2, 3, 6, 7, 8, 13, 32, 39, 40):
        roots = [tree.root(node, old).hex() for old in range(size + 1)]
        proofs = [[each.hex() for each in tree.consistency_proof(node, old, size)] for old in range(size + 1)]
        cases.append([size, roots, proofs])
    wrong = entry.evaluate(
        """async (cases) => {
            const js = await import(document.querySelector('script[type=module]').src);
            const bytes = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
            const node = async (level, index) => level === 0 ? js.hashLeaf([index])
                : js.hashChildren(await node(level - 1, 2 * index), await node(level - 1, 2 * index + 1));
            const wrong = [];
            for (const [size, roots, proofs] of cases) for (let old = 0; old <= size; old += 1) {
                const proof = await js.consistencyProof(node, old, size);
                if (JSON.stringify(proof.map(js.hex)) !== JSON.stringify(proofs[old])) wrong.push(['proof', old, size]);
                const [first, root] = [bytes(roots[old]), bytes(roots[size])];
                if (!await js.isConsistent(old, size, first, root, proof)) wrong.push(['refused', old, size]);
                if (old === 0 || old === size) continue;
                const other = bytes(roots[old]);
                other[7] ^= 1;
                if (await js.isConsistent(old, size, other, root, proof)) wrong.push(['accepted', old, size]);
                for (const n of proof.keys()) {
                    const changed = proof.map((each) => each.slice());
                    changed[n][0] ^= 1;
                    if (await js.isConsistent(old, size, first, root, changed)) wrong.push(['accepted', old, size, n]);
                    const shorter = proof.filter((_, at) => at !== n);
                    if (await js.isConsistent(old, size, first, root, shorter)) wrong.push(['shorter', old, size, n]);
                }
                if (await js.isConsistent(old, size, first, root, [...proof, first])) wrong.push(['longer', old, size]);
            }
            return wrong;
        }""",
        cases,
    )
    assert wrong == []
