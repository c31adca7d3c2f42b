"""What clients got at an instant, and why: the activation behind it, and every behavior in the bytes they were sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.trail.kinds import Kind
from profiles import queries
from profiles.access import Actor
from profiles.errors import InvalidInput, NotFound
from profiles.models import Activation, Environment, Product, PublishedProfile
from profiles.queries import Moment
from profiles.resolution.document import document_digest
from profiles.resolution.types import Reason
from profiles.rulebook.model import Behavior, Layer
from profiles.web.pages import reads, words
from profiles.web.pages.dates import read_moment
from profiles.web.pages.history import BASES, Basis, entry_href, environment_choices
from profiles.web.pages.states import crumbs, version_href, version_name
from profiles.web.presenters.history import MomentPage, Served, ServedGroup, ServedRow
from profiles.web.presenters.parts import Action, Message, Person, When

_FIRST: Final = datetime(1970, 1, 2, tzinfo=UTC)
_LAST: Final = datetime(9998, 12, 30, tzinfo=UTC)


def moment_page(actor: Actor, product: Product, query: Mapping[str, str], now: datetime) -> MomentPage:
    """The answer for the instant that ``query`` asks about; without one, for now."""
    environments = reads.environments(actor)
    last = environments[-1] if environments else None
    place = next((item for item in environments if item.slug == query.get("environment")), last)
    typed = query.get("when", "")
    choices = environment_choices(environments, place)
    try:
        at = read_instant(typed) if typed else now
    except InvalidInput as error:
        return _form(product, typed[:60], choices, error=" ".join(error.fields["when"]))
    if place is None:
        raise NotFound(_("This organization has no environment."))
    return _answer(
        actor, product, place, at, now, _form(product, field_of(at if typed else at.replace(microsecond=0)), choices)
    )


def read_instant(typed: str) -> datetime:
    """An instant as somebody typed it in their own zone, or with a zone as a link says it.

    Raises:
        InvalidInput: it is none, or so far away that no calendar of ours holds it.
    """
    found = read_moment(typed.replace(" ", "+") if typed.count(" ") == 1 and "T" in typed else typed, "when")
    if not _FIRST <= found <= _LAST:
        message = _("Give an instant between 1970 and 9998.")
        raise InvalidInput(message, fields={"when": [message]})
    return found


def field_of(at: datetime) -> str:
    """An instant as the field of a form holds it, in the person's own zone: no finer than milliseconds, and rounded up,
    so that asking again does not ask about what was before it."""
    local = timezone.localtime(at).replace(tzinfo=None)
    local += timedelta(microseconds=-local.microsecond % 1_000)
    exact = "milliseconds" if local.microsecond else "seconds" if local.second else "minutes"
    return local.isoformat(timespec=exact)


def _form(product: Product, when: str, choices: tuple[Any, ...], *, error: str = "") -> MomentPage:
    return MomentPage(
        slug=product.slug,
        crumbs=crumbs(product),
        when=when,
        zone=timezone.get_current_timezone_name(),
        environments=choices,
        error=error,
    )


def _answer(
    actor: Actor, product: Product, place: Environment, at: datetime, now: datetime, form: MomentPage
) -> MomentPage:
    found = queries.moment(actor, product, place, at)
    row, future = found.activation, at > now
    return MomentPage(
        slug=form.slug,
        crumbs=form.crumbs,
        when=form.when,
        zone=form.zone,
        environments=form.environments,
        shown=When.of(at, now),
        local=local_words(at),
        title=_title(found, now),
        version_href=version_href(product, row.version.number) if row else "",
        is_active=row is not None,
        tense="future" if future else "past",
        person=Person.of(row.by_name) if row else None,
        since=When.of(row.at, now) if row else None,
        reason=row.reason if row else "",
        basis=str(BASES[Basis(row.basis)]) if row else "",
        before=_before(row) if row else "",
        until=When.of(found.until, now) if found.until else None,
        entry_href=_entry(actor, product, row),
        messages=tuple(_messages(found, now)),
        served=tuple(_served(actor, product, item, row, now) for item in found.profiles) if row else (),
        actions=_actions(product, found),
    )


def local_words(at: datetime) -> str:
    """An instant in the person's own zone; empty where that is UTC."""
    if timezone.get_current_timezone_name() == "UTC":
        return ""
    local = timezone.localtime(at)
    return _("%(day)s, %(time)s %(zone)s") % {
        "day": dateformat.format(local, "j M Y"),
        "time": dateformat.format(local, "H:i"),
        "zone": local.tzname() or timezone.get_current_timezone_name(),
    }


