"""Taking an evidence bundle: what may be chosen, and what was typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Self

from django.http import QueryDict
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from audits.ledger.disclosed import Disclose
from audits.ledger.span import Wanted
from audits.ledger.taking import MOST_KEPT, wanted_of
from audits.models import Checkpoint
from audits.web.presenters.evidence import DiscloseChoice, EvidencePage
from audits.web.presenters.trail import Choice
from profiles.access import Actor
from profiles.errors import InvalidInput
from profiles.models import Product
from profiles.web.moments import zone_name
from profiles.web.pages.typed import TypedForm, texts
from profiles.web.presenters.parts import Problem, When

DISCLOSE_WORDS: Final = {
    Disclose.NAMES: (lazy("Names"), lazy("Who acted, and who was concerned. Without them only ids stand there.")),
    Disclose.TEXTS: (lazy("What people wrote"), lazy("Reasons, comments and notes, word for word.")),
}
_LONGEST: Final = 200  # characters of one field
_DIGITS: Final = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class TypedEvidence(TypedForm):
    product: str = ""
    version: str = ""
    since: str = ""
    until: str = ""
    kept: str = ""
    disclose: tuple[str, ...] = ()

    @classmethod
    def of(cls, form: QueryDict) -> Self:
        given = texts(form, "product", "version", "since", "until", "kept")
        cleaned = {name: text.replace("\x00", "")[:_LONGEST] for name, text in given.items()}
        return cls(**cleaned, disclose=tuple(form.getlist("disclose"))[:10])

    def wanted(self, actor: Actor) -> Wanted:
        """
        Raises:
            InvalidInput: with a sentence for each field that cannot be read.
        """
        read: dict[str, Any] = {}
        wrong: dict[str, list[str]] = {}
        for name, parse in (("version", _number), ("since", _day), ("until", _day), ("kept", _sizes)):
            try:
                read[name] = parse(getattr(self, name))
            except ValueError as error:
                wrong[name] = [str(error)]
        if wrong:
            raise InvalidInput(next(iter(wrong.values()))[0], fields=wrong)
        chosen = [each for each in Disclose if each.value in self.disclose]
        return wanted_of(actor, product=self.product, zone=get_current_timezone(), disclose=chosen, **read)


def build_evidence(typed: TypedEvidence, actor: Actor, checkpoint: Checkpoint | None) -> EvidencePage:
    products = [(row.slug, row.name) for row in Product.objects.of(actor).order_by("name")]
    everything = Choice("", _("Everything of the organization"), not typed.product)
    ids = {"product": "product", "version": "version", "since": "since", "until": "until", "kept": "kept"}
    problems = [Problem(f"#{ids.get(name, 'product')}", text) for name, text in typed.errors.items()]
    if typed.sentence:
        problems.append(Problem("#product", typed.sentence))
    return EvidencePage(
        products=(everything, *(Choice(slug, name, slug == typed.product) for slug, name in products)),
        version=typed.version,
        since=typed.since,
        until=typed.until,
        kept=typed.kept,
        disclose=tuple(
            DiscloseChoice(each.value, str(name), str(hint), each.value in typed.disclose)
            for each, (name, hint) in DISCLOSE_WORDS.items()
        ),
        zone=zone_name(),
        size=checkpoint.size if checkpoint else 0,
        signed=When.of(checkpoint.signed_at) if checkpoint else None,
        errors=dict(typed.errors),
        problems=tuple(problems),
    )


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and _DIGITS.fullmatch(text)):
        raise ValueError(_("Write the number of a version, such as 3."))
    return int(text)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("Write a day such as 2026-11-23.")) from None
    if not 1970 <= day.year < 9999:
        raise ValueError(_("Write a day such as 2026-11-23."))
    return day


def _sizes(text: str) -> tuple[int, ...]:
    words = text.replace(",", " ").split()
    if len(words) > MOST_KEPT or not all(word.isascii() and _DIGITS.fullmatch(word) for word in words):
        message = _("Write the numbers of entries of at most %(most)d checkpoints, such as: 812, 1204.")
        raise ValueError(message % {"most": MOST_KEPT})
    return tuple(map(int, words))
