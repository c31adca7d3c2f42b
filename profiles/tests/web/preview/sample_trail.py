# ruff: noqa: E501
"""Trail entries of two days, one of them open."""

from __future__ import annotations

from audits.web.presenters.trail import (
    Actor,
    Applied,
    Changed,
    Choice,
    Day,
    Details,
    Entry,
    EntryPage,
    Fact,
    Histogram,
    Kind,
    LogPlace,
    Moment,
    Strip,
    TrailFilter,
    TrailPage,
    bars,
)
from profiles.web.presenters.parts import Pager

JANA = Actor("Jana Sommer", "Editor", "JS", "1")
LENA = Actor("Lena Brandt", "Approver", "LB", "2")
TOM = Actor("Tom Keller", "Approver", "TK", "3")
WORKER = Actor("Limits check", "Program", "⚙", "s")
KEY = Actor("ci-deployer", "API key blk_…8Q", "◈", "s")
DIGEST = "9c1f07e25b61aa0391fd4c2b7780e1c50d9be2f4a6631b58c0d2e79f18d044ab"

DETAILS = Details(
    changes=(Changed("Spending limit per action", "agents.spend_limit", "€0", "€250"),),
    facts=(
        Fact("Request", "req_01JD7M2K", code=True),
        Fact("Product", "Ward Companion", "/products/ward-companion/"),
        Fact("Rulebook", "Reference 2026-11", "/rulebooks/reference/2026-11/"),
        Fact("Draft revision", "42"),
    ),
    digest=DIGEST,
    json='{\n  "id": 12408,\n  "kind": "profile.draft.changed",\n  "outcome": "refused"\n}',
    title="What was tried",
    outcome="Refused: 250 is above the platform maximum of €200. The value was not stored.",
    log=LogPlace(
        "In the signed checkpoint of 12,410 entries, at place 12,407 (counted from 0) of brightline.example/log/lumen.",
        "/trail/12408/leaf/",
        "/trail/12408/proof/",
        "/log/lumen/key",
    ),
)


def entry(number: int, time: str, who: Actor, kind: Kind, what: str, details: Details | None = None) -> Entry:
    verb, target, detail = what.split("|")
    moment = Moment(f"2026-11-23T{time}Z", time, f"23 Nov 2026, {time} UTC")
    return Entry(number, moment, who, kind, verb, target, detail, "9c1f…44ab", "/products/ward-companion/", details)


EDITED = Kind("profile.draft.changed", "Edited", "sliders", "neutral")
REFUSED = Kind("profile.draft.refused", "Refused", "x", "bad")
GRANTED = Kind("attestation.granted", "Attested", "seal", "att")
CHECKED = Kind("check.limits.finished", "Checked", "shield", "ok")
APPROVED = Kind("profile.version.approved", "Approved", "check", "ok")
ACTIVATED = Kind("profile.version.activated", "Activated", "globe", "ok")
RETURNED = Kind("profile.version.changes_requested", "Changes requested", "comment", "warn")
READ = Kind("profile.published.read", "Read", "review", "neutral")

TODAY = (
    entry(12408, "14:32:08", JANA, REFUSED, "tried to set|agents.spend_limit|Spending limit per action", DETAILS),
    entry(
        12407, "14:19:51", JANA, EDITED, "edited draft v15|content.medication_detail|Detailed medication information"
    ),
    entry(12406, "11:05:33", LENA, GRANTED, "granted an attestation|licensed_medical_provider|Valid until 3 Mar 2027"),
    entry(12405, "09:00:02", WORKER, CHECKED, "checked version 14|limits|40 of 40 settings inside their windows"),
)
YESTERDAY = (
    entry(12404, "17:48:20", TOM, RETURNED, "requested changes to|version 13|Turn off safe messaging"),
    entry(12403, "16:02:11", LENA, APPROVED, "approved|version 14|“Matches the ward protocol.”"),
    entry(12402, "15:40:09", JANA, ACTIVATED, "activated|version 14|In production, from version 12"),
    entry(12401, "10:27:45", KEY, READ, "read the published profile|version 14|Production"),
)

PAGE = TrailPage(
    lead="Every change, approval, activation and refusal, with who, when and why.",
    strip=Strip(
        "Append-only", "The database refuses to change or delete an entry. 12,408 entries, the last one 2 minutes ago."
    ),
    filter=TrailFilter(
        query="spend",
        kinds=(Choice("", "Any action", True), Choice("profile.version.approved", "Approved")),
        actors=(Choice("", "Anyone", True), Choice("jana", "Jana Sommer")),
        products=(Choice("", "Any product", True), Choice("ward-companion", "Ward Companion")),
        since="2026-10-10",
        until="2026-11-23",
        applied=(Applied("Text contains “spend”", "?"), Applied("From 10 Oct 2026", "?q=spend")),
        examples=("agents.spend_limit", "version 14", "req_01JD7M2K"),
    ),
    days=(Day("Today, 23 November", TODAY), Day("Yesterday, 22 November", YESTERDAY)),
    zone="UTC",
    pager=Pager("8 of 612 entries", "", "?before=12401"),
    histogram=Histogram(
        "612 entries",
        "in 45 days",
        "Entries for each day, 10 October to 23 November. Most on 12 November with 58. Refusals on 22 October and 22 November.",
        bars(tuple(((7 * n * n + 3 * n) % 23 + (35 if n == 33 else 1), int(n in (12, 43))) for n in range(45))),
        ("10 Oct", "1 Nov", "23 Nov"),
    ),
)
EMPTY = TrailPage(
    PAGE.lead, PAGE.strip, PAGE.filter, (), Pager("No entries"), "UTC", empty="No entry matches these filters."
)
ENTRY = EntryPage(
    TODAY[0], "Entry 12408", "Jana Sommer tried to set agents.spend_limit", "/trail/", "", "/trail/12407/"
)
