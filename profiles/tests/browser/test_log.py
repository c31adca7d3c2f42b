"""The running program: what somebody did has its proof soon after, which can be taken away and checked elsewhere."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Locator, Page, expect

from audits.log import notes, proofs
from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn


def downloaded(page: Page, link: str | Locator) -> str:
    with page.expect_download() as download:
        (page.get_by_role("link", name=link, exact=True) if isinstance(link, str) else link).click()
    return Path(download.value.path()).read_text(encoding="utf-8")


def test_an_entry_can_be_taken_away_with_its_proof(program: Program, sign_in: SignIn) -> None:
    page = sign_in("auditor")
    page.goto("/trail/")
    page.locator("a.perm").first.click()
    proof_link = page.get_by_role("link", name="Proof", exact=True)
    for _second in range(20):
        if proof_link.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.get_by_text("In the signed checkpoint of")).to_be_visible()
    leaf, proof = downloaded(page, "Entry, byte for byte"), downloaded(page, "Proof")
    page.get_by_role("link", name="Key of the log").click()
    key = notes.parse_verifier(page.locator("body").inner_text())
    assert proofs.check(leaf.encode(), proof, key).origin == key.name


def test_an_auditor_is_named_and_cosigns_without_an_account(program: Program, sign_in: SignIn) -> None:
    key = Ed25519PrivateKey.generate()
    page = sign_in("compliance")
    page.goto("/trail/log/")
    page.get_by_label("Name").fill("Ida Brandt")
    page.get_by_label("Key", exact=True).fill("nonsense")
    page.get_by_role("button", name="Add auditor").click()
    expect(page.get_by_text("This is no key that cosigns.").first).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Ida Brandt")
    page.get_by_label("Key", exact=True).fill(str(notes.verifier_of("auditor.example", key, notes.COSIGNATURE)))
    page.get_by_role("button", name="Add auditor").click()
    expect(page.get_by_role("heading", name="Ida Brandt")).to_be_visible()
    expect(page.get_by_text("Nothing handed in yet")).to_be_visible()
    note = downloaded(page, page.get_by_role("link", name="Download the checkpoint of").first)
    line = notes.cosign(notes.parse_note(note).text, "auditor.example", key, time=1_700_000_000)
    slug = notes.parse_checkpoint(notes.parse_note(note).text).origin.rpartition("/")[2]
    answer = page.context.request.post(f"/log/{slug}/cosignature", data=f"{note}{line}\n")
    assert (answer.status, "auditor.example" in answer.text()) == (200, True)
    page.reload()
    expect(page.get_by_text("Cosigns", exact=True)).to_be_visible()
    page.get_by_role("button", name="Remove Ida Brandt").click()
    expect(page.get_by_text("Removed. What they cosigned until now stays.")).to_be_visible()
