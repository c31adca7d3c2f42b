"""Who is told of what, as a table of people and happenings; no database."""

from datetime import UTC, datetime
from typing import Any

import pytest

from audits.trail.kinds import TOLD, Kind, Outcome
from profiles.access import ROLE_PERMISSIONS, STEWARD_PERMISSIONS, Role
from profiles.telling.happening import Happening
from profiles.telling.rules import RULES, Somebody, group, told
from profiles.telling.topics import CHOSEN, FIXED, Choice, Mail, Topic, default

AT = datetime(2026, 11, 23, 14, tzinfo=UTC)
AUTHOR, APPROVER, ADMINISTRATOR, COMPLIANCE, AUDITOR, STEWARD = range(1, 7)
NOTHING = Choice(inbox=False, mail=Mail.NONE)


def happening(kind: Kind, by: str = "user:99", **more: Any) -> Happening:
    given: dict[str, Any] = {
        "outcome": Outcome.DONE,
        "organization": "acme",
        "product": "helper",
        "target": "version 3",
        "version": 3,
        "actor_type": "person",
        "actor_name": "Somebody",
        "before": {},
        "after": {},
        "data": {},
    }
    return Happening(id="e-1", at=AT, kind=kind, actor_id=by, **(given | more))


def people(**choices: Choice) -> list[Somebody]:
    """The author of version 3, an approver, an administrator, a compliance officer, an auditor, and a steward."""
    chosen = {Topic(name): choice for name, choice in choices.items()}
    roles = {
        AUTHOR: Role.EDITOR,
        APPROVER: Role.APPROVER,
        ADMINISTRATOR: Role.ADMINISTRATOR,
        COMPLIANCE: Role.COMPLIANCE,
        AUDITOR: Role.AUDITOR,
    }
    members = [
        Somebody(pk, ROLE_PERMISSIONS[role], pk == AUTHOR, role is Role.AUDITOR, chosen) for pk, role in roles.items()
    ]
    return [*members, Somebody(STEWARD, STEWARD_PERMISSIONS, choices=chosen)]


def who(it: Happening, **choices: Choice) -> set[int]:
    return {each.user_id for each in told(it, people(**choices))}


MEMBERS = {AUTHOR, APPROVER, ADMINISTRATOR, COMPLIANCE, AUDITOR}


def test_the_trail_marks_exactly_the_kinds_that_there_are_rules_for() -> None:
    assert set(RULES) == TOLD


@pytest.mark.parametrize("kind", [Kind.VERSION_SUBMITTED, Kind.VERSION_RESTORED, Kind.VERSION_REBASED])
def test_those_who_review_are_told_of_a_new_version(kind: Kind) -> None:
    assert who(happening(kind, by=f"user:{AUTHOR}")) == {APPROVER, ADMINISTRATOR}


@pytest.mark.parametrize(
    "kind",
    [Kind.VERSION_APPROVED, Kind.VERSION_CHANGES_REQUESTED, Kind.VERSION_DECLINED, Kind.VERSION_COMMENTED],
)
def test_the_author_is_told_what_became_of_a_version(kind: Kind) -> None:
    assert who(happening(kind, by=f"user:{APPROVER}")) == {AUTHOR}


@pytest.mark.parametrize("kind", sorted(TOLD))
def test_nobody_is_told_of_what_they_did_themselves(kind: Kind) -> None:
    for person in people():
        it = happening(kind, by=person.actor_id, data={"outcome": "fail", "disabled_because": "gone"})
        assert person.user_id not in who(it)


def test_whoever_scheduled_an_activation_is_told_when_it_happens() -> None:
    at_once = happening(Kind.VERSION_ACTIVATED, by=f"user:{AUTHOR}")
    later = happening(Kind.VERSION_ACTIVATED, by=f"user:{AUTHOR}", data={"schedule": 4})
    assert AUTHOR not in who(at_once)
    assert AUTHOR in who(later)


def test_everybody_is_told_what_goes_live_and_the_author_as_of_their_own_version() -> None:
    it = happening(Kind.VERSION_ACTIVATED)
    assert who(it) == MEMBERS
    topics = {each.user_id: each.topic for each in told(it, people())}
    assert topics[AUTHOR] is Topic.VERSIONS
    assert topics[COMPLIANCE] is Topic.ACTIVATIONS


