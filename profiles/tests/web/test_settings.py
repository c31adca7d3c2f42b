"""Members and API keys: who is here, what roles may do, and keys that are shown once."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from audits.models import Entry
from profiles.access import ROLE_PERMISSIONS, Role, Scope
from profiles.actions import members, organizations
from profiles.actions.api_keys import create_api_key, revoke_api_key
from profiles.models import ApiKey, Member, User
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.web.pages.settings import PERMISSION_WORDS, SCOPE_WORDS, fetch_command

pytestmark = pytest.mark.django_db

MEMBERS = "/settings/members/"
KEYS = "/settings/api-keys/"
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def administrator(client: Client, acme: Cast) -> Client:
    client.force_login(acme.users["administrator"])
    return client


def page(client: Client, address: str = KEYS) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def create(client: Client, **form: str) -> Any:
    return client.post(KEYS, {"name": "Gateway", "product": "helper", "environment": "production", **form})


def shown(response: Any) -> str:
    """The key on the page of a POST."""
    found = re.search(r'<code id="key">(bl_[^<]+)</code>', response.content.decode())
    assert found
    return found[1]


def fetch(key: str) -> Any:
    return Client().get("/api/v1/profile", headers={"Authorization": f"Bearer {key}"})


# Members


def test_members_are_listed_with_role_and_end(client: Client, acme: Cast) -> None:
    client.force_login(acme.users["auditor"])
    found = page(client, MEMBERS)
    for user in (acme.users["editor"], acme.users["auditor"]):
        assert user.email in found
        assert user.name in found
    assert "Does not end" in found
    assert "Expires in 29 days" in found
    assert acme.users["steward"].email not in found


def test_a_membership_that_ended_says_so(administrator: Client, acme: Cast) -> None:
    Member.objects.filter(role="auditor").update(expires_at=timezone.now() - timedelta(days=1))
    assert "Ended" in page(administrator, MEMBERS)


def test_every_permission_of_a_role_is_put_into_words() -> None:
    assert set(PERMISSION_WORDS) == frozenset().union(*ROLE_PERMISSIONS.values())


def test_members_of_others_are_not_visible(administrator: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    assert rival.users["editor"].email not in page(administrator, MEMBERS)


@pytest.mark.parametrize("address", [MEMBERS, KEYS])
def test_a_steward_in_no_organization_has_none_to_look_after(client: Client, acme: Cast, address: str) -> None:
    assert client.get(address)["Location"] == f"/sign-in/?next={address}"
    client.force_login(acme.users["steward"])
    assert client.get(address).status_code == 403


def test_a_hostile_name_is_text(administrator: Client, acme: Cast) -> None:
    User.objects.filter(pk=acme.users["editor"].pk).update(name=HOSTILE)
    found = page(administrator, MEMBERS)
    assert HOSTILE not in found
    assert "&lt;script&gt;" in found


# API keys


def test_a_new_key_is_shown_once_and_works(administrator: Client, acme: Cast) -> None:
    version = some.make_active(acme, safety__danger_caveats="off")
    response = create(administrator)
    key = shown(response)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert f"Authorization: Bearer {key}" in response.content.decode().replace("&quot;", '"')
    assert fetch(key).json()["version"] == version.number
    found = page(administrator)
    assert key not in found
    assert ApiKey.objects.get().prefix in found


def test_the_text_of_a_key_is_kept_nowhere(administrator: Client, acme: Cast, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        response = create(administrator)
    secret = shown(response).removeprefix(ApiKey.objects.get().prefix + "_")
    kept = [str(session.get_decoded()) for session in Session.objects.all()]
    kept += [cookie.value for cookie in administrator.cookies.values()]
    kept += [bytes(entry.leaf).decode() for entry in Entry.objects.all()]
    kept += [repr(ApiKey.objects.values().get()), caplog.text, repr(response.context["page"])]
    assert not [text for text in kept if secret in text]


def test_a_revoked_key_opens_nothing_any_more(administrator: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    key = shown(create(administrator))
    prefix = ApiKey.objects.get().prefix
    response = administrator.post(f"{KEYS}{prefix}/revoke/")
    assert (response.status_code, response["Location"]) == (302, KEYS)
    answer = fetch(key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_key")
    found = page(administrator)
    assert "It opens nothing any more." in found
    assert f"{KEYS}{prefix}/revoke/" not in found


def test_a_key_may_expire_at_the_end_of_a_day(administrator: Client, acme: Cast) -> None:
    day = (timezone.now() + timedelta(days=9)).date().isoformat()
    assert "Expires in 9 days" in create(administrator, expires=day).content.decode()
    expires = ApiKey.objects.get().expires_at
    assert expires is not None
    assert expires.isoformat() == f"{day}T23:59:59+00:00"


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": " "}, "Please fill this in."),
        ({"name": "x" * 81}, "Use at most 80 characters"),
        ({"name": "a\x07b"}, "Take out the control characters"),
        ({"product": ""}, "Choose a product."),
        ({"product": "no slug"}, "Choose a product."),
        ({"environment": "moon"}, "Choose an environment."),
        ({"expires": "soon"}, "Write a date as year-month-day"),
        ({"expires": "2020-01-01"}, "Is in the past."),
    ],
)
def test_a_refused_key_says_why_and_keeps_the_input(administrator: Client, form: dict[str, str], sentence: str) -> None:
    response = create(administrator, **form)
    found = response.content.decode()
    assert response.status_code == 422
    assert found.count(sentence) == 2  # in the summary and at the field
    assert "name" in form or 'value="Gateway"' in found
    assert "environment" in form or '<option value="production" selected>' in found
    assert not ApiKey.objects.exists()


def test_another_organizations_product_cannot_be_chosen(administrator: Client, acme: Cast) -> None:
    some.make_cast("rival", "other")
    assert create(administrator, product="other").status_code == 422
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("who", ["editor", "approver", "compliance", "auditor"])
def test_others_see_keys_and_make_none(client: Client, acme: Cast, who: str) -> None:
    key, _text = create_api_key(acme.organization, name="Old", scopes=["read"], by=SYSTEM, now=timezone.now())
    client.force_login(acme.users[who])
    found = page(client)
    assert key.prefix in found
    assert "Scopes: read" in found
    assert "<form" not in found.split('<main id="main"')[1]
    assert create(client).status_code == 403
    assert client.post(f"{KEYS}{key.prefix}/revoke/").status_code == 403
    assert ApiKey.objects.filter(revoked_at__isnull=True).count() == 1
    assert Entry.objects.filter(kind="api_key.created", outcome="refused").count() == 1


@pytest.mark.parametrize("prefix", ["bl_123456789", "ü", "x" * 200])
def test_a_key_that_is_not_there_cannot_be_revoked(administrator: Client, prefix: str) -> None:
    assert administrator.post(f"{KEYS}{prefix}/revoke/").status_code == 404


def test_a_strangers_key_does_not_exist(administrator: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    key, _text = create_api_key(rival.organization, name="Theirs", scopes=["read"], by=SYSTEM, now=timezone.now())
    assert key.prefix not in page(administrator)
    assert administrator.post(f"{KEYS}{key.prefix}/revoke/").status_code == 404


def test_revoking_twice_says_so(administrator: Client, acme: Cast) -> None:
    key, _text = create_api_key(acme.organization, name="Old", scopes=["read"], by=SYSTEM, now=timezone.now())
    revoke_api_key(key, by=SYSTEM, now=timezone.now())
    response = administrator.post(f"{KEYS}{key.prefix}/revoke/")
    assert response.status_code == 409
    assert "This key is revoked already." in response.content.decode()


def test_a_get_never_makes_or_revokes(administrator: Client, acme: Cast) -> None:
    assert administrator.get(f"{KEYS}bl_123456789/revoke/").status_code == 405
    page(administrator, f"{KEYS}?name=Gateway&product=helper&environment=production")
    assert not ApiKey.objects.exists()


def test_a_hostile_key_name_is_text(administrator: Client, acme: Cast) -> None:
    found = create(administrator, name=HOSTILE).content.decode()
    assert HOSTILE not in found
    assert "&lt;script&gt;" in found


def test_scripts_get_a_key_with_the_scopes_that_were_chosen(administrator: Client, acme: Cast) -> None:
    response = administrator.post(KEYS, {"name": "Repository", "kind": "organization", "scope": ["write", "read"]})
    text = shown(response)
    assert ApiKey.objects.get().scopes == ["read", "write"]
    assert f"curl -H &quot;Authorization: Bearer {text}&quot;" in response.content.decode()
    assert Client().get("/api/v1/products", headers={"Authorization": f"Bearer {text}"}).status_code == 200
    assert "Scopes: read, write" in page(administrator)


def test_a_key_for_scripts_needs_a_scope_and_what_was_typed_stays(administrator: Client, acme: Cast) -> None:
    for scopes in ([], ["everything"]):
        response = administrator.post(KEYS, {"name": "Repository", "kind": "organization", "scope": scopes})
        assert response.status_code == 422
        text = response.content.decode()
        assert "Choose what the key may do." in text
        assert 'value="Repository"' in text
        assert 'value="organization" checked' in text
    assert not ApiKey.objects.exists()


def test_every_scope_has_its_words() -> None:
    assert set(SCOPE_WORDS) == set(Scope)


def test_an_organization_without_products_makes_keys_for_scripts(client: Client, acme: Cast) -> None:
    empty = organizations.create_organization(slug="empty", name="Empty", by=SYSTEM, now=timezone.now())
    user = User.objects.create_user("boss@empty.example", some.PASSWORD, name="Boss")
    members.add_member(empty, user=user, role=Role.ADMINISTRATOR, by=SYSTEM, now=timezone.now())
    client.force_login(user)
    assert 'value="organization" checked' in page(client)


def test_the_command_names_a_platform_where_there_are_several() -> None:
    assert fetch_command(["reference"], "bl_x").endswith('/api/v1/profile"')
    assert fetch_command(["anthropic", "reference"], "bl_x").endswith('/api/v1/profile?platform=anthropic"')
