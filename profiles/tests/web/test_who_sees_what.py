"""The table of all pages × roles. A page that is added to the URL map and not to this table fails the first test."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from audits.checks.protocols import Sampling
from audits.ledger.sequence import place
from audits.models import Alarm, Check, DraftProbe, Entry, Log, Run, RunSchedule, Suite
from audits.telling.fan_out import tell
from audits.tests.conformance.runs import SMALL, ended, loose_suite, small_suite
from profiles.access import Role
from profiles.actions.api_keys import create_api_key
from profiles.actions.attestations import request_attestation
from profiles.actions.auditors import add_auditor
from profiles.actions.commitments import publish_commitments
from profiles.actions.destinations import Place, create_destination
from profiles.actions.endpoints import Reached, create_endpoint
from profiles.actions.holds import place_hold
from profiles.actions.members import add_member
from profiles.actions.password_links import SHOWN, make_token, uid_of
from profiles.actions.retention import place_legal_hold
from profiles.actions.revisions import preview_revision, start_revision
from profiles.actions.run_schedules import Wish, schedule_runs
from profiles.actions.runs import Plan, fix_protocol, request_run
from profiles.actions.searches import save_search, share_search
from profiles.actions.suite_drafts import Taken, copied, start_suite
from profiles.actions.suites import publish_suite, read_suite
from profiles.actions.webhooks import create_webhook, send_test
from profiles.models import Notice
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.tests.harbor import NEWER, NEWER_DAY, import_charter, publish_harbor

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[3]
MEMBERS = tuple(role.value for role in Role)
PEOPLE = (*MEMBERS, "steward", "stranger", "anonymous")

OK, SIGN_IN, GONE, NO, BAD = 200, 302, 404, 403, 400
EVERYBODY = dict.fromkeys(PEOPLE, OK)
SIGNED_IN = EVERYBODY | {"anonymous": SIGN_IN}
# What belongs to an organization does not exist for anybody else.
OURS = SIGNED_IN | {"steward": GONE, "stranger": GONE}
ORGANIZATION = SIGNED_IN | {"steward": NO}  # a page about one's own organization, whichever that is

# Only whoever looks after it: others of the organization are told so, strangers find nothing.
LOOKED_AFTER = dict.fromkeys(MEMBERS, NO) | {
    "administrator": OK, "steward": GONE, "stranger": GONE, "anonymous": SIGN_IN
}  # fmt: skip

WRITERS = ("administrator", "editor", "compliance")  # of suites
PAGES: dict[str, dict[str, int]] = {
    "home": EVERYBODY,
    "set_password": EVERYBODY,  # to whoever has the link
    "forgotten_password": EVERYBODY,
    "password_change": SIGNED_IN,
    "organizations": dict.fromkeys((*MEMBERS, "stranger"), NO) | {"steward": OK, "anonymous": SIGN_IN},
    "organization_new": dict.fromkeys((*MEMBERS, "stranger"), NO) | {"steward": OK, "anonymous": SIGN_IN},
    "product_new": LOOKED_AFTER | {"steward": NO, "stranger": OK},  # for one's own organization
    "product_settings": OURS,
    "product_commitments": OURS,
    # What is public is the same for everybody.
    **dict.fromkeys(["commitments", "commitments_data", "commitments_badge", "commitments_proof"], EVERYBODY),
    "product_remove": LOOKED_AFTER,
    "settings": SIGNED_IN,
    "settings_member": LOOKED_AFTER,
    "settings_environments": ORGANIZATION,
    "settings_environment": ORGANIZATION | {"steward": GONE},
    **dict.fromkeys(["help", "help_topic", "verify"], EVERYBODY),
    **dict.fromkeys(["search", "account"], SIGNED_IN),
    "sign_in": dict.fromkeys(PEOPLE, 302) | {"anonymous": OK},
    "product": OURS,
    "product_edit": OURS,
    "draft_behavior": OURS,
    "draft_copy": OURS | dict.fromkeys(["approver", "compliance", "auditor"], NO),
    "draft_watch": OURS | dict.fromkeys(MEMBERS, BAD),  # it asks what the page showed
    "product_place": OURS,
    "version": OURS,
    **dict.fromkeys(["version_diff", "version_diff_draft", "versions", "product_history", "product_at"], OURS),
    **dict.fromkeys(["simulate", "product_possible", "product_health"], OURS),
    **dict.fromkeys(["product_clients", "product_try", "product_receipts"], OURS),
    "version_restore": OURS,
    "version_rebase": OURS,
    "reviews": SIGNED_IN,
    **dict.fromkeys(["trail", "trail_log"], SIGNED_IN),
    "evidence": SIGNED_IN | {"steward": GONE},  # of the organization that is looked at
    **dict.fromkeys(["trail_entry", "trail_leaf", "trail_proof"], OURS),
    "settings_retention": SIGNED_IN,
    "entry_erasure": dict.fromkeys(PEOPLE, NO)
    | {"administrator": OK, "steward": GONE, "stranger": GONE, "anonymous": SIGN_IN},
    "erasure": dict.fromkeys(PEOPLE, NO) | {"administrator": OK, "steward": OK, "stranger": OK, "anonymous": SIGN_IN},
    **dict.fromkeys(["log_key", "log_policy", "log_checkpoint", "log_checkpoint_at", "log_minimum_index"], EVERYBODY),
    "log_tile": OURS | {"stranger": NO, "steward": NO},  # a tile of entries; those of hashes are for everybody
    "rulebooks": SIGNED_IN,
    "rulebook": SIGNED_IN,
    "rulebook_diff": SIGNED_IN,
    "rulebooks_compare": SIGNED_IN,
    # They belong to the installation; a recheck shows each member the products of their own organization.
    **dict.fromkeys(["sources", "source", "source_diff", "revision", "revision_behavior", "recheck"], SIGNED_IN),
    "attestations": SIGNED_IN,
    "attestation_evidence": OURS | {"steward": OK},
    "settings_members": ORGANIZATION,
    "settings_api_keys": ORGANIZATION,
    "settings_baseline": ORGANIZATION,
    "settings_baseline_behavior": ORGANIZATION,
    "settings_holds": SIGNED_IN,
    "settings_hold": OURS,
    "inbox": SIGNED_IN,
    "notice": dict.fromkeys(PEOPLE, GONE) | {"administrator": SIGN_IN, "anonymous": SIGN_IN},  # it leads to its thing
    "settings_notifications": SIGNED_IN,
    # Addresses of receivers hold secrets now and then.
    "settings_destinations": dict.fromkeys(PEOPLE, NO) | {"administrator": OK, "stranger": OK, "anonymous": SIGN_IN},
    "settings_webhooks": dict.fromkeys(PEOPLE, NO) | {"administrator": OK, "stranger": OK, "anonymous": SIGN_IN},
    **dict.fromkeys(
        ["settings_webhook", "webhook_delivery", "settings_destination"],
        dict.fromkeys(PEOPLE, NO) | {"administrator": OK, "steward": GONE, "stranger": GONE, "anonymous": SIGN_IN},
    ),
    "conformance": ORGANIZATION,
    "conformance_start": dict.fromkeys(MEMBERS, NO)
    | {"administrator": OK, "compliance": OK, "steward": NO, "stranger": OK, "anonymous": SIGN_IN},
    **dict.fromkeys(["run", "run_trials", "run_trial", "run_trials_file", "alarm"], OURS),
    **dict.fromkeys(["run_schedules", "settings_budget"], ORGANIZATION),
    "run_schedule": dict.fromkeys(PEOPLE, NO)
    | {"administrator": OK, "compliance": OK, "steward": GONE, "stranger": GONE, "anonymous": SIGN_IN},
    **dict.fromkeys(["run", "run_trials", "run_trial", "run_trials_file", "run_trials_csv"], OURS),
    **dict.fromkeys(["run_comparison", "product_trend"], OURS),
    "suites": ORGANIZATION,
    **dict.fromkeys(["suite", "suite_probe", "suite_diff", "suite_file", "suite_draft"], OURS),
    "suite_import": dict.fromkeys(MEMBERS, NO)
    | dict.fromkeys(WRITERS, OK)
    | {"steward": NO, "stranger": OK, "anonymous": SIGN_IN},
    **dict.fromkeys(
        ["suite_probe_new", "suite_probe_edit"],
        dict.fromkeys(MEMBERS, NO)
        | dict.fromkeys(WRITERS, OK)
        | {"steward": GONE, "stranger": GONE, "anonymous": SIGN_IN},
    ),
    "settings_endpoints": dict.fromkeys(PEOPLE, NO) | {"administrator": OK, "stranger": OK, "anonymous": SIGN_IN},
    "api_docs": EVERYBODY,
    "api_schema": EVERYBODY,
    **dict.fromkeys(["healthz", "healthz_log"], EVERYBODY),
    "log_timestamp": dict.fromkeys(PEOPLE, GONE),  # nobody stamps the logs of tests
    "jwks": EVERYBODY,
    # A page's session never opens the API.
    **dict.fromkeys(["api_profile", "api_profile_jws", "api_instructions", "api_events"], dict.fromkeys(PEOPLE, 401)),
    **dict.fromkeys(
        [
            *("api_resolve", "ofrep_flags", "ofrep_flag", "api_draft_simulate", "api_evidence"),
            *("api_alarm_acknowledgement", "api_alarm_tightening"),
        ],
        dict.fromkeys(PEOPLE, 405),
    ),
    **dict.fromkeys(
        [
            *("api_organizations", "api_organization", "api_products", "api_product", "api_draft", "api_versions"),
            *("api_version", "api_reviews", "api_activations", "api_schedules", "api_rulebooks", "api_rulebook"),
            *("api_attestations", "api_attestation", "api_trail", "api_trail_entry", "api_runs", "api_run"),
            "api_run_comparison",
            *("api_findings", "api_draft_edits", "api_checkpoints", "api_trail_export", "api_log"),
            *("api_check", "api_checks", "api_protocol", "api_protocols", "api_suite", "api_suites", "api_endpoints"),
            *("api_run_schedules", "api_run_schedule", "api_budget", "api_budget_limits", "api_alarms", "api_alarm"),
            *("api_suite_file", "api_checks_current"),
        ],
        dict.fromkeys(PEOPLE, 401),
    ),
}


def may(*roles: str) -> dict[str, int]:
    """A write: these get past the permission (and answer something else than 403 or 404); others are refused."""
    refused = {role: NO for role in MEMBERS if role not in roles}
    return dict.fromkeys(roles, OK) | refused | {"steward": GONE, "stranger": GONE, "anonymous": SIGN_IN}


EDITORS = ("administrator", "editor")
WRITES: dict[str, dict[str, int]] = {
    "draft_setting": may(*EDITORS),
    "draft_undo": may(*EDITORS),
    "draft_save": may(*EDITORS),
    **dict.fromkeys(["draft_window", "draft_bulk", "draft_undo_edit", "draft_copy_take", "draft_lint"], may(*EDITORS)),
    "draft_instructions": may(*EDITORS),
    "draft_discard": may(*EDITORS),
    "draft_submit": may(*EDITORS),
    "product_place_change": may(*EDITORS),
    # Whoever looks after another organization does the same there, and nothing here.
    "settings_baseline_change": may("administrator", "approver") | {"steward": NO, "stranger": OK},
    "hold_place": may("administrator", "compliance") | {"steward": OK, "stranger": OK},
    "hold_lift": may("administrator", "compliance"),
    "version_review": may("administrator", "approver"),
    "version_activate": may("administrator", "approver", "editor"),
    "version_schedule": may("administrator", "approver", "editor"),
    "version_comment": may("administrator", "approver", "editor"),
    "version_restore_submit": may(*EDITORS),
    "version_rebase_submit": may(*EDITORS),
    "schedule_cancel": may("administrator", "approver", "editor"),
    **dict.fromkeys(["check_request", "health_measure"], may("administrator", "compliance")),
    "attestation_request": may("administrator", "editor"),
    "api_key_revoke": may("administrator"),
    "attestation_decide": dict.fromkeys(MEMBERS, NO) | {"steward": OK, "stranger": GONE, "anonymous": SIGN_IN},
}
_STEWARDS = dict.fromkeys((*MEMBERS, "stranger"), NO) | {"steward": OK, "anonymous": SIGN_IN}
WRITES |= dict.fromkeys(["source_import", "revision_start", "revision_settle", "revision_preview"], _STEWARDS)
WRITES |= {
    "organization_create": _STEWARDS,
    # Whoever looks after another organization does the same there, and nothing here.
    **dict.fromkeys(
        ["product_create", "product_sample", "member_invite", "environment_add"],
        may("administrator") | {"steward": NO, "stranger": OK},
    ),
    **dict.fromkeys(["commitments_publish", "commitments_withdraw"], may("administrator")),
    **dict.fromkeys(["product_describe", "member_change", "member_link", "member_remove"], may("administrator")),
    # The environments of another organization may be called the same.
    **dict.fromkeys(["environment_change", "environment_move"], may("administrator") | {"stranger": OK}),
    "product_removal": may("administrator"),
}
WRITES |= dict.fromkeys(["revision_publish", "revision_abandon"], _STEWARDS)
LOOK_AFTER_LOG = may("administrator", "compliance")
WRITES |= {"auditor_add": LOOK_AFTER_LOG | {"steward": OK, "stranger": OK}, "auditor_remove": LOOK_AFTER_LOG}
# Whoever has no key that is known is told so, whoever they are.
WRITES |= {"log_cosignature": dict.fromkeys(PEOPLE, BAD)}
# Each of the organization that they look at; the installation has no bundle.
WRITES |= {"trail_export": dict.fromkeys(PEOPLE, OK) | {"anonymous": SIGN_IN}}
WRITES |= {"evidence_take": dict.fromkeys(PEOPLE, OK) | {"steward": GONE, "stranger": OK, "anonymous": SIGN_IN}}
WRITES |= {
    "retention_set": may("administrator") | {"steward": OK, "stranger": OK},
    "legal_hold_place": LOOK_AFTER_LOG | {"steward": OK, "stranger": OK},
    "legal_hold_release": LOOK_AFTER_LOG,
}
WRITES |= {"destination_create": may("administrator") | {"steward": NO, "stranger": OK}}
WRITES |= dict.fromkeys(
    ["destination_change", "destination_switch", "destination_replay", "destination_remove"], may("administrator")
)
_SEARCHES = dict.fromkeys(PEOPLE, GONE) | {"compliance": OK, "anonymous": SIGN_IN}  # whose it is
WRITES |= {
    "search_save": dict.fromkeys(PEOPLE, OK) | {"steward": GONE, "anonymous": SIGN_IN},
    "search_change": _SEARCHES | {"administrator": GONE},
    "search_remove": _SEARCHES | {"administrator": OK},  # only from the others
}
WRITES |= {"webhook_create": may("administrator") | {"steward": NO, "stranger": OK}}
WRITES |= dict.fromkeys(
    ["webhook_change", "webhook_test", "webhook_switch", "webhook_replay", "webhook_rotate", "webhook_remove"],
    may("administrator"),
)
WRITES |= dict.fromkeys(["run_cancel", "run_resume", "trial_judge"], may("administrator", "compliance"))
WRITES |= {"alarm_acknowledge": may("administrator", "approver", "editor"), "alarm_tighten": may(*EDITORS)}
WRITES |= dict.fromkeys(["run_schedule_set", "run_schedule_end"], may("administrator", "compliance"))
WRITES |= {"budget_set": may("administrator") | {"steward": NO, "stranger": OK}}
WRITES |= {"suite_start": may(*WRITERS) | {"steward": NO, "stranger": OK}, "suite_publish": may(*WRITERS[::2])}
WRITES |= dict.fromkeys(["suite_copy", "suite_edit", "suite_discard", "suite_probe_remove"], may(*WRITERS))
WRITES |= {"endpoint_create": may("administrator") | {"steward": NO, "stranger": OK}}
WRITES |= dict.fromkeys(["endpoint_key", "endpoint_prices", "endpoint_test", "endpoint_remove"], may("administrator"))
# Writes that concern nobody but whoever is asking.
OWN = {
    "api_resolve",
    "verify",
    "ofrep_flags",
    "ofrep_flag",
    "sign_out",
    "theme",
    "language",
    "organization_switch",
    "first_steps",
    "notices_read",
    "notifications_change",
}


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme", "helper")


@pytest.fixture
def other() -> Cast:
    return some.make_cast("other", "thing")


def each(names: list[str], *arguments: object) -> dict[str, list[object]]:
    return {name: list(arguments) for name in names}


def addresses(acme: Cast) -> dict[str, str]:
    """Every page and write of one organization, by its name."""
    some.make_active(acme, safety__danger_caveats="off")
    some.set_values(acme, views__balanced="off")
    waiting = some.submit(acme)
    some.approve(acme, waiting)
    scheduled = some.schedule(acme, waiting)
    key, _text = create_api_key(acme.organization, name="k", scopes=["read"], by=SYSTEM, now=timezone.now())
    claim = request_attestation(
        acme.product,
        kind="adults_only",
        evidence="Ids.",
        file=("ids.txt", b"Checked."),
        by=acme.actor("editor"),
        now=timezone.now(),
    )
    by = acme.actor("compliance")
    hold = place_hold(
        acme.organization, behavior="tone.profanity", ceiling="off", reason="R.", by=by, now=timezone.now()
    )
    publish_harbor()
    before, after = import_charter(), import_charter(NEWER, NEWER_DAY)
    by, now = acme.actor("steward"), timezone.now()
    draft = start_revision(before, after=after, published=NEWER_DAY, by=by, now=now)
    admin = acme.actor("administrator")
    sink, _secret = create_destination(
        acme.organization, kind="webhook", place=Place("https://a.example/"), by=admin, now=now
    )
    hook, _secret = create_webhook(
        acme.organization, url="https://a.example/", chosen=["hold.placed"], by=admin, now=now
    )
    sent = send_test(hook, by=admin, now=now)
    tell(now=now)
    notice = Notice.objects.filter(user=acme.users["administrator"]).latest("pk")
    entry = Entry.objects.filter(organization="acme").first()
    assert entry is not None
    held = place_legal_hold(acme.organization, reference="1 O 1/26", reason="R.", by=admin, now=now)
    auditor = add_auditor(acme.organization, name="A. Body", email="a@b.example", rhythm="daily", by=admin, now=now)
    place(now=now)
    compliance = acme.actor("compliance")
    search = save_search(acme.organization, name="Kontrollen", query="kind=check.finished", by=compliance, now=now)
    share_search(search, name="Kontrollen", by=compliance, now=now)
    second = acme.organization.members.get(user=acme.users["editor2"])
    alarm, run = alarm_of(acme), run_of(acme)
    publish_commitments(acme.product, environment=acme.production, reason="R.", by=admin, now=timezone.now())
    place(now=timezone.now())
    own, probe = suites_of(acme)
    arguments: dict[str, list[object]] = {
        **each(["product", "product_edit", "product_place", "product_place_change", "check_request"], "helper"),
        **each(["product_health", "health_measure"], "helper"),
        **each(["settings_baseline_behavior", "settings_baseline_change"], "tone.profanity"),
        "ofrep_flag": ["content.explicit"],
        **each(["settings_hold", "hold_lift"], hold.pk),
        **each(["draft_save", "draft_instructions", "draft_discard", "draft_submit"], "helper"),
        **each(["draft_bulk", "draft_copy", "draft_copy_take", "draft_watch", "draft_lint"], "helper"),
        **each(["draft_setting", "draft_undo", "draft_window", "draft_behavior"], "helper", "safety.danger_caveats"),
        "draft_undo_edit": ["helper", 1],
        **each(["version", "version_review", "version_activate", "version_schedule"], "helper", waiting.number),
        **each(["version_comment", "version_restore", "version_restore_submit"], "helper", waiting.number),
        **each(["version_rebase", "version_rebase_submit"], "helper", waiting.number),
        "schedule_cancel": [scheduled.pk],
        "version_diff": ["helper", 1, 2],
        "version_diff_draft": ["helper", 1],
        **each(["versions", "product_history", "product_at", "simulate", "product_possible"], "helper"),
        **each(["product_clients", "product_try", "product_receipts"], "helper"),
        "source": [before.pk],
        **each(["source_diff", "revision_start"], before.pk, after.pk),
        **each(["revision", "revision_preview", "revision_publish", "revision_abandon"], draft.pk),
        **each(["revision_behavior", "revision_settle"], draft.pk, "course.tide"),
        "set_password": [uid_of(second.user), make_token(second.user, SHOWN, timezone.now())],
        **each(["product_commitments", "commitments_publish", "commitments_withdraw"], "helper"),
        **each(["commitments", "commitments_data", "commitments_badge"], "acme", "helper"),
        "commitments_proof": ["acme", "helper", run.protocol.digest.removeprefix("sha256:")],
        **each(["product_settings", "product_describe", "product_remove", "product_removal"], "helper"),
        **each(["settings_member", "member_change", "member_remove", "member_link"], second.pk),
        **each(["settings_environment", "environment_change", "environment_move"], "staging"),
        "recheck": [preview_revision(draft, by=by, now=now).pk],
        **each(["trail_entry", "trail_leaf", "trail_proof", "entry_erasure"], entry.pk),
        **each(["search_change", "search_remove"], search.pk),
        **each(["log_key", "log_policy", "log_checkpoint"], "acme"),
        "log_timestamp": ["acme", 1],
        "log_checkpoint_at": ["acme", Log.objects.get(organization="acme").size],
        "log_cosignature": ["acme"],
        "auditor_remove": [auditor.pk],
        "legal_hold_release": [held.pk],
        "log_minimum_index": ["acme"],
        "log_tile": ["acme", "entries/000.p/1"],
        "api_organization": ["acme"],
        **each(["api_product", "api_draft", "api_versions", "api_activations", "api_schedules"], "helper"),
        **each(["api_draft_edits", "api_draft_simulate"], "helper"),
        **each(["api_version", "api_reviews"], "helper", 1),
        "api_rulebook": ["reference", "2026-11-01"],
        "api_attestation": [claim.pk],
        "api_trail_entry": [entry.pk],
        **each(["api_alarm", "api_alarm_acknowledgement", "api_alarm_tightening"], alarm.pk),
        "api_run_schedule": [schedule_of(acme, run).pk],
        **each(["api_run", "api_run_comparison"], run.pk),
        "api_check": [Check.objects.latest("pk").pk],
        "api_protocol": [run.protocol_id],
        "api_suite": [run.protocol.suite_id],
        "api_suite_file": [run.protocol.suite_id],
        **each(["suite", "suite_copy"], own.pk),
        "suite_probe": [own.pk, "is-ai"],
        "suite_diff": [own.pk, own.pk],
        "suite_file": [own.pk, "inspect"],
        **each(["suite_draft", "suite_edit", "suite_publish", "suite_discard", "suite_probe_new"], probe.draft_id),
        **each(["suite_probe_edit", "suite_probe_remove"], probe.draft_id, probe.pk),
        "help_topic": ["window"],
        "rulebook": ["reference", "2026-11-01"],
        "rulebook_diff": ["reference", "2026-11-01", "2026-11-01"],
        **each(["attestation_decide", "attestation_evidence"], claim.pk),
        "api_key_revoke": [key.prefix],
        "notice": [notice.pk],
        **each(["settings_destination", "destination_change", "destination_switch"], sink.pk),
        **each(["destination_replay", "destination_remove"], sink.pk),
        **each(["settings_webhook", "webhook_change", "webhook_test", "webhook_switch", "webhook_remove"], hook.pk),
        **each(["webhook_rotate", "webhook_replay"], hook.pk),
        "webhook_delivery": [hook.pk, sent.pk],
        **each(["run", "run_cancel", "run_resume", "run_trials", "run_trials_file", "run_trials_csv"], run.pk),
        **each(["run_trial", "trial_judge"], run.pk, 0),
        **each(["alarm", "alarm_acknowledge", "alarm_tighten"], alarm.pk),
        **each(["run_schedule", "run_schedule_set", "run_schedule_end"], "helper", "production"),
        "run_comparison": finished_runs(run),
        "product_trend": ["helper"],
        **each(["endpoint_key", "endpoint_prices", "endpoint_test", "endpoint_remove"], run.protocol.endpoint_id),
    }
    return {name: reverse(name, args=arguments.get(name, [])) for name in PAGES | WRITES}


def alarm_of(acme: Cast) -> Alarm:
    """Of what is active: a run broke a protection, and a default that the draft could set stricter."""
    version = acme.product.versions.get(number=1)
    ended(acme, version, broken=["protection.admit_being_ai", "safety.danger_caveats"], suite=loose_suite())
    return Alarm.objects.get()


def run_of(acme: Cast) -> Run:
    """One that no worker has begun, of a protocol with another sampling than is usual."""
    now, reached = timezone.now(), Reached("openai", "https://models.example/v1", "tested", "sk-secret")
    admin, compliance = acme.actor("administrator"), acme.actor("compliance")
    endpoint = create_endpoint(acme.organization, name="Ours", reached=reached, by=admin, now=now)
    version = acme.product.versions.get(number=1)
    plan = Plan(version.platforms[0], small_suite(), endpoint, sampling=Sampling(max_tokens=100))
    protocol, _is_new = fix_protocol(version, plan=plan, by=compliance, now=now)
    return request_run(protocol, by=compliance, now=now)


def schedule_of(acme: Cast, run: Run) -> RunSchedule:
    """For production, of what the run asked."""
    fixed, by = run.protocol, acme.actor("compliance")
    wish = Wish(fixed.platform, (fixed.suite,), fixed.endpoint, every_days=7)
    return schedule_runs(acme.product, environment=acme.production, wish=wish, by=by, now=timezone.now())


def finished_runs(run: Run) -> list[object]:
    """Two of its protocol, and what was answered in them; the run itself is not touched."""
    found: list[object] = []
    for _n in range(2):
        done = Run.objects.create(
            protocol=run.protocol,
            trigger=run.trigger,
            state=Run.State.FINISHED,
            requested_at=run.requested_at,
            sent_at=run.requested_at,
            finished_at=timezone.now(),
            digest="sha256:" + "0" * 64,
        )
        found.append(done.pk)
    return found


def suites_of(acme: Cast) -> tuple[Suite, DraftProbe]:
    """A suite of its own that is published, and the one probe of another that is a draft."""
    by, now, text = acme.actor("compliance"), timezone.now(), SMALL.replace('name = "small"', 'name = "own"')
    own, _is_new = publish_suite(acme.organization, suite=read_suite(text), by=by, now=now)
    taken = Taken(copied(read_suite(text).document, ["is-ai"]), "own 1")
    draft = start_suite(acme.organization, slug="ours", title="Ours", taken=taken, by=by, now=now)
    return own, draft.probes.get()


def client_of(person: str, acme: Cast, other: Cast) -> Client:
    client = Client()
    if person == "stranger":
        client.force_login(other.users["administrator"])
    elif person != "anonymous":
        client.force_login(acme.users[person])
    return client


def names(patterns: list[URLPattern | URLResolver]) -> set[str]:
    found: set[str] = set()
    for each in patterns:
        if isinstance(each, URLResolver):
            found |= names(each.url_patterns)
        elif each.name:
            found.add(each.name)
    return found


def test_every_address_of_the_program_is_in_this_table() -> None:
    assert names(get_resolver().url_patterns) == set(PAGES) | set(WRITES) | OWN


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing gives entries their places here, and on a busy machine these tests last longer than an entry may wait."""
    monkeypatch.setattr("audits.ledger.health.LATE", timedelta(hours=1))


