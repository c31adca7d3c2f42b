"""How each kind of entry is told: one presenter for each, and a test that none is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from msgspec import Struct
from msgspec.structs import replace

from audits.health import words as health_words
from audits.trail.kinds import Kind, Outcome
from audits.web.pages import logs, values
from audits.web.pages.leaf import Leaf
from audits.web.presenters import trail as shown
from audits.web.presenters.trail import Changed
from profiles.web.pages.drift import changes_words

Names = Mapping[str, str]
Text = str | Promise


def _plain(leaf: Leaf) -> str:
    return leaf.target


def _whose(leaf: Leaf) -> str:
    """The person whose account it was done to; the account's number where the name is not known."""
    return values.shown(leaf.data.get("account")) or leaf.target


def _nothing(leaf: Leaf, names: Names) -> str:
    return ""


class Presenter(Struct, frozen=True):
    """``verb`` and ``tried`` stand before the target of what was done, and of what was refused or failed."""

    label: Text
    icon: str
    tone: str
    verb: Text
    tried: Text
    target: Callable[[Leaf], str] = _plain
    detail: Callable[[Leaf, Names], str] = _nothing
    rows: Callable[[Leaf, Names], tuple[Changed, ...]] = values.changes
    title: Text = ""  # over the rows, where "What changed" does not fit
    note: str = ""  # the member of ``data`` that holds what the actor said about it
    tells_refusal: bool = False  # its label says already that something was refused

    def kind(self, leaf: Leaf) -> shown.Kind:
        if leaf.outcome == Outcome.REFUSED and not self.tells_refusal:
            return shown.Kind(leaf.kind, _("Refused"), "x", "bad")
        if leaf.outcome == Outcome.FAILED:
            return shown.Kind(leaf.kind, _("Failed"), "warn", "warn")
        tone = "bad" if leaf.data.get("outcome") == "fail" else self.tone
        return shown.Kind(leaf.kind, str(self.label), self.icon, tone)


def presenter(kind: str) -> Presenter:
    """For a kind that this program does not know (a newer one wrote it) the entry's own words, without any of ours."""
    return PRESENTERS.get(kind) or replace(_UNKNOWN, label=kind, verb=kind, tried=kind)


# What stands under the verb


def _edited(leaf: Leaf) -> str:
    keys = sorted(leaf.before.keys() | leaf.after.keys() | set(_tried(leaf)))
    if len(keys) == 1:
        return keys[0]
    return (
        ngettext("%(count)d setting", "%(count)d settings", len(keys)) % {"count": len(keys)} if keys else leaf.target
    )


def _tried(leaf: Leaf) -> Mapping[str, Any]:
    wanted = leaf.data.get("wanted")
    return wanted if isinstance(wanted, Mapping) else {}


def _edit(leaf: Leaf, names: Names) -> str:
    if _tried(leaf):
        return _message(leaf, names)
    keys = sorted(leaf.before.keys() | leaf.after.keys())
    if len(keys) != 1:
        return ", ".join(values.named(key, names) for key in keys)[: values.LONGEST] or _message(leaf, names)
    before, after = (values.shown(side.get(keys[0])) or "–" for side in (leaf.before, leaf.after))
    name = values.named(keys[0], names)
    if max(len(before), len(after)) > 60:
        return name
    return _("%(name)s: %(before)s → %(after)s") % {"name": name, "before": before, "after": after}


def _edit_rows(leaf: Leaf, names: Names) -> tuple[Changed, ...]:
    return values.changes(leaf, names) or values.wanted(leaf, names)


def _discarded(leaf: Leaf, names: Names) -> str:
    count = len(leaf.before)
    return ngettext("%(count)d change", "%(count)d changes", count) % {"count": count} if count else ""


def _measured(leaf: Leaf, names: Names) -> str:
    points = leaf.data.get("points")
    found = points if isinstance(points, list) else []
    return " ".join(health_words.sentence(each) for each in found[:3] if isinstance(each, Mapping))


def _ends_soon(leaf: Leaf, names: Names) -> str:
    days = leaf.data.get("days")
    n = days if isinstance(days, int) else 0
    return ngettext("within %(days)d day", "within %(days)d days", n) % {"days": n}


def _message(leaf: Leaf, names: Names) -> str:
    return values.shown(leaf.data.get("message"))


def _of(name: str) -> Callable[[Leaf, Names], str]:
    """A member of the entry's data, or else of its after, or else the message of its refusal."""

    def detail(leaf: Leaf, names: Names) -> str:
        value = leaf.data.get(name) or leaf.after.get(name)
        return values.shown(value, name) or _message(leaf, names)

    return detail


def _was(name: str) -> Callable[[Leaf, Names], str]:
    """A member of what was there before."""
    return lambda leaf, names: values.shown(leaf.before.get(name), name) or _message(leaf, names)


def _why(leaf: Leaf, names: Names) -> str:
    """The program's own words: recorded in English whoever acted, told in the reader's language where it has them."""
    said = values.shown(leaf.data.get("because"))
    return _(said) if said else _message(leaf, names)


def _quoted(name: str) -> Callable[[Leaf, Names], str]:
    def detail(leaf: Leaf, names: Names) -> str:
        said = values.shown(leaf.data.get(name))
        return _("“%(text)s”") % {"text": said} if said else _message(leaf, names)

    return detail


