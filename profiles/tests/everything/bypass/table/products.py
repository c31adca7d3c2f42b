"""Doors of one product: its draft, its versions, what it is and whether it is there."""

from __future__ import annotations

from typing import Any, Final

from profiles.actions.restoring import rebase_plan
from profiles.queries import Stored, live_version, plan_copy
from profiles.resolution.merge import INSTRUCTIONS
from profiles.tests.everything.bypass.table.before import (
    approved,
    due,
    overtaken,
    set_draft,
    soon,
    stricter,
    with_gated_draft,
    with_gated_live,
    with_gated_version,
    with_stale_gated_version,
    withdrawn,
)
from profiles.tests.everything.bypass.table.lines import (
    GATED,
    KEY,
    NEVER,
    Build,
    Line,
    Whose,
    after,
    form,
    on,
)
from profiles.tests.everything.stage import Stage

# What is asked of the rows


def revision(stage: Stage) -> int:
    return stage.draft.revision


def digest(stage: Stage) -> str:
    return stage.newest.digest


def place_tag(stage: Stage) -> str:
    return stage.product.place_tag


def live_number(stage: Stage) -> int:
    live = live_version(stage.product)
    return live.number if live else 0


def choices(stage: Stage) -> dict[str, str]:
    """What is stale stays as it is, in all on which it differs."""
    live = live_version(stage.product)
    return {item.field: "mine" for item in rebase_plan(stage.newest, live)} if live else {}


def rebased(stage: Stage) -> dict[str, Any]:
    chosen = {f"choice.{field}": value for field, value in choices(stage).items()}
    return {"live": live_number(stage), "note": "Because.", **chosen}


def gone_apart(stage: Stage) -> None:
    set_draft(stage, safety__danger_caveats="on")


def copy_tag(stage: Stage) -> str:
    return plan_copy(Stored.draft(stage.draft), stage.active, soon(stage)).tag


# Pages


def draft(**fields: Any) -> Build:
    return form(seen=revision, **fields)


def review(decision: str) -> Line:
    return Line("approver", form(digest=digest, comment="I read it.", decision=decision))


_SUBMIT: Final = draft(note="Because.")
_RESTORE: Final = form(note="Because.")
_ACTIVATE: Final = form(environment="production", reason="Agreed.")
_SCHEDULE: Final = form(environment="staging", reason="Agreed.", due_at=lambda stage: soon(stage).isoformat())
_PLACE: Final = {"facts.audience": "minors", "platforms": "reference"}

PAGES: Final[dict[str, Line]] = {
    # The draft
    "draft_setting": Line("editor", draft(**{KEY: "on"}), draft(**{KEY: "on with force"})),
    "draft_window": Line("editor", draft(ceiling="off"), draft(ceiling="on with force")),
    "draft_save": Line("editor", draft(**{KEY: "on"}), draft(**{GATED: "on"})),
    "draft_undo": Line("editor", draft(), first=lambda stage: set_draft(stage, safety__danger_caveats="on")),
    "draft_undo_edit": Line("editor", draft(), after(with_gated_live, draft())),
    "draft_bulk": Line("editor", draft(pick=KEY, to="strictest"), after(with_gated_live, draft(pick=GATED, to="live"))),
    "draft_bulk / reset": Line("editor", draft(pick="views.balanced", to="default")),
    # What a copy may not take it leaves out, and says so.
    "draft_copy_take": Line("editor", draft(**{"from": "helper/1", "tag": copy_tag}), first=gone_apart),
    "draft_instructions": Line("editor", draft(instructions="Be brief.")),
    "draft_lint": Line("editor", form(instructions="Be brief."), quiet=True),
    "draft_discard": Line("editor", draft()),
    "draft_submit": Line("editor", _SUBMIT, after(with_gated_draft, _SUBMIT)),
    # Versions
    "version_review": review("approve"),
    "version_review / changes": review("request_changes"),
    "version_review / decline": review("decline"),
    "version_comment": Line("approver", form(behavior=KEY, text="Why?")),
    "version_activate": Line("approver", _ACTIVATE, after(with_gated_version, _ACTIVATE), first=approved),
    "version_activate / break glass": Line(
        "approver", form(environment="production", reason="Now.", break_glass="on"), first=stricter
    ),
    "version_schedule": Line("approver", _SCHEDULE, after(with_gated_version, _SCHEDULE), first=approved),
    "schedule_cancel": Line("approver", form()),
    "version_restore_submit": Line("editor", _RESTORE, after(with_gated_version, _RESTORE)),
    "version_rebase_submit": Line("editor", rebased, after(with_stale_gated_version, rebased), first=overtaken),
    "check_request": Line("compliance", form(), quiet=True),
    "health_measure": Line("compliance", form(), quiet=True),
    # The product
    "product_create": Line("administrator", form(name="Second", slug="second", **_PLACE), whose=Whose.OWN),
    "product_create / copy": Line(
        "administrator", form(name="Second", slug="second", copy_of="helper", **_PLACE), whose=Whose.OWN
    ),
    "product_sample": Line("administrator", form(), whose=Whose.OWN),
    "product_describe": Line("administrator", form(name="Another name", description="")),
    "commitments_publish": Line("administrator", form(environment="production", reason="R."), first=withdrawn),
    "commitments_withdraw": Line("administrator", form(reason="R.")),
    "product_place_change": Line("editor", form(seen=place_tag, **_PLACE)),
    "product_removal": Line("administrator", form(slug="helper", reason="R.")),
}