def _title(found: Moment, now: datetime) -> str:
    place = {"environment": found.environment.name}
    if found.activation is None:
        if found.at > now:
            return _("Nothing will be active in %(environment)s, as things are") % place
        return _("Nothing was active in %(environment)s") % place
    names = {**place, "number": found.activation.version.number}
    if found.at > now:
        return _("Version %(number)d will be active in %(environment)s, as things are") % names
    if found.at == now:
        return _("Version %(number)d is active in %(environment)s") % names
    return _("Version %(number)d was active in %(environment)s") % names


def _before(row: Activation) -> str:
    if row.previous is None:
        return _("Nothing was active there before.")
    return _("It took the place of version %(number)d.") % {"number": row.previous.number}


def _entry(actor: Actor, product: Product, row: Activation | None) -> str:
    if row is None:
        return ""
    return entry_href(reads.entries_at(actor, product, Kind.VERSION_ACTIVATED, [row.at]).get(row.at))


def _messages(found: Moment, now: datetime) -> list[Message]:
    lines = []
    if found.activation is None and found.first is not None:
        text = _("The first version that went live there was version %(number)d, %(when)s.")
        when = When.of(found.first.at).shown
        lines.append(Message("note", text % {"number": found.first.version.number, "when": when}))
    if found.at > now:
        lines.append(
            Message(
                "note",
                _(
                    "Attestations that end and law packs that begin or end are counted in. Another activation, a hold, "
                    "a change of the baseline, or an attestation granted or revoked meanwhile makes it something else."
                ),
                _("This can change."),
            )
        )
    for row in found.planned:
        text = _(
            "Version %(number)d is scheduled for %(when)s by %(name)s. If it is still ready then, it counts instead."
        )
        names = {"number": row.version.number, "when": When.of(row.due_at).shown, "name": row.by.name}
        lines.append(Message("warn", text % names))
    if found.activation and not found.profiles:
        lines.append(
            Message("warn", _("No bytes are on record for this instant; clients were told that nothing is active."))
        )
    return lines


def _actions(product: Product, found: Moment) -> tuple[Action, ...]:
    if found.activation is None:
        return ()
    number = found.activation.version.number
    return (Action(version_name(number), version_href(product, number), "doc"),)


# The bytes


def _served(actor: Actor, product: Product, row: PublishedProfile, activation: Activation, now: datetime) -> Served:
    document = json.loads(bytes(row.body))
    rows = _rows(document, _behaviors(document))
    groups: dict[str, list[ServedRow]] = {group: [] for group in words.groups()}
    for group, line in rows:
        groups[group].append(line)
    count = ngettext("%(n)d behavior", "%(n)d behaviors", len(rows)) % {"n": len(rows)}
    again = row.published_at > activation.at
    entries = reads.entries_at(actor, product, Kind.PROFILE_REPUBLISHED, [row.published_at]) if again else {}
    return Served(
        platform=row.platform,
        name=words.platform_words(row.platform),
        digest=row.digest,
        published=When.of(row.published_at, now),
        valid_from=When.of(row.valid_from, now),
        valid_until=When.of(row.valid_until, now) if row.valid_until else None,
        republished=_("Published again after the activation, since something above the product changed.")
        if again
        else "",
        entry_href=entry_href(entries.get(row.published_at)),
        groups=tuple(ServedGroup(words.group_words(name), tuple(lines)) for name, lines in groups.items() if lines),
        count=count,
        instructions=document["instructions"]["text"],
        matches=document_digest(document) == row.digest,
    )


def _behaviors(document: Mapping[str, Any]) -> dict[str, Behavior]:
    """The behaviors as the rulebooks of that document state them, for their names: law packs where it is silent."""
    digests = [document["rulebook"]["digest"], *(law["digest"] for law in document["law_packs"])]
    found: dict[str, Behavior] = {}
    for revision in reads.rulebooks(digests):
        found = {**revision.rulebook().behaviors, **found}
    return found


def _rows(document: Mapping[str, Any], behaviors: Mapping[str, Behavior]) -> list[tuple[str, ServedRow]]:
    book = document["rulebook"]
    address = reverse("rulebook", args=[book["platform"], book["revision"]])
    return [
        (_group(key, behaviors), _row(key, said, behaviors.get(key), address))
        for key, said in sorted(document["behaviors"].items())
    ]


def _group(key: str, behaviors: Mapping[str, Behavior]) -> str:
    return words.group_of(behaviors[key]) if key in behaviors else words.group_of_key(key)


def _row(key: str, said: Mapping[str, Any], behavior: Behavior | None, address: str) -> ServedRow:
    domain = behavior.domain if behavior else None
    citation = said["citation"]
    return ServedRow(
        key=key,
        name=behavior.name if behavior else key,
        value=words.value_words(domain, said["value"]) if domain else str(said["value"]),
        decided=words.said_words(Layer(said["decided_by"]), Reason(said["reason"])),
        window=words.window_words(domain, said["window"]) if domain else "",
        source=f"{citation['document']}, {citation['section']}",
        href=f"{address}#{key}",
    )
