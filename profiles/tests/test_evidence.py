"""Files that support an attestation: what is taken, under which name, and where it is kept."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from profiles import evidence
from profiles.errors import InvalidInput, NotFound
from profiles.evidence import MOST_BYTES, EvidenceFile, accept, keep, read

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
EXE = b"MZ\x90\x00\x03\x00\x00\x00"


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    settings.EVIDENCE_DIR = str(tmp_path / "evidence")
    return tmp_path / "evidence"


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        accept(name, data)
    assert list(refused.value.fields) == ["file"]
    return refused.value.message


@pytest.mark.parametrize(
    ("name", "data", "type_"),
    [
        ("license.pdf", PDF, "application/pdf"),
        ("scan.PNG", PNG, "image/png"),
        ("scan.jpg", JPEG, "image/jpeg"),
        ("scan.jpeg", JPEG, "image/jpeg"),
        ("note.txt", b"Registration 12345\r\n\tchecked", "text/plain"),
        ("note.md", "Gepr\u00fcft\u00a0am 3. M\u00e4rz \u2013 \u2713".encode(), "text/plain"),
        ("list.csv", b"\xef\xbb\xbfname;number\r\n", "text/plain"),  # as spreadsheets write them
        ("page.txt", b"<!doctype html><script>alert(1)</script>", "text/plain"),  # text, and never shown as a page
    ],
)
def test_what_a_file_is_is_said_by_its_bytes(name: str, data: bytes, type_: str) -> None:
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    assert accept(name, data) == EvidenceFile(name, type_, len(data), digest)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("license.pdf", EXE),
        ("license.exe", EXE),
        ("license.txt", EXE),
        ("license.pdf.exe", PDF),
        ("license.png", PDF),
        ("license.pdf", b"only text"),
        ("page.html", b"<!doctype html>"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("latin.txt", "Gepr\u00fcft".encode("latin-1")),
        ("nul.txt", b"a\x00b"),
        ("escape.txt", b"\x1b[2Jgone"),
        ("pdf", PDF),
        ("", PDF),
        ("archive.zip", b"PK\x03\x04"),
    ],
)
def test_anything_else_is_refused_whatever_it_calls_itself(name: str, data: bytes) -> None:
    assert refusal(name, data) == "Choose a PDF, PNG, JPEG or plain text file whose ending says what it is."


def test_a_file_has_a_byte_and_at_most_ten_megabytes() -> None:
    assert refusal("empty.txt", b"") == "The file has 0 bytes. Choose one of 1 byte to 10 MB."
    full = b"x" * MOST_BYTES
    assert accept("full.txt", full).size == 10 * 1024 * 1024
    assert refusal("full.txt", full + b"x") == "The file has 10485761 bytes. Choose one of 1 byte to 10 MB."


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\windows\\win.txt", "win.txt"),
        ("/absolute.txt", "absolute.txt"),
        ("C:\\Users\\me\\scan.txt", "scan.txt"),
        ('a"; filename="b.txt', "a; filename=b.txt"),
        ("a\r\nSet-Cookie: b=c.txt", "aSet-Cookie: b=c.txt"),
        ("safe\u202etxt.exe.txt", "safetxt.exe.txt"),
        ("a\x00b.txt", "ab.txt"),
        ("x" * 300 + ".txt", "x" * 116 + ".txt"),
        ("Pr\u00fcfung \u2713.txt", "Pr\u00fcfung \u2713.txt"),
    ],
)
def test_a_name_is_only_a_name(name: str, kept: str) -> None:
    assert accept(name, b"text").name == kept


def test_a_file_is_kept_under_its_digest_for_its_owner_only(folder: Path) -> None:
    found = accept("../license.pdf", PDF)
    keep(found, PDF)
    bare = hashlib.sha256(PDF).hexdigest()
    place = folder / bare[:2] / bare
    assert [path for path in folder.rglob("*") if path.is_file()] == [place]
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert read(found.digest) == PDF


def test_a_second_time_changes_nothing(folder: Path) -> None:
    found = accept("license.pdf", PDF)
    keep(found, PDF)
    before = evidence._place(found.digest).stat()
    keep(accept("other name.pdf", PDF), PDF)
    assert evidence._place(found.digest).stat().st_ino == before.st_ino
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1


def test_what_was_damaged_on_disk_is_not_handed_out(folder: Path) -> None:
    found = accept("license.pdf", PDF)
    keep(found, PDF)
    evidence._place(found.digest).write_bytes(PDF + b"x")
    with pytest.raises(NotFound, match="This file is damaged"):
        read(found.digest)
    keep(found, PDF)  # whoever hands it in again heals it
    assert read(found.digest) == PDF


def test_what_is_gone_from_disk_is_said_so(folder: Path) -> None:
    with pytest.raises(NotFound, match="not in the evidence folder any more"):
        read("sha256:" + "0" * 64)
