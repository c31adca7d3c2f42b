"""What people are told, in words: one headline for each kind, a second line, and where it leads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils import dateformat
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from audits.queries import behavior_names
from audits.telling import foretold
from audits.trail.kinds import Kind, Outcome
from profiles.access import ROLE_NAMES, ActorType
from profiles.models import Organization, Product
from profiles.telling.happening import Happening
from profiles.telling.topics import TOPICS, Topic

_LONGEST: Final = 300  # characters of what somebody wrote
_NAMED: Final = 3  # behaviors
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called: products by organization and slug, organizations by slug, behaviors by key."""

    products: Mapping[tuple[str, str], str] = field(default_factory=dict)
    organizations: Mapping[str, str] = field(default_factory=dict)
    behaviors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, happenings: Iterable[Happening]) -> Names:
        its = list(happenings)
        slugs = {it.organization for it in its if it.organization}
        rows = Product.with_removed.filter(organization__slug__in=slugs, slug__in={it.product for it in its})
        return cls(
            {(place, slug): name for place, slug, name in rows.values_list("organization__slug", "slug", "name")},
            dict(Organization.objects.filter(slug__in=slugs).values_list("slug", "name")),
            behavior_names() if any(it.kind in (Kind.HOLD_PLACED, Kind.HOLD_LIFTED) for it in its) else {},
        )


TOPIC_NAMES: Final = {
    Topic.ALERTS: lazy("Alerts"),
    Topic.REVIEWS: lazy("Reviews"),
    Topic.VERSIONS: lazy("My versions"),
    Topic.ACTIVATIONS: lazy("Activations"),
    Topic.CHECKS: lazy("Checks"),
    Topic.LIMITS: lazy("Limits"),
    Topic.ATTESTATIONS: lazy("Attestations"),
    Topic.DECISIONS: lazy("Attestations to decide"),
    Topic.ADMINISTRATION: lazy("Members and webhooks"),
    Topic.LOGS: lazy("Logs"),
}

