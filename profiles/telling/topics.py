"""What people can choose to be told of, and how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from profiles.access import Role


class Topic(StrEnum):
    """A group of kinds that people choose for as one."""

    ALERTS = "alerts"
    REVIEWS = "reviews"
    VERSIONS = "versions"
    ACTIVATIONS = "activations"
    CHECKS = "checks"
    LIMITS = "limits"
    ATTESTATIONS = "attestations"
    DECISIONS = "decisions"  # for stewards
    ADMINISTRATION = "administration"
    LOGS = "logs"  # for stewards


class Mail(StrEnum):
    NOW = "now"
    DIGEST = "digest"
    NONE = "none"


TOPICS: Final = {topic.value: topic for topic in Topic}


@dataclass(frozen=True, slots=True)
class Choice:
    """How somebody wants to be told of a topic."""

    inbox: bool
    mail: Mail

    @property
    def is_nothing(self) -> bool:
        return not self.inbox and self.mail is Mail.NONE


# An alert that can be switched off is none.
FIXED: Final = {topic: Choice(inbox=True, mail=Mail.NOW) for topic in (Topic.ALERTS, Topic.LOGS)}
STEWARDS: Final = frozenset({Topic.DECISIONS, Topic.LOGS})  # they look after the installation, and are members nowhere
CHOSEN: Final = tuple(topic for topic in Topic if topic not in FIXED)

_DEFAULTS: Final = {
    Topic.REVIEWS: Choice(inbox=True, mail=Mail.NOW),
    Topic.VERSIONS: Choice(inbox=True, mail=Mail.NOW),
    Topic.ACTIVATIONS: Choice(inbox=True, mail=Mail.DIGEST),
    Topic.CHECKS: Choice(inbox=True, mail=Mail.NOW),
    Topic.LIMITS: Choice(inbox=True, mail=Mail.DIGEST),
    Topic.ATTESTATIONS: Choice(inbox=True, mail=Mail.NOW),
    Topic.DECISIONS: Choice(inbox=True, mail=Mail.NOW),
    Topic.ADMINISTRATION: Choice(inbox=True, mail=Mail.NONE),
}


def default(topic: Topic, *, is_outsider: bool = False) -> Choice:
    """What holds for somebody who chose nothing. An outsider, who only reads for a while, gets no mail unasked."""
    if topic in FIXED:
        return FIXED[topic]
    choice = _DEFAULTS[topic]
    return Choice(choice.inbox, Mail.NONE) if is_outsider else choice


def is_outsider(role: str | None) -> bool:
    return role == Role.AUDITOR
