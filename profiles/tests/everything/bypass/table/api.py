"""Doors of the API: a key goes through them, so it is never somebody's role that counts."""

from __future__ import annotations

from typing import Any, Final

from audits.tests.conformance.runs import SMALL
from profiles.tests.everything.bypass.table import conformance
from profiles.tests.everything.bypass.table.before import approved, placed, with_gated_draft, with_gated_version
from profiles.tests.everything.bypass.table.installation import wishes
from profiles.tests.everything.bypass.table.lines import KEY, NEVER, Build, Line, Whose, after, form, no_value
from profiles.tests.everything.bypass.table.products import digest
from profiles.tests.everything.stage import Stage


def sent(given: Build, outside: Build = no_value, **more: Any) -> Line:
    return Line("key", given, outside, **more)


def _window(ceiling: str) -> Build:
    return form(user_windows={"format.length": {"floor": "brief", "ceiling": ceiling}})


def _newest(stage: Stage) -> int:
    return stage.newest.number


_REASON: Final = form(reason="Because.")
_ACTIVATED: Final = form(version=_newest, environment="production", reason="Agreed.")
_CONTENT: Final = {"settings": {KEY: "on"}, "user_windows": {}, "instructions": "Be brief."}
_PLACE: Final = {"facts": {"audience": "minors"}, "platforms": ["reference"]}


def protocol_wanted(stage: Stage) -> dict[str, Any]:
    plan = conformance.plan(stage)
    return {
        "product": "helper",
        "version": stage.active.number,
        "platform": plan.platform,
        "suite": plan.suite.pk,
        "endpoint": plan.endpoint.pk,
    }


def schedule_wanted(stage: Stage) -> dict[str, Any]:
    asked = conformance.wish(stage)
    named = {"product": "helper", "environment": "staging", "suites": [asked.suites[0].slug]}
    return {**named, "platform": asked.platform, "endpoint": asked.endpoint.pk, "every_days": asked.every_days}


SUITE: Final = form(form="inspect", content='{"input": "Hi"}', name="sent-in", title="Ours", behavior=KEY)
API: Final[dict[str, Line]] = {
    "api_draft PATCH": sent(form(settings={KEY: "on"}), form(settings={NEVER: "off", KEY: "on"})),
    "api_draft PATCH / users' window": sent(_window("standard"), _window("endless")),
    "api_draft PATCH / instructions": sent(form(instructions="Be brief.")),
    "api_draft_simulate POST": sent(form(beside="live", content=_CONTENT), quiet=True),
    "api_versions POST": sent(_REASON, after(with_gated_draft, _REASON)),
    "api_reviews POST": sent(form(decision="approved", digest=digest), never=True, quiet=True, leaves="refused"),
    "api_reviews POST / decline": sent(
        form(decision="declined", digest=digest, comment="No."), never=True, quiet=True, leaves="refused"
    ),
    "api_activations POST": sent(_ACTIVATED, after(with_gated_version, _ACTIVATED), first=approved),
    "api_products POST": sent(form(slug="second", name="Second", **_PLACE), whose=Whose.OWN),
    "api_products POST / copy": sent(form(slug="second", name="Second", copy_of="helper", **_PLACE), whose=Whose.OWN),
    "api_product PATCH": sent(form(**_PLACE)),
    "api_product PATCH / words": sent(form(name="Another name", description="")),
    "api_attestations POST": sent(form(product="helper", kind="security_research", evidence="E.")),
    "api_protocols POST": sent(protocol_wanted, quiet=True, whose=Whose.OWN),
    "api_suites POST": sent(SUITE, quiet=True, whose=Whose.OWN),
    "api_suites POST / publish": sent(
        form(form="brightline", content=SMALL, publish=True), quiet=True, whose=Whose.OWN
    ),
    "api_runs POST": sent(form(protocol=lambda stage: conformance.protocol(stage).pk), quiet=True, whose=Whose.OWN),
    "api_run PATCH": sent(form(state="cancelled"), first=conformance.run, quiet=True),
    "api_alarm_acknowledgement POST": sent(form(reason="The model is being replaced."), quiet=True),
    "api_alarm_tightening POST": sent(form(behaviors=[KEY])),
    "api_run_schedules POST": sent(schedule_wanted, quiet=True),
    "api_run_schedule PATCH": sent(form(every_days=1), first=conformance.schedule, quiet=True),
    "api_run_schedule PATCH / end": sent(form(state="ended"), first=conformance.schedule, quiet=True),
    "api_budget_limits PATCH": sent(form(trials_a_month=500), quiet=True, whose=Whose.OWN),
    "api_evidence POST": sent(form(), first=placed, quiet=True, whose=Whose.OWN),
    **dict.fromkeys(
        ["api_resolve POST", "ofrep_flags POST", "ofrep_flag POST"], sent(wishes, whose=Whose.NOBODYS, quiet=True)
    ),
}