def test_an_alert_reaches_everybody_whatever_they_chose() -> None:
    it = happening(Kind.VERSION_ACTIVATED, data={"basis": "break_glass"})
    off = {topic.value: NOTHING for topic in Topic}
    found = list(told(it, people(**off)))
    assert {each.user_id for each in found} == MEMBERS
    assert {(each.topic, each.inbox, each.mail) for each in found} == {(Topic.ALERTS, True, Mail.NOW)}


def test_who_switched_a_topic_off_hears_nothing_of_it() -> None:
    assert who(happening(Kind.VERSION_SUBMITTED), reviews=NOTHING) == set()


def test_who_wants_only_mail_gets_only_mail() -> None:
    (one, *_rest) = told(happening(Kind.HOLD_PLACED), people(limits=Choice(inbox=False, mail=Mail.DIGEST)))
    assert (one.inbox, one.mail) == (False, Mail.DIGEST)


@pytest.mark.parametrize("kind", [Kind.VERSION_SUBMITTED, Kind.VERSION_APPROVED, Kind.HOLD_PLACED, Kind.MEMBER_ADDED])
def test_a_refused_attempt_is_told_to_nobody(kind: Kind) -> None:
    assert who(happening(kind, outcome=Outcome.REFUSED)) == set()


def test_an_activation_that_lapsed_is_told_though_it_was_refused() -> None:
    assert who(happening(Kind.ACTIVATION_LAPSED, outcome=Outcome.REFUSED)) == MEMBERS


@pytest.mark.parametrize(
    ("outcome", "data", "reached"),
    [
        (Outcome.DONE, {"outcome": "pass"}, set()),
        (Outcome.DONE, {"outcome": "fail"}, MEMBERS),
        (Outcome.FAILED, {}, MEMBERS),
    ],
)
def test_a_check_is_told_of_only_if_it_went_wrong(outcome: Outcome, data: dict[str, str], reached: set[int]) -> None:
    assert who(happening(Kind.CHECK_FINISHED, outcome=outcome, data=data)) == reached


def test_a_claim_goes_to_stewards_and_its_decision_to_the_organization() -> None:
    assert who(happening(Kind.ATTESTATION_REQUESTED)) == {STEWARD}
    assert who(happening(Kind.ATTESTATION_GRANTED)) == MEMBERS


def test_members_and_failing_webhooks_are_for_those_who_look_after_them() -> None:
    assert who(happening(Kind.MEMBER_ADDED)) == {ADMINISTRATOR}
    assert who(happening(Kind.WEBHOOK_CHANGED, data={"disabled_because": "failing"})) == {ADMINISTRATOR}
    assert who(happening(Kind.WEBHOOK_CHANGED, data={"change": "secret"})) == set()


def test_an_auditor_gets_no_mail_unasked_but_alerts() -> None:
    (mine,) = (each for each in told(happening(Kind.ATTESTATION_EXPIRED), people()) if each.user_id == AUDITOR)
    assert (mine.inbox, mine.mail) == (True, Mail.NONE)
    alert = happening(Kind.VERSION_ACTIVATED, data={"basis": "break_glass"})
    (mine,) = (each for each in told(alert, people()) if each.user_id == AUDITOR)
    assert mine.mail is Mail.NOW


def test_nobody_is_told_twice_of_one_thing() -> None:
    for kind in TOLD:
        found = [each.user_id for each in told(happening(kind, data={"outcome": "fail"}), people())]
        assert len(found) == len(set(found))


def test_somebody_involved_who_may_not_look_any_more_is_not_told() -> None:
    gone = Somebody(AUTHOR, frozenset(), is_involved=True)
    assert list(told(happening(Kind.VERSION_APPROVED), [gone])) == []


def test_many_products_that_a_revision_touches_are_one_notice_for_each_organization() -> None:
    one = happening(Kind.PROFILE_AFFECTED, data={"recheck": 7})
    other = happening(Kind.PROFILE_AFFECTED, data={"recheck": 7}, product="other")
    elsewhere = happening(Kind.PROFILE_AFFECTED, data={"recheck": 7}, organization="rival")
    assert group(one) == group(other) != group(elsewhere)
    assert group(happening(Kind.VERSION_APPROVED)) == "e-1"


def test_every_topic_has_a_default_and_alerts_cannot_be_chosen() -> None:
    assert set(CHOSEN) | set(FIXED) == set(Topic)
    assert all(not default(topic).is_nothing for topic in Topic)
