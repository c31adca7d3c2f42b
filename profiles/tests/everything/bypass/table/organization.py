"""Doors of an organization, and of the people in it."""

from __future__ import annotations

from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audits.ledger import read
from audits.log import notes
from audits.models import Destination, Entry, LegalHold
from audits.tests.log.bundles import bundle
from profiles.access import Role
from profiles.actions.auditors import add_auditor
from profiles.actions.destinations import Place
from profiles.actions.exports import Trail
from profiles.models import User
from profiles.telling.topics import Choice, Mail, Topic
from profiles.tests.cast import PASSWORD
from profiles.tests.everything.bypass.table.before import (
    an_hour_ago,
    disabled,
    notice_of,
    placed,
    released,
    second_unset,
    sent_on,
    stopped,
    undelivered,
)
from profiles.tests.everything.bypass.table.lines import Build, Line, Whose, form, on
from profiles.tests.everything.bypass.table.programs import READING
from profiles.tests.everything.stage import Stage

NEW: Final = "another battery horse staple"


def administrator(given: Build, **more: Any) -> Line:
    return Line("administrator", given, **more)


def own(by: str, given: Build, **more: Any) -> Line:
    return Line(by, given, whose=Whose.OWN, **more)


def anybody(by: str, given: Build, **more: Any) -> Line:
    return Line(by, given, whose=Whose.NOBODYS, **more)


# What is asked of the rows


def rules_tag(stage: Stage) -> str:
    return stage.staging.rules_tag


def delivery(stage: Stage) -> Any:
    return stage.delivery


def editor(stage: Stage) -> User:
    return User.objects.get(pk=stage.acme.users["editor"].pk)


def editors_id(stage: Stage) -> str:
    return f"user:{editor(stage).pk}"


def editors_entry(stage: Stage) -> Entry:
    return Entry.objects.filter(actor_id=editors_id(stage)).latest("pk")


def legal_hold(_stage: Stage) -> LegalHold:
    return LegalHold.objects.select_related("organization").get(organization__slug="acme")


def destination(_stage: Stage) -> Destination:
    return Destination.objects.select_related("organization").get(organization__slug="acme")


def _stranger(stage: Stage) -> User:
    return stage.other.users["editor"]


def _cosigned(stage: Stage) -> str:
    """The newest checkpoint with a line of a key that an administrator made known."""
    key = Ed25519PrivateKey.generate()
    known = str(notes.verifier_of("auditor.example", key, notes.COSIGNATURE))
    by = stage.actor("acme", "administrator")
    add_auditor(stage.organization, name="C", key=known, by=by, now=timezone.now())
    newest = read.signed("acme")
    assert newest is not None
    line = notes.cosign(notes.parse_note(newest.note).text, "auditor.example", key, time=1_700_000_000)
    return f"{newest.note}{line}\n"


def _trail(_stage: Stage) -> Trail:
    return Trail("acme")


def _bundle(_stage: Stage) -> SimpleUploadedFile:
    return SimpleUploadedFile("bundle.zip", bundle())


# Pages

_HOOK: Final = {"url": "https://b.example/", "description": "", "events": "hold.placed"}
_SEARCH: Final = {"name": "Refusals", "query": "q=outcome%3Arefused"}
_HOLD: Final = {"behavior": "tone.insults", "ceiling": "off", "reason": "R.", "scope": "ours"}

