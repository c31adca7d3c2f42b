"""One version, which is also the page on which it is reviewed and activated."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from msgspec import Struct

from audits.conformance import reads as runs
from audits.models import Run
from profiles import queries
from profiles.access import Actor, Permission
from profiles.actions.reviews import review_refusal
from profiles.errors import DomainError
from profiles.models import Activation, Attestation, Environment, Product, Review, Schedule, Version
from profiles.queries import Difference, Readiness, Shown, Standing, Stored
from profiles.resolution.types import Clamp, Decision, Resolution
from profiles.rulebook.model import Layer
from profiles.web.pages import above, reads, words
from profiles.web.pages.activation import Tried, activation_form, promotions, ways_back
from profiles.web.pages.alerts import alarm_bars, alerts
from profiles.web.pages.comments import Comments, Said
from profiles.web.pages.diff import json_diff, text_diff
from profiles.web.pages.findings import lint_messages
from profiles.web.pages.freshness import asked_days, lines, tested
from profiles.web.pages.states import (
    check_line,
    crumbs,
    diff_href,
    reach_words,
    run_pill,
    state_pills,
    version_href,
    version_name,
)
from profiles.web.presenters import parts
from profiles.web.presenters.parts import Action, Message, Person, Problem, Tag, When
from profiles.web.presenters.version import (
    ActivationForm,
    Fact,
    ReviewForm,
    RunLine,
    SettingGroup,
    SettingLine,
    VersionPage,
)

# The page of a version


class Decided(Struct, frozen=True):
    """A review that was refused, as it was typed."""

    error: DomainError
    decision: str = ""
    comment: str = ""

    def error_at(self, name: str) -> str:
        """The sentence at a field; a comment that was left empty is told what it is for."""
        if name not in self.error.fields:
            return ""
        if name == "comment" and not self.comment.strip():
            declined = self.decision == "decline"
            return _("Say why it never goes live.") if declined else _("Say what must change first.")
        return " ".join(self.error.fields[name])


Refused = Decided | Tried | Said


@dataclass(slots=True)
class _Around:
    """All that is known of a version, read once for the whole page."""

    actor: Actor
    product: Product
    row: Version
    now: datetime
    refused: Refused | None = None
    environments: list[Environment] = field(init=False)
    active: dict[int, Activation] = field(init=False)
    newest: int = field(init=False)
    ready: dict[int, Readiness] = field(init=False)
    shown: Shown = field(init=False)
    waiting: dict[int, Schedule] = field(init=False)
    standing: Standing = field(init=False)
    unreviewed: list[Activation] = field(init=False)
    base: Stored | None = field(init=False)
    stored: Stored = field(init=False)
    difference: Difference = field(init=False)
    attested: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        row, product = self.row, self.product
        self.environments = reads.environments(self.actor)
        self.active = reads.current(reads.activations(self.actor, product))
        self.newest = reads.newest_number(self.actor, product)
        self.waiting = reads.schedules(self.actor, product)
        self.standing = queries.judged(row, reads.reviews(row))
        self.unreviewed = queries.unreviewed(self.actor)
        both = Stored.versions([row, row.base] if row.base else [row])
        self.base, self.stored = both[row.base.pk] if row.base else None, both[row.pk]
        claims = queries.claims_of(product)
        self.difference = queries.difference(self.base, self.stored, self.now, claims)
        self.shown = queries.shown_now(product, self.difference.after, row.instructions)
        self.ready = queries.readiness(row, self.environments, self.now, self.shown)
        bare = self.stored.resolve(self.now, claims=()) if claims else {}
        self.attested = frozenset(
            key for key in row.settings if bare and queries.refused(bare, key) and key not in self.difference.refused
        )

    @property
    def is_active(self) -> bool:
        return any(item.version_id == self.row.pk for item in self.active.values())


def version_page(
    actor: Actor, product: Product, row: Version, now: datetime, refused: Refused | None = None
) -> VersionPage:
    around = _Around(actor, product, row, now, refused)
    check = reads.latest_checks(actor, [row.pk]).get(row.pk)
    no_review = _no_review(around)
    comments = _comments(around)
    changes = words.diff_lines(
        around.difference, tag=lambda key: _tag(around, key), messages=_messages(around), thread=comments.thread
    )
    shown = [line.key for line in changes]
    groups, count = _groups(around.difference.after, around.shown, is_active=around.is_active)
    return VersionPage(
        slug=product.slug,
        number=row.number,
        title=version_name(row.number),
        crumbs=crumbs(product),
        pills=state_pills(row, around.active.values(), around.environments, around.newest),
        author=Person.of(row.author_name),
        when=When.of(row.created_at, now),
        note=row.note,
        compared=_compared(around),
        direction=words.direction_pill(row.direction),
        lines=(*above.place_lines(around.base, around.stored), *changes),
        facts=_facts(around),
        findings=(
            *_findings(around),
            *lint_messages(queries.lint_of(around.stored.instructions, around.difference.after)),
        ),
        instructions=text_diff(around.difference.instructions_before, around.difference.instructions_after),
        decisions=_decisions(around),
        needs=_needs(around),
        review=None if no_review else _review_form(around),
        no_review=no_review,
        fresh=lines(around.shown, now, asked_days(around.environments)),
        run_href=_run_href(around),
        activations=tuple(_activation(around, item) for item in around.environments),
        check=check_line(check, reads.check_entry(actor, product, check), now),
        runs=tuple(_run(each, now) for each in runs.of_version(actor, row)),
        groups=groups,
        settings_count=ngettext("The %(n)d setting", "All %(n)d settings", count) % {"n": count},
        json=stored_content(row),
        compare_href=_compare_href(around),
        empty=_("No setting differs."),
        banner=_banner(around, no_review),
        alerts=(
            *alarm_bars(item for item in queries.open_alarms(actor) if item.version_id == row.pk),
            *alerts((item for item in around.unreviewed if item.version_id == row.pk), now, link=False),
        ),
        actions=(*promotions(around.ready.values(), actor), *ways_back(row, around.active.values(), actor)),
        json_diff=json_diff(*(said_content(each) if each else "" for each in (row.base, row))),
        reached=_reached(around),
        threads=comments.beside(shown),
        comment=comments.form(shown),
    )


def _run_href(around: _Around) -> str:
    if not around.actor.may(Permission.RUN_CHECK):
        return ""
    query = urlencode({"product": around.product.slug, "version": around.row.number})
    return f"{reverse('conformance_start')}?{query}"


def _activation(around: _Around, place: Environment) -> ActivationForm:
    return activation_form(
        around.ready[place.pk],
        around.active.get(place.pk),
        around.waiting.get(place.pk),
        actor=around.actor,
        now=around.now,
        tried=around.refused if isinstance(around.refused, Tried) else None,
    )


def _comments(around: _Around) -> Comments:
    names = {key: behavior.name for key, behavior in around.stored.behaviors.items()}
    said = around.refused if isinstance(around.refused, Said) else None
    return Comments.of(around.actor, around.row, reads.comments(around.actor, around.row), names, around.now, said)


def _reached(around: _Around) -> str:
    """How many clients got it: of those that would get it now, or else ever. Empty if it never went live."""
    row, here = around.row, [item for item in around.active.values() if item.version_id == around.row.pk]
    if here:
        found = queries.reach(around.actor, around.product, here, around.now).values()
        total = queries.Reach(sum(item.fetched for item in found), sum(item.keys for item in found))
        return reach_words(total) if total.keys else ""
    if not reads.was_active(row):
        return ""
    count = queries.recipients(around.actor, row)
    text = ngettext("%(n)d client got it while it was active.", "%(n)d clients got it while it was active.", count)
    return text % {"n": count}


def _compared(around: _Around) -> str:
    base = around.row.base
    if base is None:
        return _("Compared with the defaults: nothing was active before.")
    places = [item.environment.name for item in around.active.values() if item.version_id == base.pk]
    if not places:
        return _("Compared with version %(number)d, which was active when this was submitted.") % {
            "number": base.number
        }
    return _("Compared with version %(number)d, which is active in %(environments)s.") % {
        "number": base.number,
        "environments": ", ".join(places),
    }


def _compare_href(around: _Around) -> str:
    """To the difference from what is active now if that is another one than what this was made against."""
    row, live = around.row, _live(around)
    other = live if live and live.number != row.number else row.base
    return diff_href(around.product, other.number, row.number) if other and other.number != row.number else ""


def _live(around: _Around) -> Version | None:
    return queries.furthest(around.active.values())


def _banner(around: _Around, no_review: str) -> Message | None:
    refused = around.refused
    alone = isinstance(refused, Tried) or (isinstance(refused, Decided) and bool(no_review))  # no field shows it
    if refused and alone and not {"reason", "due_at"} & refused.error.fields.keys():
        return Message("bad", refused.error.message)
    live, row = _live(around), around.row
    if around.standing.declined:
        text = _("%(name)s declined this version, for good.") % {"name": around.standing.declined.reviewer_name}
        return Message("bad", text)
    if live and live.number < row.number and queries.is_stale(row, live):
        text = _("Version %(number)d became active since this was submitted. Rebase it before it goes live.")
        look = Action(_("Compare with it"), diff_href(around.product, live.number, row.number), "compare")
        return Message("warn", text % {"number": live.number}, action=look)
    return None


# What changes


def _tag(around: _Around, key: str) -> Tag | None:
    if key in around.difference.refused:
        return Tag("bad", _("Fix"))
    return Tag("att", _("Attested")) if key in around.attested else None


def _messages(around: _Around) -> Callable[[str], tuple[Message, ...]]:
    """For each changed behavior: on which of several platforms it does not hold as it is set, and why."""

    def of(key: str) -> tuple[Message, ...]:
        if key in around.difference.refused:
            return ()
        clamps = _clamps(around.difference.after, key)
        return tuple(
            Message("lim", clamp.because, _("Not on %(platform)s:") % {"platform": words.platform_words(platform)})
            for platform, clamp in clamps.items()
        )

    return of


def _clamps(resolutions: Mapping[str, Resolution], key: str) -> dict[str, Clamp]:
    return {
        platform: clamp
        for platform, resolution in resolutions.items()
        for clamp in resolution.clamped
        if clamp.behavior == key and clamp.layer is Layer.PRODUCT
    }


def _findings(around: _Around) -> tuple[Message, ...]:
    """What is set and holds on no platform now."""
    found = []
    for key, clamp in around.difference.refused.items():
        behavior = words.behavior_in(around.difference.after, key)
        name = behavior.name if behavior else key
        text = _("%(name)s: %(reason)s. %(because)s") % {
            "name": name,
            "reason": words.reason_words(clamp.reason),
            "because": clamp.because,
        }
        found.append(Message("bad", text, _("Outside its window:")))
    return tuple(found)


# The record


def _facts(around: _Around) -> tuple[Fact, ...]:
    row, product, now = around.row, around.product, around.now
    facts = [Fact(_("Digest"), row.digest, code=True, copy=True)]
    for item in (*around.stored.revisions, *around.stored.laws):
        href = reverse("rulebook", args=[item.platform, item.revision])
        label = _("Law pack") if item.is_law else _("Rulebook")
        name = item.title if item.is_law else f"{words.platform_words(item.platform)} {item.revision}"
        facts.append(Fact(label, name, href))
    if row.base:
        facts.append(Fact(_("Made against"), version_name(row.base.number), version_href(product, row.base.number)))
    for label, other in ((_("Restores"), row.restored_from), (_("Rebased from"), row.rebased_from)):
        if other:
            facts.append(Fact(label, version_name(other.number), version_href(product, other.number)))
    facts += [Fact(label, text) for label, text in words.facts_words(row.facts)]
    facts += [attestation_fact(item) for item in reads.counting(around.actor, product, now)]
    return (*facts, Fact(_("Submitted"), "", when=When.of(row.created_at, now)))


def attestation_fact(row: Attestation) -> Fact:
    assert row.expires_at is not None, "a granted attestation ends"
    ends = When.of(row.expires_at).shown
    text = _("%(name)s, until %(when)s") % {"name": words.attestation_words(row.kind), "when": ends}
    return Fact(_("Attestation"), text, reverse("attestations"))


def said_content(row: Version) -> str:
    """What a version says and what it is judged by, as JSON: what two of them can differ in."""
    names = ("settings", "windows", "instructions", "facts", "platforms", "baseline", "rulebooks")
    return json.dumps({name: getattr(row, name) for name in names}, indent=2, ensure_ascii=False, sort_keys=True)


def stored_content(row: Version) -> str:
    """The version as it is stored, as JSON for people."""
    content = {
        "product": row.product.slug,
        "number": row.number,
        "settings": row.settings,
        "windows": row.windows,
        "instructions": row.instructions,
        "facts": row.facts,
        "platforms": row.platforms,
        "baseline": row.baseline,
        "rulebooks": row.rulebooks,
        "base": row.base.number if row.base else None,
        "restored_from": row.restored_from.number if row.restored_from else None,
        "rebased_from": row.rebased_from.number if row.rebased_from else None,
        "direction": row.direction,
        "note": row.note,
        "author": row.author_name,
        "created_at": When.of(row.created_at).iso,
        "digest": row.digest,
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _groups(
    resolutions: Mapping[str, Resolution], shown: Shown, *, is_active: bool
) -> tuple[tuple[SettingGroup, ...], int]:
    """Every behavior with its value now, in groups; and how many there are."""
    lines: dict[str, list[SettingLine]] = {group: [] for group in words.groups()}
    keys = dict.fromkeys(key for resolution in resolutions.values() for key in resolution.decisions)
    for key in keys:
        found = {name: each.decisions[key] for name, each in resolutions.items() if key in each.decisions}
        behavior = found[above.leading(found)].behavior
        known = words.known_words(behavior) if is_active else ""
        value, decided = _by_platform(found, _value), _by_platform(found, above.decided_words)
        lines[words.group_of(behavior)].append(
            SettingLine(behavior.name, key, value, decided, known, tested(shown, key))
        )
    groups = tuple(SettingGroup(words.group_words(group), tuple(items)) for group, items in lines.items() if items)
    return groups, len(keys)


def _value(decision: Decision) -> str:
    return words.value_words(decision.behavior.domain, decision.operator_raw)


def _by_platform(found: Mapping[str, Decision], say: Callable[[Decision], str]) -> str:
    """What is said of each platform; once where it is the same on all."""
    said = {platform: say(decision) for platform, decision in found.items()}
    if len(set(said.values())) == 1:
        return next(iter(said.values()))
    return "; ".join(f"{words.platform_words(platform)}: {text}" for platform, text in said.items())


# Review


def _no_review(around: _Around) -> str:
    """Why this person may not decide; empty if they may."""
    refusal = review_refusal(
        around.row,
        by=around.actor,
        newest=around.newest,
        live=_live(around),
        is_active=around.is_active,
        declined=around.standing.declined,
    )
    return refusal.message if refusal else ""


def _review_form(around: _Around) -> ReviewForm:
    refused = around.refused
    if not isinstance(refused, Decided):
        return ReviewForm(around.row.digest)
    places = {"comment": "#comment", "decision": "#decision"}
    named = {name: refused.error_at(name) for name in places if refused.error_at(name)}
    problems = [Problem(text, places[name]) for name, text in named.items()]
    return ReviewForm(
        digest=around.row.digest,
        decision=refused.decision,
        comment=refused.comment,
        comment_error=named.get("comment", ""),
        decision_error=named.get("decision", ""),
        problems=tuple(problems) or (Problem(refused.error.message, "#decision"),),
    )


_DECIDED: Final = {
    Review.Decision.APPROVED: gettext_lazy("Approved"),
    Review.Decision.CHANGES_REQUESTED: gettext_lazy("Requested changes"),
    Review.Decision.DECLINED: gettext_lazy("Declined"),
}


def _decisions(around: _Around) -> tuple[parts.Decision, ...]:
    reviews = reads.reviews(around.row)
    latest = {review.reviewer_id: review.pk for review in reviews}
    return tuple(
        parts.Decision(
            Person.of(review.reviewer_name),
            "ok" if review.decision == Review.Decision.APPROVED else "bad",
            str(_DECIDED[Review.Decision(review.decision)]),
            When.of(review.at, around.now),
            review.comment,
            "" if latest[review.reviewer_id] == review.pk else _("No longer counts: decided again since."),
        )
        for review in reviews
    )


def _run(row: Run, now: datetime) -> RunLine:
    text = _("Run %(number)d: %(suite)s") % {"number": row.pk, "suite": row.protocol.suite.title}
    when = When.of(row.finished_at or row.requested_at, now)
    return RunLine(text, reverse("run", args=[row.pk]), run_pill(row), when, row.protocol.endpoint.rehearsal)


def _needs(around: _Around) -> str:
    """How many approvals each environment needs, how many there are, and who may give one."""
    if around.newest > around.row.number and not around.is_active:
        return ""
    needed: dict[int, list[str]] = {}
    for item in around.environments:
        needed.setdefault(item.approvals_needed, []).append(item.name)
    sentences = [
        ngettext(
            "%(environments)s: %(given)d of %(n)d approval.", "%(environments)s: %(given)d of %(n)d approvals.", number
        )
        % {"environments": ", ".join(names), "given": len(around.standing.approvals), "n": number}
        for number, names in sorted(needed.items())
    ]
    names = reads.reviewers(around.actor, around.row, around.now)
    who = _("May review: %(names)s.") % {"names": ", ".join(names)} if names else _("Nobody else here may review.")
    return " ".join([*sentences, who])