_HEADLINES: Final[dict[Kind, Text]] = {
    Kind.VERSION_SUBMITTED: lazy("%(actor)s submitted version %(version)s of %(product)s"),
    Kind.VERSION_RESTORED: lazy(
        "%(actor)s submitted version %(version)s of %(product)s, which restores an earlier one"
    ),
    Kind.VERSION_REBASED: lazy("%(actor)s submitted version %(version)s of %(product)s, on top of what is live"),
    Kind.VERSION_COMMENTED: lazy("%(actor)s commented on version %(version)s of %(product)s"),
    Kind.VERSION_APPROVED: lazy("%(actor)s approved version %(version)s of %(product)s"),
    Kind.VERSION_CHANGES_REQUESTED: lazy("%(actor)s asked for changes of version %(version)s of %(product)s"),
    Kind.VERSION_DECLINED: lazy("%(actor)s declined version %(version)s of %(product)s"),
    Kind.ACTIVATION_SCHEDULED: lazy("%(actor)s scheduled version %(version)s of %(product)s for %(environment)s"),
    Kind.ACTIVATION_CANCELLED: lazy(
        "%(actor)s cancelled the scheduled activation of version %(version)s of %(product)s"
    ),
    Kind.ACTIVATION_LAPSED: lazy("Version %(version)s of %(product)s did not go live when it was due"),
    Kind.VERSION_ACTIVATED: lazy("%(actor)s activated version %(version)s of %(product)s in %(environment)s"),
    Kind.CHECK_FINISHED: lazy("A check of version %(version)s of %(product)s failed"),
    Kind.CHECK_CHANGED: lazy("The %(target)s of %(product)s in %(environment)s fails"),
    Kind.RUN_FINISHED: lazy("%(product)s did not keep all of its commitments in %(target)s"),
    Kind.ALARM_RAISED: lazy("Alarm: version %(version)s of %(product)s is active, and a model breaks what it promises"),
    Kind.ALARM_ANSWERED: lazy("%(actor)s answered %(target)s of %(product)s"),
    Kind.RUN_LAPSED: lazy("A run of %(product)s that was due did not start"),
    Kind.DRIFT_FOUND: lazy("Something changed under %(product)s since it was last tested"),
    Kind.FINDING_RECORDED: lazy("%(target)s of %(product)s is outside its window"),
    Kind.PROFILE_AFFECTED: lazy("The %(target)s would change products of %(organization)s"),
    Kind.BASELINE_CHANGED: lazy("%(actor)s changed the baseline of %(organization)s"),
    Kind.HOLD_PLACED: lazy("%(actor)s placed a hold on %(behavior)s"),
    Kind.HOLD_LIFTED: lazy("%(actor)s lifted the hold on %(behavior)s"),
    Kind.ATTESTATION_REQUESTED: lazy("%(actor)s of %(organization)s claims “%(claim)s” for %(product)s"),
    Kind.ATTESTATION_GRANTED: lazy("“%(claim)s” of %(product)s was granted"),
    Kind.ATTESTATION_DECLINED: lazy("“%(claim)s” of %(product)s was declined"),
    Kind.ATTESTATION_REVOKED: lazy("“%(claim)s” of %(product)s was revoked"),
    Kind.ATTESTATION_EXPIRED: lazy("“%(claim)s” of %(product)s has ended"),
    Kind.MEMBER_ADDED: lazy("%(actor)s added %(member)s to %(organization)s"),
    Kind.MEMBER_CHANGED: lazy("%(actor)s changed the role of %(member)s in %(organization)s"),
    Kind.MEMBER_REMOVED: lazy("%(actor)s removed %(member)s from %(organization)s"),
    Kind.DESTINATION_CHANGED: lazy("The trail of %(organization)s is not sent on any more"),
    Kind.WEBHOOK_CHANGED: lazy("A webhook of %(organization)s was disabled"),
    Kind.LOG_VERIFIED: lazy("Something is wrong in the %(target)s"),
    Kind.LOG_DISPUTED: lazy("Somebody outside holds another past of the %(target)s"),
    Kind.LOG_STOPPED: lazy("The %(target)s is not signed any more"),
    Kind.LOG_CONTINUED: lazy("The %(target)s is signed again"),
    Kind.RETENTION_CHANGED: lazy("%(actor)s set the %(target)s"),
    Kind.LEGAL_HOLD_PLACED: lazy("%(actor)s placed a legal hold on the trail"),
    Kind.LEGAL_HOLD_RELEASED: lazy("%(actor)s released a legal hold on the trail"),
}
_BREAK_GLASS: Final = lazy(
    "Without approval, %(actor)s activated version %(version)s of %(product)s in %(environment)s"
)
_NOT_CARRIED_OUT: Final = lazy("A check of version %(version)s of %(product)s could not be carried out")
_NOT_FINISHED: Final = lazy("The %(target)s of %(product)s could not be finished")
_FOR_EVERYBODY: Final = {
    Kind.HOLD_PLACED: lazy("%(actor)s placed a hold on %(behavior)s for everybody"),
    Kind.HOLD_LIFTED: lazy("%(actor)s lifted the hold on %(behavior)s for everybody"),
}


def headline(it: Happening, names: Names) -> str:
    """One line that says what happened."""
    if it.kind is Kind.ATTESTATION_REMINDED:
        days = it.data.get("days")
        n = days if isinstance(days, int) else 0
        text: Text = ngettext(
            "“%(claim)s” of %(product)s ends within %(days)s day",
            "“%(claim)s” of %(product)s ends within %(days)s days",
            n,
        )
    elif it.kind is Kind.END_FORETOLD:
        text = foretold.headline(it)
    else:
        text = _pattern(it)
    return str(text) % _known(it, names)


def _pattern(it: Happening) -> Text:
    if it.is_break_glass:
        return _BREAK_GLASS
    if it.kind is Kind.CHECK_FINISHED and it.outcome is Outcome.FAILED:
        return _NOT_CARRIED_OUT
    if it.kind is Kind.RUN_FINISHED and it.outcome is Outcome.FAILED:
        return _NOT_FINISHED
    if not it.organization and it.kind in _FOR_EVERYBODY:
        return _FOR_EVERYBODY[it.kind]
    return _HEADLINES.get(it.kind, it.kind.value.replace("%", "%%"))