PAGES: Final[dict[str, Line]] = {
    "member_invite": own("administrator", form(email="new@acme.example", name="New", role="editor")),
    "member_change": administrator(form(role="approver", seen="editor")),
    "member_link": administrator(form(), first=second_unset),
    "member_remove": administrator(form()),
    "environment_add": own("administrator", form(slug="canary", name="Canary", approvals="1")),
    "environment_change": administrator(form(name="Staging", approvals="2", seen=rules_tag)),
    "environment_move": administrator(form(to="later")),
    "settings_baseline_change": own("approver", form(seen="null", ceiling="off", reason="R."), republishes=True),
    "hold_place": own("compliance", form(**_HOLD), republishes=True),
    "hold_lift": Line("compliance", form(reason="R."), republishes=True),
    "attestation_request": own("editor", form(product="helper", kind="security_research", evidence="E.")),
    "entry_erasure": administrator(form(paths="actor.name", reason="Asked for."), first=released, quiet=True),
    "erasure": own("administrator", form(person=editors_id, reason="R."), first=released, quiet=True),
    "auditor_add": own("compliance", form(name="B", email="b@b.example", rhythm="daily"), quiet=True),
    "auditor_remove": administrator(form(), quiet=True),
    "log_cosignature": anybody("anonymous", form(note=_cosigned), first=placed, quiet=True),
    "trail_export": own("auditor", form(format="csv"), quiet=True),
    "evidence_take": own("auditor", form(), first=placed, quiet=True),
    "search_save": own("auditor", form(**_SEARCH), quiet=True),
    "search_save / shared": own("compliance", form(shared="on", **_SEARCH), quiet=True),
    "search_change": Line("compliance", form(name="Others"), quiet=True),
    "search_remove": Line("compliance", form(), quiet=True),
    "settings_api_keys": own("administrator", form(name="New", product="helper", environment="production")),
    "api_key_revoke": administrator(form()),
    "destination_create": own("administrator", form(kind="webhook", url="https://b.example/", form="ocsf"), quiet=True),
    "destination_change": administrator(form(url="https://b.example/", form="ocsf"), quiet=True),
    "destination_switch": administrator(form(to="stopped"), quiet=True),
    "destination_switch / on": administrator(form(to="started"), first=stopped, quiet=True),
    "destination_replay": administrator(form(place="0"), first=sent_on, quiet=True),
    "retention_set": own("administrator", form(keep="months", months="24"), quiet=True),
    "legal_hold_place": own("compliance", form(reference="4 O 17/26", reason="R."), quiet=True),
    "legal_hold_release": Line("compliance", form(reason="R."), quiet=True),
    "destination_remove": administrator(form(), quiet=True),
    "webhook_create": own("administrator", form(**_HOOK)),
    "webhook_change": administrator(form(**_HOOK)),
    "webhook_rotate": administrator(form()),
    "webhook_test": administrator(form()),
    "webhook_switch": administrator(form(to="disabled")),
    "webhook_switch / on": administrator(form(to="enabled"), first=disabled),
    "webhook_replay": administrator(form(delivery=lambda stage: stage.delivery.pk), first=undelivered),
    "webhook_replay / since": administrator(
        form(since=lambda stage: an_hour_ago(stage).isoformat()), first=undelivered
    ),
    "webhook_remove": administrator(form()),
    # Oneself
    "account": own("editor", form(name="Another name", language="de", time_zone="Europe/Berlin")),
    "first_steps": own("administrator", form()),
    "notices_read": own("administrator", form(notice=notice_of), bookkeeping=READING),
    "notifications_change": own("editor", form(hour="9", **{"mail-reviews": "none"})),
    "password_change": own("editor", form(current=PASSWORD, password=NEW, again=NEW)),
    "set_password": anybody("anonymous", form(password=NEW, again=NEW)),
    "forgotten_password": anybody("anonymous", form(email="editor@acme.example"), quiet=True),
    "organization_switch": Line("editor", form(), quiet=True),
    "sign_in": anybody("anonymous", form(email="editor@acme.example", password=PASSWORD)),
    "verify": anybody("editor", form(bundle=_bundle), quiet=True),
    "sign_out": anybody("editor", form(), quiet=True),
    "theme": anybody("editor", form(theme="dark"), quiet=True),
    "language": anybody("editor", form(language="de"), quiet=True),
}

# Actions


_RULES: Final = {"approvals_needed": 2, "tightening_at_once": False, "run_days": None}
_URL: Final = {"url": "https://b.example/", "chosen": ["hold.placed"], "description": ""}

