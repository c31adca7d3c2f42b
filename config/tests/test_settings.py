"""An installation that others can reach refuses to start with anything unsafe, and says what."""

from __future__ import annotations

import os
import runpy
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config.embedded import BASE_DIR

REAL = {
    "DATABASE_URL": "postgresql://someone:word@127.0.0.1:1/brightline",
    "BROKER_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": secrets.token_urlsafe(60),
    "ALLOWED_HOSTS": "brightline.example",
}


def manage(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py in an environment of its own, without what the test run set."""
    ours = {"DATABASE_URL", "BROKER_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG", "DJANGO_SETTINGS_MODULE"}
    ours.add("DJANGO_ALLOW_ASYNC_UNSAFE")  # the browser tests need it, and may run in this process
    clean = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=clean | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_real_installation_passes_djangos_own_checks() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **REAL)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-" + "x7Gq" * 20}, "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"DEBUG": "perhaps"}, "DEBUG"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"BROKER_URL": ""}, "BROKER_URL is not"),
        ({"BRIGHTLINE_MODEL_NETWORKS": "10.0.0.1/8"}, "BRIGHTLINE_MODEL_NETWORKS"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not"),
        ({"DATABASE_URL": "sqlite:///brightline.db"}, "PostgreSQL is the only database"),
        ({"BROKER_URL": "pgmq://someone@host/name?sslmode=require"}, "PGSSLMODE"),
        ({"EMAIL_PORT": "many"}, "EMAIL_PORT"),
        ({"BRIGHTLINE_SIGNING_KEY": "nonsense"}, "BRIGHTLINE_SIGNING_KEY: a key is neither"),
        ({"BRIGHTLINE_SIGNING_KEY": "/nowhere/signing.pem"}, "BRIGHTLINE_SIGNING_KEY names a file"),
        ({"BRIGHTLINE_LOG_POLICY": "/nowhere/policy"}, "BRIGHTLINE_LOG_POLICY names a file that cannot be read"),
        ({"BRIGHTLINE_LOG_POLICY": __file__}, "BRIGHTLINE_LOG_POLICY: Line 1 of the policy: it must begin with log"),
        ({"BRIGHTLINE_TSA_URL": "http://tsa.example/"}, "go together"),
        ({"BRIGHTLINE_TSA_CERTIFICATES": "/nowhere/tsa.pem"}, "BRIGHTLINE_TSA_CERTIFICATES names a file"),
        ({"BRIGHTLINE_TSA_CERTIFICATES": __file__}, "BRIGHTLINE_TSA_CERTIFICATES must name a file of certificates"),
    ],
)
def test_it_refuses_and_names_the_culprit(change: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (REAL | change).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=named) as refusal:
        runpy.run_path(str(BASE_DIR / "config" / "settings.py"))
    assert str(refusal.value).endswith(".")


def test_the_refusal_is_all_that_a_command_prints() -> None:
    done = manage("check", **(REAL | {"DEBUG": "1"}))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: DEBUG is on")
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_database_that_does_not_answer_is_one_sentence_too() -> None:
    done = manage("migrate", **REAL)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The database")
    assert "Traceback" not in done.stderr


def test_the_embedded_secret_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    assert manage("check", BRIGHTLINE_VAR=str(tmp_path)).returncode == 0
    secret = tmp_path / "secret_key"
    first = secret.read_text()
    assert len(first) >= 50
    assert secret.stat().st_mode & 0o777 == 0o600
    assert manage("check", BRIGHTLINE_VAR=str(tmp_path)).returncode == 0
    assert secret.read_text() == first


def test_every_answer_carries_the_policy_and_an_id(client: Client, db: None) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": "from-the-proxy-1"})
    assert answer.status_code == 200
    assert answer["X-Request-ID"] == "from-the-proxy-1"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_an_id_that_could_forge_a_log_line_is_replaced(client: Client, db: None) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": "x\nERROR forged"})
    assert "forged" not in answer["X-Request-ID"]