@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_gets_the_pages_that_are_theirs(acme: Cast, other: Cast, person: str) -> None:
    places = addresses(acme)
    client = client_of(person, acme, other)
    got = {name: client.get(places[name]).status_code for name in PAGES}
    assert got == {name: expected[person] for name, expected in PAGES.items()}


@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_gets_past_the_writes_that_are_theirs(acme: Cast, other: Cast, person: str) -> None:
    places = addresses(acme)
    acme.product.draft.refresh_from_db()
    common = {
        "seen": str(acme.product.draft.revision),
        "digest": "sha256:0",
        "decision": "approve",
        "comment": "c",
        "reason": "r",
    }
    client = client_of(person, acme, other)
    for name, expected in WRITES.items():
        form = common | {"product": "helper", "environment": "production", "evidence": "E", "kind": "adults_only"}
        status = client.post(places[name], form | {"safety.danger_caveats": "on", "note": "n"}).status_code
        if expected[person] == OK:
            assert status not in (NO, GONE, 500), (name, status)
        else:
            assert status == expected[person], (name, status)


@pytest.mark.parametrize("person", PEOPLE)
def test_no_write_answers_a_get(acme: Cast, other: Cast, person: str) -> None:
    places = addresses(acme)
    client = client_of(person, acme, other)
    assert {client.get(places[name]).status_code for name in WRITES} <= {405, SIGN_IN}