def _expiry(leaf: Leaf, names: Names) -> str:
    until = values.shown(leaf.after.get("expires_at"), "expires_at")
    return _("Valid until %(moment)s") % {"moment": until} if until else _message(leaf, names)


def _place(leaf: Leaf, names: Names) -> str:
    place, previous = leaf.after.get("environment"), leaf.before.get("version")
    if not place:
        return _message(leaf, names)
    if previous is None:
        return _("In %(environment)s, as the first") % {"environment": place}
    return _("In %(environment)s, from version %(number)s") % {"environment": place, "number": previous}


def _activation(leaf: Leaf, names: Names) -> str:
    where, basis = _place(leaf, names), leaf.data.get("basis")
    if basis == "break_glass":
        return _("%(where)s; without approval, in an emergency") % {"where": where}
    return _("%(where)s; only stricter, before its review") % {"where": where} if basis == "tightening" else where


def _restored(leaf: Leaf, names: Names) -> str:
    number = leaf.data.get("restores")
    return _("As version %(number)s was") % {"number": number} if number else _message(leaf, names)


def _rebased(leaf: Leaf, names: Names) -> str:
    known = {"stale": leaf.data.get("rebases"), "live": leaf.data.get("base")}
    return _("Version %(stale)s, on top of version %(live)s") % known if known["stale"] else _message(leaf, names)


def _due(leaf: Leaf, names: Names) -> str:
    place, due = leaf.after.get("environment"), values.shown(leaf.after.get("due_at"), "due_at")
    return (
        _("In %(environment)s, at %(moment)s") % {"environment": place, "moment": due} if due else _message(leaf, names)
    )


def _key(leaf: Leaf, names: Names) -> str:
    after = leaf.after
    parts = [after.get("name"), after.get("environment"), ", ".join(map(str, after.get("scopes") or []))]
    return ", ".join(str(part) for part in parts if part) or _message(leaf, names)


def _member(leaf: Leaf, names: Names) -> str:
    role = leaf.after.get("role")
    return _("As %(role)s") % {"role": role} if role else _message(leaf, names)


def _account(leaf: Leaf, names: Names) -> str:
    return _("For a steward") if leaf.after.get("steward") else _message(leaf, names)


_LINKS: Final = {"mail": lazy("Sent by mail"), "page": lazy("Shown once on a page")}


def _sent(leaf: Leaf, names: Names) -> str:
    found = _LINKS.get(str(leaf.data.get("way")))
    return str(found) if found else _message(leaf, names)


def _rulebook(leaf: Leaf, names: Names) -> str:
    title, count = leaf.after.get("title"), leaf.after.get("behaviors")
    if not title:
        return _message(leaf, names)
    return _("%(title)s, %(count)s behaviors") % {"title": title, "count": count}


def _verified(leaf: Leaf, names: Names) -> str:
    finding, size = leaf.data.get("finding"), leaf.data.get("size")
    if finding:
        return logs.finding(str(finding), leaf.data.get("at"))
    if isinstance(pruned := leaf.data.get("pruned"), int) and isinstance(size, int):
        told = {"size": size - pruned, "pruned": pruned}
        return _("%(size)s entries, as they were signed, and the hashes of %(pruned)s that were pruned") % told
    return _("%(size)s entries, as they were signed") % {"size": size} if size is not None else _message(leaf, names)


def _disputed(leaf: Leaf, names: Names) -> str:
    return logs.dispute(leaf.data) or _message(leaf, names)


def _stopped(leaf: Leaf, names: Names) -> str:
    return logs.halt(leaf.data) or _message(leaf, names)


TRIGGERS: Final = {
    "submission": lazy("on submission"),
    "activation": lazy("on activation"),
    "nightly": lazy("as every night"),
    "request": lazy("by hand"),
}


def _asked(leaf: Leaf, names: Names) -> str:
    trigger = str(leaf.data.get("trigger", ""))
    known = {"version": leaf.version, "trigger": TRIGGERS.get(trigger, trigger)}
    return _("Limits of version %(version)s, %(trigger)s") % known


def _endpoint(leaf: Leaf, names: Names) -> str:
    if "model" not in leaf.after:
        return _message(leaf, names)
    return _("%(model)s at %(address)s") % {"model": leaf.after["model"], "address": leaf.after.get("address")}


def _endpoint_change(leaf: Leaf, names: Names) -> str:
    """Its key, or what it costs; entries from before prices tell of the key."""
    if "prices" not in leaf.after:
        return _message(leaf, names) or _("its key")
    prices = leaf.after["prices"]
    if prices is None:
        return _("no prices any more")
    return _("prices: %(input)s in and %(output)s out, %(currency)s for a million tokens") % prices


def _suite(leaf: Leaf, names: Names) -> str:
    if "probes" not in leaf.after:
        return _message(leaf, names)
    known = {"title": leaf.after.get("title"), "probes": leaf.after["probes"]}
    return _("%(title)s, %(probes)s probes") % known


