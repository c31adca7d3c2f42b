"""From destinations to their pages, and what was typed into their forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Final, Self

from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from audits.exporting.formats import Format
from audits.models import Destination
from audits.web.pages.exports import FORMAT_WORDS
from audits.web.presenters.destinations import (
    DestinationForm,
    DestinationLine,
    DestinationPage,
    DestinationsPage,
    Fact,
)
from audits.web.presenters.trail import Choice
from profiles.actions.destinations import Place
from profiles.web.pages.dates import read_moment
from profiles.web.pages.typed import TypedForm, texts
from profiles.web.presenters.parts import Pill, Problem, When
from profiles.web.presenters.webhooks import NewSecret

_FIELDS: Final = ("kind", "url", "form", "bucket", "prefix", "region", "access_key", "secret")
_IDS: Final = {"place": "place", **{name: name for name in _FIELDS}, "kind": "url"}
_STATES: Final = {
    "stopped": ("bad", lazy("Stopped")),
    "failing": ("warn", lazy("Failing")),
    "behind": ("draft", lazy("Sending")),
    "done": ("live", lazy("Up to date")),
}


@dataclass(frozen=True, slots=True)
class TypedDestination(TypedForm):
    kind: str = "webhook"
    url: str = ""
    form: str = "ocsf"
    bucket: str = ""
    prefix: str = ""
    region: str = ""
    access_key: str = ""
    secret: str = field(default="", repr=False)

    @classmethod
    def read(cls, form: QueryDict) -> Self:
        return cls(**{name: text.replace("\x00", "") for name, text in texts(form, *_FIELDS).items()})

    @classmethod
    def of(cls, row: Destination) -> Self:
        names = (name for name in _FIELDS if name != "secret")
        return cls(**{name: getattr(row, name) for name in names})

    def place(self) -> Place:
        return Place(**{each.name: getattr(self, each.name) for each in fields(Place)})


@dataclass(frozen=True, slots=True)
class TypedReplay(TypedForm):
    place: str = ""
    since: str = ""

    def asked(self) -> tuple[int | None, datetime | None]:
        """
        Raises:
            InvalidInput: it is neither a place nor a time.
        """
        if self.place.isascii() and self.place.isdecimal() and len(self.place) < 16:
            return int(self.place), None
        message = _("Give the place of an entry, or a date and a time.")
        return None, read_moment(self.since, "place", zone=UTC, message=message)


def build_destinations(rows: list[Destination], size: int, typed: TypedDestination) -> DestinationsPage:
    """
    Args:
        size: of the organization's log.
    """
    return DestinationsPage(tuple(_line(row, size) for row in rows), _form(typed), _problems(typed, "url"))


def build_destination(
    row: Destination, size: int, typed: TypedDestination, replay: TypedReplay, now: datetime, *, secret: str = ""
) -> DestinationPage:
    return DestinationPage(
        line=_line(row, size),
        state=_sentence(row),
        is_stopped=row.stopped_at is not None,
        facts=tuple(_facts(row, size, now)),
        form=_form(typed),
        next=row.position,
        place=replay.place,
        since=replay.since,
        replay_error=replay.errors.get("place", ""),
        secret=NewSecret(secret) if secret else None,
        problems=(*_problems(typed, "url"), *_problems(replay, "place")),
    )


def _line(row: Destination, size: int) -> DestinationLine:
    form = str(FORMAT_WORDS[Format(row.form)][0])
    is_bucket = row.kind == Destination.Kind.BUCKET
    told = {"bucket": row.bucket, "form": form}
    what = _("Bucket %(bucket)s, %(form)s") % told if is_bucket else _("Webhook, %(form)s") % told
    counts = {
        "sent": number_format(row.position, force_grouping=True),
        "size": number_format(size, force_grouping=True),
    }
    tone, text = _STATES[_state(row, size)]
    return DestinationLine(
        row.pk, row.url, what, Pill(tone, str(text)), _("%(sent)s of %(size)s signed entries sent") % counts
    )


def _state(row: Destination, size: int) -> str:
    if row.stopped_at:
        return "stopped"
    if row.failing_since:
        return "failing"
    return "behind" if row.position < size else "done"


def _sentence(row: Destination) -> str:
    if row.stopped_because:
        return _(
            "It was stopped because nothing arrived for days. Start it again, and it goes on from where it stopped."
        )
    if row.stopped_at:
        return _("It is stopped. Start it again, and it goes on from where it stopped.")
    if row.failing_since:
        return _("The last batch did not arrive. It is tried again, at longer and longer intervals.")
    return _("Entries are sent in order, a few seconds after they are signed; none is left out.")


def _facts(row: Destination, size: int, now: datetime) -> Iterator[Fact]:
    yield Fact(_("Next entry"), number_format(row.position, force_grouping=True))
    yield Fact(_("Behind"), number_format(max(size - row.position, 0), force_grouping=True))
    if row.sent_at:
        yield Fact(_("Last arrived"), "", When.of(row.sent_at, now))
    if row.answered_at:
        status = _("It answered with %(status)d.") % {"status": row.status} if row.status else ""
        yield Fact(_("Last answer"), row.answer or status, When.of(row.answered_at, now))
    if row.failing_since:
        yield Fact(_("Failing since"), "", When.of(row.failing_since, now))
        if row.stopped_at is None:
            yield Fact(_("Next try not before"), "", When.of(row.due_at, now))


def _form(typed: TypedDestination) -> DestinationForm:
    choices = [(form, FORMAT_WORDS[form][0]) for form in (Format.OCSF, Format.JSONL)]
    return DestinationForm(
        tuple(Choice(form.value, str(name), form.value == typed.form) for form, name in choices),
        *(typed.kind, typed.url, typed.bucket, typed.prefix, typed.region, typed.access_key),
        errors=dict(typed.errors),
    )


def _problems(typed: TypedForm, first: str) -> tuple[Problem, ...]:
    return typed.problems(first, ids={name: _IDS.get(name, first) for name in typed.errors})
