"""Who is told of what. Pure: people and their choices come in, and what each of them is told comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from audits.trail.kinds import Kind, Outcome
from profiles.access import Permission
from profiles.telling.happening import Happening
from profiles.telling.topics import FIXED, Choice, Mail, Topic, default


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person who may be told: what they may do where it happened, and what they chose.

    ``is_involved`` says that it is about something of theirs: a version that they wrote, reviewed or commented on, a
    schedule or a claim that they asked for.
    """

    user_id: int
    permissions: frozenset[Permission]
    is_involved: bool = False
    is_outsider: bool = False
    choices: Mapping[Topic, Choice] = field(default_factory=dict)

    @property
    def actor_id(self) -> str:
        return f"user:{self.user_id}"

    def choice(self, topic: Topic) -> Choice:
        return FIXED.get(topic) or self.choices.get(topic) or default(topic, is_outsider=self.is_outsider)


@dataclass(frozen=True, slots=True)
class Rule:
    """``topic`` is told to whoever has ``permission`` where it happened, or (without one) to those involved."""

    topic: Topic
    permission: Permission | None = None

    def reaches(self, person: Somebody) -> bool:
        if self.permission is None:
            return person.is_involved and Permission.VIEW in person.permissions
        return self.permission in person.permissions


@dataclass(frozen=True, slots=True)
class Told:
    user_id: int
    topic: Topic
    inbox: bool
    mail: Mail


_REVIEWERS: Final = (Rule(Topic.REVIEWS, Permission.REVIEW),)
_INVOLVED: Final = (Rule(Topic.VERSIONS),)
_LIVE: Final = (Rule(Topic.VERSIONS), Rule(Topic.ACTIVATIONS, Permission.VIEW))
_ALERT: Final = (Rule(Topic.ALERTS, Permission.VIEW),)
_LIMITS: Final = (Rule(Topic.LIMITS, Permission.VIEW),)
_CLAIMS: Final = (Rule(Topic.ATTESTATIONS, Permission.VIEW),)
# Whoever looks after an organization, and stewards, since the machine is theirs.
_LOG: Final = (Rule(Topic.ALERTS, Permission.MANAGE_AUDITORS), Rule(Topic.LOGS, Permission.MANAGE_ORGANIZATIONS))
# Whoever could place a legal hold before anything goes.
_KEEPING: Final = (
    Rule(Topic.ADMINISTRATION, Permission.LEGAL_HOLD),
    Rule(Topic.LOGS, Permission.MANAGE_ORGANIZATIONS),
)
_MEMBERS: Final = (Rule(Topic.ADMINISTRATION, Permission.MANAGE_MEMBERS),)