def _suite_draft(leaf: Leaf, names: Names) -> str:
    data = leaf.data
    if isinstance(data.get("probes"), int):
        return ngettext("%(n)d probe taken in", "%(n)d probes taken in", data["probes"]) % {"n": data["probes"]}
    if "probe" not in data:
        return _message(leaf, names)
    words = _("Probe %(probe)s, removed") if data.get("removed") else _("Probe %(probe)s")
    return words % {"probe": data["probe"]}


def _protocol(leaf: Leaf, names: Names) -> str:
    target, suite = leaf.after.get("target"), leaf.after.get("suite")
    if not isinstance(target, dict) or not isinstance(suite, dict):
        return _message(leaf, names)
    known = {"trials": leaf.after.get("trials"), "suite": suite.get("name"), "model": target.get("model")}
    return _("%(trials)s trials of the suite %(suite)s on the model %(model)s") % known


def _trials(leaf: Leaf, names: Names) -> str:
    if "trials" not in leaf.data:
        return _message(leaf, names)
    return _("%(trials)s trials planned") % {"trials": leaf.data["trials"]}


def _run(leaf: Leaf, names: Names) -> str:
    found = leaf.data.get("findings")
    if not isinstance(found, list):
        return _message(leaf, names)
    counts = Counter(each.get("outcome") for each in found if isinstance(each, dict))
    known = {name: counts[name] for name in ("pass", "fail", "inconclusive")}
    text = _("Of the commitments tested %(pass)d pass, %(fail)d fail, %(inconclusive)d are inconclusive") % known
    departed = leaf.data.get("departures")
    if not isinstance(departed, list) or not departed:
        return text
    more = ngettext("%(n)d departure from the protocol", "%(n)d departures from the protocol", len(departed))
    return f"{text}; {more % {'n': len(departed)}}"


def _alarm(leaf: Leaf, names: Names) -> str:
    found = leaf.data.get("behaviors")
    if not isinstance(found, list):
        return _message(leaf, names)
    keys = [str(each.get("behavior")) for each in found if isinstance(each, dict)]
    told = {"model": leaf.data.get("model"), "behaviors": ", ".join(names.get(key, key) for key in keys)}
    return _("The model %(model)s breaks: %(behaviors)s") % told


_ALARM_ANSWERS: Final = {
    "acknowledged": lazy("Acknowledged"),
    "passed": lazy("A later run passes"),
    "replaced": lazy("The version is active nowhere any more"),
}


def _alarm_answer(leaf: Leaf, names: Names) -> str:
    state = leaf.data.get("state")
    return str(_ALARM_ANSWERS[state]) if state in _ALARM_ANSWERS else _message(leaf, names)


def _drift(leaf: Leaf, names: Names) -> str:
    found = leaf.data.get("changes")
    changes = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return changes_words(changes) or _message(leaf, names)


def _budget(leaf: Leaf, names: Names) -> str:
    told = {"trials": _("%(n)s trials a month"), "tokens": _("%(n)s tokens a month"), "requests": _("%(n)s a minute")}
    told["money"] = _("%(n)s a month")
    limits = [text % {"n": leaf.after[name]} for name, text in told.items() if leaf.after.get(name)]
    return ", ".join(limits) or _message(leaf, names)


def _erased(leaf: Leaf, names: Names) -> str:
    count = leaf.data.get("count")
    return (
        ngettext("%(n)d text", "%(n)d texts", count) % {"n": count} if isinstance(count, int) else _message(leaf, names)
    )


def _bundle(leaf: Leaf, names: Names) -> str:
    if "entries" not in leaf.data:
        return _message(leaf, names)
    return ngettext("%(count)s entry", "%(count)s entries", leaf.data["entries"]) % {"count": leaf.data["entries"]}


def _trail(leaf: Leaf) -> str:
    return _("the trail")


def _exported(leaf: Leaf, names: Names) -> str:
    if "rows" not in leaf.data:
        return _message(leaf, names)
    count = ngettext("%(count)s entry", "%(count)s entries", leaf.data["rows"]) % {"count": leaf.data["rows"]}
    told = {"count": count, "format": str(leaf.data.get("format", "")).upper()}
    return _("%(count)s, %(format)s") % told


def _exported_rows(leaf: Leaf, names: Names) -> str:
    if "rows" not in leaf.data:
        return _message(leaf, names)
    return ngettext("%(count)s entry", "%(count)s entries", leaf.data["rows"]) % {"count": leaf.data["rows"]}


def _checked(leaf: Leaf, names: Names) -> str:
    if "total" not in leaf.data:
        return _message(leaf, names)
    known = {"passed": leaf.data.get("passed"), "total": leaf.data["total"], "version": leaf.version}
    return _("Version %(version)s: %(passed)s of %(total)s settings inside their limits") % known


def _imported(leaf: Leaf, names: Names) -> str:
    if "sections" not in leaf.after:
        return _message(leaf, names)
    known = {"sections": leaf.after["sections"], "examples": leaf.after.get("examples")}
    return _("%(sections)s sections, %(examples)s examples") % known


def _to_settle(leaf: Leaf, names: Names) -> str:
    return _counted(leaf.data.get("behaviors"), lambda n: ngettext("%(n)d behavior", "%(n)d behaviors", n)) or _message(
        leaf, names
    )


def _given_up(leaf: Leaf, names: Names) -> str:
    settled = leaf.data.get("settled")
    return _counted(settled, lambda n: ngettext("%(n)d behavior settled", "%(n)d behaviors settled", n)) or _message(
        leaf, names
    )


