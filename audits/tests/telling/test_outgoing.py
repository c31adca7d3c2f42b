"""One request to an address that somebody typed in: real sockets, hostile receivers."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from audits.telling.outgoing import Answer, post
from audits.tests.telling.receiver import receiving

HEADERS = {"webhook-id": "1", "Content-Type": "application/json"}


def send(url: str, **more: object) -> Answer:
    return post(url, HEADERS, b"{}", local=True, deadline=1.5, **more)  # type: ignore[arg-type]


def test_it_arrives_and_a_little_of_the_answer_is_kept() -> None:
    with receiving() as receiver:
        answer = send(receiver.url + "?a=b")
    assert (answer.status, answer.failure, answer.text, answer.address) == (200, "", "thank you", "127.0.0.1")
    assert answer.arrived
    (got,) = receiver.got
    assert got.path == "/hook?a=b"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.body == b"{}"


@pytest.mark.parametrize("status", ["400", "404", "410", "429", "500", "503"])
def test_an_error_of_the_receiver_is_an_answer_without_control_characters(status: str) -> None:
    with receiving(status) as receiver:
        answer = send(receiver.url)
    assert (answer.status, answer.failure) == (int(status), f"It answered with {status}.")
    assert "\x00" not in answer.text
    assert "\x1b" not in answer.text
    assert not answer.arrived


@pytest.mark.parametrize("status", ["301", "302", "307", "308"])
def test_a_redirect_is_not_followed_not_even_to_a_private_address(status: str) -> None:
    with receiving() as inside, receiving(status, Location=inside.url) as receiver:
        answer = send(receiver.url)
    assert "a redirect, which is not followed" in answer.failure
    assert inside.got == []


def test_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    answer = send(f"http://127.0.0.1:{port}/")
    assert answer.status is None
    assert answer.failure.startswith("No connection")


def test_a_receiver_that_never_answers_costs_no_more_than_the_deadline() -> None:
    with receiving("slow") as receiver:
        began = time.monotonic()
        answer = send(receiver.url)
    assert time.monotonic() - began < 4
    assert answer.status is None
    assert "within 1.5 seconds" in answer.failure


def test_an_endless_answer_is_cut() -> None:
    with receiving("endless") as receiver:
        began = time.monotonic()
        answer = send(receiver.url)
    assert time.monotonic() - began < 4
    assert answer.arrived
    assert len(answer.text) == 500


def test_an_answer_that_drips_is_cut_and_its_status_counts() -> None:
    with receiving("drip") as receiver:
        began = time.monotonic()
        answer = send(receiver.url)
    assert time.monotonic() - began < 4
    assert answer.arrived


@contextmanager
def raw(reply: bytes, *, every: float = 0.0) -> Iterator[int]:
    """A server that says ``reply``, byte for byte if ``every`` is given, and knows no HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _address = server.accept()
            with connection:
                connection.recv(65_536)
                try:
                    for byte in [bytes([each]) for each in reply] if every else [reply]:
                        connection.sendall(byte)
                        time.sleep(every)
                except OSError:
                    pass

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    "reply", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: " + b"b" * 100_000]
)
def test_what_is_no_answer_is_a_failure(reply: bytes) -> None:
    with raw(reply) as port:
        answer = send(f"http://127.0.0.1:{port}/")
    assert not answer.arrived
    assert answer.failure


def test_headers_that_drip_end_at_the_deadline() -> None:
    with raw(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 1_000, every=0.05) as port:
        began = time.monotonic()
        answer = send(f"http://127.0.0.1:{port}/")
    assert time.monotonic() - began < 4
    assert answer.status is None


# Where a name leads


def test_a_name_that_leads_inside_is_refused_before_any_connection() -> None:
    with receiving() as receiver:
        for inside in ("127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:127.0.0.1"):
            url = f"https://hooks.example:{receiver.port}/"
            answer = post(url, HEADERS, b"{}", local=False, look_up=lambda *_, to=inside: [to], deadline=1.5)
            assert answer.status is None
            assert "not an address of the public internet" in answer.failure
    assert receiver.got == []


def test_one_bad_address_among_good_ones_is_enough() -> None:
    answer = post("https://a.example/", HEADERS, b"", local=False, look_up=lambda *_: ["1.1.1.1", "10.0.0.7"])
    assert "10.0.0.7 is not an address of the public internet" in answer.failure


def test_the_connection_goes_to_the_address_that_was_judged() -> None:
    """A name that is looked up a second time could lead elsewhere: it is looked up once."""
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.7"]

    with receiving() as receiver:
        answer = send(f"http://nowhere.invalid:{receiver.port}/", look_up=rebinding)
    assert answer.arrived
    assert asked == ["nowhere.invalid"]
    assert receiver.got[0].headers["host"] == f"nowhere.invalid:{receiver.port}"


def test_a_name_that_stands_for_nothing() -> None:
    assert "stands for no address" in send("http://nothing.invalid/", look_up=lambda *_: []).failure

    def fails(*_: object) -> list[str]:
        raise socket.gaierror

    assert "stands for no address" in send("http://nothing.invalid/", look_up=fails).failure


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert send(receiver.url).arrived
    assert proxy.got == []


# TLS


def certificate(folder: Path, host: str) -> Path:
    """A key and a self-signed certificate for ``host``, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{host}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def tls(path: Path) -> Iterator[tuple[int, list[str | None]]]:
    """A TLS server; what it got as the name of the server stands in the list."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    names: list[str | None] = []
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _address = server.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(65_536)
                    secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            except OSError:
                connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], names


def test_tls_is_for_the_name_though_the_connection_goes_to_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path, "hooks.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with tls(path) as (port, names):
        answer = send(f"https://hooks.example:{port}/", look_up=lambda *_: ["127.0.0.1"])
    assert answer.status == 204, answer.failure
    assert names == ["hooks.example"]


def test_another_names_certificate_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = certificate(tmp_path, "other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with tls(path) as (port, _names):
        answer = send(f"https://hooks.example:{port}/", look_up=lambda *_: ["127.0.0.1"])
    assert answer.status is None
    assert "No TLS connection" in answer.failure


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with tls(certificate(tmp_path, "hooks.example")) as (port, _names):
        answer = send(f"https://hooks.example:{port}/", look_up=lambda *_: ["127.0.0.1"])
    assert "No TLS connection" in answer.failure
