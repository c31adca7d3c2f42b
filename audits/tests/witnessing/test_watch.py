"""The sequencer as a process, with witnesses that are honest, slow and dead: checkpoints come in time all the same."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from django.utils import timezone

from audits.ledger.verification import examine
from audits.models import Checkpoint, Cosigner, Leaf, Log, Unplaced
from audits.tests.ledger.test_crashes import sequencers, writers
from audits.tests.ledger.test_sequence import happen
from audits.tests.witnessing.witness import Witness, witnessing
from config.processes import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRIGHTLINE_LOG_PUBLISHED", str(tmp_path / "published"))
    monkeypatch.setenv("BRIGHTLINE_LOG_POLICY", str(tmp_path / "policy"))
    return tmp_path / "policy"


def agree(policy: Path, *witnesses: Witness) -> None:
    from audits.ledger import keys

    lines = "".join(witness.line(f"w{number}") for number, witness in enumerate(witnesses))
    policy.write_text(f"{lines}quorum none\n")
    for witness in witnesses:
        witness.knows(*(keys.verifiers(f"127.0.0.1:8000/log/{slug}")[0] for slug in ("acme", "other", "_installation")))


def cosigned(witness: Witness) -> int:
    return sum(Cosigner.objects.filter(name=witness.name).values_list("cosigned", flat=True))


def test_a_dead_and_a_slow_witness_delay_neither_checkpoints_nor_an_honest_one(policy: Path) -> None:
    gone = Witness(name="witness.example/gone", port=1)
    with witnessing() as north, witnessing("slow", name="witness.example/slow") as slow:
        agree(policy, gone, slow, north)
        with sequencers(1):
            happen("acme", 1)
            assert until(Leaf.objects.exists, seconds=30)
            waits = []
            for _entry in range(6):
                began = time.monotonic()
                happen("acme", 1)
                assert until(lambda: not Unplaced.objects.exists(), seconds=5)
                waits.append(time.monotonic() - began)
            log = Log.objects.get(organization="acme")
            assert until(lambda: cosigned(north) == log.size, seconds=30)
    assert max(waits) < 2
    assert cosigned(slow) == cosigned(gone) == 0
    assert Cosigner.objects.get(name=gone.name).said == "unreachable"
    assert Checkpoint.objects.filter(log=log).latest("size").signed_at < timezone.now()


def test_killed_again_and_again_the_witness_follows_one_tree(policy: Path) -> None:
    with witnessing() as north:
        agree(policy, north)
        with writers(2):
            for _kill in range(4):
                with sequencers(1) as (running,):
                    before = cosigned(north)
                    assert until(lambda before=before: cosigned(north) > before, seconds=60)  # type: ignore[misc]
                    running.send_signal(signal.SIGKILL)
                    running.wait()
        with sequencers(1):
            assert until(lambda: not Unplaced.objects.exists(), seconds=30)
            size = sum(Log.objects.values_list("size", flat=True))
            assert until(lambda: cosigned(north) == size, seconds=60)
    assert {row.said for row in Cosigner.objects.all()} == {"cosigned"}
    for log in Log.objects.all():
        assert examine(log).finding is None
        assert north.held[log.origin].size == log.size


def test_it_ends_at_once_though_a_witness_does_not_answer(policy: Path) -> None:
    with witnessing("slow") as slow:
        agree(policy, slow)
        with sequencers(1) as (running,):
            happen("acme", 1)
            assert until(lambda: len(slow.got) > 0, seconds=30)
            began = time.monotonic()
            running.send_signal(signal.SIGTERM)
            assert running.wait(10) == 0
            assert time.monotonic() - began < 5
