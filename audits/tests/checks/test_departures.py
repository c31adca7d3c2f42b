"""Departures from a protocol: what was sent and received, against what was fixed."""

from __future__ import annotations

from typing import Any

from audits.checks.departures import Observed, What, is_model, look

DOCUMENT: dict[str, Any] = {
    "target": {"model": "some-model", "reported": ""},
    "judge": {"model": "judge", "votes": 3},
    "sampling": {"temperature": 1.0, "max_tokens": 600, "seed": 7},
}
SENT = {"temperature": 1.0, "max_tokens": 600}


def as_planned(epoch: int = 0, **more: Any) -> Observed:
    told = {"reported": "some-model-2026", "fingerprint": "fp1", "sent": {**SENT, "seed": 7 + epoch}, **more}
    return Observed("pass", epoch, asked=True, judges=("judge",), **told)


def found(*trials: Observed, **more: Any) -> dict[What, tuple[int, str, tuple[str, ...], str]]:
    listed = look(DOCUMENT, trials, **more).departures
    return {one.what: (one.trials, one.planned, one.found, one.name) for one in listed}


def test_a_run_that_follows_its_protocol_departs_nowhere() -> None:
    assert found(*(as_planned(epoch) for epoch in range(3))) == {}


def test_another_model_and_several_are_named_with_how_often() -> None:
    trials = [as_planned(), as_planned(reported="mini"), as_planned(reported="mini"), as_planned(reported="")]
    assert found(*trials) == {
        What.OTHER_MODEL: (2, "some-model", ("mini",), ""),
        What.SEVERAL_MODELS: (3, "some-model", ("mini", "some-model-2026"), ""),
    }


def test_a_parameter_that_did_not_go_out_or_was_another_is_named() -> None:
    trials = [as_planned(sent={"temperature": 0.5, "max_tokens": 600}), as_planned()]
    assert found(*trials) == {
        What.SAMPLING_LEFT_OUT: (1, "7", (), "seed"),
        What.SAMPLING_CHANGED: (1, "1.0", ("0.5",), "temperature"),
    }


def test_of_a_trial_without_an_answer_nothing_is_said_about_what_was_sent() -> None:
    assert found(Observed("error", retries=3), Observed("skipped")) == {
        What.SKIPPED: (1, "", (), ""),
        What.WITHOUT_ANSWER: (1, "", (), ""),
        What.RETRIED: (1, "", (), ""),
    }


def test_the_judge_is_held_to_the_protocol_too() -> None:
    trials = [Observed("unclear", judges=("other",), missing_votes=1), as_planned()]
    assert found(*trials) == {What.OTHER_JUDGE: (1, "judge", ("other",), ""), What.VOTES_MISSING: (1, "3", (), "")}


def test_what_bears_on_the_result_comes_first_and_each_is_kept_in_whole_numbers() -> None:
    trials = [as_planned(fingerprint="fp2", retries=2), as_planned(), Observed("skipped")]
    listed = look(DOCUMENT, trials, restarts=2).departures
    assert [one.what for one in listed] == [
        What.SKIPPED,
        What.SEVERAL_FINGERPRINTS,
        What.RETRIED,
        What.BEGUN_AGAIN,
    ]
    assert listed[-1].as_dict() == {"what": "begun_again", "trials": 2, "planned": "", "found": [], "name": ""}


def test_an_endpoint_with_a_new_name_in_each_answer_is_held_to_a_few_of_them() -> None:
    (other, several) = look(DOCUMENT, (as_planned(reported=f"m{n}") for n in range(20_000))).departures[:2]
    assert (other.trials, len(other.found), several.trials) == (20_000, 5, 20_000)


def test_a_dated_name_or_one_with_its_owner_is_the_same_model() -> None:
    assert is_model("claude-opus-5", "claude-opus-5-20260801")
    assert is_model("openai/gpt-6", "gpt-6-2026-08-01")
    assert is_model("Llama3", "llama3:8b")
    assert not is_model("gpt-6", "gpt-6mini")
    assert not is_model("gpt-6-mini", "gpt-6")