def _counted(items: Any, words: Callable[[int], str]) -> str:
    return words(len(items)) % {"n": len(items)} if isinstance(items, list) else ""


def _settled(leaf: Leaf) -> str:
    return str(leaf.data.get("behavior") or leaf.target)


def _settlement(leaf: Leaf, names: Names) -> str:
    if leaf.outcome != Outcome.DONE:
        return _message(leaf, names)
    name = values.named(_settled(leaf), names)
    text = _("%(name)s: kept as it is") if leaf.content.get("after") is None else _("%(name)s: changed")
    return text % {"name": name}


def _settled_text(leaf: Leaf, names: Names) -> tuple[Changed, ...]:
    """The behavior's TOML before and after, where it is another one."""
    before, after = leaf.content.get("before"), leaf.content.get("after")
    if not isinstance(before, str) or not isinstance(after, str):
        return ()
    key = _settled(leaf)
    return (Changed(values.named(key, names), key, values.shown(before), values.shown(after)),)


def _recheck(leaf: Leaf, names: Names) -> str:
    count = leaf.data.get("products")
    if not isinstance(count, int):
        return _message(leaf, names)
    return ngettext("%(n)d product", "%(n)d products", count) % {"n": count}


def _rechecked(leaf: Leaf, names: Names) -> str:
    if "affected" not in leaf.data:
        return _message(leaf, names)
    known = {"affected": leaf.data["affected"], "products": leaf.data.get("products")}
    return _("%(affected)s of %(products)s products affected") % known


_DIRECTIONS: Final = {
    "tightening": lazy("Clients would get something stricter"),
    "loosening": lazy("Clients would get something looser"),
    "mixed": lazy("Clients would get something looser in one place and stricter in another"),
    "same": lazy("Clients would get the same"),
}


def _affected(leaf: Leaf, names: Names) -> str:
    found = _DIRECTIONS.get(str(leaf.data.get("direction")))
    return str(found) if found else _message(leaf, names)


_CHANGES: Final = {
    "secret": lazy("Its secret"),
    "enabled": lazy("Enabled"),
    "disabled": lazy("Disabled"),
}


def _webhook(leaf: Leaf, names: Names) -> str:
    known = _CHANGES.get(str(leaf.data.get("change")))
    return str(known) if known else _of("address")(leaf, names)


def _destination(leaf: Leaf, names: Names) -> str:
    if "stopped_because" in leaf.data:
        return _("Stopped after days in which nothing arrived")
    if isinstance(skipped := leaf.data.get("skipped"), int):
        text = ngettext(
            "%(count)d entry was pruned before it was sent",
            "%(count)d entries were pruned before they were sent",
            skipped,
        )
        return text % {"count": skipped}
    known = {"stopped": _("Stopped"), "started": _("Started again")}
    return known.get(str(leaf.data.get("change"))) or _of("address")(leaf, names)


def _again(leaf: Leaf, names: Names) -> str:
    if "from" not in leaf.data:
        return _message(leaf, names)
    return _("From place %(first)s to before %(last)s") % {"first": leaf.data["from"], "last": leaf.data["to"]}


def _pruned(leaf: Leaf, names: Names) -> str:
    if not isinstance(leaf.data.get("count"), int):
        return _message(leaf, names)
    return ngettext(
        "%(count)s entry, from place %(start)s to before %(end)s",
        "%(count)s entries, from place %(start)s to before %(end)s",
        leaf.data["count"],
    ) % {"count": leaf.data["count"], "start": leaf.data.get("start"), "end": leaf.data.get("end")}


def _retention(leaf: Leaf, names: Names) -> str:
    if "months" not in leaf.after:
        return _message(leaf, names)
    return logs.kept_for(leaf.after["months"])


def _settings(leaf: Leaf, names: Names) -> str:
    changed = leaf.data.get("changed")
    return ", ".join(str(name) for name in changed) if isinstance(changed, list) else _message(leaf, names)


_UNKNOWN: Final = Presenter("", "doc", "neutral", "", "", detail=_message)