ACTIONS: Final[dict[str, Line]] = {
    "members._create_person": administrator(
        on(
            "organization",
            email="new@acme.example",
            name="New",
            password=PASSWORD,
            is_steward=False,
            role=Role.EDITOR,
            expires_at=None,
            is_demo=False,
        )
    ),
    "members.add_member": administrator(on("organization", user=_stranger, role=Role.EDITOR)),
    "members.invite_member": administrator(on("organization", email="new@acme.example", name="New", role=Role.EDITOR)),
    "members.change_member": administrator(on("second", role=Role.APPROVER, expires_at=None, seen="editor")),
    "members.renew_invitation": administrator(on("second"), first=second_unset),
    "members.remove_member": administrator(on("second")),
    "members.show_first_steps": Line("editor", on(lambda stage: stage.member("editor"), show=False)),
    "environments.add_environment": administrator(on("organization", slug="canary", name="Canary", **_RULES)),
    "environments.change_environment": administrator(
        on("staging", name="Staging", reason="", seen=rules_tag, **_RULES)
    ),
    "environments.move_environment": administrator(on("staging", later=True)),
    "baseline.change_baseline": Line(
        "approver",
        on("organization", windows={"tone.insults": {"ceiling": "off"}}, seen={}, reason="R."),
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
        republishes=True,
    ),
    "holds.lift_hold": Line("compliance", on("hold", reason="R."), republishes=True),
    "erasure.erase_of_entry": Line(
        "administrator", on(editors_entry, paths=["actor.name"], reason="R."), first=released, quiet=True
    ),
    "erasure.erase_of_person": Line(
        "administrator", on("organization", actor_id=editors_id, texts=False, reason="R."), first=released, quiet=True
    ),
    "retention.set_retention": administrator(on("organization", months=24), quiet=True),
    "retention.place_legal_hold": Line(
        "compliance", on("organization", reference="4 O 17/26", reason="R."), quiet=True
    ),
    "retention.release_legal_hold": Line("compliance", on(legal_hold, reason="R."), quiet=True),
    "auditors.add_auditor": Line(
        "compliance", on("organization", name="B", email="b@b.example", rhythm="daily"), quiet=True
    ),
    "auditors.remove_auditor": administrator(on(lambda stage: stage.auditor), quiet=True),
    "evidence.export_evidence": Line(
        "auditor", on("organization", sha256="0" * 64, entries=1, about={"start": 0}), quiet=True
    ),
    "destinations.create_destination": administrator(
        on("organization", kind="webhook", place=Place("https://b.example/")), whose=Whose.OWN, quiet=True
    ),
    "destinations.change_destination": administrator(on(destination, place=Place("https://c.example/")), quiet=True),
    "destinations.stop_destination": administrator(on(destination), quiet=True),
    "destinations.stop_failing": administrator(on(destination), quiet=True),
    "destinations.start_destination": administrator(on(destination), first=stopped, quiet=True),
    "destinations.replay_destination": administrator(on(destination, place=0), first=sent_on, quiet=True),
    "destinations.remove_destination": administrator(on(destination), quiet=True),
    "exports.start_export": Line("auditor", on(_trail, how="csv", search={}, rows=1), quiet=True),
    "exports.end_export": Line("auditor", on(_trail, export="1", rows=1, sha256="0" * 64), quiet=True),
    "searches.share_search": Line("compliance", on("search", name="Others"), quiet=True),
    "searches.withdraw_search": Line("compliance", on("search"), quiet=True),
    "api_keys.create_api_key": administrator(on("organization", name="New", scopes=["read"])),
    "api_keys.revoke_api_key": administrator(on("key")),
    "webhooks.create_webhook": administrator(on("organization", **_URL)),
    "webhooks.change_webhook": administrator(on("webhook", **_URL)),
    "webhooks.rotate_secret": administrator(on("webhook")),
    "webhooks.send_test": administrator(on("webhook")),
    "webhooks.disable_webhook": administrator(on("webhook")),
    "webhooks.disable_failing": Line("system", on("webhook", because="failing")),
    "webhooks.enable_webhook": administrator(on("webhook"), first=disabled),
    "webhooks.replay_delivery": administrator(on("webhook", delivery=delivery), first=undelivered),
    "webhooks.replay_since": administrator(on("webhook", since=an_hour_ago), first=undelivered),
    "webhooks.remove_webhook": administrator(on("webhook")),
    # Oneself
    "preferences.change_preferences": own(
        "editor", on(editor, name="Another name", language="de", time_zone="Europe/Berlin", single_keys=False)
    ),
    "notices.choose_notices": own(
        "editor", on(editor, choices={Topic.REVIEWS: Choice(inbox=True, mail=Mail.NONE)}, digest_hour=9)
    ),
}
