"""Evidence in a real browser: handed in as a file, downloaded by the steward who decides, renewed before it ends."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from config.tests.support import Program
from profiles.evidence import MOST_BYTES
from profiles.tests.browser.conftest import SignIn
from profiles.tests.browser.looks import overflow, violations

LICENSE = b"%PDF-1.7\nA license.\n"


def board(page: Page) -> Page:
    page.goto("/attestations/")
    return page


def ask_to_renew(page: Page, file: Path) -> None:
    """From the claim that counts to its renewal, with a file."""
    board(page).get_by_role("link", name=re.compile("Renew Licensed medical provider")).click()
    expect(page.get_by_role("heading", name="Renew attestation")).to_be_visible()
    expect(page.locator("#request input[type=radio]")).to_have_count(0)
    page.get_by_role("textbox", name="Evidence").fill("The register entry of 2027.")
    page.get_by_role("textbox", name="Link").fill("https://register.example/LH-20417")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Request renewal").click()


def test_evidence_is_handed_in_read_and_decided(program: Program, sign_in: SignIn, tmp_path: Path) -> None:
    license_, big = tmp_path / "license 2027.pdf", tmp_path / "big.pdf"
    license_.write_bytes(LICENSE)
    big.write_bytes(LICENSE + b"x" * (3 * MOST_BYTES))
    editor = sign_in("editor", for_axe=True)

    # What will fall back is said long before it does.
    claim = board(editor).locator("#counting article").first
    expect(claim).to_contain_text("When it ends")
    expect(claim).to_contain_text("1 setting falls back.")
    expect(claim).to_contain_text("Safe messaging on suicide and self-harm")
    assert violations(editor) == []

    # A file that is too large is refused at its field, and nothing typed is lost.
    ask_to_renew(editor, big)
    expect(editor.locator("#file-e")).to_contain_text("The file is larger than 10 MB.")
    expect(editor.get_by_role("textbox", name="Evidence")).to_have_value("The register entry of 2027.")
    expect(editor.get_by_role("heading", name="Renew attestation")).to_be_visible()
    assert violations(editor) == []

    ask_to_renew(editor, license_)
    expect(editor.locator("#waiting article")).to_contain_text("renews the one that ends on")
    expect(editor.locator("#counting article").first).to_contain_text("Its renewal waits for a steward.")

    # The steward reads the evidence and grants; the file is saved, never opened as a page.
    steward = sign_in("steward", width=390, dark=True, for_axe=True)
    waiting = board(steward).locator("#waiting article", has_text="Ward Companion")
    expect(waiting.get_by_role("link", name="https://register.example/LH-20417")).to_be_visible()
    expect(waiting).to_contain_text("sha256:")
    assert violations(steward) == []
    assert overflow(steward) == 0
    with steward.expect_download() as saved:
        waiting.get_by_role("link", name="license 2027.pdf").click()
    assert saved.value.suggested_filename == "license 2027.pdf"
    assert saved.value.path().read_bytes() == LICENSE
    waiting.get_by_role("radio", name="Grant").check()
    waiting.get_by_label("Expires on").fill((datetime.now(UTC) + timedelta(days=300)).date().isoformat())
    waiting.get_by_role("button", name="Send decision").click()
    expect(steward.locator("main")).to_contain_text("Granted.")

    # What one revocation would change is said before it is made.
    granted = steward.locator("#counting article", has_text="Adults only")
    granted.locator("summary").click()
    expect(granted).to_contain_text("When you revoke it")
    expect(granted).to_contain_text("Explicit sexual content")

    # Now the first one ends and nothing falls back.
    expect(board(editor).locator("#counting")).to_contain_text("Renewed until")
    expect(editor.locator("#counting")).to_contain_text("Nothing falls back.")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_file_is_handed_in_without_scripts(program: Program, sign_in: SignIn, tmp_path: Path, width: int) -> None:
    page = board(sign_in("editor", scripts=False, width=width))
    page.locator("#product").select_option(label="Ward Companion")
    page.get_by_role("radio", name=re.compile("Adults only")).check()
    file = tmp_path / "note.exe"
    file.write_bytes(b"MZ\x90\x00")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Request attestation").click()
    expect(page.locator("#file-e")).to_contain_text("Choose a PDF, PNG, JPEG or plain text file")
    expect(page.get_by_role("radio", name=re.compile("Adults only"))).to_be_checked()
    assert overflow(page) == 0
