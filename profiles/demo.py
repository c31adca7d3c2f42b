"""The demo: three organizations that the rulebooks treat differently, made by the same actions that the pages call."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection

from audits.models import Suite
from profiles.access import Actor, Role, system
from profiles.actions import drafts
from profiles.actions.activations import activate_version
from profiles.actions.api_keys import SCOPES, create_api_key
from profiles.actions.attestations import grant_attestation, request_attestation
from profiles.actions.baseline import change_baseline
from profiles.actions.commitments import publish_commitments
from profiles.actions.endpoints import Reached, create_endpoint
from profiles.actions.holds import place_hold
from profiles.actions.members import add_member, create_person
from profiles.actions.organizations import create_organization
from profiles.actions.products import create_product
from profiles.actions.restoring import restore_version
from profiles.actions.reviews import approve_version, comment_version, request_changes
from profiles.actions.runs import Plan, fix_protocol, request_run
from profiles.actions.versions import submit_version
from profiles.errors import NoActiveProfile, OutsideLimits
from profiles.models import ApiKey, Draft, Environment, Organization, Product, User, Version
from profiles.queries import live_version, memberships, person, published
from profiles.serving import answers
from profiles.serving.held import held_of
from profiles.serving.receipts import Receipts

PEOPLE: Final = {
    "steward": "Ines Okafor",
    "editor": "Jana Sommer",
    "approver": "Lena Brandt",
    "compliance": "Priya Anand",
    "auditor": "Tom Keller",
    "administrator": "Marc Weber",
}
DOMAIN: Final = "demo.brightline.example"
SYSTEM: Final = system("load_demo")
AUDITOR_DAYS: Final = 90
REHEARSED: Final = "disclosure"  # the suite of the demo's runs


@dataclass(frozen=True, slots=True)
class Step:
    """One version on its way: what is set, why, and how far it gets."""

    settings: Mapping[str, Any]
    why: str
    comment: str = ""
    instructions: str | None = None
    environments: tuple[str, ...] = ("staging", "production")
    decide: str = "approve"  # or "request_changes"; empty: it waits for its review
    says: tuple[tuple[str, str, str], ...] = ()  # comments: by whom, on which behavior, what
    restores: int = 0  # the number of an earlier version that comes back instead


@dataclass(frozen=True, slots=True)
class Story:
    """One organization with its product, and what happened there so far."""

    organization: tuple[str, str]
    product: tuple[str, str, str]
    facts: Mapping[str, Any]
    runs_on: Mapping[str, Sequence[str]]  # the models by platform; clients that name none get the first platform's
    steps: tuple[Step, ...]
    attestation: tuple[str, str] | None = None
    refused: Mapping[str, Any] = field(default_factory=dict)  # what somebody tried in vain
    open_draft: Mapping[str, Any] = field(default_factory=dict)
    baseline: tuple[Mapping[str, Mapping[str, Any]], str] | None = None  # windows, and why
    hold: tuple[str, Any, str] | None = None  # a behavior, its most permissive value, and why
    stopped: tuple[str, int] | None = None  # a client that asked no more after a version, with the version's number


STORIES: Final = (
    Story(
        organization=("lantern-health", "Lantern Health"),
        product=("ward-companion", "Ward Companion", "Answers questions of nurses and doctors on the ward."),
        facts={"audience": "adults", "surface": ["api"], "jurisdictions": ["eu"]},
        runs_on={"anthropic": ["Claude Sonnet 4.5"], "openai": ["GPT-5.4"]},
        attestation=(
            "licensed_medical_provider",
            "Lantern Health runs two licensed hospitals (register no. LH-20417). Accounts are tied to staff badges.",
        ),
        steps=(
            Step(
                {"safety.medical_detail": "clinical", "views.balanced": "on"},
                "Clinicians need dosing ranges and contraindications in full.",
                comment="Checked with the head pharmacist.",
                instructions=(
                    "You support clinical staff on a hospital ward. Name the guideline that you rely on, "
                    "and say plainly where guidance differs between countries."
                ),
            ),
            Step(
                {"safety.messaging_self_harm": "off"},
                "Crisis wording meant for the public gets in the way of psychiatric nurses asking about risk.",
                comment="Agreed: staff only, and the attestation covers it.",
            ),
            Step(
                {"safety.medical_detail": "general"},
                "A trial: is less detail enough, and quicker to read?",
                comment="Worth a try, for a day.",
            ),
            Step(
                {},
                "The trial is over: nurses looked the doses up elsewhere, which took longer.",
                comment="As it was. Thank you for trying.",
                restores=2,
            ),
        ),
        refused={"protection.emergency_referral": "off"},
        open_draft={"format.length": "brief"},
        stopped=("Tablet of ward 3", 3),
    ),
    Story(
        organization=("night-owl-press", "Night Owl Press"),
        product=("after-dark", "After Dark", "Interactive fiction for adults who have checked in with an ID."),
        facts={"audience": "adults", "surface": ["api"], "jurisdictions": ["us"]},
        runs_on={"anthropic": ["Claude Opus 4.5"], "openai": ["GPT-5.4"], "google": ["Gemini 3.8 Flash"]},
        attestation=(
            "adults_only",
            "Every reader passes an ID check by a certified provider before the first chapter.",
        ),
        steps=(
            Step(
                {"tone.profanity": "on", "persona.custom": "on"},
                "Characters should speak the way they would in print.",
                comment="Fine for this audience.",
                instructions="You are the narrator of an interactive novel. Stay with the story that the reader began.",
            ),
            Step(
                {
                    "content.explicit": "on",
                    "content.graphic_violence": "graphic",
                    "filters.sexually_explicit": "none",
                    "filters.hate_speech": "medium_and_above",
                },
                "The catalog is adult fiction; readers are verified and expect it.",
                comment="Attestation is granted and covers the whole catalog.",
            ),
        ),
        refused={"safety.child_sexual_abuse": "on"},
        hold=(
            "tone.insults",
            "off",
            "A reader was insulted by a character in a scene that nobody asked for. Off until we know why.",
        ),
    ),
    Story(
        organization=("little-scholars", "Little Scholars"),
        product=("homework-helper", "Homework Helper", "Helps children from 8 to 14 with their homework."),
        facts={"audience": "minors", "surface": ["api"], "jurisdictions": ["eu", "uk"]},
        runs_on={"openai": ["GPT-5.4 Thinking"], "anthropic": ["Claude Haiku 4.5"]},
        baseline=(
            {"views.own_opinion": {"ceiling": "off"}, "persona.romantic": {"ceiling": "off"}},
            "Our promise to schools: no opinions of its own on contested topics, and no romance, in any product.",
        ),
        steps=(
            Step(
                {
                    "topics.allowed": ["biology", "chemistry", "geography", "history", "languages", "mathematics"],
                    "tone.insults": "off",
                },
                "Keep the helper on school subjects.",
                comment="Good list to start with.",
                instructions="Explain one step at a time and ask the child to try the next one.",
            ),
            Step(
                {
                    "topics.allowed": [
                        *("biology", "chemistry", "geography", "history"),
                        *("languages", "mathematics", "music", "physics"),
                    ],
                    "format.length": "brief",
                },
                "Two more subjects, and shorter answers: parents asked for both.",
                comment="Please wait for the teachers' council before music goes in.",
                decide="request_changes",
                says=(
                    ("approver", "topics.allowed", "Music has no teacher who looks at the answers yet."),
                    ("editor", "topics.allowed", "Understood. I will ask the council on Thursday."),
                ),
            ),
        ),
        refused={"content.explicit": "on"},
    ),
)


def load_demo(now: datetime, base_url: str) -> dict[str, Any]:
    """Make the demo; returns what ``var/demo.json`` holds, the only place where its passwords and keys are kept."""
    people = People(now)
    keys: dict[str, str] = {}
    organizations = [_Telling(story, people, now).tell(keys) for story in STORIES]
    # Made by a person, in whose name runs start that it schedules.
    by = people.actor("administrator", organizations[0])
    _key, admin_key = create_api_key(organizations[0], name="Scripts", scopes=list(SCOPES), by=by, now=now)
    return {
        "url": base_url,
        "users": {
            role: {"email": user.email, "password": people.passwords[role]} for role, user in people.users.items()
        },
        "api_keys": keys,
        "admin_api_key": admin_key,
    }


class People:
    """The cast: one person for each role, who has it in every organization, and a steward."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.passwords = {role: secrets.token_urlsafe(12) for role in PEOPLE}
        self.users = {"steward": self.account("steward", now, is_steward=True)}

    def join(self, organization: Organization, role: Role, now: datetime) -> None:
        """Make the person of a role a member; their account too, the first time."""
        by = _for(organization)
        ends = self.now + timedelta(days=AUDITOR_DAYS) if role is Role.AUDITOR else None
        if role.value in self.users:
            add_member(organization, user=self.users[role.value], role=role, by=by, now=now, expires_at=ends)
        else:
            self.users[role.value] = self.account(
                role.value, now, organization=organization, role=role, expires_at=ends
            )

    def actor(self, role: str, organization: Organization) -> Actor:
        user = self.users[role]
        mine = [row for row in memberships(user, self.now) if row.organization_id == organization.pk]
        return person(user, mine[0] if mine else None, "load-demo")

    def account(self, name: str, now: datetime, **more: Any) -> User:
        by = _for(more["organization"]) if "organization" in more else SYSTEM
        return create_person(
            email=f"{name}@{DOMAIN}",
            name=PEOPLE[name],
            password=self.passwords[name],
            is_demo=True,
            by=by,
            now=now,
            **more,
        )


