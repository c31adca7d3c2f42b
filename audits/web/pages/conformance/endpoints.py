"""From endpoints to their page, what was typed into its form, and what came of trying one out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from django.db.models import Count
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from msgspec import Struct

from audits.checks.prices import written
from audits.conformance.engine.shapes import Connection
from audits.models import Endpoint, Run
from audits.web.pages.conformance import words
from audits.web.presenters.endpoints import EndpointCard, EndpointForm, EndpointsPage, PriceField
from audits.web.presenters.trail import Choice
from profiles.access import Actor
from profiles.actions.endpoints import Reached, TypedPrices, prices_of, shown
from profiles.errors import DomainError
from profiles.web.pages.typed import TypedForm, texts
from profiles.web.presenters.parts import Crumb, Message, Pill, Problem, When

_FIELDS: Final = ("name", "dialect", "url", "model", "key")
_FAILURES: Final = {
    "unauthorized": lazy("The endpoint refuses the key, or the key may not use this model."),
    "unknown_model": lazy("The endpoint answers, but knows no model of this name."),
    "refused_request": lazy("The endpoint takes requests, but refused this one."),
    "rate_limited": lazy("The endpoint says that it is asked too often."),
    "server_error": lazy("The endpoint answered with an error of its own."),
    "timeout": lazy("It did not answer in time."),
    "unreachable": lazy("Nobody answers at this address."),
    "tls": lazy("The certificate of the endpoint is not one to trust."),
    "private": lazy("This installation lets no endpoint have this address."),
    "redirect": lazy("The endpoint leads to another address. Give that one instead."),
    "too_long": lazy("It answered with more than may come."),
    "not_an_answer": lazy("Something came back that is no answer of a model."),
    "stopped": lazy("The test was stopped."),
    "engine": lazy("The test itself failed, which says nothing about the endpoint. Try again."),
}
_PRICES: Final = {
    "input": (lazy("Price of tokens that go in"), lazy("Of a million of them, such as 2.50.")),
    "output": (lazy("Price of tokens that come out"), lazy("Of a million of them.")),
    "currency": (lazy("Currency"), lazy("Three capital letters, such as USD or EUR.")),
}
_MODELS: Final = 12  # that are named where there are others
_ANSWER: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class TypedEndpoint(TypedForm):
    name: str = ""
    dialect: str = Endpoint.Dialect.OPENAI.value
    url: str = ""
    model: str = ""
    rehearsal: bool = False
    key: str = field(default="", repr=False)

    @classmethod
    def read(cls, form: QueryDict) -> Self:
        typed = {name: text.replace("\x00", "") for name, text in texts(form, *_FIELDS).items()}
        return cls(**typed, rehearsal=form.get("rehearsal") == "on")

    def reached(self) -> Reached:
        return Reached(self.dialect, self.url, self.model, self.key)


class Tried(Struct, frozen=True):
    """What just happened to one endpoint: it was tested, or its key was refused."""

    pk: int
    connection: Connection | None = None
    key_error: str = ""
    prices: TypedPrices | None = None  # that were refused
    refused: DomainError | None = None


def read_prices(form: QueryDict) -> TypedPrices:
    typed = {name: text.strip().replace("\x00", "")[:40] for name, text in texts(form, *_PRICES).items()}
    return TypedPrices(**typed)


def build_endpoints(
    actor: Actor, rows: list[Endpoint], typed: TypedEndpoint, now: datetime, tried: Tried | None = None
) -> EndpointsPage:
    used = _used(actor, rows)
    return EndpointsPage(
        crumbs=(Crumb(_("All settings"), reverse("settings")), Crumb(_("Conformance"), reverse("conformance"))),
        endpoints=tuple(
            _card(row, used.get(row.pk, 0), tried if tried and tried.pk == row.pk else None, now) for row in rows
        ),
        form=_form(typed),
        problems=tuple(_problems(typed, tried)),
    )


def _used(actor: Actor, rows: Iterable[Endpoint]) -> Mapping[int, int]:
    """How many runs asked each endpoint."""
    found = Run.objects.of(actor).filter(protocol__endpoint__in=[row.pk for row in rows])
    return dict(found.order_by().values_list("protocol__endpoint").annotate(count=Count("pk")))


def _card(row: Endpoint, used: int, tried: Tried | None, now: datetime) -> EndpointCard:
    told = {"dialect": words.dialect_words(row.dialect), "model": row.model}
    connection = tried.connection if tried else None
    return EndpointCard(
        pk=row.pk,
        name=row.name,
        what=_("Model %(model)s, %(dialect)s") % told,
        address=shown(row)["address"],
        key=Pill("neutral", _("key sealed")) if row.sealed else Pill("neutral", _("without a key")),
        rehearsal=row.rehearsal,
        made=When.of(row.created_at, now),
        by=row.created_by,
        used=ngettext("%(n)s run asked it", "%(n)s runs asked it", used) % {"n": words.number(used)},
        tried=_tried(connection) if connection else None,
        answer=connection.answer.strip()[:_ANSWER] if connection and connection.ok else "",
        models=connection.models[:_MODELS] if connection and not connection.ok else (),
        key_error=tried.key_error if tried else "",
        prices=words.prices(known) if (known := prices_of(row)) else "",
        price_fields=tuple(_price_fields(row, tried)),
        prices_refused=bool(tried and tried.refused),
    )


def _price_fields(row: Endpoint, tried: Tried | None) -> Iterator[PriceField]:
    """What holds, or what was typed and refused."""
    known = prices_of(row)
    shown = TypedPrices(written(known.input), written(known.output), known.currency) if known else TypedPrices()
    typed = tried.prices if tried and tried.prices else shown
    errors = tried.refused.fields if tried and tried.refused else {}
    for name, (label, hint) in _PRICES.items():
        error = " ".join(errors.get(name, ()))
        yield PriceField(f"{name}-{row.pk}", name, str(label), str(hint), getattr(typed, name), error)


def _tried(connection: Connection) -> Message:
    told = {"model": connection.model or "–", "seconds": number_format(connection.seconds, decimal_pos=1)}
    if connection.ok:
        return Message("ok", _("It answered in %(seconds)s seconds, as the model %(model)s.") % told)
    failure = connection.failure
    return Message("bad", str(_FAILURES.get(failure.kind if failure else "engine", _FAILURES["engine"])))


def _form(typed: TypedEndpoint) -> EndpointForm:
    return EndpointForm(
        tuple(Choice(each, str(text), each == typed.dialect) for each, text in words.DIALECTS.items()),
        typed.name,
        typed.url,
        typed.model,
        typed.rehearsal,
        dict(typed.errors),
    )


def _problems(typed: TypedEndpoint, tried: Tried | None) -> Iterator[Problem]:
    yield from typed.problems("name")
    if tried and tried.key_error:
        yield Problem(tried.key_error, f"#key-{tried.pk}")
    if tried and tried.refused:
        fields = tried.refused.fields or {"input": [tried.refused.message]}
        for name, (text, *_more) in fields.items():
            yield Problem(text, f"#{name}-{tried.pk}")
