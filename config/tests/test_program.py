"""The fixture that other tests build on: the whole program, with its demo."""

from __future__ import annotations

from config.tests.support import Program

ROLES = {"steward", "editor", "approver", "compliance", "auditor"}


def test_the_program_answers_and_tells_how_to_sign_in(program: Program) -> None:
    assert program.answers()
    assert set(program.demo["users"]) >= ROLES
    assert program.demo["url"] == program.url
    for user in program.demo["users"].values():
        assert user["password"] in program.said()
    assert (program.var / "demo.json").stat().st_mode & 0o777 == 0o600