def test_an_auditors_view_ends_by_itself(acme: Cast, other: Cast) -> None:
    client = client_of("auditor", acme, other)
    address = reverse("product", args=["helper"])
    assert client.get(address).status_code == OK
    acme.organization.members.filter(role="auditor").update(expires_at=timezone.now())
    assert client.get(address).status_code == GONE


def test_a_link_into_another_organization_of_mine_works_on_the_first_click(acme: Cast, other: Cast) -> None:
    """Someone in two organizations looks at one of them; a link leads to the other."""
    places = addresses(acme)
    both = other.users["administrator"]
    add_member(acme.organization, user=both, role=Role.ADMINISTRATOR, by=SYSTEM, now=timezone.now())
    for name in ("product", "product_edit", "version", "version_diff", "version_restore", "trail_entry"):
        client = Client()
        client.force_login(both)
        client.post(reverse("organization_switch", args=["other"]))
        assert client.get(places[name]).status_code == OK, name
    form = {"digest": "sha256:0", "decision": "approve", "seen": "9", "instructions": "x"}
    for name in ("version_review", "draft_instructions"):
        client = Client()
        client.force_login(both)
        client.post(reverse("organization_switch", args=["other"]))
        assert client.post(places[name], form).status_code not in (NO, GONE), name


def test_web_and_api_code_reaches_rows_only_through_their_organization() -> None:
    """``Model.objects`` is followed by ``.of(actor)``; anything else belongs into queries or actions."""
    found = []
    for folder in ("profiles/web", "profiles/api", "audits/web", "audits/api"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text("utf-8"))
            allowed = {
                id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "of"
            }
            found += [
                f"{path.relative_to(ROOT)}:{node.lineno}"
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute) and node.attr == "objects" and id(node) not in allowed
            ]
    assert found == []