def _known(it: Happening, names: Names) -> dict[str, Any]:
    behavior, claim = it.target.removeprefix("hold "), it.target.removeprefix("attestation ")
    return {
        "actor": "Brightline" if it.actor_type == ActorType.SYSTEM else it.actor_name,
        "product": names.products.get((it.organization, it.product), it.product),
        "organization": names.organizations.get(it.organization, it.organization),
        "version": it.version,
        "environment": it.after.get("environment") or it.data.get("environment") or "",
        "behavior": names.behaviors.get(behavior, behavior),
        "claim": claim.replace("_", " ").capitalize(),
        "member": str(it.data.get("account") or it.target),
        "target": it.target,
        "days": it.data.get("days"),
    }


# The second line


def detail(it: Happening) -> str:
    """What somebody said about it, or what else one wants to know at once; often nothing."""
    how = _DETAILS.get(it.kind)
    return how(it) if how else ""


def _said(*fields: str) -> Callable[[Happening], str]:
    def quote(it: Happening) -> str:
        text = next((it.data[name] for name in fields if isinstance(it.data.get(name), str) and it.data[name]), "")
        text = " ".join(text.split())
        return _("“%(text)s”") % {"text": text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"} if text else ""

    return quote


def _message(it: Happening) -> str:
    return str(it.data.get("message") or "")[:_LONGEST]


def _checked(it: Happening) -> str:
    passed, total = it.data.get("passed"), it.data.get("total")
    if not isinstance(total, int) or not isinstance(passed, int):
        return _message(it)
    outside = total - passed
    return ngettext(
        "%(n)d of %(total)d settings is outside its window.",
        "%(n)d of %(total)d settings are outside their windows.",
        outside,
    ) % {"n": outside, "total": total}


_DIRECTIONS: Final = {
    "tightening": lazy("Everything that changes becomes stricter."),
    "loosening": lazy("Everything that changes becomes looser."),
    "mixed": lazy("Some of it becomes looser, some stricter."),
}


def _submitted(it: Happening) -> str:
    direction = _DIRECTIONS.get(str(it.data.get("direction")))
    return " ".join(part for part in (_said("note", "reason")(it), str(direction or "")) if part)


def _affected(it: Happening) -> str:
    return _("Nothing changes by itself: the next version adopts it.")


def _due(it: Happening) -> str:
    due = moment(it.after.get("due_at"))
    parts = (_("Due %(when)s.") % {"when": due} if due else "", _said("reason")(it))
    return " ".join(part for part in parts if part)


def _until(it: Happening) -> str:
    end = moment(it.after.get("expires_at"))
    return _("It counts until %(when)s.") % {"when": end} if end else ""


def _ends(it: Happening) -> str:
    end = moment(it.after.get("expires_at"))
    return _("It counts until %(when)s. Then what it opened falls back.") % {"when": end} if end else ""


def _ended(it: Happening) -> str:
    return _("What it opened has fallen back.")


_ROLES: Final = {role.value: name for role, name in ROLE_NAMES.items()}


def _role(it: Happening) -> str:
    name = _ROLES.get(str(it.after.get("role")))
    return _("As %(role)s.") % {"role": name} if name else ""


def _disabled(it: Happening) -> str:
    if it.data.get("disabled_because") == "gone":
        return _("Its receiver answered that it is gone.")
    return _("Its receiver took nothing for days. Nothing is lost: enable it and send again what it missed.")


def _stopped(it: Happening) -> str:
    return _(
        "Its destination took nothing for days. Nothing is lost: start it again, and it goes on from where it stopped."
    )


def _broken(it: Happening) -> str:
    if it.outcome is Outcome.FAILED:
        return str(it.data.get("message") or "")
    findings = it.data.get("findings")
    found = [one for one in findings if isinstance(one, dict)] if isinstance(findings, list) else []
    failing = [str(one.get("behavior")) for one in found if one.get("outcome") == "fail"]
    return _("Failing: %(behaviors)s.") % {"behaviors": ", ".join(failing[:_NAMED])}


def _alarmed(it: Happening) -> str:
    behaviors = it.data.get("behaviors")
    found = [one for one in behaviors if isinstance(one, dict)] if isinstance(behaviors, list) else []
    keys = ", ".join(str(one.get("behavior")) for one in found[:_NAMED])
    told = {"behaviors": keys, "model": it.data.get("model")}
    return _("On the model %(model)s: %(behaviors)s. It stays until somebody answers it.") % told


_ANSWERS: Final = {
    "passed": lazy("A later run passes."),
    "replaced": lazy("Another version is active."),
}


def _answered(it: Happening) -> str:
    state = str(it.data.get("state"))
    return str(_ANSWERS[state]) if state in _ANSWERS else _said("reason")(it)


_DRIFTED: Final = {
    "model": lazy("The model calls itself otherwise."),
    "fingerprint": lazy("The endpoint's fingerprint is another one."),
    "answers": lazy("Most of the fixed questions are answered otherwise."),
    "rulebook": lazy("A rulebook was revised."),
}


def _drifted(it: Happening) -> str:
    changes = it.data.get("changes")
    found = [one.get("aspect") for one in changes if isinstance(one, dict)] if isinstance(changes, list) else []
    return " ".join(str(_DRIFTED[each]) for each in found if each in _DRIFTED)


def _kept_for(it: Happening) -> str:
    months = it.after.get("months") if isinstance(it.after, dict) else None
    if not isinstance(months, int):
        return _("Entries are kept for ever.")
    told = ngettext(
        "Entries are kept for %(months)d month. Nothing is pruned for seven days.",
        "Entries are kept for %(months)d months. Nothing is pruned for seven days.",
        months,
    )
    return told % {"months": months}


_DETAILS: Final[dict[Kind, Callable[[Happening], str]]] = {
    **dict.fromkeys((Kind.VERSION_SUBMITTED, Kind.VERSION_RESTORED, Kind.VERSION_REBASED), _submitted),
    Kind.VERSION_COMMENTED: _said("text"),
    **dict.fromkeys(
        (Kind.VERSION_APPROVED, Kind.VERSION_CHANGES_REQUESTED, Kind.VERSION_DECLINED), _said("comment", "reason")
    ),
    Kind.ACTIVATION_SCHEDULED: _due,
    Kind.ACTIVATION_CANCELLED: _due,
    Kind.ACTIVATION_LAPSED: _message,
    Kind.VERSION_ACTIVATED: _said("reason"),
    Kind.CHECK_FINISHED: _checked,
    Kind.RUN_FINISHED: _broken,
    Kind.ALARM_RAISED: _alarmed,
    Kind.ALARM_ANSWERED: _answered,
    Kind.RUN_LAPSED: _message,
    Kind.DRIFT_FOUND: _drifted,
    Kind.CHECK_CHANGED: foretold.found,
    Kind.END_FORETOLD: foretold.detail,
    Kind.PROFILE_AFFECTED: _affected,
    **dict.fromkeys((Kind.BASELINE_CHANGED, Kind.HOLD_PLACED, Kind.HOLD_LIFTED), _said("reason")),
    Kind.ATTESTATION_REQUESTED: _said("evidence"),
    Kind.ATTESTATION_GRANTED: _until,
    Kind.ATTESTATION_DECLINED: _said("comment"),
    Kind.ATTESTATION_REVOKED: _said("comment"),
    Kind.ATTESTATION_REMINDED: _ends,
    Kind.ATTESTATION_EXPIRED: _ended,
    Kind.MEMBER_ADDED: _role,
    Kind.MEMBER_CHANGED: _role,
    Kind.WEBHOOK_CHANGED: _disabled,
    Kind.LOG_VERIFIED: lambda _it: _("Nothing was repaired. Keep the database as it is until somebody has looked."),
    Kind.LOG_DISPUTED: lambda _it: _(
        "Either the log was rewritten, or the witness is wrong. The page of the log says more."
    ),
    Kind.LOG_STOPPED: lambda _it: _(
        "The database is not what was published: it was restored from an older copy, or changed. Nothing is signed"
        " until somebody decides; nothing is lost meanwhile."
    ),
    Kind.DESTINATION_CHANGED: _stopped,
    Kind.RETENTION_CHANGED: _kept_for,
    **dict.fromkeys((Kind.LEGAL_HOLD_PLACED, Kind.LEGAL_HOLD_RELEASED), _said("reason")),
}


def moment(raw: Any) -> str:
    """A time of an entry on the clock of whoever reads it, with its zone; nothing for what is none."""
    try:
        at = localtime(datetime.fromisoformat(raw))
    except (TypeError, ValueError):
        return ""
    return _("%(day)s, %(time)s %(zone)s") % {
        "day": dateformat.format(at, "j M Y"),
        "time": dateformat.format(at, "H:i"),
        "zone": at.tzname(),
    }


# Where it leads


_PAGES: Final = {
    Kind.BASELINE_CHANGED: "settings_baseline",
    **dict.fromkeys((Kind.HOLD_PLACED, Kind.HOLD_LIFTED), "settings_holds"),
    **dict.fromkeys((Kind.MEMBER_ADDED, Kind.MEMBER_CHANGED, Kind.MEMBER_REMOVED), "settings_members"),
    Kind.WEBHOOK_CHANGED: "settings_webhooks",
    **dict.fromkeys((Kind.LOG_VERIFIED, Kind.LOG_DISPUTED, Kind.LOG_STOPPED, Kind.LOG_CONTINUED), "trail_log"),
    Kind.DESTINATION_CHANGED: "settings_destinations",
    Kind.RUN_LAPSED: "run_schedules",
    **dict.fromkeys((Kind.RETENTION_CHANGED, Kind.LEGAL_HOLD_PLACED, Kind.LEGAL_HOLD_RELEASED), "settings_retention"),
}
# Pages of one thing, and at once the member of an entry's data that holds its number.
_NUMBERED: Final = {
    Kind.PROFILE_AFFECTED: "recheck",
    Kind.RUN_FINISHED: "run",
    Kind.ALARM_RAISED: "alarm",
    Kind.ALARM_ANSWERED: "alarm",
}

_OF_PRODUCTS: Final = {
    **dict.fromkeys((Kind.CHECK_FINISHED, Kind.FINDING_RECORDED), "product"),
    **dict.fromkeys((Kind.CHECK_CHANGED, Kind.END_FORETOLD), "product_health"),
}


def href(it: Happening) -> str:
    """The page of what it is about. Nothing is decided by following it."""
    claim = it.data.get("attestation")
    if it.kind in _PAGES:
        return reverse(_PAGES[it.kind])
    if it.kind.startswith("attestation."):
        return reverse("attestations") + (f"#claim-{claim}" if isinstance(claim, int) else "")
    if it.kind in _NUMBERED and isinstance(number := it.data.get(_NUMBERED[it.kind]), int):
        return reverse(_NUMBERED[it.kind], args=[number])
    if not it.product:
        return reverse("home")
    if it.version is None or it.kind in _OF_PRODUCTS:
        return reverse(_OF_PRODUCTS.get(it.kind, "product"), args=[it.product])
    return reverse("version", args=[it.product, it.version])


# How it looks

_ICONS: Final = {
    Topic.ALERTS: "bolt",
    Topic.REVIEWS: "review",
    Topic.VERSIONS: "comment",
    Topic.ACTIVATIONS: "play",
    Topic.CHECKS: "shield",
    Topic.LIMITS: "lock",
    Topic.ATTESTATIONS: "seal",
    Topic.DECISIONS: "seal",
    Topic.ADMINISTRATION: "people",
    Topic.LOGS: "shield",
}


def icon(topic: str) -> str:
    known = TOPICS.get(topic)
    return _ICONS[known] if known else "bell"
