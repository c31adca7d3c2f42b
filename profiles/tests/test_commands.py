"""What a person types: each command by its effect, with ``--json`` for scripts and one sentence for a refusal."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

import profiles.rulebook
from audits.models import Check, Entry
from profiles.actions.rulebooks import RefusedRulebook, publish_rulebook
from profiles.models import ApiKey, Attestation, Member, Organization, Product, RulebookRevision, User, Version
from profiles.tests.cast import NOW, SYSTEM

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Any:
    out = StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_an_installation_is_set_up_from_nothing_and_its_first_person_signs_in() -> None:
    run("load_rulebooks")
    assert run("create_organization", "acme", "Acme")["environments"] == ["staging", "production"]
    made = run("create_product", "acme", "helper", "Helper", "--platform", "reference", "--fact", "audience=adults")
    assert made["facts"] == {"audience": "adults"}
    person = run("create_person", "ann@acme.example", "Ann", "--organization", "acme")
    client = Client()
    answer = client.post("/sign-in/", {"email": "ANN@acme.example", "password": person["password"]})
    assert answer.status_code == 302
    assert "Helper" in client.get("/").content.decode()
    key = run("create_api_key", "acme", "--product", "helper", "--environment", "production")["key"]
    answer = client.get("/api/v1/profile", headers={"Authorization": f"Bearer {key}"})
    assert answer.json()["error"]["code"] == "no_active_profile"


def test_loading_the_rulebooks_again_changes_nothing() -> None:
    first, again = run("load_rulebooks"), run("load_rulebooks")
    assert all(item["new"] for item in first["rulebooks"])
    assert not any(item["new"] for item in again["rulebooks"])
    assert RulebookRevision.objects.count() == len(first["rulebooks"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["create_organization", "No Slug", "N"], "lower-case letters"),
        (["create_organization", "taken", "N"], "is taken"),
        (["create_product", "nobody", "p", "P", "--platform", "reference"], "no organization nobody"),
        (["create_product", "taken", "p", "P", "--platform", "martian"], "platforms whose rulebook"),
        (["create_product", "taken", "p", "P", "--platform", "reference", "--fact", "audience=cats"], "know these"),
        (["create_product", "taken", "p", "P", "--platform", "reference", "--fact", "audience"], "NAME=VALUE"),
        (["create_person", "no address", "N", "--steward"], "no e-mail address"),
        (["create_person", "a@b.example", "N"], "Name an organization"),
        (["create_api_key", "taken"], "names scopes"),
        (["create_api_key", "taken", "--product", "nothing", "--environment", "production"], "nothing here"),
    ],
)
def test_a_command_refuses_with_a_sentence(arguments: list[str], sentence: str) -> None:
    run("load_rulebooks")
    run("create_organization", "taken", "Taken")
    with pytest.raises(CommandError, match=sentence):
        run(*arguments)


def test_a_malformed_rulebook_is_refused_with_every_problem_and_on_record() -> None:
    with pytest.raises(RefusedRulebook) as refusal:
        publish_rulebook('schema = "brightline.rulebook/1"\nplatform = 3\nfoo = 1', by=SYSTEM, now=NOW)
    assert {"platform", "foo", "title"} <= set(refusal.value.fields)
    assert RulebookRevision.objects.count() == 0
    assert Entry.objects.get(kind="rulebook.published").outcome == "refused"


# The demo


@pytest.fixture
def demo(tmp_path: Path) -> dict[str, Any]:
    run("load_rulebooks")
    with override_settings(VAR=tmp_path):
        assert run("load_demo")["made"] is True
        assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600
        return dict(json.loads((tmp_path / "demo.json").read_text()))


def test_the_demo_has_what_the_contract_names(demo: dict[str, Any]) -> None:
    assert {"steward", "editor", "approver", "compliance", "auditor"} <= set(demo["users"])
    places = {f"{product.organization.slug}/{product.slug}" for product in Product.objects.all()}
    assert places == {"lantern-health/ward-companion", "night-owl-press/after-dark", "little-scholars/homework-helper"}
    assert set(demo["api_keys"]) == {f"{place}/{env}" for place in places for env in ("staging", "production")}
    assert ApiKey.objects.exclude(scopes=[]).count() == 1
    assert User.objects.filter(is_demo=False).count() == 0
    assert Check.objects.exclude(state="finished").count() == 0
    assert Entry.objects.filter(outcome="refused").count() == Organization.objects.count()


def test_the_demos_products_get_what_their_rulebooks_give_them(demo: dict[str, Any]) -> None:
    def fetch(place: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {demo['api_keys'][place + '/production']}"}
        return dict(Client().get("/api/v1/profile", headers=headers).json()["behaviors"])

    assert fetch("lantern-health/ward-companion")["safety.messaging_self_harm"]["value"] == "off"
    assert fetch("night-owl-press/after-dark")["content.explicit"]["value"] == "on"
    children = fetch("little-scholars/homework-helper")
    assert children["content.explicit"]["window"] == {"floor": "off", "ceiling": "off"}
    assert children["topics.allowed"]["value"] != "any"


def test_the_demo_writes_no_table_by_itself() -> None:
    source = (Path(profiles.rulebook.__file__).parents[1] / "demo.py").read_text("utf-8")
    assert not re.search(
        r"\.(create|save|update|bulk_create|get_or_create|create_user)\(", source.replace("self.create(", "")
    )


def test_the_demo_is_made_once(demo: dict[str, Any], tmp_path: Path) -> None:
    counts = [model.objects.count() for model in (Member, Version, Attestation)]
    with override_settings(VAR=tmp_path, BRIGHTLINE_BASE_URL="http://127.0.0.1:9000"):
        assert run("load_demo")["made"] is False
    again = json.loads((tmp_path / "demo.json").read_text())
    assert again == demo | {"url": "http://127.0.0.1:9000"}
    assert [model.objects.count() for model in (Member, Version, Attestation)] == counts


def test_there_is_no_demo_where_others_could_sign_in_to_it() -> None:
    run("load_rulebooks")
    with override_settings(EMBEDDED=False), pytest.raises(CommandError, match="embedded mode"):
        call_command("load_demo")
