"""Source documents: imported whole or refused with every line, shown in outline, compared word by word."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from audits.models import Entry
from profiles.actions.revisions import start_revision
from profiles.actions.sources import import_source
from profiles.models import RulebookDraft, SourceDocument
from profiles.tests import cast as some
from profiles.tests.cast import NOW, SYSTEM, Cast
from profiles.tests.harbor import NEWER, NEWER_DAY, OLDER, import_charter, publish_harbor
from profiles.web.pages import sections
from profiles.web.pages.sources import rulebook_work

pytestmark = pytest.mark.django_db

PAGE = "/rulebooks/sources/"
BROKEN = b"# One {#one}\n\n# Two {#one}\n\n# <b>Three</b>\n"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def steward(client: Client, acme: Cast) -> Client:
    return as_(client, acme, "steward")


@pytest.fixture
def pair(acme: Cast) -> tuple[SourceDocument, SourceDocument]:
    publish_harbor()
    return import_charter(), import_charter(NEWER, NEWER_DAY)


def as_(client: Client, acme: Cast, who: str) -> Client:
    client.force_login(acme.users[who])
    return client


def text(response: Any) -> str:
    return unescape(response.content.decode())


def plain(response: Any) -> str:
    """What a person reads: without tags, spaces in a row as one."""
    return " ".join(re.sub(r"<[^>]+>", " ", text(response)).split())


def send(client: Client, data: bytes = OLDER, file: str = "charter_2026-03-01.md", **form: str) -> Any:
    given = {"platform": "harbor", "name": "charter", "published": "", **form}
    return client.post(f"{PAGE}import/", {**given, "file": SimpleUploadedFile(file, data)})


def diff(pair: tuple[SourceDocument, SourceDocument]) -> str:
    return f"{PAGE}{pair[0].pk}..{pair[1].pk}/"


# Importing


def test_a_document_is_imported_with_the_date_of_its_files_name(steward: Client) -> None:
    answer = send(steward)
    row = SourceDocument.objects.get()
    assert (row.platform, row.name, row.published) == ("harbor", "charter", date(2026, 3, 1))
    assert bytes(row.body) == OLDER
    assert answer.headers["Location"] == f"{PAGE}{row.pk}/"
    assert "Imported. No rulebook and no product changed." in text(steward.get(answer.headers["Location"]))
    assert Entry.objects.get(kind="source.imported").actor_name == "Steward"


def test_the_form_begins_with_the_document_that_most_platforms_mean(steward: Client) -> None:
    found = text(steward.get(PAGE))
    assert 'id="platform" name="platform" type="text" value="openai"' in found
    assert 'id="name" name="name" type="text" value="model_spec"' in found


def test_a_newer_revision_leads_to_what_changed(steward: Client) -> None:
    send(steward)
    answer = send(steward, NEWER, "charter.md", published="2026-09-01")
    older, newer = SourceDocument.objects.order_by("published")
    assert answer.headers["Location"] == f"{PAGE}{older.pk}..{newer.pk}/"


def test_a_text_that_is_here_already_is_not_stored_again(steward: Client) -> None:
    send(steward)
    answer = send(steward, published="2026-05-05")
    assert "here already" in text(steward.get(answer.headers["Location"]))
    assert SourceDocument.objects.count() == 1


def test_a_malformed_document_is_refused_with_every_line_and_what_was_typed(steward: Client) -> None:
    answer = send(steward, BROKEN, platform="harbor", published="2026-04-01")
    found = plain(answer)
    assert answer.status_code == 422
    assert "This is not a Model Spec" in found
    assert "line 3:" in found
    assert "line 5:" in found
    assert "<b>Three</b>" not in answer.content.decode()
    assert 'value="2026-04-01"' in text(answer)
    assert "Error: Source documents" in found
    assert not SourceDocument.objects.exists()
    assert Entry.objects.get(kind="source.imported").outcome == "refused"


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"file": "charter.md"}, "The file's name holds no date"),
        ({"published": "soon"}, "Write a date as year-month-day"),
        ({"platform": "No Name"}, "Use lower-case letters, digits, hyphens and underscores"),
        ({"name": ""}, "Use lower-case letters, digits, hyphens and underscores"),
    ],
)
def test_what_is_missing_is_said_at_its_field(steward: Client, form: dict[str, Any], sentence: str) -> None:
    answer = send(steward, **form)
    assert answer.status_code == 422
    assert plain(answer).count(sentence) == 2, "in the summary and at the field"
    assert not SourceDocument.objects.exists()


def test_a_file_has_to_be_chosen(steward: Client) -> None:
    answer = steward.post(f"{PAGE}import/", {"platform": "harbor", "name": "charter", "published": "2026-03-01"})
    assert answer.status_code == 422
    assert "Choose a file." in plain(answer)


@pytest.mark.parametrize(("size", "sentence"), [(5_000_001, "at most 5,000,000 are read"), (11 << 20, "larger than")])
def test_a_file_that_is_too_large_is_refused(steward: Client, size: int, sentence: str) -> None:
    answer = send(steward, b"a" * size)
    assert answer.status_code == 422
    assert sentence in plain(answer)


def test_only_stewards_import_and_the_attempt_is_on_record(client: Client, acme: Cast) -> None:
    client = as_(client, acme, "administrator")
    assert "Import a document" not in text(client.get(PAGE))
    assert send(client).status_code == 403
    assert Entry.objects.get(kind="source.imported").outcome == "refused"
    assert not SourceDocument.objects.exists()


# Reading


def test_everybody_reads_what_is_imported(client: Client, acme: Cast, pair: tuple[SourceDocument, Any]) -> None:
    found = text(as_(client, acme, "auditor").get(PAGE))
    assert pair[0].digest in found
    assert f'href="{diff((pair[0], pair[1]))}"' in found
    assert "1 Sep 2026" in found


def test_two_texts_of_one_date_are_told_apart(steward: Client, pair: tuple[SourceDocument, Any]) -> None:
    assert "Another text was published under this date" not in plain(steward.get(PAGE))
    import_charter(NEWER + b"\nOne more sentence.\n", NEWER_DAY)
    assert "Another text was published under this date" in plain(steward.get(PAGE))


def test_an_outline_has_authority_examples_and_commentary(steward: Client, pair: tuple[SourceDocument, Any]) -> None:
    found = plain(steward.get(f"{PAGE}{pair[0].pk}/"))
    assert "Level 2: Keep clear of moored ships moorings platform 1 example: 1 good, 1 bad" in found
    assert "Level 3: Don’t guess the weather no_guessing guideline 1 example: 1 good, 1 bad, 1 OK 1 remark" in found
    assert "until 1 Sep 2026" in found


def test_warnings_are_shown_with_their_line(steward: Client) -> None:
    row, _new = import_source(
        b"# One {#one authority=<i>}\n", platform="p", name="n", published=NEWER_DAY, by=SYSTEM, now=NOW
    )
    answer = steward.get(f"{PAGE}{row.pk}/")
    assert "line 1:" in plain(answer)
    assert "<i>" not in re.sub(r"<i></i>", "", answer.content.decode())


@pytest.mark.parametrize("address", ["999/", "999..1000/", "99999999999999999999/"])
def test_what_is_not_there_is_not_found(steward: Client, address: str) -> None:
    assert steward.get(f"{PAGE}{address}").status_code == 404


# What changed


def test_a_difference_marks_words_and_names_the_behaviors(
    client: Client, acme: Cast, pair: tuple[SourceDocument, SourceDocument]
) -> None:
    found = text(as_(client, acme, "compliance").get(diff(pair)))
    assert re.search(r"<del><span class=\"vh\">removed </span>[^<]+</del>", found)
    assert re.search(r"<ins><span class=\"vh\">added </span>[^<]+</ins>", found)
    assert 'href="/rulebooks/harbor/2026-03-01/#course.near_ships"' in found
    assert "Start the next revision" not in found, "only stewards"
    for anchor in ("s-moorings", "s-tell_tide", "s-radio_brevity"):
        assert f'id="{anchor}"' in found


def test_an_authority_that_changed_is_told_from_what_to_what(
    steward: Client, pair: tuple[SourceDocument, SourceDocument]
) -> None:
    assert re.search(r"Authority was user now \w+", plain(steward.get(diff(pair))))


def test_a_section_is_shown_alone(steward: Client, pair: tuple[SourceDocument, SourceDocument]) -> None:
    found = text(steward.get(f"{diff(pair)}?section=moorings"))
    assert 'id="s-moorings"' in found
    assert 'id="s-tell_tide"' not in found
    assert "All that changed" in found
    assert "No section differs" in text(steward.get(f"{diff(pair)}?section=nothing"))


def test_a_page_that_is_full_leads_to_its_sections_alone(
    steward: Client, pair: tuple[SourceDocument, SourceDocument], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sections, "MOST", 200)
    found = text(steward.get(diff(pair)))
    assert f'href="{diff(pair)}?section=moorings"' in found
    assert "<ins>" in text(steward.get(f"{diff(pair)}?section=moorings"))


def test_a_huge_section_is_shown_by_its_beginnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "LONGEST", 20)
    found = sections.marked("a" * 30, "b" * 30)
    assert found.runs == (("removed", "a" * 10), ("added", "b" * 10))
    assert "Too long" in found.note
    assert sections.marked("one two", "one three").runs == (("same", "one "), ("removed", "two"), ("added", "three"))


def test_what_is_far_from_a_change_is_folded_and_nothing_is_lost() -> None:
    same = "word " * 300
    found = sections.marked(f"{same}old {same}", f"{same}new {same}").runs
    assert [op for op, _text in found] == ["folded", "same", "removed", "added", "same", "folded"]
    assert "".join(text for op, text in found if op != "added") == f"{same}old {same}"
    middle = sections.marked(f"a {same}b", f"c {same}d").runs
    assert [op for op, _text in middle] == ["removed", "added", "same", "folded", "same", "removed", "added"]
    assert sections.marked(same, same).runs == (("folded", same),)
    wall = "x" * 2_000
    for old in (f"a{wall}b", f"a {wall} {wall} b", f"a {wall}b", f"{wall}1"):
        runs = sections.marked(old, f"{old} c").runs
        assert "".join(text for op, text in runs if op != "added") == old
    assert sections.marked("", "").runs == ()


def test_the_same_text_twice_differs_in_nothing(steward: Client, pair: tuple[SourceDocument, SourceDocument]) -> None:
    assert "No section differs." in plain(steward.get(diff((pair[0], pair[0]))))


def test_two_different_documents_are_not_compared(steward: Client, pair: tuple[SourceDocument, Any]) -> None:
    other, _new = import_source(OLDER + b"\n", platform="p", name="n", published=NEWER_DAY, by=SYSTEM, now=NOW)
    assert steward.get(diff((pair[0], other))).status_code == 404


def test_hostile_text_in_a_document_stays_text(steward: Client) -> None:
    rows = [
        import_source(
            f"# One <b>{{#one authority=user}}\n\nText <script>alert({n})</script>.\n".encode(),
            platform="p",
            name="n",
            published=date(2026, n, 1),
            by=SYSTEM,
            now=NOW,
        )[0]
        for n in (1, 2)
    ]
    for address in (diff((rows[0], rows[1])), f"{PAGE}{rows[0].pk}/"):
        found = steward.get(address).content.decode()
        assert "<script>alert" not in found
        assert "One <b>" not in found


# Starting the next revision


def test_a_steward_starts_the_next_revision_from_a_difference(
    steward: Client, pair: tuple[SourceDocument, SourceDocument]
) -> None:
    found = text(steward.get(diff(pair)))
    assert "3 behaviors rest on what changed." in found
    assert 'value="2026-09-01"' in found
    answer = steward.post(f"{diff(pair)}start/", {"published": "2026-09-02"})
    draft = RulebookDraft.objects.get()
    assert answer.headers["Location"] == f"/rulebooks/next/{draft.pk}/"
    assert draft.document["published"] == "2026-09-02"


def test_a_start_without_a_date_keeps_the_page(steward: Client, pair: tuple[SourceDocument, SourceDocument]) -> None:
    answer = steward.post(f"{diff(pair)}start/", {"published": "tomorrow"})
    assert answer.status_code == 422
    assert plain(answer).count("Write a date as year-month-day") == 2
    assert 'value="tomorrow"' in text(answer)


def test_where_one_is_being_settled_the_page_leads_to_it(
    steward: Client, acme: Cast, pair: tuple[SourceDocument, SourceDocument]
) -> None:
    by = acme.actor("steward")
    draft = start_revision(pair[0], after=pair[1], published=NEWER_DAY, by=by, now=NOW)
    found = text(steward.get(diff(pair)))
    assert f'href="/rulebooks/next/{draft.pk}/"' in found
    assert "Start the next revision" not in found
    answer = steward.post(f"{diff(pair)}start/", {"published": "2026-09-02"})
    assert answer.status_code == 409
    assert "being settled already" in plain(answer)


def test_a_document_that_no_rulebook_cites_starts_nothing(steward: Client) -> None:
    rows = [
        import_source(data, platform="p", name="n", published=day, by=SYSTEM, now=NOW)[0]
        for data, day in ((OLDER, date(2026, 1, 1)), (NEWER, date(2026, 2, 1)))
    ]
    found = plain(steward.get(diff((rows[0], rows[1]))))
    assert "No rulebook here cites n of P" in found


def test_a_member_starts_nothing(client: Client, acme: Cast, pair: tuple[SourceDocument, SourceDocument]) -> None:
    answer = as_(client, acme, "administrator").post(f"{diff(pair)}start/", {"published": "2026-09-02"})
    assert answer.status_code == 403
    assert Entry.objects.get(kind="rulebook.started").outcome == "refused"


# On the shelf of the rulebooks


def test_the_shelf_leads_to_documents_differences_and_open_revisions(
    acme: Cast, pair: tuple[SourceDocument, SourceDocument]
) -> None:
    draft = start_revision(pair[0], after=pair[1], published=NEWER_DAY, by=acme.actor("steward"), now=NOW)
    work = rulebook_work(acme.actor("editor"), NOW)
    assert work.sources.href == PAGE
    assert [action.href for action in work.compare] == [diff(pair)]
    (revision,) = work.revisions
    assert (revision.href, revision.settled, revision.total) == (f"/rulebooks/next/{draft.pk}/", 0, 3)
    assert revision.text == "0 of 3 behaviors settled, started by Steward"


def test_the_shelf_of_an_installation_without_documents_says_so(acme: Cast) -> None:
    work = rulebook_work(acme.actor("steward"), NOW)
    assert work.text.startswith("No document is imported yet.")
    assert (work.compare, work.revisions) == ((), ())
