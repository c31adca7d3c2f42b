"""Home, sign-in, product, version, difference and reviews."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from profiles.web.presenters import home, product, reviews, version
from profiles.web.presenters.parts import (
    Action,
    Check,
    Crumb,
    Decision,
    DiffLine,
    Message,
    Person,
    Pill,
    Problem,
    Tag,
    When,
)
from profiles.web.presenters.shell import OrganizationLink, ProductLink, Shell

NOW = datetime(2026, 11, 23, 14, 34, tzinfo=UTC)
SLUG = "ward-companion"
BASE = f"/products/{SLUG}/"
JANA, LENA, TOM = (
    Person.of("Jana Sommer", "Editor"),
    Person.of("Lena Brandt", "Approver"),
    Person.of("Tom Keller", "Approver"),
)
DIGEST = "sha256:9c1f07e25b61aa0391fd4c2b7780e1c50d9be2f4a6631b58c0d2e79f18d044ab"


def when(**before: float) -> When:
    return When.of(NOW - timedelta(**before), NOW)


PRODUCT = ProductLink(SLUG, "Ward Companion", True)
SHELL = Shell(
    person=JANA,
    organization="Lantern Health",
    organizations=(
        OrganizationLink("lantern-health", "Lantern Health", True),
        OrganizationLink("little-scholars", "Little Scholars"),
    ),
    products=(PRODUCT, ProductLink("intake-helper", "Intake Helper")),
    product=PRODUCT,
    has_draft=True,
    waiting=2,
)
LIMITS = Check("ok", "Limits check:", "40 of 40 settings inside their windows", when(minutes=2), "/trail/12405/")

HOME = home.HomePage(
    "Lantern Health",
    "What your products may do, what is live, and what waits for somebody.",
    (
        home.ProductCard(
            SLUG,
            "Ward Companion",
            "Clinicians · web chat · Germany, France",
            (
                home.Live("Production", "v14", when(days=11), f"{BASE}versions/14/"),
                home.Live("Staging", "v15", when(hours=3), f"{BASE}versions/15/"),
            ),
            LIMITS,
            (Pill("draft", "Draft, 6 changes"), Pill("att", "Attestation expires in 9 days")),
        ),
        home.ProductCard(
            "intake-helper",
            "Intake Helper",
            "General public · phone · Germany",
            (home.Live("Production", ""),),
            None,
            (Pill("draft", "Draft, 2 changes"),),
        ),
    ),
    (
        home.Waiting(
            "Version 15 of Ward Companion",
            f"{BASE}versions/15/",
            "Loosens 3 settings. Asked by Jana Sommer.",
            when(hours=2),
            JANA,
            Pill("warn", "looser"),
        ),
        home.Waiting(
            "Version 3 of Intake Helper",
            f"{BASE}versions/3/",
            "Stricter, already live, reviewed after.",
            when(days=1),
            TOM,
            Pill("ok", "stricter"),
        ),
    ),
    (
        home.Activity(JANA, "submitted version 15 of Ward Companion", when(hours=2), "/trail/12407/"),
        home.Activity(LENA, "granted the attestation “licensed medical provider”", when(hours=3), "/trail/12406/"),
        home.Activity(
            Person.of("Limits check", system=True), "checked version 14: all inside", when(hours=5), "/trail/12405/"
        ),
        home.Activity(TOM, "requested changes to version 13 of Ward Companion", when(days=1), "/trail/12404/"),
    ),
)
HOME_EMPTY = home.HomePage(
    "Lantern Health",
    "Three steps, and your first profile is live.",
    (),
    steps=(
        home.Step("Create a product", "One deployment of a model: who it is for and where it runs.", True),
        home.Step(
            "Look through its defaults",
            "Everything starts at the platform’s default. Change what your users need.",
            action=Action("Open the editor", f"{BASE}edit/", "sliders"),
        ),
        home.Step(
            "Invite a second person",
            "Whatever loosens a setting needs another pair of eyes.",
            action=Action("Invite", "/settings/members/", "people"),
        ),
    ),
)
SIGN_IN = home.SignInPage(note=Message("note", "The demo’s accounts are in the file var/demo.json."))
SIGN_IN_REFUSED = home.SignInPage(
    "jana@example.org",
    problems=(Problem("E-mail and password do not fit together", "#email"),),
    email_error="E-mail and password do not fit together.",
)

VERSIONS = (
    product.VersionLine(
        15,
        f"{BASE}versions/15/",
        "Dosing ranges for pharmacists.",
        JANA,
        when(hours=2),
        (Pill("warn", "waiting for review"), Pill("neutral", "active in staging")),
        f"{BASE}versions/14..15/",
    ),
    product.VersionLine(
        14,
        f"{BASE}versions/14/",
        "Matches the ward protocol of October.",
        JANA,
        when(days=11),
        (Pill("live", "active in production"),),
        f"{BASE}versions/12..14/",
    ),
    product.VersionLine(
        13,
        f"{BASE}versions/13/",
        "Turn off safe messaging.",
        JANA,
        when(days=12),
        (Pill("bad", "changes requested"),),
        f"{BASE}versions/12..13/",
    ),
    product.VersionLine(12, f"{BASE}versions/12/", "First version.", TOM, when(days=40)),
)
PRODUCT_PAGE = product.ProductPage(
    SLUG,
    "Ward Companion",
    (Crumb("Lantern Health", "/"),),
    "Answers questions of clinicians at the bedside.",
    (
        ("Audience", "Clinicians"),
        ("Jurisdictions", "Germany, France"),
        ("Surface", "Web chat"),
        ("Runs on", "Anthropic, OpenAI"),
    ),
    (
        product.EnvironmentCard(
            "Production",
            "Version 14",
            f"{BASE}versions/14/",
            JANA,
            when(days=11),
            "Approved by Lena Brandt; matches the ward protocol.",
            When.of(NOW + timedelta(days=100), NOW),
            "sha256:7f3a…c91e",
        ),
        product.EnvironmentCard(
            "Staging",
            "Version 15",
            f"{BASE}versions/15/",
            TOM,
            when(hours=1),
            "Try it with the pharmacy.",
            None,
            "sha256:9c1f…44ab",
        ),
    ),
    product.DraftCard(
        "6 changes",
        "4 looser, 1 stricter, 1 mixed. Last edited by Jana Sommer.",
        when(minutes=4),
        (Pill("bad", "1 to fix"),),
        Action("Open the editor", f"{BASE}edit/", "sliders"),
    ),
    (
        product.Known("Instructed", "The model is told 40 of 40 settings.", "neutral", "doc"),
        product.Known(
            "Limits check", "40 of 40 settings inside their windows.", "ok", "shield", when(minutes=2), "/trail/12405/"
        ),
        product.Known("Tested", "Not yet. No behavior of this version was probed.", "neutral", "chart"),
    ),
    LIMITS,
    True,
    VERSIONS,
    (
        product.ActivationLine(
            "Production",
            "Version 14, from version 12",
            "Approved by Lena Brandt.",
            JANA,
            when(days=11),
            f"{BASE}versions/14/",
        ),
        product.ActivationLine(
            "Staging", "Version 14, from version 13", "Ward test.", TOM, when(days=12), f"{BASE}versions/14/"
        ),
    ),
    product.ApiHint(
        'curl -H "Authorization: Bearer $BRIGHTLINE_KEY" \\\n  http://127.0.0.1:8000/api/v1/profile',
        "With a client key of this product and environment.",
        "/settings/api-keys/",
        "/docs/api/",
    ),
    Action("Edit the profile", f"{BASE}edit/", "sliders"),
    (Pill("live", "v14 active"),),
)

LINES = (
    DiffLine(
        "Safety caveats on risky activities",
        "safety.danger_caveats",
        "",
        "On",
        "Off",
        direction="loosening",
        direction_text="looser",
        tag=Tag("warn", "Explain"),
        messages=(Message("warn", "Detailed medication information is on in the same version.", "Explain:"),),
    ),
    DiffLine(
        "Detailed medication information",
        "content.medication_detail",
        "",
        "Off",
        "On",
        direction="loosening",
        direction_text="looser",
        tag=Tag("att", "Attested"),
    ),
    DiffLine(
        "Depth of health answers",
        "health.detail",
        "",
        "Professional",
        "Informed",
        direction="tightening",
        direction_text="stricter",
    ),
    DiffLine(
        "Allowed topics",
        "topics.allowed",
        added=("Drug interactions", "Vaccination dates"),
        removed=("Store opening jobs",),
        direction="mixed",
        direction_text="looser and stricter",
    ),
)
TEXT = (
    ("same", "You are Ward Companion, for clinicians of Lantern Health."),
    ("del", "Use imperial units."),
    ("ins", "Use metric units."),
)
SETTINGS = (
    version.SettingGroup(
        "On by default",
        (
            version.SettingLine(
                "Safety caveats on risky activities",
                "safety.danger_caveats",
                "Off",
                "Set for this product",
                "instructed",
            ),
            version.SettingLine(
                "Balanced views on contested topics", "views.balanced", "On", "Platform default", "instructed"
            ),
        ),
    ),
    version.SettingGroup(
        "Agent autonomy",
        (
            version.SettingLine(
                "Spending limit per action", "agents.spend_limit", "€100", "Set for this product", "instructed"
            ),
        ),
    ),
)
VERSION = version.VersionPage(
    SLUG,
    15,
    "Version 15",
    (Crumb("Lantern Health", "/"), Crumb("Ward Companion", BASE)),
    (Pill("warn", "waiting for review"), Pill("neutral", "active in staging")),
    JANA,
    when(hours=2),
    "Pharmacists asked for dosing ranges at the counter. Refunds under the limit no longer wait for staff.",
    "Compared with version 14, which is active in production.",
    Pill("warn", "looser and stricter"),
    LINES,
    (
        version.Fact("Digest", DIGEST, code=True),
        version.Fact("Rulebook", "Reference 2026-11", "/rulebooks/reference/2026-11/"),
        version.Fact("Attestation", "Licensed medical provider, until 3 Mar 2027", "/attestations/"),
        version.Fact("Submitted", "", when=when(hours=2)),
    ),
    (
        Message(
            "warn", "“Never mention other clinics” may stop the assistant from saying where to get help.", "Explain:"
        ),
    ),
    TEXT,
    (
        Decision(
            TOM,
            "warn",
            "Requested changes",
            when(hours=1),
            "Why €250? The ward’s limit is 100.",
            "Lapsed: it was for another digest.",
        ),
    ),
    "1 approval needed. Lena Brandt or Tom Keller.",
    version.ReviewForm(DIGEST),
    "",
    (
        version.ActivationForm(
            "production",
            "Production",
            "Serves version 14.",
            "Activate version 15 in production",
            can=False,
            why_not="Waits for 1 approval: this version loosens 3 settings.",
        ),
        version.ActivationForm("staging", "Staging", "Since 23 Nov 2026, 13:30 UTC.", is_active=True),
        version.ActivationForm(
            "preview",
            "Preview",
            "Serves nothing yet.",
            "Activate version 15 in preview",
            effect="Clients of preview get version 15 with their next request.",
        ),
    ),
    LIMITS,
    SETTINGS,
    "All 40 settings",
    '{\n  "schema": "brightline.profile/1",\n  "version": 15\n}',
    f"{BASE}versions/14..15/",
)
VERSION_REFUSED = replace(
    VERSION,
    review=version.ReviewForm(
        DIGEST,
        "request_changes",
        "",
        "Say what should change.",
        problems=(Problem("Say what should change", "#comment"),),
    ),
)
VERSION_OWN = replace(
    VERSION,
    review=None,
    no_review="You wrote this version. Somebody else decides.",
    decisions=(Decision(LENA, "ok", "Approved", when(minutes=20), "Matches the protocol."),),
)
DIFF = version.DiffPage(
    "Version 14 to version 15",
    VERSION.crumbs,
    "4 settings differ: 2 looser, 1 stricter, 1 mixed.",
    LINES,
    "36 settings are the same.",
    Pill("warn", "looser and stricter"),
    TEXT,
    (
        Action("Version 13 to version 15", f"{BASE}versions/13..15/", "compare"),
        Action("Version 12 to version 14", f"{BASE}versions/12..14/", "compare"),
    ),
    f"{BASE}versions/15..14/",
)

ITEM = reviews.ReviewItem(
    "Version 15 of Ward Companion",
    f"{BASE}versions/15/",
    JANA,
    when(hours=2),
    VERSION.note,
    "Safety caveats: On to Off; Detailed medication information: Off to On; 2 more",
    Pill("warn", "looser and stricter"),
    None,
    "1 to explain",
)
REVIEWS = reviews.ReviewsPage(
    "Whatever loosens a setting waits for somebody other than its author.",
    (
        reviews.ReviewSection("waiting", "Waiting for you", (ITEM,), "Nothing waits for you."),
        reviews.ReviewSection("mine", "Asked by you", (), "You have asked for no review."),
        reviews.ReviewSection(
            "decided",
            "Decided",
            (
                replace(
                    ITEM,
                    title="Version 14 of Ward Companion",
                    state=Pill("ok", "approved"),
                    findings="",
                    direction=Pill("ok", "stricter"),
                    note="Matches the ward protocol of October.",
                    summary="Depth of health answers: Professional to Informed",
                ),
            ),
            "Nothing is decided yet.",
        ),
    ),
)
