"""The matrix: a line for every door. A door without a line fails a test, which says what to write here.

A line says who goes through the door, what it is given, and the same with a value outside of its window. ``first`` is
what must have happened so that it gets through. The builders get the stage, so they name its rows as they are then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from io import StringIO
from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from audits.models import Check, RecheckChunk
from profiles.access import Role
from profiles.actions.attestations import grant_attestation, revoke_attestation
from profiles.actions.holds import place_hold
from profiles.actions.revisions import settle_behavior
from profiles.models import RulebookDraft, User
from profiles.rulebook import revise
from profiles.tests import cast as some
from profiles.tests.cast import LIBRARY, PASSWORD
from profiles.tests.everything.stage import Stage
from profiles.tests.harbor import NEWER_DAY, OLDER, SOURCES

Build = Callable[[Stage], Any]
KEY: Final = "safety.danger_caveats"
NEVER: Final = "protection.emergency_referral"  # no operator may take it away
GATED: Final = "content.explicit"  # only with an attestation
NEAR: Final = "course.near_ships"


class Whose(Enum):
    """Whose things a door reaches, so what a stranger meets."""

    NAMED = auto()  # what its address or first argument names: not there for strangers
    OWN = auto()  # the organization that one acts in, and nothing of another one
    INSTALLATION = auto()  # everybody's: for stewards, and forbidden to all others
    NOBODYS = auto()  # whoever is asking, or the program itself


def no_value(stage: Stage) -> Any:
    """For doors that carry no value of a behavior."""
    raise AssertionError("this door carries no value")


@dataclass(frozen=True)
class Line:
    by: str  # a role of acme
    given: Build
    outside: Build
    first: Build = lambda stage: None
    whose: Whose = Whose.NAMED
    quiet: bool = False  # changes no row of profiles
    republishes: bool = False  # what is active is published again, inside other limits


# What must have happened


def approved(stage: Stage) -> None:
    some.approve(stage.acme, stage.newest)


def lapsed(stage: Stage, meanwhile: Callable[[], object]) -> None:
    """Something happens while a claim counts that does not count any more."""
    now, by = timezone.now(), stage.actor("acme", "steward")
    claim = grant_attestation(stage.claim, expires_at=now + timedelta(days=9), by=by, now=now)
    meanwhile()
    revoke_attestation(claim, comment="It was wrong.", by=by, now=timezone.now())


def granted(stage: Stage) -> None:
    now, by = timezone.now(), stage.actor("acme", "steward")
    grant_attestation(stage.claim, expires_at=now + timedelta(days=9), by=by, now=now)


def all_settled(stage: Stage) -> None:
    for key in stage.revision.unsettled:
        text = revise.part_of(stage.revision.document, key).replace("radio_brevity", "safe_water")
        settle_behavior(
            stage.revision, behavior=key, text=text, seen=99, by=stage.actor("acme", "steward"), now=timezone.now()
        )


def none_open(stage: Stage) -> None:
    RulebookDraft.objects.update(state=RulebookDraft.State.ABANDONED, ended_at=timezone.now())


def held_everywhere(stage: Stage) -> None:
    now, by = timezone.now(), stage.actor("acme", "steward")
    place_hold(None, behavior="tone.profanity", ceiling="off", reason="R.", by=by, now=now)


def all_rulebooks(stage: Stage) -> None:
    call_command("load_rulebooks", stdout=StringIO())


# What is given


def seen(stage: Stage, **more: Any) -> dict[str, Any]:
    return {"seen": stage.draft.revision, **more}


def digest(stage: Stage, **more: Any) -> dict[str, Any]:
    return {"digest": stage.newest.digest, "comment": "I read it.", **more}


def activation(stage: Stage) -> dict[str, Any]:
    return {"environment": "production", "reason": "Agreed."}


def set_draft(stage: Stage, **values: Any) -> None:
    some.set_values(stage.acme, **values)


def with_gated_draft(stage: Stage) -> None:
    lapsed(stage, lambda: set_draft(stage, content__explicit="on"))


def with_gated_version(stage: Stage) -> None:
    def meanwhile() -> None:
        set_draft(stage, content__explicit="on")
        some.approve(stage.acme, some.submit(stage.acme))

    lapsed(stage, meanwhile)


def with_gated_live(stage: Stage) -> None:
    def meanwhile() -> None:
        some.make_active(stage.acme, content__explicit="on")
        set_draft(stage, content__explicit="off")

    lapsed(stage, meanwhile)


def after(arrange: Callable[[Stage], None], given: Build) -> Build:
    """``given``, once something has happened."""

    def build(stage: Stage) -> Any:
        arrange(stage)
        return given(stage)

    return build


# Pages: what a form sends

_SUBMIT: Build = lambda stage: seen(stage, note="Because.")  # noqa: E731
_HOLD: Final = {"behavior": "tone.insults", "ceiling": "off", "reason": "R.", "scope": "ours"}

PAGES: Final[dict[str, Line]] = {
    "draft_setting": Line(
        "editor",
        lambda stage: seen(stage, **{KEY: "on"}),
        lambda stage: seen(stage, **{KEY: "on with force"}),
    ),
    "draft_save": Line(
        "editor",
        lambda stage: seen(stage, **{KEY: "on"}),
        lambda stage: seen(stage, **{GATED: "on"}),
    ),
    "draft_undo": Line("editor", seen, no_value, first=lambda stage: set_draft(stage, safety__danger_caveats="on")),
    "draft_instructions": Line("editor", lambda stage: seen(stage, instructions="Be brief."), no_value),
    "draft_discard": Line("editor", seen, no_value),
    "draft_submit": Line("editor", _SUBMIT, after(with_gated_draft, _SUBMIT)),
    "version_review": Line("approver", lambda stage: digest(stage, decision="approve"), no_value),
    "version_activate": Line("approver", activation, after(with_gated_version, activation), first=approved),
    "product_place_change": Line(
        "editor",
        lambda stage: {"seen": stage.product.place_tag, "facts.audience": "minors", "platforms": "reference"},
        no_value,
    ),
    "check_request": Line("compliance", lambda stage: {}, no_value, quiet=True),
    "settings_baseline_change": Line(
        "approver",
        lambda stage: {"seen": "null", "ceiling": "off", "reason": "R."},
        no_value,
        whose=Whose.OWN,
        republishes=True,
    ),
    "hold_place": Line("compliance", lambda stage: _HOLD, no_value, whose=Whose.OWN, republishes=True),
    "hold_lift": Line("compliance", lambda stage: {"reason": "R."}, no_value, republishes=True),
    "attestation_request": Line(
        "editor",
        lambda stage: {"product": "helper", "kind": "security_research", "evidence": "E."},
        no_value,
        whose=Whose.OWN,
    ),
    "attestation_decide": Line(
        "steward",
        lambda stage: {"decision": "grant", "expires": (timezone.now() + timedelta(days=9)).date().isoformat()},
        no_value,
        republishes=True,
    ),
    "settings_api_keys": Line(
        "administrator",
        lambda stage: {"name": "New", "product": "helper", "environment": "production"},
        no_value,
        whose=Whose.OWN,
    ),
    "api_key_revoke": Line("administrator", lambda stage: {}, no_value),
    "source_import": Line(
        "steward",
        lambda stage: {
            "platform": "harbor",
            "name": "charter",
            "published": "2026-10-01",
            "file": SimpleUploadedFile("charter.md", OLDER + b"\n\nMore.\n"),
        },
        no_value,
        whose=Whose.INSTALLATION,
    ),
    "revision_start": Line(
        "steward",
        lambda stage: {"published": "2026-10-01"},
        no_value,
        first=none_open,
        whose=Whose.INSTALLATION,
    ),
    "revision_settle": Line(
        "steward", lambda stage: {"seen": stage.revision.revision, "act": "keep"}, no_value, whose=Whose.INSTALLATION
    ),
    "revision_publish": Line(
        "steward",
        lambda stage: {"seen": stage.revision.revision, "title": "T", "about": "A."},
        no_value,
        first=all_settled,
        whose=Whose.INSTALLATION,
    ),
    "revision_preview": Line("steward", lambda stage: {}, no_value, whose=Whose.INSTALLATION, quiet=True),
    "revision_abandon": Line("steward", lambda stage: {}, no_value, whose=Whose.INSTALLATION),
    "organization_switch": Line("editor", lambda stage: {}, no_value, quiet=True),
    "sign_in": Line(
        "anonymous",
        lambda stage: {"email": "editor@acme.example", "password": PASSWORD},
        no_value,
        whose=Whose.NOBODYS,
    ),
    "sign_out": Line("editor", lambda stage: {}, no_value, whose=Whose.NOBODYS, quiet=True),
    "theme": Line("editor", lambda stage: {"theme": "dark"}, no_value, whose=Whose.NOBODYS, quiet=True),
}

# Actions: what each is about, and its keywords


def on(thing: str, **keywords: Any) -> Build:
    """An action on a row of the stage. Keywords that are callables are asked for their value then."""

    def build(stage: Stage) -> tuple[Any, dict[str, Any]]:
        given = {name: value(stage) if callable(value) else value for name, value in keywords.items()}
        return getattr(stage, thing, thing), given

    return build


def _revision(stage: Stage) -> int:
    return stage.draft.revision


def _seen_digest(stage: Stage) -> str:
    return stage.newest.digest


def _stranger(stage: Stage) -> User:
    return stage.other.users["editor"]


_ACTIVATE = on("newest", environment=lambda stage: stage.production, reason="Agreed.")
_SUBMITTED = on("draft", note_text="Because.", seen=_revision)
_PLACE: Final = {"facts": {"audience": "minors"}, "platforms": ["reference"]}

ACTIONS: Final[dict[str, Line]] = {
    "drafts.edit_draft": Line(
        "editor",
        on("draft", seen=_revision, settings={KEY: "on"}),
        on("draft", seen=_revision, settings={NEVER: "off", KEY: "on"}),
    ),
    "drafts.undo_change": Line(
        "editor",
        on("draft", seen=_revision, field="views.balanced"),
        after(with_gated_live, on("draft", seen=_revision, field=GATED)),
    ),
    "drafts.discard_draft": Line("editor", on("draft", seen=_revision), no_value),
    "versions.submit_version": Line("editor", _SUBMITTED, after(with_gated_draft, _SUBMITTED)),
    "reviews.approve_version": Line("approver", on("newest", digest=_seen_digest), no_value),
    "reviews.request_changes": Line("approver", on("newest", digest=_seen_digest, comment="No."), no_value),
    "activations.activate_version": Line("approver", _ACTIVATE, after(with_gated_version, _ACTIVATE), first=approved),
    "baseline.change_baseline": Line(
        "approver",
        on("organization", windows={"tone.insults": {"ceiling": "off"}}, seen={}, reason="R."),
        no_value,
        republishes=True,
    ),
    "holds._place": Line(
        "compliance",
        on(
            "organization",
            organization=lambda stage: stage.organization,
            behavior="tone.insults",
            ceiling="off",
            reason="R.",
        ),
        no_value,
        republishes=True,
    ),
    "holds.lift_hold": Line("compliance", on("hold", reason="R."), no_value, republishes=True),
    "attestations.request_attestation": Line(
        "editor", on("product", kind="security_research", evidence="E."), no_value
    ),
    "attestations.grant_attestation": Line(
        "steward",
        on("claim", expires_at=lambda stage: timezone.now() + timedelta(days=9)),
        no_value,
        whose=Whose.INSTALLATION,
        republishes=True,
    ),
    "attestations.decline_attestation": Line("steward", on("claim", comment="No."), no_value, whose=Whose.INSTALLATION),
    "attestations.revoke_attestation": Line(
        "steward", on("claim", comment="No."), no_value, first=granted, whose=Whose.INSTALLATION, republishes=True
    ),
    "api_keys.create_api_key": Line("administrator", on("organization", name="New", scopes=["read"]), no_value),
    "api_keys.revoke_api_key": Line("administrator", on("key"), no_value),
    "organizations._create_organization": Line(
        "system", on("newcomer", name="Newcomer"), no_value, whose=Whose.INSTALLATION
    ),
    "organizations.add_member": Line("administrator", on("organization", user=_stranger, role=Role.EDITOR), no_value),
    "organizations._create_person": Line(
        "administrator",
        on(
            "organization",
            email="new@acme.example",
            name="New",
            password=PASSWORD,
            is_steward=False,
            role=Role.EDITOR,
            expires_at=None,
            is_demo=False,
        ),
        no_value,
    ),
    "organizations.create_product": Line(
        "administrator", on("organization", slug="second", name="Second", **_PLACE), no_value
    ),
    "organizations.change_product": Line(
        "editor", on("product", model_names={}, seen=lambda stage: stage.product.place_tag, **_PLACE), no_value
    ),
    "sources._import": Line(
        "steward",
        on("source", data=OLDER + b"\n\nMore.\n", platform="harbor", name="charter", published=NEWER_DAY),
        no_value,
        whose=Whose.INSTALLATION,
    ),
    "rulebooks._publish": Line(
        "steward",
        on("rulebook", text=(LIBRARY / "law-eu-ai-act-2024-07-12.toml").read_text("utf-8")),
        no_value,
        whose=Whose.INSTALLATION,
    ),
    "revisions._start": Line(
        "steward",
        on(
            "rulebook harbor",
            before=lambda stage: stage.sources[0],
            after=lambda stage: stage.sources[1],
            published=NEWER_DAY,
        ),
        no_value,
        first=none_open,
        whose=Whose.INSTALLATION,
    ),
    "revisions._settle": Line(
        "steward",
        on("rulebook harbor", draft=lambda stage: stage.revision, behavior=NEAR, text=None, seen=99),
        no_value,
        whose=Whose.INSTALLATION,
    ),
    "revisions._publish": Line(
        "steward",
        on(
            "rulebook harbor",
            draft=lambda stage: stage.revision,
            title="T",
            about="A.",
            seen=lambda stage: stage.revision.revision,
        ),
        no_value,
        first=all_settled,
        whose=Whose.INSTALLATION,
    ),
    "revisions._abandon": Line(
        "steward", on("rulebook harbor", draft=lambda stage: stage.revision), no_value, whose=Whose.INSTALLATION
    ),
    "revisions._preview": Line(
        "steward",
        on("rulebook harbor", draft=lambda stage: stage.revision),
        no_value,
        whose=Whose.INSTALLATION,
        quiet=True,
    ),
}

# Commands and tasks: their words. They act for the installation, whoever starts them.


def program(*words: Any, **more: Any) -> Line:
    """Words that are callables are asked for their value then."""
    given: Build = lambda stage: [word(stage) if callable(word) else word for word in words]  # noqa: E731
    return Line("system", given, no_value, whose=Whose.NOBODYS, **more)


COMMANDS: Final[dict[str, Line]] = {
    "create_api_key": program("acme", "--product", "helper", "--environment", "production"),
    "create_organization": program("newcomer", "Newcomer"),
    "create_person": program("new@acme.example", "New", "--organization", "acme"),
    "create_product": program("acme", "second", "Second", "--platform", "reference"),
    "diff_sources": program(str(SOURCES / "older.md"), str(SOURCES / "newer.md"), quiet=True),
    "import_source": program(str(SOURCES / "older.md"), "--name", "manual", "--published", "2026-10-01", quiet=True),
    "load_demo": program(first=all_rulebooks),
    "load_rulebooks": program(),
    "publish_rulebook": program(str(LIBRARY / "law-eu-ai-act-2024-07-12.toml")),
}


def waiting_check(stage: Stage) -> int:
    return Check.objects.filter(state=Check.State.WAITING).latest("pk").pk


def chunk_of_a_hold(stage: Stage) -> int:
    chunks = RecheckChunk.objects.filter(recheck__kind="hold")
    if not chunks.exists():
        held_everywhere(stage)
    return chunks.latest("pk").pk


TASKS: Final[dict[str, Line]] = {
    "audits.tasks.run_check": program(waiting_check, quiet=True),
    "audits.tasks.run_recheck_chunk": program(chunk_of_a_hold, republishes=True),
    "audits.tasks.sweep_checks": program(quiet=True),
    "audits.tasks.request_nightly_checks": program(quiet=True),
}

LINES: Final[dict[str, dict[str, Line]]] = {
    "page": PAGES,
    "htmx": PAGES,
    "action": ACTIONS,
    "command": COMMANDS,
    "task": TASKS,
}
