"""One version, which is also the page on which it is reviewed and activated."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles import queries
from profiles.access import Actor
from profiles.actions.activations import activation_refusal
from profiles.actions.reviews import review_refusal
from profiles.errors import DomainError
from profiles.models import Activation, Attestation, Environment, Product, Review, Version
from profiles.queries import Difference, Standing, Stored
from profiles.resolution.types import Clamp, Decision, Resolution
from profiles.rulebook.model import Layer
from profiles.web.pages import above, reads, words
from profiles.web.pages.diff import text_diff
from profiles.web.pages.findings import lint_messages
from profiles.web.pages.states import check_line, crumbs, diff_href, state_pills, version_href, version_name
from profiles.web.presenters import parts
from profiles.web.presenters.parts import Action, Message, Person, Problem, Tag, When
from profiles.web.presenters.version import (
    ActivationForm,
    Fact,
    ReviewForm,
    SettingGroup,
    SettingLine,
    VersionPage,
)

# The page of a version


@dataclass(frozen=True, slots=True)
class Refused:
    """What somebody sent that was refused: kept, and shown again with the sentence. ``form`` is "review" or the slug of
    the environment that was to be activated."""

    form: str
    error: DomainError
    decision: str = ""
    comment: str = ""
    reason: str = ""

    def error_at(self, name: str) -> str:
        """The sentence at a field; one that was left empty is told what it is for."""
        empty = {"comment": _("Say what must change first."), "reason": _("Say why it becomes active now.")}
        if name not in self.error.fields:
            return ""
        if name in empty and not getattr(self, name).strip():
            return empty[name]
        return " ".join(self.error.fields[name])


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
    standing: Standing = field(init=False)
    base: Stored | None = field(init=False)
    stored: Stored = field(init=False)
    difference: Difference = field(init=False)
    attested: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        row, product = self.row, self.product
        self.environments = reads.environments(self.actor)
        self.active = reads.current(reads.activations(self.actor, product))
        self.newest = reads.newest_number(self.actor, product)
        self.standing = queries.judged(row, reads.reviews(row))
        both = Stored.versions([row, row.base] if row.base else [row])
        self.base, self.stored = both[row.base.pk] if row.base else None, both[row.pk]
        claims = queries.claims_of(product)
        self.difference = queries.difference(self.base, self.stored, self.now, claims)
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
    groups, count = _groups(around.difference.after, is_active=around.is_active)
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
        lines=(
            *above.place_lines(around.base, around.stored),
            *words.diff_lines(around.difference, tag=lambda key: _tag(around, key), messages=_messages(around)),
        ),
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
        activations=tuple(_activation_form(around, item) for item in around.environments),
        check=check_line(check, reads.check_entry(actor, product, check), now),
        groups=groups,
        settings_count=ngettext("The %(n)d setting", "All %(n)d settings", count) % {"n": count},
        json=stored_content(row),
        compare_href=_compare_href(around),
        empty=_("No setting differs."),
        banner=_banner(around, no_review),
    )


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
    rows = sorted(around.active.values(), key=lambda item: item.environment.position)
    return rows[-1].version if rows else None


def _banner(around: _Around, no_review: str) -> Message | None:
    refused = around.refused
    if refused and (no_review or refused.form != "review") and "reason" not in refused.error.fields:
        return Message("bad", refused.error.message)
    live, row = _live(around), around.row
    if live and row.base and row.number > live.number > row.base.number:
        text = _("Version %(number)d became active since this was submitted.") % {"number": live.number}
        look = Action(_("Compare with it"), diff_href(around.product, live.number, row.number), "compare")
        return Message("warn", text, action=look)
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
    if row.restored_from:
        number = row.restored_from.number
        facts.append(Fact(_("Restores"), version_name(number), version_href(product, number)))
    facts += [Fact(label, text) for label, text in words.facts_words(row.facts)]
    facts += [attestation_fact(item) for item in reads.counting(around.actor, product, now)]
    return (*facts, Fact(_("Submitted"), "", when=When.of(row.created_at, now)))


def attestation_fact(row: Attestation) -> Fact:
    assert row.expires_at is not None, "a granted attestation ends"
    ends = When.of(row.expires_at).shown
    text = _("%(name)s, until %(when)s") % {"name": words.attestation_words(row.kind), "when": ends}
    return Fact(_("Attestation"), text, reverse("attestations"))


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
        "direction": row.direction,
        "note": row.note,
        "author": row.author_name,
        "created_at": When.of(row.created_at).iso,
        "digest": row.digest,
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _groups(resolutions: Mapping[str, Resolution], *, is_active: bool) -> tuple[tuple[SettingGroup, ...], int]:
    """Every behavior with its value now, in groups; and how many there are."""
    lines: dict[str, list[SettingLine]] = {group: [] for group in words.groups()}
    keys = dict.fromkeys(key for resolution in resolutions.values() for key in resolution.decisions)
    for key in keys:
        found = {name: each.decisions[key] for name, each in resolutions.items() if key in each.decisions}
        behavior = found[above.leading(found)].behavior
        known = words.known_words(behavior) if is_active else ""
        value, decided = _by_platform(found, _value), _by_platform(found, above.decided_words)
        lines[words.group_of(behavior)].append(SettingLine(behavior.name, key, value, decided, known))
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
    refusal = review_refusal(around.row, by=around.actor, newest=around.newest)
    return refusal.message if refusal else ""


def _review_form(around: _Around) -> ReviewForm:
    refused = around.refused
    if refused is None or refused.form != "review":
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


def _decisions(around: _Around) -> tuple[parts.Decision, ...]:
    reviews = reads.reviews(around.row)
    latest = {review.reviewer_id: review.pk for review in reviews}
    return tuple(
        parts.Decision(
            Person.of(review.reviewer_name),
            "ok" if review.decision == Review.Decision.APPROVED else "bad",
            _("Approved") if review.decision == Review.Decision.APPROVED else _("Requested changes"),
            When.of(review.at, around.now),
            review.comment,
            "" if latest[review.reviewer_id] == review.pk else _("No longer counts: decided again since."),
        )
        for review in reviews
    )


def _needs(around: _Around) -> str:
    """How many approvals each environment needs, how many there are, and who may give one."""
    if around.newest > around.row.number:
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


# Activation


def _activation_form(around: _Around, environment: Environment) -> ActivationForm:
    row, current, refused = around.row, around.active.get(environment.pk), around.refused
    names = {"number": row.number, "environment": environment.name}
    why_not = _no_activation(around, environment, current)
    mine = refused if refused and refused.form == environment.slug else None
    return ActivationForm(
        environment=environment.slug,
        name=environment.name,
        active=_serves(around, current),
        button=_("Activate version %(number)d in %(environment)s") % names,
        is_active=current is not None and current.version_id == row.pk,
        can=not why_not,
        why_not=why_not,
        effect=_("Clients of %(environment)s get version %(number)d with their next request.") % names,
        reason=mine.reason if mine else "",
        reason_error=mine.error_at("reason") if mine else "",
    )


def _serves(around: _Around, current: Activation | None) -> str:
    if current is None:
        return _("Serves nothing yet.")
    if current.version_id == around.row.pk:
        return _("Since %(when)s.") % {"when": When.of(current.at, around.now).shown}
    return _("Serves version %(number)d.") % {"number": current.version.number}


def _no_activation(around: _Around, environment: Environment, current: Activation | None) -> str:
    """Why this person cannot activate this version there now; empty if they can."""
    refusal = activation_refusal(
        around.row,
        environment,
        by=around.actor,
        active=current.version if current else None,
        reviews=around.standing,
        outside=around.difference.refused,
    )
    return refusal.message if refusal else ""
