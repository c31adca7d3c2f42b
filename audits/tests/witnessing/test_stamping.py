"""Time-stamps of checkpoints by a real authority: `openssl ts` over HTTP. Wrong answers first."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rfc3161_client import VerificationError

from audits.ledger import read
from audits.models import Checkpoint, Log, Timestamp
from audits.tests.ledger.test_sequence import execute, happen, place_all
from audits.witnessing import stamping
from profiles.tests import cast as some

pytestmark = pytest.mark.django_db

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""
EXTENSIONS = (
    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"
)


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root and a certificate for time-stamping."""
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "ext.cnf").write_text(EXTENSIONS)
    (folder / "serial").write_text("01\n")
    new = ("req", "-newkey", "rsa:2048", "-nodes")
    openssl(
        folder, *new, "-x509", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Root of the tests"
    )
    openssl(folder, *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Clock of the tests")
    openssl(
        *(folder, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-out", "tsa.pem", "-days", "30", "-extfile", "ext.cnf"),
    )
    return folder


@dataclass
class Tsa:
    """``mode``: honest, another (it stamps something else), other_nonce, a status, or what it answers instead."""

    folder: Path
    mode: str = "honest"
    answer: bytes = b""
    port: int = 0
    got: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/tsr"

    def stamp(self, query: bytes) -> bytes:
        if self.mode == "another":
            (self.folder / "other").write_bytes(b"something else")
            openssl(self.folder, "ts", "-query", "-data", "other", "-sha256", "-cert", "-out", "query.tsq")
        else:
            (self.folder / "query.tsq").write_bytes(query)
        openssl(
            *(self.folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-inkey", "tsa.key"),
            *("-signer", "tsa.pem", "-out", "reply.tsr"),
        )
        return (self.folder / "reply.tsr").read_bytes()


@contextmanager
def serving(tsa: Tsa) -> Iterator[Tsa]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            tsa.got.append(query)
            self.send_response(int(tsa.mode) if tsa.mode.isdecimal() else 200)
            self.end_headers()
            self.wfile.write(tsa.answer or tsa.stamp(query))

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tsa.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield tsa
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def tsa(authority: Path, settings: Any) -> Iterator[Tsa]:
    happen("acme", 3)
    place_all()
    with serving(Tsa(authority)) as found:
        settings.BRIGHTLINE_TSA_URL = found.url
        settings.BRIGHTLINE_TSA_CERTIFICATES = (authority / "ca.pem").read_text()
        yield found


def newest() -> Checkpoint:
    found = read.signed("acme")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("mode", "answer"),
    [
        ("500", b"no"),
        ("honest", b"nonsense"),
        ("honest", b"\x30\x03\x02\x01\x00"),
        ("another", b""),
        ("honest", b"x" * 100_000),
    ],
)
def test_an_answer_that_is_no_stamp_of_this_text_is_not_kept(tsa: Tsa, mode: str, answer: bytes) -> None:
    tsa.mode, tsa.answer = mode, answer
    assert stamping.stamp_due(now=timezone.now()) == 0
    assert len(tsa.got) == 1  # others are not asked for in vain
    assert not Timestamp.objects.exists()


def test_an_old_answer_is_not_kept(tsa: Tsa) -> None:
    """The nonce is of each request."""
    stamping.stamp(newest(), now=timezone.now())
    tsa.answer = bytes(Timestamp.objects.get().answer)
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE audits_timestamp DISABLE TRIGGER USER")
    execute("DELETE FROM audits_timestamp")
    with pytest.raises(VerificationError, match="Nonce"):
        stamping.stamp(newest(), now=timezone.now())


def test_a_stamp_of_another_authority_is_not_kept(tsa: Tsa, settings: Any, tmp_path: Path) -> None:
    openssl(
        *(tmp_path, "req", "-newkey", "rsa:2048", "-nodes", "-x509", "-keyout", "k", "-out", "other.pem"),
        *("-days", "3", "-subj", "/CN=Root of the tests"),
    )
    settings.BRIGHTLINE_TSA_CERTIFICATES = (tmp_path / "other.pem").read_text()
    with pytest.raises(VerificationError):
        stamping.stamp(newest(), now=timezone.now())
    assert not Timestamp.objects.exists()


def test_nobody_is_there(tsa: Tsa, settings: Any) -> None:
    settings.BRIGHTLINE_TSA_URL = "http://127.0.0.1:1/tsr"
    assert stamping.stamp_due(now=timezone.now()) == 0


def test_without_an_authority_nothing_is_asked(tsa: Tsa, settings: Any) -> None:
    settings.BRIGHTLINE_TSA_URL = ""
    assert stamping.stamp_due(now=timezone.now()) == 0
    assert tsa.got == []


def test_openssl_accepts_what_is_published(tsa: Tsa, tmp_path: Path) -> None:
    """As an outsider would: the checkpoint, its first three lines, and the stamp."""
    assert stamping.stamp_due(now=timezone.now()) == Log.objects.filter(size__gt=0).count()
    size = newest().size
    served = Client().get(f"/log/acme/checkpoint/{size}").content
    answer = Client().get(f"/log/acme/timestamp/{size}")
    assert answer.headers["Content-Type"] == "application/timestamp-reply"
    (tmp_path / "text").write_bytes(b"".join(served.splitlines(keepends=True)[:3]))
    (tmp_path / "reply.tsr").write_bytes(answer.content)
    check = ("ts", "-verify", "-data", "text", "-in", "reply.tsr", "-CAfile", str(tsa.folder / "ca.pem"))
    openssl(tmp_path, *check)
    (tmp_path / "text").write_bytes(served)
    with pytest.raises(subprocess.CalledProcessError):
        openssl(tmp_path, *check)


def test_once_a_day_and_only_if_it_has_grown(tsa: Tsa) -> None:
    now = timezone.now()
    logs = stamping.stamp_due(now=now)
    assert logs > 0
    happen("acme", 1)
    place_all()
    assert stamping.stamp_due(now=now) == 0
    assert stamping.stamp_due(now=now + timedelta(days=1)) == 1
    assert stamping.stamp_due(now=now + timedelta(days=2)) == 0


def test_the_page_shows_it(tsa: Tsa) -> None:
    cast = some.make_cast()
    place_all()
    stamping.stamp_due(now=timezone.now())
    client = Client()
    client.force_login(cast.users["auditor"])
    page = client.get("/trail/log/").content.decode()
    assert f'href="/log/acme/timestamp/{newest().size}"' in page
    assert client.get("/log/acme/timestamp/1").status_code == 404
