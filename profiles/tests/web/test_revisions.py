"""A rulebook's next revision: settled one behavior at a time, by several people, and published once all are."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Entry, Recheck
from profiles.actions.revisions import settle_behavior, start_revision
from profiles.models import RulebookDraft, RulebookRevision, User
from profiles.queries import person
from profiles.rulebook import revise
from profiles.tests import cast as some
from profiles.tests.cast import PASSWORD, Cast
from profiles.tests.harbor import NEWER, NEWER_DAY, add_boat, import_charter, publish_harbor

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
NEAR = "course.near_ships"

ABOUT = {"title": "Harbor rules, autumn", "about": "Our reading of the charter."}


@pytest.fixture
def acme() -> Cast:
    publish_harbor()
    return some.make_cast()


@pytest.fixture
def draft(acme: Cast) -> RulebookDraft:
    before, after = import_charter(), import_charter(NEWER, NEWER_DAY)
    by = acme.actor("steward")
    return start_revision(before, after=after, published=NEWER_DAY, by=by, now=timezone.now())


@pytest.fixture
def steward(client: Client, acme: Cast) -> Client:
    return as_(client, acme, "steward")


def as_(client: Client, acme: Cast, who: str) -> Client:
    client.force_login(acme.users[who])
    return client


def text(response: Any) -> str:
    return unescape(response.content.decode())


def plain(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text(response)).split())


def page(draft: RulebookDraft, *rest: str) -> str:
    return "/".join(["/rulebooks/next", str(draft.pk), *rest, ""])


def behavior(draft: RulebookDraft, key: str = NEAR) -> str:
    return page(draft, "behaviors", key)


def toml(draft: RulebookDraft, key: str = NEAR, old: str = "", new: str = "") -> str:
    draft.refresh_from_db()
    found = revise.part_of(draft.document, key)
    assert old in found
    return found.replace(old, new) if old else found


def save(client: Client, draft: RulebookDraft, key: str = NEAR, content: str | None = None, **more: Any) -> Any:
    draft.refresh_from_db()
    form = {"seen": draft.revision, "act": "keep" if content is None else "save", "text": content or ""}
    headers = more.pop("headers", None)
    return client.post(f"{behavior(draft, key)}settle/", form | more, headers=headers)


def settle_all(client: Client, draft: RulebookDraft) -> None:
    save(client, draft, NEAR)
    save(client, draft, "course.tide")
    save(client, draft, "radio.brief", toml(draft, "radio.brief", '"radio_brevity"', '"safe_water"'))
    draft.refresh_from_db()
    assert not draft.unsettled


# Reading


def test_the_page_lists_what_is_to_settle_and_why(steward: Client, draft: RulebookDraft) -> None:
    found = plain(steward.get(page(draft)))
    assert "0 of 3 behaviors settled" in found
    assert "course.near_ships Rests on moorings (" in found
    assert "radio.brief Rests on radio_brevity (removed)" in found
    assert "Cites radio_brevity, which the new document lacks: change its citation." in found
    assert "About safe_water" in found, "others can be opened too"
    assert "3 behaviors are still to settle before it can be published." in found


def test_new_sections_that_nothing_rests_on_are_listed(steward: Client, draft: RulebookDraft) -> None:
    assert "New sections that no behavior rests on" in plain(steward.get(page(draft)))


def test_a_behavior_is_a_page_without_htmx_and_a_row_with_it(steward: Client, draft: RulebookDraft) -> None:
    whole = text(steward.get(behavior(draft)))
    assert "<h1>About moorings</h1>" in whole
    assert "hx-post" not in whole.partition('<form class="stack"')[2].partition(">")[0]
    assert re.search(r"<ins><span class=\"vh\">added </span>", whole)
    assert '[behavior]\nname = "About moorings"' in whole
    row = text(steward.get(behavior(draft), headers=HTMX))
    assert row.strip().startswith("<article")
    assert 'aria-expanded="true"' in row
    closed = text(steward.get(f"{behavior(draft)}?fold=1", headers=HTMX))
    assert "<textarea" not in closed
    assert 'aria-expanded="false"' in closed


def test_others_read_along_and_change_nothing(client: Client, acme: Cast, draft: RulebookDraft) -> None:
    client = as_(client, acme, "editor")
    found = text(client.get(page(draft)))
    assert "Stewards settle it." in found
    for act in ("Publish this revision", "Abandon", "Preview the impact"):
        assert act not in found
    assert "<textarea" not in text(client.get(behavior(draft)))
    assert save(client, draft).status_code == 403
    assert client.post(page(draft, "publish"), {**ABOUT, "seen": 0}).status_code == 403
    assert client.post(page(draft, "preview")).status_code == 403
    assert client.post(page(draft, "abandon")).status_code == 403
    draft.refresh_from_db()
    assert (draft.state, draft.settled) == ("open", {})


def test_what_is_not_there_is_not_found(steward: Client, draft: RulebookDraft) -> None:
    assert steward.get("/rulebooks/next/999/").status_code == 404
    assert steward.get(behavior(draft, "no.such")).status_code == 404
    assert save(steward, draft, "no.such").status_code == 404


# Settling


def test_a_behavior_is_kept_as_it_is(steward: Client, draft: RulebookDraft) -> None:
    answer = save(steward, draft)
    assert answer.headers["Location"] == f"{page(draft)}#w-{NEAR}"
    draft.refresh_from_db()
    assert draft.settled[NEAR]["kept"] is True
    found = plain(steward.get(page(draft)))
    assert "kept as it is" in found
    assert "1 of 3 behaviors settled" in found


def test_with_htmx_the_row_comes_back_with_the_progress(steward: Client, draft: RulebookDraft) -> None:
    answer = save(steward, draft, content=toml(draft, NEAR, "Do it.", "Do it well."), headers=HTMX)
    found = text(answer)
    assert found.strip().startswith("<article")
    assert '<hx-partial hx-target="#progress"' in found
    assert "1 of 3 behaviors settled" in found
    assert 'name="seen" value="1"' in found
    assert json.loads(answer.headers["HX-Trigger"])["say"]["text"] == "Saved. 1 of 3 behaviors settled."
    draft.refresh_from_db()
    assert draft.document["behaviors"][NEAR]["phrasing"]["on"] == "Do it well."
    assert "changed" in plain(steward.get(page(draft)))


def test_lines_may_end_as_a_browser_sends_them(steward: Client, draft: RulebookDraft) -> None:
    content = toml(draft, NEAR, '"Do it."', '"""Do it.\nAnd do it well."""').replace("\n", "\r\n")
    assert save(steward, draft, content=content).status_code == 302
    draft.refresh_from_db()
    assert draft.document["behaviors"][NEAR]["phrasing"]["on"] == "Do it.\nAnd do it well."


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "About moorings"\n', "", f"behaviors.{NEAR}.name is missing"),
        ("[behavior]", "[behavior", "(text) is not TOML"),
        ('section = "moorings"', 'section = "no_such_section"', "cites no_such_section, which the new document lacks"),
    ],
)
@pytest.mark.parametrize("headers", [None, HTMX], ids=["whole", "partial"])
def test_a_refused_text_is_kept_with_every_problem_by_its_path(
    steward: Client, draft: RulebookDraft, old: str, new: str, said: str, headers: Any
) -> None:
    content = toml(draft, NEAR, old, new) + "# mine\n"
    answer = save(steward, draft, content=content, headers=headers)
    assert answer.status_code == 422
    assert said in plain(answer)
    assert "# mine" in text(answer)
    assert ("<h1>" in text(answer)) is (headers is None)
    draft.refresh_from_db()
    assert draft.settled == {}


@pytest.mark.parametrize("headers", [None, HTMX], ids=["whole", "partial"])
def test_a_stale_page_shows_what_the_other_wrote_and_keeps_mine(
    steward: Client, acme: Cast, draft: RulebookDraft, headers: Any
) -> None:
    mine, theirs = (toml(draft, NEAR, "Do it.", f"Do it {how}.") for how in ("my way", "their way"))
    other = User.objects.create_user("other@s.example", PASSWORD, name="Other Steward", is_steward=True)
    by = person(other, None)
    settle_behavior(draft, behavior=NEAR, text=theirs, seen=0, by=by, now=timezone.now())
    answer = save(steward, draft, content=mine, seen=0, headers=headers)
    assert answer.status_code == 409
    found = text(answer)
    assert "Other Steward changed this behavior meanwhile." in found
    assert "Do it their way." in found
    assert "Do it my way." in found
    assert 'name="seen" value="1"' in found, "whoever saves now has seen theirs"
    assert save(steward, draft, content=mine).status_code == 302
    draft.refresh_from_db()
    assert draft.document["behaviors"][NEAR]["phrasing"]["on"] == "Do it my way."


def test_two_stewards_at_different_behaviors_do_not_disturb_each_other(
    steward: Client, acme: Cast, draft: RulebookDraft
) -> None:
    settle_behavior(draft, behavior="course.tide", text=None, seen=0, by=acme.actor("steward"), now=timezone.now())
    assert save(steward, draft, seen=0).status_code == 302


def test_another_behavior_can_be_edited_and_counts_then(steward: Client, draft: RulebookDraft) -> None:
    assert "not affected" in plain(steward.get(behavior(draft, "course.ladder")))
    save(steward, draft, "course.ladder", toml(draft, "course.ladder", "Do it.", "Climb."))
    assert "1 of 4 behaviors settled" in plain(steward.get(page(draft)))


def test_a_behavior_that_was_changed_is_not_called_kept_when_it_is_saved_again(
    steward: Client, draft: RulebookDraft
) -> None:
    save(steward, draft, content=toml(draft, NEAR, "Do it.", "Do it well."))
    save(steward, draft, content=toml(draft, NEAR))
    row = plain(steward.get(f"{behavior(draft)}?fold=1", headers=HTMX))
    assert row.startswith("About moorings changed")
    assert "What is changed so far" in plain(steward.get(behavior(draft)))


def test_a_page_that_does_not_say_what_it_showed_changes_nothing(steward: Client, draft: RulebookDraft) -> None:
    assert steward.post(f"{behavior(draft)}settle/", {"act": "keep"}).status_code == 400


# Publishing


def test_it_is_published_once_all_is_settled_and_every_product_is_looked_at(
    steward: Client, acme: Cast, draft: RulebookDraft
) -> None:
    add_boat(acme)
    settle_all(steward, draft)
    answer = steward.post(page(draft, "publish"), {**ABOUT, "seen": draft.revision})
    revision = RulebookRevision.objects.get(published=NEWER_DAY)
    recheck = Recheck.objects.get(revision=revision)
    assert answer.headers["Location"] == f"/rulebooks/rechecks/{recheck.pk}/"
    found = text(steward.get(page(draft)))
    assert "This revision is published." in found
    assert "Publish this revision" not in found
    assert "<textarea" not in text(steward.get(behavior(draft)))


def test_without_a_product_there_is_nothing_to_look_at(steward: Client, draft: RulebookDraft) -> None:
    settle_all(steward, draft)
    answer = steward.post(page(draft, "publish"), {**ABOUT, "seen": draft.revision})
    assert answer.headers["Location"] == page(draft)


def test_what_is_not_settled_is_named_with_a_link(steward: Client, draft: RulebookDraft) -> None:
    answer = steward.post(page(draft, "publish"), {**ABOUT, "seen": 0})
    assert answer.status_code == 409
    found = text(answer)
    assert f'<a href="#w-{NEAR}">About moorings: is not settled</a>' in found
    assert not RulebookRevision.objects.filter(published=NEWER_DAY).exists()


def test_a_kept_citation_of_a_section_that_is_gone_is_named_at_publishing(
    steward: Client, draft: RulebookDraft
) -> None:
    for key in (NEAR, "course.tide", "radio.brief"):
        save(steward, draft, key)
    draft.refresh_from_db()
    answer = steward.post(page(draft, "publish"), {**ABOUT, "seen": draft.revision})
    assert answer.status_code == 422
    assert "About radio_brevity: cites radio_brevity, which the new document lacks" in plain(answer)


def test_a_revision_without_a_title_is_refused_and_what_was_typed_stays(steward: Client, draft: RulebookDraft) -> None:
    settle_all(steward, draft)
    answer = steward.post(page(draft, "publish"), {"title": " ", "about": "Ours & theirs.", "seen": draft.revision})
    assert answer.status_code == 422
    assert "Ours & theirs." in text(answer)
    assert 'href="#title"' in text(answer)


def test_a_stale_page_publishes_nothing(steward: Client, draft: RulebookDraft) -> None:
    settle_all(steward, draft)
    answer = steward.post(page(draft, "publish"), {**ABOUT, "seen": 1})
    assert answer.status_code == 412
    assert "Look at it again before you publish it." in plain(answer)


def test_a_preview_leads_to_its_recheck_and_the_page_to_the_last_one(
    steward: Client, acme: Cast, draft: RulebookDraft
) -> None:
    add_boat(acme)
    answer = steward.post(page(draft, "preview"))
    recheck = Recheck.objects.get(kind="preview")
    assert answer.headers["Location"] == f"/rulebooks/rechecks/{recheck.pk}/"
    assert f'href="/rulebooks/rechecks/{recheck.pk}/"' in text(steward.get(page(draft)))


def test_it_is_abandoned_and_stays_readable(steward: Client, draft: RulebookDraft) -> None:
    save(steward, draft)
    steward.post(page(draft, "abandon"))
    assert "This revision was abandoned." in text(steward.get(page(draft)))
    assert save(steward, draft).status_code == 409
    assert steward.post(page(draft, "abandon")).status_code == 409
    assert steward.post(page(draft, "preview")).status_code == 409
    assert Entry.objects.filter(kind="rulebook.abandoned", outcome="done").count() == 1
