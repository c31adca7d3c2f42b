"""Erasing personal data: of one entry, or of a person in all entries."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits import queries
from audits.models import Entry
from audits.web.presenters.erasure import ErasurePage
from audits.web.presenters.trail import Choice
from profiles.access import Actor
from profiles.actions.retention import erasing_refusal
from profiles.errors import DomainError

# What stands under a path of an entry, in words.
_PARTS: Final = {
    "actor.name": gettext_lazy("The name of whoever acted"),
    "data.account": gettext_lazy("The name of the person it was done to"),
    "data.reason": gettext_lazy("The reason"),
    "data.comment": gettext_lazy("The comment"),
    "data.text": gettext_lazy("The comment"),
    "data.note": gettext_lazy("The note"),
    "data.evidence": gettext_lazy("The evidence that was described"),
    "data.reference": gettext_lazy("The reference of the legal hold"),
    "data.link": gettext_lazy("The link to the evidence"),
    "data.message": gettext_lazy("The sentence of the refusal"),
    "data.fields": gettext_lazy("The sentences of the refusal, by field"),
}


def part_words(path: str) -> str:
    return str(_PARTS.get(path, path))


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form holds."""

    paths: list[str] = field(default_factory=list)
    person: str = ""
    texts: bool = False
    reason: str = ""
    error: DomainError | None = None

    @classmethod
    def of(cls, sent: QueryDict) -> Self:
        return cls(sent.getlist("paths"), sent.get("person", ""), bool(sent.get("texts")), sent.get("reason", ""))


def of_entry(entry: Entry, typed: Typed) -> ErasurePage:
    typed = _told_beforehand(entry.organization, typed)
    left = [row for row in entry.disclosures.all() if row.text is not None]
    return ErasurePage(
        _("The entry stays, and so does every proof of it. Only the clear text goes, and nobody can bring it back."),
        reverse("entry_erasure", args=[entry.pk]),
        parts=tuple(Choice(row.path, part_words(row.path), row.path in typed.paths) for row in left),
        entry_href=reverse("trail_entry", args=[entry.pk]),
        entry_title=_("Entry %(number)d") % {"number": entry.pk},
        **_told(typed),
    )


def of_person(actor: Actor, typed: Typed) -> ErasurePage:
    typed = _told_beforehand(actor.organization_slug, typed)
    people = [(who, name) for who, name in queries.actors(actor) if who.startswith("user:")]
    return ErasurePage(
        _("Their name goes from every entry that is there now. The entries stay, and so does every proof of them."),
        reverse("erasure"),
        people=tuple(Choice(who, name, who == typed.person) for who, name in people),
        texts=typed.texts,
        **_told(typed),
    )


def _told_beforehand(organization: str, typed: Typed) -> Typed:
    """With what the action would refuse it for, before anybody tries."""
    return typed if typed.error else replace(typed, error=erasing_refusal(organization))


def _told(typed: Typed) -> dict[str, Any]:
    fields = typed.error.fields if typed.error else {}
    told = {name: " ".join(fields.get(name, ())) for name in ("reason", "paths", "person")}
    return {
        "reason": typed.reason,
        "reason_error": told["reason"],
        "choice_error": told["paths"] or told["person"],
        "problem": typed.error.message if typed.error and not any(told.values()) else "",
    }
