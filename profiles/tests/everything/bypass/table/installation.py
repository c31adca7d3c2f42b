"""Doors of the whole installation: what stewards do, and what clients ask."""

from __future__ import annotations

from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from profiles.actions.api_keys import create_api_key
from profiles.tests.cast import LIBRARY, SYSTEM
from profiles.tests.everything.bypass.doors import Json
from profiles.tests.everything.bypass.table.before import all_settled, granted, in_nine_days, none_open
from profiles.tests.everything.bypass.table.lines import NEAR, Build, Line, Whose, form, on
from profiles.tests.everything.stage import Stage
from profiles.tests.harbor import NEWER_DAY, OLDER

BOOK: Final = "rulebook harbor"


def steward(given: Build, **more: Any) -> Line:
    return Line("steward", given, whose=Whose.INSTALLATION, **more)


# What is asked of the rows


def revision(stage: Stage) -> Any:
    return stage.revision


def seen(stage: Stage) -> int:
    return stage.revision.revision


def wishes(stage: Stage) -> Json:
    """What a client asks for one of its users. It shows its key, so the person at the browser does not matter."""
    by: dict[str, Any] = {
        "product": stage.product,
        "environment": stage.production,
        "by": SYSTEM,
        "now": timezone.now(),
    }
    _key, text = create_api_key(stage.organization, name="Client", **by)
    return Json({"preferences": {"format.length": "thorough"}}, text)


# Pages


def _charter(stage: Stage) -> SimpleUploadedFile:
    return SimpleUploadedFile("charter.md", OLDER + b"\n\nMore.\n")


PAGES: Final[dict[str, Line]] = {
    "organization_create": steward(
        form(organization="Newcomer", slug="newcomer", name="New", email="new@newcomer.example")
    ),
    "attestation_decide": Line(
        "steward",
        form(decision="grant", expires=lambda stage: in_nine_days(stage).date().isoformat()),
        republishes=True,
    ),
    "source_import": steward(form(platform="harbor", name="charter", published="2026-10-01", file=_charter)),
    "revision_start": steward(form(published="2026-10-01"), first=none_open),
    "revision_settle": steward(form(seen=seen, act="keep")),
    "revision_publish": steward(form(seen=seen, title="T", about="A."), first=all_settled),
    "revision_preview": steward(form(), quiet=True),
    "revision_abandon": steward(form()),
}

# Actions

ACTIONS: Final[dict[str, Line]] = {
    "organizations._create_organization": Line("system", on("newcomer", name="Newcomer"), whose=Whose.INSTALLATION),
    "organizations._found_organization": steward(
        on("newcomer", name="Newcomer", email="new@newcomer.example", person="New")
    ),
    "attestations.grant_attestation": steward(on("claim", expires_at=in_nine_days), republishes=True),
    "attestations.decline_attestation": steward(on("claim", comment="No.")),
    "attestations.revoke_attestation": steward(on("claim", comment="No."), first=granted, republishes=True),
    "sources._import": steward(
        on("source", data=OLDER + b"\n\nMore.\n", platform="harbor", name="charter", published=NEWER_DAY)
    ),
    "rulebooks._publish": steward(on("rulebook", text=(LIBRARY / "law-eu-ai-act-2024-07-12.toml").read_text("utf-8"))),
    "revisions._start": steward(
        on(
            BOOK,
            before=lambda stage: stage.sources[0],
            after=lambda stage: stage.sources[1],
            published=NEWER_DAY,
        ),
        first=none_open,
    ),
    "revisions._settle": steward(on(BOOK, draft=revision, behavior=NEAR, text=None, seen=99)),
    "revisions._publish": steward(on(BOOK, draft=revision, title="T", about="A.", seen=seen), first=all_settled),
    "revisions._abandon": steward(on(BOOK, draft=revision)),
    "installation.note_settings": steward(on("installation", told={"base_url": "https://new.example"}), quiet=True),
    "retention.set_retention / installation": steward(on("installation", months=12), quiet=True),
    "revisions._preview": steward(on(BOOK, draft=revision), quiet=True),
}