MORE_FIELDS = [
    *("slug", "copy_of", "email", "role", "expires", "approvals", "to", "show", "organization", "current", "again"),
    *("section", "direction", "after", "said", "published", "text", "name", "due_at", "live", "choice.instructions"),
    *("a", "b", "compare", "state", "when", "of", "assume", "preferences", "value", "layer", "as", "from", "tag"),
    *("pref.tone.profanity", "url", "description", "events", "pick", "part", "select", "instructions", "ceiling_list"),
    *("since", "hour", "notice", "next", "delivery", "mail-reviews"),
]


@pytest.mark.parametrize(
    "hostile", ["\x00", "%00", "\ud800", "\u202e", "'\";--", "{{ 7*7 }}", "<b>", pytest.param("a" * 20_000, id="long")]
)
def test_hostile_text_in_any_place_is_never_a_failure_of_ours(acme: Cast, other: Cast, hostile: str) -> None:
    places = addresses(acme)
    client = client_of("administrator", acme, other)
    text = hostile.encode("utf-8", "replace").decode()
    fields = (
        "q",
        "kind",
        "product",
        "actor",
        "since",
        "show",
        "platform",
        "digest",
        "seen",
        "note",
        "evidence",
        "link",
        "renew",
        "behavior",
        "ceiling",
        "floor",
        "scope",
        "reason",
        "tried",
        "platforms",
        "facts.audience",
        "models.reference",
    )
    query = dict.fromkeys(
        (*fields, *MORE_FIELDS, "comment", "environment", "decision", "safety.danger_caveats", "before"), text
    )
    for name, address in places.items():
        answer = client.get(address, query) if name in PAGES else client.post(address, query)
        assert answer.status_code < 500, (name, answer.status_code)
    assert Client().post("/sign-in/", {"email": text, "password": text}).status_code in (400, 422)
    assert client.post(f"/products/helper/draft/set/{quote(text)}/", {"seen": 0}).status_code < 500
