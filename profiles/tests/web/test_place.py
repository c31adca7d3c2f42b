"""Where a product runs: shown with what another place would change, saved into the draft, submitted like any change."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from profiles.actions.baseline import change_baseline
from profiles.actions.holds import place_hold
from profiles.actions.products import create_product
from profiles.actions.rulebooks import publish_rulebook
from profiles.models import Product, PublishedProfile, Version
from profiles.tests import cast as some
from profiles.tests.cast import LIBRARY, NOW, SYSTEM, Cast

pytestmark = pytest.mark.django_db
PAGE = "/products/novel/place/"
EDIT = "/products/novel/edit/"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
HERE = {"tried": "1", "facts.audience": "adults", "platforms": ["anthropic", "openai"]}


@pytest.fixture
def acme() -> Cast:
    """A product on two real platforms, and all law packs."""
    cast = some.make_cast()
    for path in sorted(LIBRARY.glob("*.toml")):
        publish_rulebook(path.read_text("utf-8"), by=SYSTEM, now=NOW)
    product = create_product(
        cast.organization,
        slug="novel",
        name="Novel",
        facts={"audience": "adults"},
        platforms=["anthropic", "openai"],
        model_names={"anthropic": ["Claude Opus 4.5"]},
        by=cast.actor("administrator"),
        now=NOW,
    )
    return Cast(cast.organization, product, cast.users)


@pytest.fixture
def editor(acme: Cast, client: Client) -> Client:
    client.force_login(acme.users["editor"])
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def save(client: Client, **form: Any) -> Any:
    seen = {"seen": Product.objects.get(slug="novel").place_tag}
    return client.post(f"{PAGE}change/", seen | HERE | {name.replace("__", "."): value for name, value in form.items()})


def product() -> Product:
    return Product.objects.get(slug="novel")


def row(page: str, key: str) -> str:
    return page.partition(f'id="{key}"')[2].partition("</article>")[0]


# The page


def test_it_shows_where_the_product_runs_in_the_words_of_the_rulebooks(editor: Client) -> None:
    page = text(editor.get(PAGE))
    assert 'value="adults" checked' in page
    assert 'value="anthropic" checked' in page
    assert 'value="google">' in page
    assert 'value="Claude Opus 4.5"' in page
    assert 'name="facts.jurisdictions" value="us-ca"' in page


def test_it_says_before_saving_which_limits_and_laws_differ(editor: Client) -> None:
    form = HERE | {"facts.audience": "minors", "facts.jurisdictions": ["us-ca", "eu"]}
    page = text(editor.get(PAGE, form, headers=HTMX))
    assert "<html" not in page
    assert "Begins to apply:" in page
    assert "California SB 243" in page
    assert "stricter" in page
    assert "limits differ" in page
    assert "with the next version" in page
    assert product().facts == {"audience": "adults"}


def test_it_says_which_laws_stop_and_what_gets_looser(editor: Client) -> None:
    save(editor, facts__audience="minors", facts__jurisdictions=["us-ca"])
    page = text(editor.get(PAGE, HERE | {"facts.audience": "adults"}, headers=HTMX))
    assert "Stops to apply:" in page
    assert "looser" in page


def test_it_says_what_comes_and_goes_with_a_platform(editor: Client) -> None:
    page = text(editor.get(PAGE, HERE | {"platforms": ["anthropic", "google"]}, headers=HTMX))
    assert "Google comes in:" in page
    assert "OpenAI goes:" in page


def test_without_scripts_the_preview_is_a_button(editor: Client) -> None:
    page = save(editor, facts__audience="minors", preview="1")
    assert page.status_code == 200
    assert "limits differ" in text(page)
    assert 'value="minors" checked' in text(page)
    assert product().facts == {"audience": "adults"}


def test_the_same_place_is_no_change_and_keeps_its_shape(editor: Client) -> None:
    assert "This is where it runs today." in text(editor.get(PAGE, HERE | {"models.anthropic": "Claude Opus 4.5"}))
    assert "they are notes" in text(editor.get(PAGE, HERE | {"models.anthropic": "Another"}))


def test_saving_keeps_facts_platforms_and_models(editor: Client) -> None:
    answer = save(
        editor,
        facts__jurisdictions=["eu", "uk"],
        platforms=["google", "openai"],
        models__google="Gemini 3.8 Flash, Gemini Pro",
        models__anthropic="left over",
    )
    assert answer["Location"] == PAGE
    now = product()
    assert now.facts == {"audience": "adults", "jurisdictions": ["eu", "uk"]}
    assert now.platforms == ["openai", "google"], "what was there before keeps its place"
    assert now.model_names == {"google": ["Gemini 3.8 Flash", "Gemini Pro"]}


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"platforms": []}, "Name one or more platforms"),
        ({"platforms": ["no-such"]}, "Name one or more platforms"),
        ({"facts__audience": "everyone"}, "The rulebooks know these for audience"),
        ({"models__openai": ", ".join(f"m{n}" for n in range(21))}, "Name at most 20 models."),
    ],
)
def test_what_is_refused_comes_back_with_its_sentence(editor: Client, form: dict[str, Any], sentence: str) -> None:
    answer = save(editor, facts__surface="voice", **form)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert 'value="voice" checked' in text(answer)
    assert product().facts == {"audience": "adults"}


@pytest.mark.parametrize("role", ["approver", "compliance", "auditor"])
def test_who_may_only_read_sees_it_in_words(acme: Cast, client: Client, role: str) -> None:
    client.force_login(acme.users[role])
    page = text(client.get(PAGE))
    assert "Anthropic (Claude Opus 4.5), OpenAI" in page
    assert "Changing where a product runs needs one of these roles: Administrator, Editor." in page
    assert "<input type=" not in page.partition('id="place"')[2]
    assert save(client, facts__audience="minors").status_code == 403
    assert product().facts == {"audience": "adults"}


# From there into a version


def test_the_draft_says_so_and_is_submitted_with_nothing_else(editor: Client, acme: Cast) -> None:
    some.make_active(acme, tone__profanity="on")
    save(editor, facts__jurisdictions=["jp"])
    page = text(editor.get(EDIT))
    panel = page.partition('id="changes"')[2]
    assert "Jurisdictions" in panel
    assert "Japan" in panel
    assert "Discard this draft" not in panel, "nothing in the draft itself differs"
    assert "Where it runs differs." in text(editor.get("/products/novel/"))
    seen = product().draft.revision
    answer = editor.post("/products/novel/draft/submit/", {"note": "We open in Japan.", "seen": seen})
    assert answer["Location"] == "/products/novel/versions/2/"
    version = text(editor.get("/products/novel/versions/2/"))
    assert "Jurisdictions" in version.partition('id="diff-h"')[2]
    assert "Japan" in version
    assert "Where it runs differs." in text(editor.get("/products/novel/versions/1..2/"))
    served = PublishedProfile.objects.filter(environment__slug="production").first()
    assert served is not None
    assert json.loads(bytes(served.body))["version"] == 1, "clients get it with the next activation"
    assert Version.objects.count() == 2


def test_law_packs_of_a_version_are_no_platforms(editor: Client, acme: Cast) -> None:
    save(editor, facts__jurisdictions=["eu"])
    some.set_values(acme, tone__profanity="on")
    some.submit(Cast(acme.organization, product(), acme.users))
    page = text(editor.get("/products/novel/versions/1/"))
    record = page.partition('id="facts-h"')[2].partition("</section>")[0]
    assert "Law pack" in record
    assert "EU AI Act" in record
    assert record.count("<dt>Rulebook</dt>") == 2


# What stands above, in place


def test_the_editor_names_a_law_with_its_source(editor: Client) -> None:
    save(editor, facts__audience="minors", facts__jurisdictions=["us-ca"])
    page = text(editor.get(EDIT))
    found = page.partition('id="disclosure.ai_notice"')[2].partition("</details>")[0]
    assert "By law, California" in found
    assert "Nobody, while the law applies to this product." in found
    assert "/rulebooks/us-ca-sb-243-minors/2025-10-13/#disclosure.ai_notice" in found
    assert "Law pack" in text(editor.get("/products/novel/"))


def test_the_editor_names_a_hold_and_the_baseline_with_person_and_reason(editor: Client, acme: Cast) -> None:
    now = timezone.now()
    place_hold(
        acme.organization,
        behavior="tone.profanity",
        ceiling="off",
        reason="Complaints.",
        by=acme.actor("compliance"),
        now=now,
    )
    change_baseline(
        acme.organization,
        windows={"views.persuasion": {"ceiling": "with_note"}, "format.length": {"floor": "standard"}},
        seen={},
        reason="House rule.",
        by=acme.actor("approver"),
        now=now,
    )
    page = text(editor.get(EDIT))
    held = page.partition('id="tone.profanity"')[2].partition("</details>")[0]
    assert "On hold: Complaints." in held
    assert "Placed by Compliance of Acme" in held
    assert "Look at the hold" in held
    lowered = row(page, "views.persuasion")
    assert "Your organization:" in lowered
    assert "House rule. (Narrowed by Approver of Acme" in lowered
    assert "/settings/baseline/views.persuasion/" in lowered
    assert "At least Standard here. House rule." in row(page, "format.length")
    overview = text(editor.get("/products/novel/"))
    assert "Placed by Compliance of Acme" in overview
    assert "2 behaviors narrowed" in overview


def test_a_stewards_hold_is_not_called_the_platforms(editor: Client, acme: Cast) -> None:
    place_hold(
        None, behavior="tone.profanity", ceiling="off", reason="Recall.", by=acme.actor("steward"), now=timezone.now()
    )
    found = text(editor.get(EDIT)).partition('id="tone.profanity"')[2].partition("</details>")[0]
    assert "On hold for everybody: Recall." in found
    assert "A steward, by lifting the hold." in found


# Three platforms


def test_each_platform_speaks_for_itself(editor: Client, acme: Cast) -> None:
    save(editor, platforms=["anthropic", "openai", "google"])
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=9))
    page = text(editor.get(EDIT))
    explicit = row(page, "content.explicit")
    assert "<b>Anthropic</b> open: Off to On" in explicit
    assert "<b>OpenAI</b> locked: Off" in explicit
    assert "<b>Google</b> not addressed" in explicit
    why = text(editor.get(f"{EDIT}content.explicit/?part=more"))
    assert "Only OpenAI can change this" in why
    assert "/rulebooks/openai/2025-12-18/#content.explicit" in why
    assert "/rulebooks/anthropic/2026-01-21/#content.explicit" in explicit
    judged = row(page, "safety.medical_detail")
    assert "<b>Anthropic</b> left to the model" in judged
    assert 'id="safety.child_sexual_abuse"' in page.partition('id="g-never"')[2].partition("</section>")[0]


def test_filters_are_shown_as_the_vendors_and_only_where_it_is(editor: Client) -> None:
    without = text(editor.get(EDIT))
    assert "filters.harassment" not in without
    assert 'id="g-filters"' not in without
    save(editor, platforms=["anthropic", "google"])
    page = text(editor.get(EDIT))
    found = row(page.partition('id="g-filters"')[2], "filters.harassment")
    assert "Google's own filter, beside the model" in found
    assert "HARM_CATEGORY_HARASSMENT: OFF" in found
    assert "BLOCK_LOW_AND_ABOVE" in found
    assert "<b>Anthropic</b>" not in found


def test_what_no_platform_states_is_folded_away(editor: Client) -> None:
    save(editor, platforms=["google"])
    page = text(editor.get(EDIT))
    fold = page.partition('id="g-tone"')[2].partition("</section>")[0]
    assert "not addressed by Google" in fold
    assert '<details class="silent">' in fold
    assert 'id="c-tone.profanity"' not in page
    assert 'id="tone.profanity"' in fold
    sought = text(editor.get(EDIT, {"q": "profanity"}))
    assert '<details class="silent" open>' in sought


def test_of_two_people_at_once_the_second_is_told_and_loses_nothing(editor: Client, acme: Cast) -> None:
    stale = Product.objects.get(slug="novel").place_tag
    save(editor, facts__audience="minors")
    answer = save(editor, seen=stale, facts__audience="general")
    assert answer.status_code == 409
    assert "Somebody changed where this product runs meanwhile." in answer.content.decode()
    assert Product.objects.get(slug="novel").facts["audience"] == "minors"
