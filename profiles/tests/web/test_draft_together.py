"""What users may change, several settings at once, copies, and several people in one draft."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from audits.models import Entry
from audits.tests.conformance import trials
from profiles.actions import drafts
from profiles.actions.products import create_product
from profiles.models import Draft, Product
from profiles.tests import cast as some
from profiles.tests.cast import LIBRARY, NOW, SYSTEM, Cast

pytestmark = pytest.mark.django_db
PAGE = "/products/helper/edit/"
DRAFT = "/products/helper/draft/"
CAVEATS, PROFANITY, SPENDING = "safety.danger_caveats", "tone.profanity", "agents.spend_limit"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def editor(acme: Cast, client: Client) -> Client:
    client.force_login(acme.users["editor"])
    return client


def draft(acme: Cast) -> Draft:
    return Draft.objects.get(product=acme.product)


def post(client: Client, path: str, more: dict[str, Any] | None = None, *, htmx: bool = True, **form: Any) -> Any:
    return client.post(f"{DRAFT}{path}", {"seen": 0, **form, **(more or {})}, headers=HTMX if htmx else {})


def row(text: str, key: str) -> str:
    return text.partition(f'id="{key}"')[2].partition("</article>")[0]


# What users may change


def test_a_row_says_what_users_may_change_and_loads_the_rest_when_asked(editor: Client) -> None:
    shown = row(editor.get(PAGE).content.decode(), PROFANITY)
    assert "What users may change:" in shown
    assert "Off to On" not in shown.partition("What users")[0]
    part = editor.get(f"{PAGE}{PROFANITY}/", headers=HTMX).content.decode()
    assert "<html" not in part
    assert "You may leave them anything from" in part or "There is nothing to leave" in part
    whole = editor.get(f"{PAGE}{CAVEATS}/").content.decode()
    assert "<html" in whole
    assert f'action="{DRAFT}users/{CAVEATS}/"' in whole


def test_leaving_a_choice_to_users_answers_with_the_row_and_the_panel_says_its_direction(
    editor: Client, acme: Cast
) -> None:
    some.make_active(acme, views__balanced="off")
    answer = post(editor, f"users/{CAVEATS}/", ceiling="off", seen=1)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert draft(acme).windows == {CAVEATS: {"floor": "on", "ceiling": "off"}}
    assert "Users may choose from On to Off." in text
    assert "what users may change" in text
    assert "looser" in text
    undone = editor.post(f"{DRAFT}undo/windows.{CAVEATS}/", {"seen": 2}, headers=HTMX)
    assert undone.status_code == 200
    assert draft(acme).windows == {}


def test_a_level_and_a_number_have_two_ends(editor: Client, acme: Cast) -> None:
    assert post(editor, "users/format.length/", floor="brief", ceiling="standard").status_code == 200
    assert post(editor, "users/agents.hold_before_sending/", floor="30", ceiling="5", seen=1).status_code == 200
    assert draft(acme).windows == {
        "format.length": {"floor": "brief", "ceiling": "standard"},
        "agents.hold_before_sending": {"floor": 30, "ceiling": 5},
    }


def test_topics_for_users_are_a_line_each(editor: Client, acme: Cast) -> None:
    form = {"ceiling": "list", "ceiling_list": "algebra\n geometry "}
    assert post(editor, "users/topics.allowed/", form).status_code == 200
    assert draft(acme).windows["topics.allowed"] == {"floor": [], "ceiling": ["algebra", "geometry"]}


def test_more_than_there_is_to_leave_comes_back_with_the_reason(editor: Client, acme: Cast) -> None:
    answer = post(editor, f"users/{SPENDING}/", floor="0", ceiling="9999")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Not saved:" in text
    assert 'value="9999"' in text
    assert draft(acme).windows == {}


@pytest.mark.parametrize("typed", ["", "ten", "１２", "\u202e5", "9" * 400, "<script>"])
def test_an_end_that_is_no_value_is_refused_and_shown_as_text(editor: Client, acme: Cast, typed: str) -> None:
    answer = post(editor, f"users/{SPENDING}/", floor="0", ceiling=typed)
    assert answer.status_code == 422
    assert "<script>" not in answer.content.decode()
    assert draft(acme).windows == {}


def test_two_who_leave_users_different_things_choose_one(editor: Client, acme: Cast) -> None:
    other = draft(acme)
    drafts.edit_draft(
        other,
        by=acme.actor("editor2"),
        now=timezone.now(),
        seen=0,
        windows={"format.length": {"floor": "brief", "ceiling": "thorough"}},
    )
    answer = post(editor, "users/format.length/", floor="brief", ceiling="standard")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Editor2 of Acme changed this" in text
    assert "Brief to Thorough" in text
    assert "Brief to Standard" in text
    keep = re.search(
        r'action="[^"]*users/format.length/"\s+hx-post.*?</form>', text[text.index("Keep mine") - 900 :], re.S
    )
    assert keep or 'name="ceiling" value="standard"' in text
    assert post(editor, "users/format.length/", floor="brief", ceiling="standard", seen=1).status_code == 200


def test_without_scripts_the_same_leads_back_to_the_row(editor: Client, acme: Cast) -> None:
    answer = post(editor, f"users/{CAVEATS}/", htmx=False, ceiling="off")
    assert answer["Location"] == f"{PAGE}#{CAVEATS}"
    assert post(editor, f"users/{CAVEATS}/?reset=1", htmx=False, seen=1).status_code == 302
    assert draft(acme).windows == {}


def test_versions_and_their_difference_say_in_words_what_users_may_change(editor: Client, acme: Cast) -> None:
    some.make_active(acme, views__balanced="off")
    post(editor, f"users/{CAVEATS}/", ceiling="off", seen=1)
    version = some.submit(acme)
    for path in (f"versions/{version.number}/", "versions/1..2/"):
        page = editor.get(f"/products/helper/{path}").content.decode()
        assert "users: On to Off" in page, path
        assert "looser" in page


# Several at once


def test_rows_can_be_picked_when_somebody_asks_for_it(editor: Client) -> None:
    assert 'name="pick"' not in editor.get(PAGE).content.decode()
    page = editor.get(PAGE, {"select": "1"}).content.decode()
    assert page.count('name="pick"') > 20
    assert 'form="bulk-f"' in page
    part = editor.get(PAGE, {"select": "1", "q": "profanity"}, headers=HTMX).content.decode()
    assert part.count('name="pick"') == 1
    assert "<html" not in part


@pytest.mark.parametrize("htmx", [True, False])
def test_several_are_set_to_the_strictest_as_one_edit_and_taken_back_as_one(
    editor: Client, acme: Cast, *, htmx: bool
) -> None:
    some.set_values(acme, tone__profanity="on")
    answer = post(editor, "bulk/", htmx=htmx, pick=[PROFANITY, "format.length", SPENDING], to="strictest", seen=1)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert draft(acme).settings == {PROFANITY: "off", "format.length": "brief", SPENDING: 0}
    assert draft(acme).revision == 2
    assert "3 settings changed:" in text
    assert f"{DRAFT}undo-edit/2/" in text
    assert post(editor, "undo-edit/2/", htmx=htmx).status_code in (200, 302)
    assert draft(acme).settings == {PROFANITY: "on"}


def test_several_go_back_to_the_default_or_to_what_is_active(editor: Client, acme: Cast) -> None:
    some.make_active(acme, tone__profanity="on")
    some.set_values(acme, tone__profanity="off", format__length="brief")
    post(editor, "bulk/", pick=[PROFANITY, "format.length"], to="live", seen=2)
    assert draft(acme).settings == {PROFANITY: "on"}
    post(editor, "bulk/", pick=[PROFANITY, "format.length"], to="default", seen=3)
    assert draft(acme).settings == {}


def test_all_of_several_or_nothing(editor: Client, acme: Cast) -> None:
    claim = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=1))
    some.make_active(acme, content__explicit="on", tone__profanity="on")
    some.set_values(acme, content__explicit="off", tone__profanity="off")
    from profiles.actions.attestations import revoke_attestation

    revoke_attestation(claim, comment="Ended.", by=acme.actor("steward"), now=timezone.now())
    answer = post(editor, "bulk/", pick=["content.explicit", PROFANITY], to="live", seen=2)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Nothing was changed." in text
    assert "#content.explicit" in text
    assert draft(acme).settings == {"content.explicit": "off", PROFANITY: "off"}
    assert re.search(rf'value="{PROFANITY}"[^>]*checked', text), "what was picked stays picked"


@pytest.mark.parametrize("form", [{"to": "strictest"}, {"pick": [PROFANITY], "to": "loosest"}, {"pick": ["no.such"]}])
def test_a_bulk_change_of_nothing_or_to_nothing_says_so(editor: Client, acme: Cast, form: dict[str, Any]) -> None:
    for htmx in (True, False):
        answer = post(editor, "bulk/", htmx=htmx, **form)
        assert answer.status_code == 422
        assert "Nothing was changed." in answer.content.decode()
    assert draft(acme).settings == {}


# Copies


@pytest.fixture
def sister(acme: Cast) -> Product:
    by = acme.actor("administrator")
    facts = {"audience": "adults"}
    return create_product(
        acme.organization, slug="sister", name="Sister", facts=facts, platforms=["reference"], by=by, now=timezone.now()
    )


def give(acme: Cast, product: Product, instructions: str | None = None, **values: object) -> None:
    settings = {key.replace("__", "."): value for key, value in values.items()}
    row_ = product.draft
    row_.refresh_from_db()
    by = acme.actor("editor")
    drafts.edit_draft(row_, by=by, now=timezone.now(), seen=row_.revision, settings=settings, instructions=instructions)


def test_a_copy_shows_first_what_would_change_and_then_takes_it_as_one_edit(
    editor: Client, acme: Cast, sister: Product
) -> None:
    give(acme, sister, "Be kind.", tone__profanity="on", format__length="brief", views__balanced="off")
    some.set_values(acme, views__balanced="off")
    page = editor.get(f"{DRAFT}copy/", {"from": "sister"}).content.decode()
    assert "2 settings would change" in page
    assert "1 is the same already." in page
    assert draft(acme).settings == {"views.balanced": "off"}
    tag = re.search(r'name="tag" value="(\w+)"', page)
    assert tag
    answer = post(editor, "copy/take/", {"from": "sister", "tag": tag[1], "seen": 1}, htmx=False)
    assert answer["Location"] == PAGE
    taken = draft(acme)
    assert taken.settings == {"views.balanced": "off", PROFANITY: "on", "format.length": "brief"}
    assert (taken.revision, taken.instructions) == (2, "")
    leaf = Entry.objects.filter(kind="profile.draft.edited").latest("id").content()
    assert leaf["data"]["copied_from"] == "sister"


def test_what_is_outside_this_products_limits_is_named_and_never_taken(
    editor: Client, acme: Cast, sister: Product
) -> None:
    from profiles.actions.attestations import grant_attestation, request_attestation

    now = timezone.now()
    asked = request_attestation(sister, kind="adults_only", evidence="Ids.", by=acme.actor("editor"), now=now)
    grant_attestation(asked, expires_at=now + timedelta(days=9), by=acme.actor("steward"), now=now)
    give(acme, sister, content__explicit="on", format__length="brief")
    page = editor.get(f"{DRAFT}copy/", {"from": "sister"}).content.decode()
    assert "1 setting cannot be taken over" in page
    tag = re.search(r'name="tag" value="(\w+)"', page)
    assert tag
    post(editor, "copy/take/", {"from": "sister", "tag": tag[1]})
    assert draft(acme).settings == {"format.length": "brief"}


def test_the_instructions_come_along_only_when_asked_for(editor: Client, acme: Cast, sister: Product) -> None:
    give(acme, sister, "Be kind.")
    page = editor.get(f"{DRAFT}copy/", {"from": "sister"}).content.decode()
    tag = re.search(r'name="tag" value="(\w+)"', page)
    assert tag
    assert post(editor, "copy/take/", {"from": "sister", "tag": tag[1]}).status_code == 409
    post(editor, "copy/take/", {"from": "sister", "tag": tag[1], "text": "1"})
    assert draft(acme).instructions == "Be kind."


def test_a_copy_of_something_else_than_was_shown_is_refused(editor: Client, acme: Cast, sister: Product) -> None:
    give(acme, sister, format__length="brief")
    answer = post(editor, "copy/take/", {"from": "sister", "tag": "0" * 16})
    assert answer.status_code == 412
    assert "changed meanwhile" in answer.content.decode()
    assert draft(acme).settings == {}


def test_a_version_of_the_same_product_can_be_copied(editor: Client, acme: Cast) -> None:
    some.make_active(acme, format__length="brief")
    some.set_values(acme, format__length="thorough")
    page = editor.get(f"{DRAFT}copy/", {"from": "helper/1"}).content.decode()
    assert "1 setting would change" in page


@pytest.mark.parametrize(
    "named", ["nowhere", "helper", "helper/99", "helper/x", "other", "other/1", "helper/" + "9" * 50]
)
def test_nothing_is_copied_from_what_is_not_there_or_not_ours(editor: Client, acme: Cast, named: str) -> None:
    some.make_cast("stranger", "other")
    assert editor.get(f"{DRAFT}copy/", {"from": named}).status_code == 404
    assert post(editor, "copy/take/", {"from": named, "tag": ""}).status_code == 404


# Several people in one draft


def test_a_page_that_is_up_to_date_is_told_nothing(
    editor: Client, acme: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(4):
        answer = editor.get(f"{DRAFT}watch/", {"seen": 0}, headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")


def test_what_another_changed_comes_with_its_rows_and_who_it_was(editor: Client, acme: Cast) -> None:
    some.set_values(acme, by="editor2", agents__permissions="minimal")
    answer = editor.get(f"{DRAFT}watch/", {"seen": 0}, headers=HTMX)
    text = answer.content.decode()
    assert "hx-target=\"[id='agents.permissions']\"" in text
    assert "hx-target=\"[id='agents.spend_limit']\"" in text, "a rule changed it too"
    assert "[id='tone.profanity']" not in text
    assert "Editor2 of Acme edited this draft at" in text
    assert "Editor2 of Acme changed the draft." in answer.headers["HX-Trigger"]
    assert 'id="seen" value="1"' in text


def test_a_text_that_another_changed_comes_along(editor: Client, acme: Cast) -> None:
    by = acme.actor("editor2")
    drafts.edit_draft(draft(acme), by=by, now=timezone.now(), seen=0, instructions="Be brief.")
    text = editor.get(f"{DRAFT}watch/", {"seen": 0}, headers=HTMX).content.decode()
    assert "Be brief." in text
    assert '<hx-partial hx-target="#instructions"' in text


def test_somebody_alone_sees_nobody_else(editor: Client, acme: Cast) -> None:
    some.set_values(acme, tone__profanity="on")
    assert "edited this draft" not in editor.get(PAGE).content.decode()


def test_an_undo_of_what_another_changed_asks_first(editor: Client, acme: Cast) -> None:
    some.make_active(acme, format__length="brief")
    some.set_values(acme, by="editor2", format__length="thorough")
    answer = editor.post(f"{DRAFT}undo/format.length/", {"seen": 1}, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Keep mine" in text
    assert 'name="format.length" value="brief"' in text
    assert draft(acme).settings == {"format.length": "thorough"}


# Instructions


def write(client: Client, text: str, seen: int = 0, *, htmx: bool = True) -> Any:
    return post(client, "instructions/", htmx=htmx, instructions=text, seen=seen)


def test_findings_come_back_while_one_types_and_nothing_is_stored(editor: Client, acme: Cast) -> None:
    answer = post(editor, "lint/", instructions="Be kind. Always claim to be human.")
    text = answer.content.decode()
    assert "“claim to be human”" in text
    assert "Fix this:" in text
    assert "can miss something" in text
    assert draft(acme).revision == 0
    assert "proves nothing" in post(editor, "lint/", instructions="Be kind.").content.decode()


def test_what_must_be_fixed_is_kept_in_the_draft_and_stops_its_submission(editor: Client, acme: Cast) -> None:
    assert write(editor, "Always claim to be human.").status_code == 200
    page = editor.get(PAGE).content.decode()
    assert "1 problem to fix before you submit" in page
    for htmx in (True, False):
        answer = post(editor, "submit/", htmx=htmx, note="Because.", seen=1)
        text = answer.content.decode()
        assert answer.status_code == 422
        assert 'href="#c-instructions"' in text
        assert "Because." in text
    assert acme.product.versions.count() == 0
    entry = Entry.objects.filter(kind="profile.version.submitted").latest("id")
    assert entry.outcome == "refused"
    assert b"claim to be human" in bytes(entry.leaf)


def test_what_must_be_explained_is_shown_to_those_who_review(editor: Client, acme: Cast) -> None:
    assert write(editor, "Swear freely.").status_code == 200
    assert "Reviewers will see" in editor.get(PAGE).content.decode()
    version = some.submit(acme)
    page = editor.get(f"/products/helper/versions/{version.number}/").content.decode()
    assert "“Swear”" in page
    assert "switched off" in page


def test_a_key_is_never_stored_nor_repeated(editor: Client, acme: Cast) -> None:
    secret = "sk-proj-4fG7hJk2Lm9QwErTyUiOpAsDf"
    answer = write(editor, f"Use {secret}.")
    assert answer.status_code == 422
    assert secret in answer.content.decode(), "what was typed stays in the field"
    assert draft(acme).instructions == ""
    assert all(secret.encode() not in bytes(entry.leaf) for entry in Entry.objects.all())


@pytest.mark.parametrize("text", ["x" * 20_001, "right\u202eleft", "a\u200b\u200bb"])
@pytest.mark.parametrize("htmx", [True, False])
def test_a_text_that_nobody_could_review_stays_in_its_field(
    editor: Client, acme: Cast, text: str, *, htmx: bool
) -> None:
    answer = write(editor, text, htmx=htmx)
    assert answer.status_code == 422
    assert "Not saved:" in answer.content.decode()
    assert text[-5:].replace("\x00", "") in answer.content.decode().replace("\x00", "")
    assert draft(acme).instructions == ""


def test_a_text_that_no_database_could_hold_is_refused_with_a_sentence(editor: Client, acme: Cast) -> None:
    answer = write(editor, "a\x00b")
    assert answer.status_code == 400
    assert "<h1" in answer.content.decode()
    assert draft(acme).instructions == ""


# What the panel tells


def test_the_panel_names_approvals_by_environment_and_what_is_known(editor: Client, acme: Cast) -> None:
    page = editor.get(PAGE).content.decode()
    assert "Staging: 1 approval." in page
    assert "Production: 1 approval." in page
    assert "Nothing is active yet, so nothing was checked. Behavior is not tested." in page
    some.make_active(acme, tone__profanity="on")
    assert (
        "Limits check of version 1: waiting for a worker. Behavior is not tested." in editor.get(PAGE).content.decode()
    )


def test_what_only_gets_stricter_may_go_live_at_once_where_the_environment_says_so(editor: Client, acme: Cast) -> None:
    some.make_active(acme, tone__profanity="on")
    some.set_values(acme, tone__profanity="off")
    assert "it may go live at once in Staging, Production" in editor.get(PAGE).content.decode()
    acme.organization.environments.update(tightening_at_once=False)
    assert "it may go live at once" not in editor.get(PAGE).content.decode()


def test_a_value_behind_an_attestation_that_ends_soon_is_to_be_explained(editor: Client, acme: Cast) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=3))
    some.set_values(acme, content__explicit="on")
    page = editor.get(PAGE).content.decode()
    assert "Holds until" in page
    assert "Explain" in page


# What it costs


def publish_the_others() -> None:
    from profiles.actions import rulebooks

    for name in ("openai-2025-12-18", "anthropic-2026-01-21", "google-2026-09-02"):
        rulebooks.publish_rulebook((LIBRARY / f"{name}.toml").read_text("utf-8"), by=SYSTEM, now=NOW)


# Twelve, and two for what runs say of its promises.
# 47 behaviors, and 71 with what each of three platforms says of them; the budget is for 40.
@pytest.mark.parametrize(
    ("platforms", "most"), [(["reference"], 120_000), (["openai", "anthropic", "google"], 130_000)]
)
def test_the_editor_needs_fourteen_queries_and_a_hundred_and_twenty_kilobytes(
    editor: Client, acme: Cast, platforms: list[str], most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    publish_the_others()
    trials.finished_run(acme, some.make_active(acme, views__balanced="off"))
    some.set_values(acme, by="editor2", tone__profanity="on")
    Product.objects.filter(pk=acme.product.pk).update(platforms=platforms)
    editor.get(PAGE)  # what a protocol tells a model is read once
    with django_assert_max_num_queries(14):
        page = editor.get(PAGE)
    assert page.content.count(b"<h3") > 40
    assert len(page.content) < most
    with django_assert_max_num_queries(22):
        answer = post(editor, f"set/{CAVEATS}/", {CAVEATS: ["on", "off"], "seen": 2})
    assert len(answer.content) < 20_000
