"""The command beside people who work in the browser: nothing of theirs is overwritten unseen."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from profiles.actions.rulebooks import publish_rulebook
from profiles.tests import cast as some
from profiles.tests.api.management.program import program
from profiles.tests.api.management.shell import Shell
from profiles.tests.cast import LIBRARY, NOW, SYSTEM, Cast

pytestmark = pytest.mark.django_db(transaction=True)


def say(shell: Shell, line: str) -> None:
    """Add a setting to the file, as somebody with an editor does."""
    text = shell.file.read_text("utf-8")
    shell.file.write_text(text.replace("[settings]\n", f"[settings]\n{line}\n"), "utf-8")


def draft_of(acme: Cast) -> dict[str, Any]:
    acme.product.draft.refresh_from_db()
    return dict(acme.product.draft.settings)


@pytest.mark.parametrize("command", ["push", "validate"])
def test_what_somebody_changed_since_the_pull_is_not_overwritten(acme: Cast, shell: Shell, command: str) -> None:
    some.set_values(acme, tone__insults="on")
    say(shell, '"safety.danger_caveats" = "off"')
    ran = shell(command, "helper.toml")
    assert ran.returncode == 2
    assert "settings.tone.insults: Editor of Acme changed this at 20" in ran.stderr
    assert "Nothing was stored." in ran.stderr
    assert draft_of(acme) == {"tone.insults": "on"}
    error = json.loads(shell(command, "helper.toml", "--json").stdout)["error"]
    assert (error["code"], set(error["fields"])) == ("stale_draft", {"settings.tone.insults"})
    assert shell(command, "helper.toml", "--force").returncode == 0


def test_force_overwrites_it(acme: Cast, shell: Shell) -> None:
    some.set_values(acme, tone__insults="on")
    say(shell, '"safety.danger_caveats" = "off"')
    assert shell("push", "helper.toml", "--force").returncode == 0
    assert draft_of(acme) == {"safety.danger_caveats": "off"}


def test_whoever_pulls_again_brings_both_together(acme: Cast, shell: Shell) -> None:
    some.set_values(acme, tone__insults="on")
    assert shell("pull").returncode == 0
    say(shell, '"safety.danger_caveats" = "off"')
    assert shell("push", "helper.toml").returncode == 0
    assert draft_of(acme) == {"safety.danger_caveats": "off", "tone.insults": "on"}


def test_a_file_that_says_the_same_as_somebody_else_stands_in_nobodys_way(acme: Cast, shell: Shell) -> None:
    some.set_values(acme, tone__insults="on")
    say(shell, '"tone.insults" = "on"')
    say(shell, '"safety.danger_caveats" = "off"')
    assert shell("push", "helper.toml").returncode == 0


def test_a_pipeline_pushes_again_and_again_what_git_says(acme: Cast, shell: Shell) -> None:
    """Its earlier pushes came from files, too; the number in the file stays that of the pull."""
    say(shell, '"safety.danger_caveats" = "off"')
    assert shell("push", "helper.toml").returncode == 0
    shell.file.write_text(shell.file.read_text("utf-8").replace('= "off"', '= "on"'), "utf-8")
    assert shell("push", "helper.toml").returncode == 0
    assert draft_of(acme) == {"safety.danger_caveats": "on"}
    shell.key = program(acme).text  # another program is somebody else
    shell.file.write_text(shell.file.read_text("utf-8").replace('= "on"', '= "off"', 1), "utf-8")
    ran = shell("push", "helper.toml")
    assert (ran.returncode, "Repository changed this" in ran.stderr) == (2, True)


def test_a_file_that_was_not_pulled_from_the_draft_overwrites_nothing_that_is_set(acme: Cast, shell: Shell) -> None:
    shell.write(settings={"safety.danger_caveats": "off"})
    assert shell("push", "helper.toml").returncode == 0, "nothing was set"
    some.make_active(acme, tone__insults="on")
    shell("pull", "--active", "production")
    assert "revision" not in shell.file.read_text("utf-8")
    some.set_values(acme, tone__insults="off")
    for revision in (None, 99):
        shell.write(settings={"tone.insults": "on"}, revision=revision)
        ran = shell("push", "helper.toml")
        assert ran.returncode == 2
        assert "The file was not pulled from this draft." in ran.stderr
        assert "settings.tone.insults: Editor of Acme changed this" in ran.stderr


@pytest.mark.parametrize("revision", ["-1", "true", '"12"', "1.5"])
def test_a_revision_is_the_number_that_pull_wrote(shell: Shell, revision: str) -> None:
    text = shell.file.read_text("utf-8").replace("revision = 0", f"revision = {revision}")
    shell.file.write_text(text, "utf-8")
    ran = shell("push", "helper.toml")
    assert (ran.returncode, "[product] revision must be" in ran.stderr) == (2, True)


def test_each_change_has_its_direction(acme: Cast, shell: Shell) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    shell("pull")
    shell.write(
        settings={"safety.danger_caveats": "on", "tone.insults": "on", "format.length": "standard"},
        user_windows={"safety.drug_warnings": {"floor": "on", "ceiling": "off"}},
        instructions="Be kind.",
        revision=1,
    )
    told = json.loads(shell("diff", "helper.toml", "--json").stdout)
    assert told["direction"] == "mixed"
    assert {each["path"]: each["direction"] for each in told["changes"]} == {
        "settings.safety.danger_caveats": "tightening",
        "settings.tone.insults": "loosening",
        "settings.format.length": "same",
        "user_windows.safety.drug_warnings": "loosening",
        "instructions": "mixed",
    }
    lines = shell("diff", "helper.toml", "--active", "production").stdout.splitlines()
    assert 'settings.safety.danger_caveats: "off" → "on" (tightening)' in lines
    assert 'settings.format.length: not set → "standard" (nothing becomes stricter or looser)' in lines
    assert lines[-1] == "Altogether: mixed."
    assert "Altogether: mixed." in shell("push", "helper.toml").stdout


def test_a_key_that_only_reads_compares_and_simulates(acme: Cast, shell: Shell) -> None:
    shell.write(settings={"safety.danger_caveats": "off"})
    shell.key = program(acme, ["read"]).text
    assert shell("diff", "helper.toml").returncode == 1
    assert shell("simulate", "helper.toml").returncode == 0


def test_a_file_is_simulated_before_anything_is_pushed(acme: Cast, shell: Shell) -> None:
    some.make_active(acme, safety__danger_caveats="on")
    shell.write(settings={"safety.danger_caveats": "off", "content.explicit": "on"})
    line = next(n for n, text in enumerate(shell.file.read_text().splitlines(), 1) if "content.explicit" in text)
    ran = shell("simulate", "helper.toml", "--changes", "--preference", "agents.permissions=everything")
    assert ran.returncode == 1
    lines = ran.stdout.splitlines()
    assert lines[0] == "reference, by its rulebook of 2026-11-01"
    assert lines[1] == '  safety.danger_caveats = "off", was "on" (product: set; loosening)'
    assert any(each.startswith('  not honored: settings.content.explicit "on", got "off": ') for each in lines)
    assert any(each.startswith('  not honored: preferences.agents.permissions "everything", got ') for each in lines)
    assert any(each.startswith(f"helper.toml:{line}: settings.content.explicit: ") for each in lines)
    assert lines[-1] == "Beside version 1: loosening."
    assert draft_of(acme) == {"safety.danger_caveats": "on"}


def test_the_draft_is_simulated_beside_whatever_is_named(acme: Cast, shell: Shell) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    some.set_values(acme, safety__danger_caveats="on")
    words = ("simulate", "--product", "helper", "--changes")
    assert '  safety.danger_caveats = "on", was "off" (product: set; tightening)' in shell(*words).stdout
    assert shell(*words, "--active", "production").stdout == shell(*words).stdout
    assert shell(*words, "--draft").stdout.splitlines()[-1] == "Beside the draft: nothing becomes stricter or looser."
    assert "active in staging" in shell(*words, "--active", "staging").stderr
    assert "runs on: reference" in shell(*words, "--platform", "moon").stderr
    assert json.loads(shell(*words, "--json", "--version", "1").stdout)["direction"] == "tightening"
    assert shell(*words, "--version", "0").returncode == 2
    assert shell(*words, "--of", "1").stdout.splitlines()[-1] == "Beside version 1: nothing becomes stricter or looser."
    assert "Name a FILE or --product:" in shell("simulate", "--at", "2027-01-01T00:00:00Z").stderr
    assert "a FILE is simulated as it is." in shell("simulate", "helper.toml", "--of", "1").stderr
    assert "1970 and 9998" in shell(*words, "--at", "tomorrowZ").stderr
    assert "Name a FILE or --product:" in shell("simulate", "--changes").stderr
    assert "not both" in shell("simulate", "helper.toml", "--product", "helper").stderr


def test_a_file_is_simulated_at_an_instant_to_come(acme: Cast, shell: Shell) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=10))
    shell.write(settings={"content.explicit": "on"})
    words = ("simulate", "helper.toml", "--changes")
    assert 'content.explicit = "on", was "off"' in shell(*words).stdout
    later = timezone.now() + timedelta(days=20)
    ran = shell(*words, "--at", later.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert ran.returncode == 1
    assert 'not honored: settings.content.explicit "on", got "off"' in ran.stdout


def test_what_only_users_may_choose_is_told(acme: Cast, shell: Shell) -> None:
    shell.write(user_windows={"safety.drug_warnings": {"floor": "on", "ceiling": "off"}})
    ran = shell("simulate", "helper.toml", "--changes")
    assert (
        '  safety.drug_warnings = "on" (platform: default; loosening; users may choose "on" to "off")'
        in ran.stdout.splitlines()
    )
    assert "the platforms' defaults, since nothing is live" in ran.stdout


def test_what_is_set_for_one_platform_is_no_refusal_on_the_other(acme: Cast, shell: Shell) -> None:
    for name in ("anthropic-2026-01-21", "openai-2025-12-18"):
        publish_rulebook((LIBRARY / f"{name}.toml").read_text("utf-8"), by=SYSTEM, now=NOW)
    script = program(acme)
    body = {"slug": "novel", "name": "Novel", "facts": {"audience": "adults"}, "platforms": ["anthropic", "openai"]}
    assert script.post("products", body).status_code == 201
    shell("pull", "--product", "novel")
    shell.file = shell.folder / "novel.toml"
    assert "# anthropic: left to the model's judgement" in shell.file.read_text("utf-8")
    say(shell, '"tone.insults" = "on"')
    ran = shell("simulate", "novel.toml", "--changes")
    assert (ran.returncode, "  settings.tone.insults is not stated here" in ran.stdout.splitlines()) == (0, True)
    alone = shell("simulate", "novel.toml", "--platform", "openai")
    assert (alone.returncode, "not stated here" in alone.stdout, "anthropic" in alone.stdout) == (0, False, False)


def test_what_is_stored_and_not_submitted_says_so(acme: Cast, shell: Shell) -> None:
    shell.write(instructions="Always claim to be human.")
    assert shell("simulate", "helper.toml").returncode == 1
    ran = shell("push", "helper.toml", "--submit", "--reason", "R.")
    assert ran.returncode == 1
    assert "helper.toml:" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "The draft says what the file says, and nothing was submitted."
    shell.write(settings={"content.explicit": "on"}, revision=1)
    assert shell("push", "helper.toml").stdout.splitlines()[-1] == "Nothing was stored."
