"""The page that lays the platforms side by side, its filters and addresses, and its CSV."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from audits.trail.harmless import harmless
from profiles import queries
from profiles.actions.rulebooks import publish_rulebook
from profiles.rulebook.crosswalk import disagree
from profiles.tests import cast as some
from profiles.tests.cast import LIBRARY, SYSTEM, Cast
from profiles.web.pages import crosswalk as build
from profiles.web.presenters.crosswalk import CellView, CrosswalkPage

pytestmark = pytest.mark.django_db

COMPARE = "/rulebooks/compare/"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def acme() -> Cast:
    made = some.make_cast()
    for path in sorted(LIBRARY.glob("*.toml")):
        publish_rulebook(path.read_text("utf-8"), by=SYSTEM, now=timezone.now())
    return made


@pytest.fixture
def editor(acme: Cast, client: Client) -> Client:
    client.force_login(acme.users["editor"])
    return client


def view(query: str = "") -> build.View:
    return build.View.of(build.Asked.of(QueryDict(query)), queries.latest_of_all())


def built(query: str = "") -> CrosswalkPage:
    return build.build_crosswalk(view(query))


def keys(query: str = "") -> set[str]:
    return {row.key for row in view(query).rows}


def cell(key: str, platform: str, query: str = "") -> CellView:
    rows = [row for group in built(query).groups for row in group.rows]
    return next(each for row in rows if row.key == key for each in row.cells if each.platform == platform)


def page(client: Client, address: str, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


# Shape


def test_every_behavior_has_a_row_with_an_anchor_and_each_platform_a_column(editor: Client) -> None:
    found = page(editor, COMPARE)
    for key in keys():
        assert f'id="{key}"' in found
        assert f'href="#{key}"' in found
    assert [column.name for column in built().columns] == ["Anthropic", "Google", "OpenAI", "Reference"]
    assert "EU AI Act" not in found
    assert "71 of 71 behaviors" in found
    assert len(re.findall(r'id="([^"]+)"', found)) == len(set(re.findall(r'id="([^"]+)"', found)))


def test_no_group_is_called_other(acme: Cast) -> None:
    assert "Other" not in {group.name for group in built().groups}


def test_a_cell_leads_to_the_behavior_and_the_document(editor: Client) -> None:
    found = page(editor, COMPARE)
    assert "/rulebooks/anthropic/2026-01-21/#content.explicit" in found
    assert "https://model-spec.openai.com/2025-12-18.html" in found
    assert "The summary is ours." in found


def test_kinds_are_words_and_glyphs(acme: Cast) -> None:
    said = {cell("safety.cyberweapons", name).kind for name in ("openai", "google")}
    assert said == {"Bright line", "Vendor filter"}
    all_cells = [each for group in built().groups for row in group.rows for each in row.cells]
    kinds = {(each.kind, each.icon) for each in all_cells}
    assert len({kind for kind, _icon in kinds}) == len(kinds) == len({icon for _kind, icon in kinds})


def test_a_cell_says_default_who_and_how(acme: Cast) -> None:
    shown = cell("content.explicit", "anthropic")
    assert (shown.value, shown.who, shown.how) == ("Off by default", "Operator and users", "also by context")
    assert shown.authority == "instructable, off by default"
    assert shown.conditions.startswith("1 attestation, ")
    shown = cell("content.explicit", "openai")
    assert (shown.value, shown.who) == ("Always off", "The platform alone")
    assert cell("safety.cyberweapons", "openai").value == "Never"
    assert cell("content.hate", "anthropic").kind == "Judgement"
    assert cell("agents.spend_limit", "openai").window == "0 EUR per action to 10,000 EUR per action"


def test_a_filter_never_reads_like_a_behavior(acme: Cast) -> None:
    assert cell("safety.cyberweapons", "google").value == "Always blocks"
    assert cell("filters.harassment", "google").value == "Off, if not set"
    everything = [row for group in built().groups for row in group.rows]
    mixed = next(row for row in everything if row.key == "safety.cyberweapons")
    assert mixed.verdict == "Different controls"


def test_filters_and_behaviors_point_to_each_other(acme: Cast) -> None:
    assert "#filters.harassment" in {link.href for link in cell("tone.insults", "google").see}
    assert "#tone.insults" in {link.href for link in cell("filters.harassment", "google").see}
    # Where the other row is filtered away, the link leads to the whole page.
    assert f"{COMPARE}#tone.insults" in {
        link.href for link in cell("filters.harassment", "google", "group=filters").see
    }


# Filters


def test_rows_where_vendors_differ(acme: Cast) -> None:
    found = keys("show=disagree")
    assert found == {row.key for row in view().rows if disagree(row)}
    assert "content.explicit" in found
    assert "tone.profanity" not in found
    assert "content.explicit" in keys("show=operator")
    assert "disclosure.underlying_model" in keys("show=default") - keys("show=operator")
    assert "content.hate" in keys("show=judgement")
    assert keys("show=controls") == {
        "safety.child_sexual_abuse",
        "safety.critical_infrastructure",
        "safety.cyberweapons",
        "safety.weapons_of_mass_harm",
    }
    shows = ("disagree", "agree", "controls", "one", "none")
    assert sum(len(keys(f"show={show}")) for show in shows) == len(keys())


def test_by_group_text_and_platform(acme: Cast) -> None:
    assert {key.partition(".")[0] for key in keys("group=tone")} == {"tone", "persona", "format"}
    assert keys("q=SPEND+limit") == {"agents.spend_limit"}
    assert "safety.child_sexual_abuse" in keys("q=fixed+filter")
    assert keys("q=fixed+filter&platform=openai") == set()
    assert [column.platform for column in built("platform=openai&platform=google").columns] == ["google", "openai"]
    assert keys("q=no+such+xyzzy") == set()
    assert "No behavior matches" in built("q=no+such+xyzzy").empty


def test_one_vendor_is_compared_with_the_reference(acme: Cast) -> None:
    assert "agents.spend_limit" not in keys("show=disagree")
    assert "agents.spend_limit" in keys("show=disagree&platform=openai&platform=reference")
    assert "counts as no vendor" in built().compared
    assert "counts as no vendor" not in built("platform=openai&platform=reference").compared


@pytest.mark.parametrize(
    "query", ["show=nonsense", "group=never", "platform=nobody", "group=%00&show=%00&platform=%00"]
)
def test_what_is_not_known_is_not_asked(acme: Cast, query: str) -> None:
    assert len(keys(query)) == 71
    assert len(built(query).columns) == 4


def test_each_view_has_an_address_that_the_page_keeps(editor: Client) -> None:
    address = f"{COMPARE}?q=content&group=content&show=disagree&platform=anthropic&platform=openai"
    found = page(editor, address)
    assert 'value="content"' in found
    assert '<option value="disagree" selected>' in found
    assert '<option value="content" selected>' in found
    assert 'value="openai" checked' in found
    assert 'value="google">' in found
    csv_href = address.replace("&", "&amp;") + "&amp;format=csv"
    assert f'href="{csv_href}"' in found
    assert f'href="{COMPARE}">' in found  # show all


def test_htmx_gets_the_table_alone(editor: Client) -> None:
    found = page(editor, f"{COMPARE}?q=spend", **HTMX)
    assert "<html" not in found
    assert "<form" not in found
    assert 'id="agents.spend_limit"' in found
    assert 'id="content.explicit"' not in found


def test_a_hostile_filter_is_text(editor: Client) -> None:
    found = page(editor, f"{COMPARE}?q={HOSTILE}&platform={HOSTILE}&group={HOSTILE}")
    assert HOSTILE not in found


# Who


def test_a_stranger_signs_in_and_comes_back_to_the_same_view(client: Client, acme: Cast) -> None:
    response = client.get(f"{COMPARE}?show=disagree")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/rulebooks/compare/%3Fshow%3Ddisagree"


def test_the_shelf_and_the_rail_lead_here(editor: Client) -> None:
    _head, shown = page(editor, "/rulebooks/").split('<div class="shell">')
    assert shown.count(f'href="{COMPARE}"') == 2


def test_only_the_newest_revision_counts(acme: Cast) -> None:
    text = (LIBRARY / "openai-2025-12-18.toml").read_text("utf-8")
    newer = text.replace("published = 2025-12-18", "published = 2026-08-18", 1)
    publish_rulebook(newer, by=SYSTEM, now=timezone.now() + timedelta(days=1))
    assert {column.published_iso for column in built().columns if column.platform == "openai"} == {"2026-08-18"}


def test_without_a_rulebook_the_page_says_so(acme: Cast) -> None:
    nothing = build.build_crosswalk(build.View.of(build.Asked(), []))
    assert (nothing.columns, nothing.groups) == ((), ())


# CSV


def csv_rows(client: Client, query: str = "") -> list[dict[str, str]]:
    response = client.get(f"{COMPARE}?{query}&format=csv")
    assert response["Content-Type"].startswith("text/csv")
    assert 'attachment; filename="brightline-crosswalk-' in response["Content-Disposition"]
    text = response.content.decode()
    assert text.endswith("\r\n")
    return list(csv.DictReader(StringIO(text, newline="")))


def test_the_csv_has_a_line_for_each_behavior_and_platform(editor: Client) -> None:
    rows = csv_rows(editor)
    assert len(rows) == 71 * 4
    one = next(row for row in rows if (row["behavior"], row["platform"]) == ("content.explicit", "anthropic"))
    assert (one["default"], one["operator_floor"], one["operator_ceiling"]) == ("off", "off", "on")
    assert one["who_may_change_it"] == "operator_and_users"
    assert one["document_url"] == "https://www.anthropic.com/constitution"
    assert one["section"] == "Instructable behaviors"
    assert one["comparison"] == "disagree"
    assert one["attestations"] == "adults_only"
    fixed = next(row for row in rows if (row["behavior"], row["platform"]) == ("safety.cyberweapons", "google"))
    assert fixed["control"] == "filter"
    silent = next(row for row in rows if (row["behavior"], row["platform"]) == ("tone.profanity", "google"))
    assert (silent["stance"], silent["default"], silent["kind"]) == ("unaddressed", "", "")


def test_the_csv_has_the_same_filters(editor: Client) -> None:
    rows = csv_rows(editor, "show=disagree&platform=anthropic&platform=openai&group=content")
    assert {row["behavior"] for row in rows} == keys("show=disagree&platform=anthropic&platform=openai&group=content")
    assert {row["platform"] for row in rows} == {"anthropic", "openai"}


def test_no_cell_of_the_csv_is_a_formula(editor: Client) -> None:
    text = (LIBRARY / "openai-2025-12-18.toml").read_text("utf-8")
    hostile = text.replace("published = 2025-12-18", "published = 2026-08-18", 1)
    hostile = hostile.replace('authority = "system"', 'authority = "=HYPERLINK(\\"x\\",\\"y\\")"')
    publish_rulebook(hostile, by=SYSTEM, now=timezone.now())
    rows = csv_rows(editor)
    assert any(row["authority"].startswith("'=HYPERLINK") for row in rows)
    for row in rows:
        for value in row.values():
            assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "＝1"])
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless("1 = 1") == "1 = 1"
