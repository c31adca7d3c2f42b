"""Commands and tasks, which act for the installation, whoever starts them; and the books that workers keep."""

from __future__ import annotations

import os
from typing import Any, Final

from profiles.models import User
from profiles.tests.cast import LIBRARY
from profiles.tests.everything.bypass.table.before import (
    all_rulebooks,
    checkpoint_letter,
    chunk_of_a_hold,
    due,
    due_unapproved,
    ending_soon,
    grown_old,
    invited,
    letter_of,
    placed,
    published_by_an_older_program,
    small_suite,
    unreachable,
    waiting_check,
)
from profiles.tests.everything.bypass.table.lines import Bookkeeping, Line, Whose, after, words
from profiles.tests.everything.stage import Stage
from profiles.tests.harbor import SOURCES

READING: Final = Bookkeeping.of(
    "Whether somebody read what they were told is nobody else's business; no right depends on it.", "notice"
)
TELLING: Final = Bookkeeping.of(
    "What is told is copied from entries, which stay; the copies say nothing that these do not.",
    *("notice", "letter", "delivery"),
)
SENDING: Final = Bookkeeping.of(
    "A try to send is kept beside what is sent; that a webhook is disabled after many is an entry.",
    *("delivery", "attempt", "webhook"),
)
MAILING: Final = Bookkeeping.of("A try to send is kept beside what is sent.", "letter")
FORGETTING: Final = Bookkeeping.of(
    "What was told is not kept forever; the entries that it was copied from are.",
    *("notice", "letter", "delivery", "attempt"),
)


def program(*said: Any, **more: Any) -> Line:
    return Line("system", words(*said), whose=Whose.NOBODYS, **more)


COMMANDS: Final[dict[str, Line]] = {
    "create_api_key": program("acme", "--product", "helper", "--environment", "production"),
    "create_organization": program("newcomer", "Newcomer"),
    "create_person": program("new@acme.example", "New", "--organization", "acme"),
    "create_product": program("acme", "second", "Second", "--platform", "reference"),
    "diff_sources": program(str(SOURCES / "older.md"), str(SOURCES / "newer.md"), quiet=True),
    "export_evidence": program("--organization", "acme", "--out", os.devnull, first=placed, quiet=True),
    "import_source": program(str(SOURCES / "older.md"), "--name", "manual", "--published", "2026-10-01", quiet=True),
    "load_demo": program(first=all_rulebooks),
    "load_rulebooks": program(),
    "load_suites": program(quiet=True),
    "run_conformance": program(
        *("--product", "acme/helper", "--endpoint", "http://127.0.0.1:9/v1", "--dialect", "openai"),
        *("--model", "tested", "--suite", "small"),
        first=small_suite,
        quiet=True,
    ),
    "publish_rulebook": program(str(LIBRARY / "law-eu-ai-act-2024-07-12.toml")),
    "sequence": program("--once", quiet=True),
    "settle_roles": program(quiet=True),
    "note_settings": program(quiet=True),
    "verify_log": program(quiet=True),
    "republish_profiles": program(first=published_by_an_older_program, republishes=True),
}


def invitation(stage: Stage) -> list[int]:
    """Of one and the same guest, however often it is asked for."""
    found = User.objects.filter(email="guest@acme.example").first()
    member = found.memberships.get() if found else invited(stage)
    return [member.user_id, member.organization_id]


TASKS: Final[dict[str, Line]] = {
    "audits.tasks.run_check": program(waiting_check, quiet=True),
    "audits.tasks.run_conformance": program(-1, quiet=True),
    "audits.tasks.run_conformance_look": program(-1, quiet=True),
    "audits.tasks.start_runs": program(quiet=True),
    "audits.tasks.request_looks": program(quiet=True),
    "audits.tasks.run_recheck_chunk": program(chunk_of_a_hold, republishes=True),
    "audits.tasks.sweep_checks": program(quiet=True),
    "audits.tasks.request_nightly_checks": program(quiet=True),
    "audits.tasks.measure_product": program(lambda stage: stage.acme.product.pk, quiet=True),
    "audits.tasks.sweep_health": program(quiet=True),
    "audits.tasks.stamp_checkpoints": program(quiet=True),
    "audits.tasks.request_verification": program(quiet=True),
    "audits.tasks.verify_logs": program(quiet=True),
    "audits.tasks.request_pruning": program(quiet=True),
    "audits.tasks.prune_logs": program(quiet=True),
    "audits.tasks.carry_out_schedules": program(first=due, goes_on=True),
    "audits.tasks.carry_out_schedules / too few approvals": Line(
        "system", after(due_unapproved, words()), whose=Whose.NOBODYS, leaves="refused", goes_on=True
    ),
    "audits.tasks.push": program(-1, quiet=True),
    "audits.tasks.sweep_destinations": program(quiet=True),
    "audits.tasks.tell": program(bookkeeping=TELLING),
    "audits.tasks.sweep_telling": program(bookkeeping=TELLING),
    "audits.tasks.deliver": program(lambda stage: stage.delivery.pk, first=unreachable, bookkeeping=SENDING),
    "audits.tasks.send_checkpoint": program(checkpoint_letter, first=placed, quiet=True),
    "audits.tasks.send_letter": program(letter_of, bookkeeping=MAILING),
    "audits.tasks.pass_time": program(first=ending_soon),
    "audits.tasks.pass_time / what is old": program(first=grown_old, bookkeeping=FORGETTING),
    "audits.tasks.mail_password_link": program("editor@acme.example", quiet=True),
    "audits.tasks.mail_invitation": Line(
        "system",
        invitation,
        whose=Whose.NOBODYS,
        quiet=True,
    ),
}