# Actions


def edit(**keywords: Any) -> Build:
    return on("draft", seen=revision, **keywords)


def decision(**keywords: Any) -> Line:
    return Line("approver", on("newest", digest=digest, **keywords))


def _production(stage: Stage) -> Any:
    return stage.production


def _staging(stage: Stage) -> Any:
    return stage.staging


_SUBMITTED: Final = edit(note_text="Because.")
_RESTORED: Final = on("newest", note_text="Because.")
_REBASED: Final = on("newest", live=live_number, choices=choices, note_text="Because.")
_ACTIVATED: Final = on("newest", environment=_production, reason="Agreed.")
_SCHEDULED: Final = on("newest", environment=_staging, reason="Agreed.", due_at=soon)
_FACTS: Final = {"facts": {"audience": "minors"}, "platforms": ["reference"]}


def _window(ceiling: str) -> Build:
    return edit(windows={"format.length": {"floor": "brief", "ceiling": ceiling}})


ACTIONS: Final[dict[str, Line]] = {
    # The draft
    "drafts.edit_draft": Line("editor", edit(settings={KEY: "on"}), edit(settings={NEVER: "off", KEY: "on"})),
    "drafts.edit_draft / users' window": Line("editor", _window("standard"), _window("endless")),
    "drafts.edit_draft / instructions": Line("editor", edit(**{INSTRUCTIONS: "Be brief."})),
    "drafts.undo_change": Line("editor", edit(field="views.balanced"), after(with_gated_live, edit(field=GATED))),
    "drafts.undo_edit": Line(
        "editor", on("draft", revision=revision), after(with_gated_live, on("draft", revision=revision))
    ),
    "drafts.discard_draft": Line("editor", edit()),
    "copying.copy_settings": Line(
        "editor", edit(source=lambda stage: stage.active, tag=copy_tag, with_text=True), first=gone_apart
    ),
    # Versions
    "versions.submit_version": Line("editor", _SUBMITTED, after(with_gated_draft, _SUBMITTED)),
    "reviews.approve_version": decision(),
    "reviews.request_changes": decision(comment="No."),
    "reviews.decline_version": decision(comment="Never."),
    "reviews.comment_version": Line("approver", on("newest", behavior=KEY, text="Why?")),
    "activations.activate_version": Line("approver", _ACTIVATED, after(with_gated_version, _ACTIVATED), first=approved),
    "activations.activate_version / break glass": Line(
        "approver", on("newest", environment=_production, reason="Now.", break_glass=True), first=stricter
    ),
    "schedules.schedule_activation": Line(
        "approver", _SCHEDULED, after(with_gated_version, _SCHEDULED), first=approved
    ),
    "schedules.cancel_schedule": Line("approver", on("schedule")),
    "schedules.carry_out": Line("system", on(lambda stage: stage.schedule.pk), first=due, whose=Whose.INSTALLATION),
    "restoring.restore_version": Line("editor", _RESTORED, after(with_gated_version, _RESTORED)),
    "restoring.rebase_version": Line("editor", _REBASED, after(with_stale_gated_version, _REBASED), first=overtaken),
    # The product
    "products.create_product": Line("administrator", on("organization", slug="second", name="Second", **_FACTS)),
    "products.create_product / copy": Line(
        "administrator",
        on("organization", slug="second", name="Second", copy_of=lambda stage: stage.product, **_FACTS),
    ),
    "samples.add_sample_product": Line("administrator", on("organization")),
    "products.describe_product": Line("administrator", on("product", name="Another name", description="")),
    "commitments.publish_commitments": Line(
        "administrator", on("product", environment=_production, reason="R."), first=withdrawn
    ),
    "commitments.withdraw_commitments": Line("administrator", on("product", reason="R.")),
    "products.update_product": Line("editor", on("product", changes={"facts": {"audience": "minors"}})),
    "products.change_product": Line("editor", on("product", model_names={}, seen=place_tag, **_FACTS)),
    "products.remove_product": Line("administrator", on("product", typed_slug="helper", reason="R.")),
    "attestations.request_attestation": Line("editor", on("product", kind="security_research", evidence="E.")),
}
