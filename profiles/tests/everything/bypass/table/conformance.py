"""Doors of conformance: endpoints, suites, protocols, runs. None of them changes a row of profiles."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audits.checks.budgets import Caps
from audits.models import (
    Alarm,
    DraftProbe,
    Endpoint,
    Occasion,
    Protocol,
    Run,
    RunSchedule,
    Suite,
    SuiteDraft,
    Trial,
)
from audits.tests.conformance import runs
from profiles.actions import endpoints, occasions, run_schedules, suite_drafts, suites
from profiles.actions.endpoints import Reached, TypedPrices
from profiles.actions.run_schedules import Wish
from profiles.actions.runs import Plan, fix_protocol, request_run
from profiles.tests.everything.bypass.table.lines import Build, Line, Whose, form, on
from profiles.tests.everything.stage import Stage

_SMALL: Final = suites.read_suite(runs.SMALL).document
REACHED: Final = Reached("openai", "https://models.example/v1", "tested", "sk-secret")


def endpoint(stage: Stage) -> Endpoint:
    rows = Endpoint.objects.select_related("organization").filter(organization__slug="acme", removed_at=None)
    return rows.first() or endpoints.create_endpoint(
        stage.organization, name="Ours", reached=REACHED, by=stage.acme.actor("administrator"), now=timezone.now()
    )


def suite(_stage: Stage) -> Suite:
    return runs.small_suite()


def protocol(stage: Stage) -> Protocol:
    plan = Plan(stage.active.platforms[0], suite(stage), endpoint(stage))
    made, _is_new = fix_protocol(stage.active, plan=plan, by=stage.acme.actor("compliance"), now=timezone.now())
    return made


def run(stage: Stage) -> Run:
    """The newest that goes on or may."""
    rows = Run.objects.select_related("protocol__version__product__organization").exclude(state=Run.State.FINISHED)
    known = rows.order_by("-pk").first()
    return known or request_run(protocol(stage), by=stage.acme.actor("compliance"), now=timezone.now())


def answered(stage: Stage) -> None:
    run(stage).trials.filter(position=0, outcome="").update(outcome=Trial.Outcome.PASS, ended_at=timezone.now())


def trial(stage: Stage) -> Trial:
    rows = Trial.objects.select_related("run__protocol__version__product__organization")
    return rows.get(run=run(stage), position=0)


def interrupted(stage: Stage) -> None:
    Run.objects.filter(pk=run(stage).pk).update(state=Run.State.INTERRUPTED, finished_at=timezone.now())


def plan(stage: Stage) -> Plan:
    return Plan(stage.active.platforms[0], suite(stage), endpoint(stage))


def wish(stage: Stage) -> Wish:
    return Wish(stage.active.platforms[0], (suite(stage),), endpoint(stage), every_days=7)


def schedule(stage: Stage) -> RunSchedule:
    rows = RunSchedule.objects.select_related("product__organization").filter(removed_at=None)
    by, place = stage.acme.actor("compliance"), stage.acme.production
    return rows.first() or run_schedules.schedule_runs(
        stage.acme.product, environment=place, wish=wish(stage), by=by, now=timezone.now()
    )


def occasion(stage: Stage) -> int:
    late = timezone.now() + timedelta(days=8)
    occasions.ask_due(schedule(stage).pk, now=late)
    return Occasion.objects.latest("pk").pk


def _wished(stage: Stage) -> dict[str, Any]:
    asked = wish(stage)
    given = {"platform": asked.platform, "suites": asked.suites[0].pk, "endpoint": asked.endpoint.pk}
    return form(**given, every_days="7", at_hour="3")(stage)


def compliance(given: Build, **more: Any) -> Line:
    return Line("compliance", given, quiet=True, **more)


def administrator(given: Build, **more: Any) -> Line:
    return Line("administrator", given, quiet=True, **more)


def own(line: Line) -> Line:
    return replace(line, whose=Whose.OWN)


def draft(stage: Stage) -> SuiteDraft:
    """One probe in it, and nothing of it published."""
    known = SuiteDraft.objects.select_related("organization").filter(organization__slug="acme").first()
    if known:
        return known
    found = suite_drafts.copied(suites.read_suite(runs.SMALL).document, ["is-ai"])
    taken = suite_drafts.Taken(found, "small 1")
    by = stage.acme.actor("editor")
    return suite_drafts.start_suite(
        stage.organization, slug="ours", title="Ours", taken=taken, by=by, now=timezone.now()
    )


def draft_probe(stage: Stage) -> DraftProbe:
    return draft(stage).probes.get()


def upload(_stage: Stage) -> dict[str, Any]:
    return {"form": "brightline", **_NAMED, "file": SentAgain("suite.toml", runs.SMALL.encode())}


class SentAgain(SimpleUploadedFile):
    """A file that the same form sends several times."""

    def read(self, *_sizes: int) -> bytes:
        self.seek(0)
        return self.file.getvalue()  # type: ignore[union-attr]


def editor(given: Build, **more: Any) -> Line:
    return Line("editor", given, quiet=True, **more)


WRITTEN: Final = suite_drafts.Written({"id": "another", "behavior": "tone.insults"})
_SEEN: Final = 1  # the revision of a draft that was just begun
_NAMED: Final = {"slug": "mine", "title": "Mine"}
_ENDPOINT: Final = {"dialect": "openai", "url": "https://models.example/v1", "model": "tested"}


def alarm(_stage: Stage) -> Alarm:
    return Alarm.objects.select_related("version__product__organization", "run__protocol__endpoint").get()


PAGES: Final[dict[str, Line]] = {
    "alarm_acknowledge": Line("approver", form(reason="The model is being replaced."), quiet=True),
    "alarm_tighten": Line("editor", form()),
    "conformance_start": own(compliance(form(product="helper", version="1"))),
    "run_cancel": compliance(form()),
    "run_resume": compliance(form(), first=interrupted),
    "trial_judge": compliance(form(outcome="fail", reason="It hints."), first=answered),
    "run_schedule_set": compliance(_wished),
    "run_schedule_end": compliance(form(), first=schedule),
    "budget_set": own(administrator(form(trials="500"))),
    "suite_start": own(editor(form(**_NAMED))),
    "suite_copy": own(editor(form(**_NAMED), first=suite)),
    "suite_import": own(editor(upload, first=draft)),
    "suite_edit": editor(form(title="Another title", note="", seen=_SEEN), first=draft),
    "suite_probe_new": editor(form(id="another", seen=_SEEN), first=draft),
    "suite_probe_edit": editor(form(id="another", seen=_SEEN), first=draft),
    "suite_probe_remove": editor(form(seen=_SEEN), first=draft),
    "suite_discard": editor(form(seen=_SEEN), first=draft),
    "suite_publish": compliance(form(seen=_SEEN), first=draft),
    "endpoint_create": own(administrator(form(name="Another", **_ENDPOINT))),
    "endpoint_key": administrator(form(key="sk-other")),
    "endpoint_prices": administrator(form(input="1", output="2", currency="USD")),
    "endpoint_test": administrator(form()),
    "endpoint_remove": administrator(form()),
}
ACTIONS: Final[dict[str, Line]] = {
    "endpoints.create_endpoint": administrator(on("organization", name="Another", reached=REACHED)),
    "endpoints.replace_endpoint_key": administrator(on(endpoint, key="sk-other"), first=endpoint),
    "endpoints.set_endpoint_prices": administrator(on(endpoint, typed=TypedPrices("1", "2", "USD")), first=endpoint),
    "endpoints.remove_endpoint": administrator(on(endpoint), first=endpoint),
    "run_schedules.schedule_runs": compliance(
        on("product", environment=lambda stage: stage.acme.production, wish=wish), first=wish
    ),
    "run_schedules.unschedule_runs": compliance(on(schedule), first=schedule),
    "occasions.start_occasion": Line("system", on(occasion), first=occasion, whose=Whose.INSTALLATION, quiet=True),
    "budgets.set_budget": administrator(on("organization", caps=lambda _stage: Caps(trials=500))),
    "suite_drafts.start_suite": editor(on("organization", **_NAMED)),
    "suite_drafts.edit_suite": editor(on(draft, title="Another title", note_text="", seen=_SEEN), first=draft),
    "suite_drafts.write_probe": editor(on(draft, probe=None, written=WRITTEN, seen=_SEEN), first=draft),
    "suite_drafts.remove_probe": editor(on(draft, probe=draft_probe, seen=_SEEN), first=draft),
    "suite_drafts.take_probes": editor(on(draft, taken=suite_drafts.Taken(suite_drafts.copied(_SMALL))), first=draft),
    "suite_drafts.discard_suite": editor(on(draft, seen=_SEEN), first=draft),
    "suite_drafts.publish_draft": compliance(on(draft, seen=_SEEN), first=draft),
    "suites.publish_suite": compliance(on("organization", suite=lambda _stage: suites.read_suite(runs.SMALL))),
    "suites.publish_suite / for everybody": Line(
        "steward",
        on(suites.EVERYBODY, suite=lambda _stage: suites.read_suite(runs.SMALL)),
        whose=Whose.INSTALLATION,
        quiet=True,
    ),
    "runs.fix_protocol": compliance(on("active", plan=plan), first=plan),
    "runs.request_run": compliance(on(protocol), first=protocol),
    "runs.cancel_run": compliance(on(run), first=run),
    "runs.resume_run": compliance(on(run), first=interrupted),
    "alarms.acknowledge_alarm": Line("approver", on(alarm, reason="The model is being replaced."), quiet=True),
    "alarms.tighten_draft": Line("editor", on(alarm)),
    "runs.judge_trial": compliance(on(trial, outcome="fail", reason="It hints."), first=answered),
}