PRESENTERS: Final[dict[str, Presenter]] = {
    Kind.ORGANIZATION_CREATED: Presenter(
        lazy("Organization created"), "building", "neutral",
        lazy("created the organization"), lazy("tried to create the organization"), detail=_of("name"),
    ),
    Kind.MEMBER_ADDED: Presenter(
        lazy("Member added"), "people", "neutral", lazy("added"), lazy("tried to add a member to"),
        target=_whose, detail=_member
    ),
    Kind.PERSON_CREATED: Presenter(
        lazy("Account created"), "person", "neutral", lazy("created"), lazy("tried to create an account in"),
        target=_whose,
        detail=_account,
    ),
    Kind.BASELINE_CHANGED: Presenter(
        lazy("Baseline changed"), "building", "neutral",
        lazy("changed the baseline of"), lazy("tried to change the baseline of"),
        detail=_quoted("reason"), note="reason",
    ),
    Kind.ENVIRONMENT_CREATED: Presenter(
        lazy("Environment created"), "sliders", "neutral",
        lazy("created"), lazy("tried to create an environment in"), detail=_of("name"),
    ),
    Kind.ENVIRONMENT_CHANGED: Presenter(
        lazy("Environment changed"), "sliders", "neutral",
        lazy("changed the rules of"), lazy("tried to change the rules of"), detail=_quoted("reason"), note="reason",
    ),
    Kind.MEMBER_CHANGED: Presenter(
        lazy("Role changed"), "people", "neutral", lazy("changed the role of"), lazy("tried to change the role of"),
        target=_whose,
        detail=_member,
    ),
    Kind.MEMBER_REMOVED: Presenter(
        lazy("Member removed"), "people", "warn", lazy("removed"), lazy("tried to remove"),
        target=_whose, detail=_message
    ),
    Kind.PASSWORD_LINK_MADE: Presenter(
        lazy("Password link made"), "key", "neutral",
        lazy("made a link that sets the password of"), lazy("tried to make a password link for"),
        target=_whose, detail=_sent,
    ),
    Kind.PASSWORD_CHANGED: Presenter(
        lazy("Password changed"), "key", "neutral",
        lazy("changed the password of"), lazy("tried to change the password of"),
        target=_whose, detail=_message,
    ),
    Kind.PREFERENCES_CHANGED: Presenter(
        lazy("Preferences changed"), "person", "neutral",
        lazy("changed the preferences of"), lazy("tried to change the preferences of"),
        target=_whose, detail=_message,
    ),
    Kind.PRODUCT_CREATED: Presenter(
        lazy("Product created"), "box", "neutral",
        lazy("created the product"), lazy("tried to create a product in"), detail=_of("name"),
    ),
    Kind.PRODUCT_CHANGED: Presenter(
        lazy("Product changed"), "box", "neutral",
        lazy("changed the facts or platforms of"), lazy("tried to change the facts or platforms of"), detail=_message,
    ),
    Kind.PRODUCT_DESCRIBED: Presenter(
        lazy("Product renamed"), "box", "neutral",
        lazy("changed the name or description of"), lazy("tried to change the name or description of"),
        detail=_message,
    ),
    Kind.COMMITMENTS_PUBLISHED: Presenter(
        lazy("Commitments published"), "globe", "neutral",
        lazy("made public what is promised by"), lazy("tried to make public what is promised by"),
        detail=_quoted("reason"), note="reason",
    ),
    Kind.COMMITMENTS_WITHDRAWN: Presenter(
        lazy("Commitments withdrawn"), "globe", "warn",
        lazy("withdrew from the public what is promised by"), lazy("tried to withdraw what is promised by"),
        detail=_quoted("reason"), note="reason",
    ),
    Kind.PRODUCT_REMOVED: Presenter(
        lazy("Product removed"), "box", "warn",
        lazy("removed the product"), lazy("tried to remove the product"), detail=_quoted("reason"), note="reason",
    ),
    Kind.KEY_CREATED: Presenter(
        lazy("Key created"), "key", "neutral", lazy("created"), lazy("tried to create a key for"), detail=_key
    ),
    Kind.KEY_REVOKED: Presenter(
        lazy("Key revoked"), "key", "warn", lazy("revoked"), lazy("tried to revoke"), detail=_message
    ),
    Kind.KEY_REFUSED: Presenter(
        lazy("Key refused"), "key", "bad", lazy("turned away"), lazy("turned away"), detail=_message, tells_refusal=True
    ),
    Kind.SOURCE_IMPORTED: Presenter(
        lazy("Source imported"), "download", "neutral",
        lazy("imported"), lazy("tried to import a"), detail=_imported, title=lazy("What was read"),
    ),
    Kind.RULEBOOK_STARTED: Presenter(
        lazy("Revision started"), "book", "neutral",
        lazy("started the next revision of"), lazy("tried to start the next revision of"), detail=_to_settle,
    ),
    Kind.RULEBOOK_SETTLED: Presenter(
        lazy("Behavior settled"), "check", "neutral",
        lazy("settled"), lazy("tried to settle a behavior of"),
        target=_settled, detail=_settlement, rows=_settled_text,
    ),
    Kind.RULEBOOK_ABANDONED: Presenter(
        lazy("Revision abandoned"), "undo", "warn",
        lazy("abandoned the"), lazy("tried to abandon the"), detail=_given_up,
    ),
    Kind.RULEBOOK_PUBLISHED: Presenter(
        lazy("Rulebook published"), "book", "neutral",
        lazy("published"), lazy("tried to publish a"), detail=_rulebook,
    ),
    Kind.RECHECK_REQUESTED: Presenter(
        lazy("Recheck requested"), "clock", "neutral",
        lazy("asked what changes for products by"), lazy("tried to ask what changes for products by"), detail=_recheck,
    ),
    Kind.RECHECK_FINISHED: Presenter(
        lazy("Recheck finished"), "shield", "ok", lazy("finished the"), lazy("gave up a part of the"), detail=_rechecked
    ),
    Kind.HOLD_PLACED: Presenter(
        lazy("Hold placed"), "lock", "warn",
        lazy("placed a"), lazy("tried to place a hold in"), detail=_quoted("reason"), note="reason",
    ),
    Kind.HOLD_LIFTED: Presenter(
        lazy("Hold lifted"), "lock", "neutral",
        lazy("lifted the"), lazy("tried to lift the"), detail=_quoted("reason"), note="reason",
    ),
    Kind.ATTESTATION_REQUESTED: Presenter(
        lazy("Attestation requested"), "seal", "att",
        lazy("requested"), lazy("tried to request an attestation for"), detail=_quoted("evidence"), note="evidence",
    ),
    Kind.ATTESTATION_GRANTED: Presenter(
        lazy("Attestation granted"), "seal", "att", lazy("granted"), lazy("tried to grant"), detail=_expiry
    ),
    Kind.ATTESTATION_DECLINED: Presenter(
        lazy("Attestation declined"), "seal", "bad",
        lazy("declined"), lazy("tried to decline"), detail=_quoted("comment"), note="comment",
    ),
    Kind.ATTESTATION_REVOKED: Presenter(
        lazy("Attestation revoked"), "seal", "bad",
        lazy("revoked"), lazy("tried to revoke"), detail=_quoted("comment"), note="comment",
    ),
    Kind.ATTESTATION_REMINDED: Presenter(
        lazy("End reminded of"), "bell", "att",
        lazy("reminded of the end of"), lazy("tried to remind of the end of"), detail=_expiry,
    ),
    Kind.ATTESTATION_EXPIRED: Presenter(
        lazy("Attestation expired"), "seal", "warn",
        lazy("noticed the end of"), lazy("tried to notice the end of"), detail=_message,
    ),
    Kind.DRAFT_EDITED: Presenter(
        lazy("Edited"), "sliders", "neutral",
        lazy("set"), lazy("tried to set"), target=_edited, detail=_edit, rows=_edit_rows,
    ),
    Kind.DRAFT_DISCARDED: Presenter(
        lazy("Discarded"), "undo", "neutral",
        lazy("discarded the changes of the"), lazy("tried to discard the changes of the"), detail=_discarded,
    ),
    Kind.VERSION_SUBMITTED: Presenter(
        lazy("Submitted"), "doc", "neutral",
        lazy("submitted"), lazy("tried to submit the"), detail=_quoted("note"), note="note",
    ),
    Kind.VERSION_RESTORED: Presenter(
        lazy("Restored"), "undo", "neutral",
        lazy("submitted"), lazy("tried to restore"), detail=_restored, note="note",
    ),
    Kind.VERSION_REBASED: Presenter(
        lazy("Rebased"), "compare", "neutral",
        lazy("submitted"), lazy("tried to rebase"), detail=_rebased, note="note",
    ),
    Kind.VERSION_COMMENTED: Presenter(
        lazy("Commented"), "comment", "neutral",
        lazy("commented on"), lazy("tried to comment on"), detail=_quoted("text"), note="text",
    ),
    Kind.VERSION_APPROVED: Presenter(
        lazy("Approved"), "check", "ok",
        lazy("approved"), lazy("tried to approve"), detail=_quoted("comment"), note="comment",
    ),
    Kind.VERSION_CHANGES_REQUESTED: Presenter(
        lazy("Changes requested"), "comment", "warn",
        lazy("requested changes to"), lazy("tried to request changes to"), detail=_quoted("comment"), note="comment",
    ),
    Kind.VERSION_DECLINED: Presenter(
        lazy("Declined"), "x", "bad",
        lazy("declined"), lazy("tried to decline"), detail=_quoted("comment"), note="comment",
    ),
    Kind.ACTIVATION_SCHEDULED: Presenter(
        lazy("Scheduled"), "clock", "neutral",
        lazy("scheduled"), lazy("tried to schedule"), detail=_due, note="reason",
    ),
    Kind.ACTIVATION_CANCELLED: Presenter(
        lazy("Schedule canceled"), "clock", "neutral",
        lazy("canceled the activation of"), lazy("tried to cancel the activation of"), detail=_due,
    ),
    Kind.ACTIVATION_LAPSED: Presenter(
        lazy("Schedule lapsed"), "clock", "bad",
        lazy("did not activate, when it was due,"), lazy("did not activate, when it was due,"), detail=_message,
        tells_refusal=True,
    ),
    Kind.VERSION_ACTIVATED: Presenter(
        lazy("Activated"), "globe", "ok",
        lazy("activated"), lazy("tried to activate"), detail=_activation, note="reason",
    ),
    Kind.PROFILE_REPUBLISHED: Presenter(
        lazy("Published again"), "globe", "neutral",
        lazy("published again the"), lazy("tried to publish again the"), detail=_why,
    ),
    Kind.PROFILE_AFFECTED: Presenter(
        lazy("Affected"), "bell", "warn",
        lazy("found what would change by"), lazy("looked at"),
        detail=_affected, title=lazy("What would change for clients"),
    ),
    Kind.CHECK_REQUESTED: Presenter(
        lazy("Check requested"), "clock", "neutral", lazy("asked for"), lazy("tried to ask for"), detail=_asked
    ),
    Kind.CHECK_FINISHED: Presenter(
        lazy("Checked"), "shield", "ok", lazy("finished"), lazy("gave up"), detail=_checked
    ),
    Kind.CHECK_CHANGED: Presenter(
        lazy("Check came out otherwise"), "shield", "neutral",
        lazy("measured anew the"), lazy("tried to measure the"), detail=_measured, title=lazy("How it came out"),
    ),
    Kind.END_FORETOLD: Presenter(
        lazy("Ends soon"), "clock", "warn",
        lazy("reminds of the"), lazy("tried to remind of the"), detail=_ends_soon,
    ),
    Kind.FINDING_RECORDED: Presenter(
        lazy("Outside limits"), "stop", "bad",
        lazy("found outside its limits:"), lazy("looked at"),
        detail=_of("because"), rows=values.finding, title=lazy("Set, and given to clients instead"),
    ),
    Kind.ENDPOINT_CREATED: Presenter(
        lazy("Endpoint added"), "globe", "neutral",
        lazy("added"), lazy("tried to add an endpoint to"), detail=_endpoint,
    ),
    Kind.ENDPOINT_CHANGED: Presenter(
        lazy("Endpoint changed"), "globe", "neutral",
        lazy("changed"), lazy("tried to change"), detail=_endpoint_change,
    ),
    Kind.ENDPOINT_REMOVED: Presenter(
        lazy("Endpoint removed"), "globe", "warn", lazy("removed"), lazy("tried to remove"), detail=_message
    ),
    Kind.SUITE_STARTED: Presenter(
        lazy("Suite begun"), "list", "neutral",
        lazy("began"), lazy("tried to begin a suite for"), detail=_suite_draft,
    ),
    Kind.SUITE_EDITED: Presenter(
        lazy("Suite edited"), "list", "neutral",
        lazy("edited"), lazy("tried to edit"), detail=_suite_draft,
    ),
    Kind.SUITE_DISCARDED: Presenter(
        lazy("Draft of a suite discarded"), "x", "warn",
        lazy("discarded"), lazy("tried to discard"), detail=_message,
    ),
    Kind.SUITE_PUBLISHED: Presenter(
        lazy("Suite published"), "book", "neutral",
        lazy("published"), lazy("tried to publish a suite for"), detail=_suite,
    ),
    Kind.PROTOCOL_FIXED: Presenter(
        lazy("Protocol fixed"), "lock", "neutral",
        lazy("fixed"), lazy("tried to fix a protocol for"), detail=_protocol,
    ),
    Kind.RUN_REQUESTED: Presenter(
        lazy("Run requested"), "clock", "neutral",
        lazy("asked for"), lazy("tried to ask for a run of"), detail=_trials,
    ),
    Kind.RUN_CANCELLED: Presenter(
        lazy("Run cancelled"), "x", "warn", lazy("asked for the end of"), lazy("tried to end"), detail=_message
    ),
    Kind.RUN_RESUMED: Presenter(
        lazy("Run resumed"), "play", "neutral", lazy("went on with"), lazy("tried to go on with"), detail=_message
    ),
    Kind.RUN_FINISHED: Presenter(
        lazy("Run ended"), "chart", "neutral", lazy("ended"), lazy("could not finish"), detail=_run
    ),
    Kind.RUN_LAPSED: Presenter(
        lazy("Run did not start"), "clock", "bad",
        lazy("could not start what was due by"), lazy("did not start what was due by"), detail=_message,
        tells_refusal=True,
    ),
    Kind.RUNS_SCHEDULED: Presenter(
        lazy("Runs scheduled"), "clock", "neutral", lazy("set"), lazy("tried to schedule runs of"), detail=_of("due_at")
    ),
    Kind.RUNS_UNSCHEDULED: Presenter(
        lazy("Schedule of runs ended"), "clock", "warn", lazy("ended"), lazy("tried to end"), detail=_message
    ),
    Kind.DRIFT_FOUND: Presenter(
        lazy("Drift found"), "bell", "warn", lazy("found"), lazy("looked for"), detail=_drift
    ),
    Kind.BUDGET_CHANGED: Presenter(
        lazy("Budget changed"), "chart", "neutral",
        lazy("changed the"), lazy("tried to change the budget of"), detail=_budget,
    ),
    Kind.TRIAL_JUDGED: Presenter(
        lazy("Trial judged"), "review", "neutral", lazy("judged"), lazy("tried to judge"), note="reason",
    ),
    Kind.ALARM_RAISED: Presenter(
        lazy("Alarm"), "bolt", "bad", lazy("raised"), lazy("tried to raise an alarm for"), detail=_alarm
    ),
    Kind.ALARM_ANSWERED: Presenter(
        lazy("Alarm answered"), "check", "neutral", lazy("answered"), lazy("tried to answer"),
        detail=_alarm_answer, note="reason",
    ),
    Kind.EVIDENCE_EXPORTED: Presenter(
        lazy("Exported"), "doc", "neutral",
        lazy("took an evidence bundle of"), lazy("tried to take an evidence bundle of"), detail=_bundle,
    ),
    Kind.EXPORT_STARTED: Presenter(
        lazy("Export begun"), "download", "neutral",
        lazy("began to export"), lazy("tried to export"), target=_trail, detail=_exported,
    ),
    Kind.EXPORT_FINISHED: Presenter(
        lazy("Export finished"), "download", "neutral",
        lazy("finished the export of"), lazy("did not finish the export of"), target=_trail, detail=_exported_rows,
    ),
    Kind.DESTINATION_CREATED: Presenter(
        lazy("Destination created"), "out", "neutral",
        lazy("created"), lazy("tried to create a destination for"), detail=_of("address"),
    ),
    Kind.DESTINATION_CHANGED: Presenter(
        lazy("Destination changed"), "out", "neutral", lazy("changed"), lazy("tried to change"), detail=_destination
    ),
    Kind.DESTINATION_REMOVED: Presenter(
        lazy("Destination removed"), "out", "warn", lazy("removed"), lazy("tried to remove"), detail=_message
    ),
    Kind.DESTINATION_REPLAYED: Presenter(
        lazy("Sent on again"), "undo", "neutral",
        lazy("sent entries again to"), lazy("tried to send entries again to"), detail=_again,
    ),
    Kind.SEARCH_SHARED: Presenter(
        lazy("Search shared"), "search", "neutral", lazy("shared"), lazy("tried to share"), detail=_of("name")
    ),
    Kind.SEARCH_WITHDRAWN: Presenter(
        lazy("Search withdrawn"), "search", "neutral", lazy("withdrew"), lazy("tried to withdraw"), detail=_was("name")
    ),
    Kind.WEBHOOK_CREATED: Presenter(
        lazy("Webhook created"), "globe", "neutral",
        lazy("created"), lazy("tried to create a webhook for"), detail=_of("address"),
    ),
    Kind.WEBHOOK_CHANGED: Presenter(
        lazy("Webhook changed"), "globe", "neutral", lazy("changed"), lazy("tried to change"), detail=_webhook
    ),
    Kind.WEBHOOK_REMOVED: Presenter(
        lazy("Webhook removed"), "globe", "warn", lazy("removed"), lazy("tried to remove"), detail=_message
    ),
    Kind.WEBHOOK_REPLAYED: Presenter(
        lazy("Delivery replayed"), "globe", "neutral",
        lazy("sent again events of"), lazy("tried to send again events of"), detail=_message,
    ),
    Kind.WEBHOOK_TESTED: Presenter(
        lazy("Webhook tested"), "globe", "neutral",
        lazy("sent a test event to"), lazy("tried to send a test event to"), detail=_message,
    ),
    Kind.PERSONAL_DATA_ERASED: Presenter(
        lazy("Erased"), "x", "warn",
        lazy("erased personal data of"), lazy("tried to erase personal data of"),
        detail=_erased, note="reason",
    ),
    Kind.ACCESS_DENIED: Presenter(
        lazy("Access denied"), "lock", "bad", lazy("was not let in:"), lazy("was not let in:"),
        detail=_message, tells_refusal=True,
    ),
    Kind.LOG_VERIFIED: Presenter(
        lazy("Log verified"), "shield", "ok",
        lazy("verified"), lazy("found something wrong while it verified"), detail=_verified,
    ),
    Kind.LOG_DISPUTED: Presenter(
        lazy("Log disputed"), "warn", "bad",
        lazy("was told of another past of"), lazy("was told of another past of"), detail=_disputed,
    ),
    Kind.LOG_STOPPED: Presenter(
        lazy("Signing stopped"), "stop", "bad", lazy("stopped signing"), lazy("tried to stop signing"), detail=_stopped
    ),
    Kind.LOG_CONTINUED: Presenter(
        lazy("Signing continued"), "check", "ok", lazy("signs again:"), lazy("tried to sign again:"), detail=_message
    ),
    Kind.LOG_PRUNED: Presenter(
        lazy("Log pruned"), "x", "warn", lazy("pruned"), lazy("tried to prune"), detail=_pruned
    ),
    Kind.RETENTION_CHANGED: Presenter(
        lazy("Retention set"), "clock", "warn",
        lazy("set the"), lazy("tried to set the retention of"), detail=_retention,
    ),
    Kind.LEGAL_HOLD_PLACED: Presenter(
        lazy("Legal hold placed"), "lock", "warn",
        lazy("placed the"), lazy("tried to place a legal hold on"), detail=_of("reference"), note="reason",
    ),
    Kind.LEGAL_HOLD_RELEASED: Presenter(
        lazy("Legal hold released"), "lock", "neutral",
        lazy("released the"), lazy("tried to release the"), detail=_of("reference"), note="reason",
    ),
    Kind.SETTINGS_CHANGED: Presenter(
        lazy("Settings of the server changed"), "sliders", "warn",
        lazy("started with other"), lazy("tried to start with other"), detail=_settings,
    ),
    Kind.AUDITOR_ADDED: Presenter(
        lazy("Auditor added"), "seal", "neutral", lazy("added"), lazy("tried to add an auditor to"),
        target=_whose, detail=_message
    ),
    Kind.AUDITOR_REMOVED: Presenter(
        lazy("Auditor removed"), "seal", "warn", lazy("removed"), lazy("tried to remove"),
        target=_whose, detail=_message
    ),
    Kind.SIGNED_IN: Presenter(
        lazy("Signed in"), "person", "neutral", lazy("signed in as"), lazy("tried to sign in as"),
        target=_whose
    ),
    Kind.SIGN_IN_REFUSED: Presenter(
        lazy("Sign-in refused"), "person", "bad",
        lazy("turned away somebody who tried"), lazy("turned away somebody who tried"),
        detail=_of("account"), tells_refusal=True,
    ),
}  # fmt: skip