def _for(organization: Organization) -> Actor:
    return system("load_demo", organization.pk, organization.slug)


class _Gateway:
    """A client of the story: asks for what holds and keeps the ETag. ``until`` is the last step after which it asks."""

    def __init__(self, key: ApiKey, until: int | None = None) -> None:
        self.key, self.until, self.etag = key, until, ""

    def ask(self, moment: datetime, latest: datetime, receipts: Receipts) -> None:
        moment = min(moment, latest)
        try:
            row = published(self.key, None, moment)
        except NoActiveProfile:
            return
        held = held_of(row)
        shown = answers.represent(held, answers.PROFILE, "")
        got = answers.answer(shown, held, moment.timestamp(), self.etag)
        receipts.note(self.key.pk, row.pk, got.status, moment.timestamp())
        self.etag = shown.etag


class _Telling:
    """One story as it is told: a few minutes between the steps, the last of them now."""

    def __init__(self, story: Story, people: People, now: datetime) -> None:
        self.story, self.people, self.now = story, people, now
        self.clock = now - timedelta(days=6)
        self.gateways: list[_Gateway] = []

    def later(self, **span: float) -> datetime:
        """The next moment of the story, never after now."""
        self.clock = min(self.clock + timedelta(**(span or {"minutes": 7})), self.now)
        return self.clock

    def actor(self, role: str) -> Actor:
        return self.people.actor(role, self.organization)

    def tell(self, keys: dict[str, str]) -> Organization:
        slug, name = self.story.organization
        self.organization = create_organization(slug=slug, name=name, by=SYSTEM, now=self.clock)
        for role in Role:
            self.people.join(self.organization, role, self.later())
        self.product = self.make_product()
        if self.story.attestation:
            self.attest(*self.story.attestation)
        self.connect(keys)
        for number, step in enumerate(self.story.steps, start=1):
            self.clock += timedelta(days=1)
            self.take(step)
            self.fetch(number)
        self.narrow()
        self.try_in_vain()
        if self.story.open_draft:
            self.edit(self.story.open_draft)
        self.fetch(len(self.story.steps))
        self.rehearse()
        self.open_up()
        return self.organization

    def connect(self, keys: dict[str, str]) -> None:
        """A key for each environment, whose text ``keys`` gets, and one of a client that will stop asking."""
        production = self.organization.environments.get(slug="production")
        for environment in self.organization.environments.all():
            key, text = self.make_key(f"{self.product.name} gateway, {environment.slug}", environment)
            keys[f"{self.organization.slug}/{self.product.slug}/{environment.slug}"] = text
            if environment == production:
                self.gateways.append(_Gateway(key))
        if self.story.stopped:
            name, until = self.story.stopped
            self.gateways.append(_Gateway(self.make_key(name, production)[0], until))

    def make_key(self, name: str, environment: Environment) -> tuple[ApiKey, str]:
        by, now = _for(self.organization), self.later()
        return create_api_key(
            self.organization, name=name, product=self.product, environment=environment, by=by, now=now
        )

    def fetch(self, step: int) -> None:
        """Clients ask, answered and counted by what answers and counts real ones, at this moment of the story."""
        receipts = Receipts()
        for gateway in self.gateways:
            if gateway.until is None or step <= gateway.until:
                for minutes in (1, 3, 5):  # before anything else happens
                    gateway.ask(self.clock + timedelta(minutes=minutes), self.now, receipts)
        connection.ensure_connection()
        receipts.flush(connection.connection)

    def make_product(self) -> Product:
        slug, name, description = self.story.product
        return create_product(
            self.organization,
            slug=slug,
            name=name,
            description=description,
            facts=self.story.facts,
            platforms=list(self.story.runs_on),
            model_names=self.story.runs_on,
            by=self.actor("administrator"),
            now=self.later(),
        )

    def attest(self, kind: str, evidence: str) -> None:
        asked = request_attestation(
            self.product, kind=kind, evidence=evidence, by=self.actor("editor"), now=self.later()
        )
        grant_attestation(
            asked,
            expires_at=self.now + timedelta(days=120),
            comment="Register entry checked.",
            by=self.actor("steward"),
            now=self.later(hours=3),
        )

    def draft(self) -> Draft:
        return Draft.objects.select_related("product__organization").get(product=self.product)

    def edit(self, settings: Mapping[str, Any], instructions: str | None = None) -> None:
        draft = self.draft()
        drafts.edit_draft(
            draft,
            by=self.actor("editor"),
            now=self.later(),
            seen=draft.revision,
            settings=settings,
            instructions=instructions,
        )

    def take(self, step: Step) -> Version:
        version = self.restored(step) if step.restores else self.submitted(step)
        for who, behavior, text in step.says:
            comment_version(version, behavior=behavior, text=text, by=self.actor(who), now=self.later(minutes=25))
        if step.decide:
            decide = approve_version if step.decide == "approve" else request_changes
            by, now = self.actor("approver"), self.later(hours=2)
            decide(version, digest=version.digest, comment=step.comment, by=by, now=now)
        for slug in step.environments if step.decide == "approve" else ():
            place = self.organization.environments.get(slug=slug)
            reason = "Approved; announced to the team."
            by, now = self.actor("approver"), self.later()
            activate_version(version, environment=place, reason=reason, by=by, now=now)
        return version

    def submitted(self, step: Step) -> Version:
        self.edit(step.settings, step.instructions)
        draft = self.draft()
        by, now = self.actor("editor"), self.later()
        return submit_version(draft, note_text=step.why, seen=draft.revision, by=by, now=now)

    def restored(self, step: Step) -> Version:
        earlier = Version.objects.select_related("product__organization").get(
            product=self.product, number=step.restores
        )
        return restore_version(earlier, note_text=step.why, by=self.actor("editor"), now=self.later())

    def narrow(self) -> None:
        """What the organization closes for all of its products, and what compliance stopped."""
        if self.story.baseline:
            windows, reason = self.story.baseline
            by = self.actor("approver")
            change_baseline(self.organization, windows=windows, seen={}, reason=reason, by=by, now=self.later())
        if self.story.hold:
            behavior, ceiling, reason = self.story.hold
            by = self.actor("compliance")
            place_hold(
                self.organization, behavior=behavior, ceiling=ceiling, reason=reason, by=by, now=self.later(hours=1)
            )

    def rehearse(self) -> None:
        """Ask for a run against the rehearsal responder, if one is there; the worker carries it out. What it finds says
        nothing about any model, which every page says that shows it."""
        suite = Suite.objects.filter(slug=REHEARSED, organization=None).first()
        version = live_version(self.product)
        if not settings.REHEARSAL_URL or suite is None or version is None:
            return
        platform = version.platforms[0]
        by = self.actor("administrator")
        endpoint = create_endpoint(
            self.organization,
            name="Rehearsal",
            reached=Reached("openai", f"{settings.REHEARSAL_URL}/v1", "rehearsal-responder"),
            rehearsal=True,
            by=by,
            now=self.later(),
        )
        by = self.actor("compliance")
        protocol, _is_new = fix_protocol(version, plan=Plan(platform, suite, endpoint), by=by, now=self.later())
        request_run(protocol, by=by, now=self.later())

    def open_up(self) -> None:
        """Let everybody read what the product promises."""
        production = self.organization.environments.get(slug="production")
        reason = "Our users asked what this is told to do, and what was tested."
        by = self.actor("administrator")
        publish_commitments(self.product, environment=production, reason=reason, by=by, now=self.later())

    def try_in_vain(self) -> None:
        """Somebody tries what the limits forbid; what stays of it is the refusal in the trail."""
        try:
            self.edit(self.story.refused)
        except OutsideLimits:
            return
        raise AssertionError(f"the rulebook allowed {self.story.refused}")