# The first rule that reaches somebody who wants to hear of its topic counts.
RULES: Final[dict[Kind, tuple[Rule, ...]]] = {
    Kind.VERSION_SUBMITTED: _REVIEWERS,
    Kind.VERSION_RESTORED: _REVIEWERS,
    Kind.VERSION_REBASED: _REVIEWERS,
    Kind.VERSION_COMMENTED: _INVOLVED,
    Kind.VERSION_APPROVED: _INVOLVED,
    Kind.VERSION_CHANGES_REQUESTED: _INVOLVED,
    Kind.VERSION_DECLINED: _INVOLVED,
    Kind.ACTIVATION_SCHEDULED: _LIVE,
    Kind.ACTIVATION_CANCELLED: _LIVE,
    Kind.ACTIVATION_LAPSED: _LIVE,
    Kind.VERSION_ACTIVATED: _LIVE,
    Kind.CHECK_FINISHED: (Rule(Topic.CHECKS, Permission.VIEW),),
    Kind.CHECK_CHANGED: (Rule(Topic.CHECKS, Permission.VIEW),),
    Kind.END_FORETOLD: _LIMITS,
    Kind.RUN_FINISHED: (Rule(Topic.CHECKS, Permission.VIEW),),
    Kind.ALARM_RAISED: _ALERT,
    Kind.ALARM_ANSWERED: (Rule(Topic.CHECKS, Permission.VIEW),),
    Kind.RUN_LAPSED: (Rule(Topic.CHECKS, Permission.RUN_CHECK),),
    Kind.DRIFT_FOUND: (Rule(Topic.CHECKS, Permission.VIEW),),
    Kind.FINDING_RECORDED: (),  # webhooks get each; people are told once, when the check is finished
    Kind.PROFILE_AFFECTED: _LIMITS,
    Kind.BASELINE_CHANGED: _LIMITS,
    Kind.HOLD_PLACED: _LIMITS,
    Kind.HOLD_LIFTED: _LIMITS,
    Kind.ATTESTATION_REQUESTED: (Rule(Topic.DECISIONS, Permission.DECIDE_ATTESTATION),),
    Kind.ATTESTATION_GRANTED: _CLAIMS,
    Kind.ATTESTATION_DECLINED: _CLAIMS,
    Kind.ATTESTATION_REVOKED: _CLAIMS,
    Kind.ATTESTATION_REMINDED: _CLAIMS,
    Kind.ATTESTATION_EXPIRED: _CLAIMS,
    Kind.MEMBER_ADDED: _MEMBERS,
    Kind.MEMBER_CHANGED: _MEMBERS,
    Kind.MEMBER_REMOVED: _MEMBERS,
    Kind.DESTINATION_CHANGED: (Rule(Topic.ADMINISTRATION, Permission.MANAGE_WEBHOOKS),),
    Kind.WEBHOOK_CHANGED: (Rule(Topic.ADMINISTRATION, Permission.MANAGE_WEBHOOKS),),
    Kind.LOG_VERIFIED: _LOG,
    Kind.LOG_DISPUTED: _LOG,
    Kind.LOG_STOPPED: _LOG,
    Kind.LOG_CONTINUED: _LOG,
    Kind.RETENTION_CHANGED: _KEEPING,
    Kind.LEGAL_HOLD_PLACED: _KEEPING,
    Kind.LEGAL_HOLD_RELEASED: _KEEPING,
}


def _done(it: Happening) -> bool:
    return it.outcome is Outcome.DONE


def _always(it: Happening) -> bool:
    return True


def _went_wrong(it: Happening) -> bool:
    return it.outcome is Outcome.FAILED or (_done(it) and it.data.get("outcome") == "fail")


def _broke_a_promise(it: Happening) -> bool:
    findings = it.data.get("findings")
    found = findings if isinstance(findings, list) else []
    return it.outcome is Outcome.FAILED or any(isinstance(one, dict) and one.get("outcome") == "fail" for one in found)


# What of a kind is worth telling people; a refused attempt concerns nobody but who made it.
_WORTH: Final[dict[Kind, Callable[[Happening], bool]]] = {
    Kind.CHECK_FINISHED: _went_wrong,
    Kind.CHECK_CHANGED: _went_wrong,
    Kind.RUN_FINISHED: _broke_a_promise,
    Kind.ACTIVATION_LAPSED: _always,
    Kind.RUN_LAPSED: _always,
    Kind.LOG_VERIFIED: lambda it: it.outcome is Outcome.FAILED,
    Kind.WEBHOOK_CHANGED: lambda it: _done(it) and "disabled_because" in it.data,
    Kind.DESTINATION_CHANGED: lambda it: _done(it) and "stopped_because" in it.data,
}


def rules_for(it: Happening) -> tuple[Rule, ...]:
    """Empty where nobody is told."""
    if not _WORTH.get(it.kind, _done)(it):
        return ()
    return _ALERT if it.is_break_glass else RULES.get(it.kind, ())


def told(it: Happening, people: Iterable[Somebody]) -> Iterator[Told]:
    """What each of these people is told. Whoever acted knows already, unless it happened later than they asked."""
    rules = rules_for(it)
    for person in people:
        if person.actor_id == it.actor_id and not it.is_scheduled:
            continue
        for rule in rules:
            choice = person.choice(rule.topic)
            if rule.reaches(person) and not choice.is_nothing:
                yield Told(person.user_id, rule.topic, choice.inbox, choice.mail)
                break


def group(it: Happening) -> str:
    """What makes two of them one notice: a new revision touches many products, and is told of once."""
    if it.kind is Kind.PROFILE_AFFECTED:
        return f"recheck:{it.data.get('recheck')}:{it.organization}"
    return it.id
