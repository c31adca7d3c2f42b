"""The running program: what somebody did has its proof soon after, which can be taken away and checked elsewhere."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from audits.log import notes, proofs
from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn


def downloaded(page: Page, link: str) -> str:
    with page.expect_download() as download:
        page.get_by_role("link", name=link, exact=True).click()
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
