"""Before a run: what is chosen, and what it would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Self

from django.urls import reverse
from django.utils.translation import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from audits import queries as audit_queries
from audits.checks import protocols
from audits.checks.prices import Money, amount, written
from audits.conformance import reads
from audits.models import Endpoint, Run, Suite
from audits.web.pages.conformance import costs, words
from audits.web.presenters.conformance import Plan as PlanCard
from audits.web.presenters.conformance import StartPage
from audits.web.presenters.trail import Choice
from profiles import queries
from profiles.access import Actor, Permission
from profiles.actions.budgets import cost_of, need_budget
from profiles.actions.endpoints import standing
from profiles.actions.runs import Plan, need_turn, planned_protocol
from profiles.errors import DomainError, InvalidInput, WrongState
from profiles.models import Organization, Product, Version
from profiles.resolution.document import canonical
from profiles.web.pages import words as said
from profiles.web.presenters.parts import Action, Crumb, Problem

FIELDS: Final = ("product", "version", "platform", "suite", "endpoint", "judge", "cap")
_DEFAULT_SUITE: Final = "brightline"  # all that ships, in one
_VERSIONS: Final = 50  # that are offered


class Asked(Struct, frozen=True):
    """What a form asks for, by names and numbers as they were sent; empty where nothing was chosen."""

    product: str = ""
    version: str = ""
    platform: str = ""
    suite: str = ""
    endpoint: str = ""
    judge: str = ""
    cap: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        return cls(**{name: query.get(name, "").strip()[:200] for name in FIELDS})


def again(run: Run) -> Asked:
    """What asks for the same once more: of its suite the newest number, and what stands where its endpoints stood."""
    protocol = run.protocol
    suite, money = protocol.suite, Money.of(reads.document_of(run))
    target, judge = (standing(row) if row else None for row in (protocol.endpoint, protocol.judge))
    return Asked(
        product=protocol.version.product.slug,
        version=str(protocol.version.number),
        platform=protocol.platform,
        suite=str(audit_queries.newest_number(suite).pk),
        endpoint=str(target.pk) if target else "",
        judge=str(judge.pk) if judge else "",
        cap=written(money.cap) if money and money.cap is not None else "",
    )


class Look:
    """What can be chosen, and what of it is: where an address names nothing, what is most likely meant."""

    def __init__(self, actor: Actor, asked: Asked, now: datetime) -> None:
        self.actor, self.asked, self.now = actor, asked, now

    @cached_property
    def products(self) -> list[Product]:
        """Those that have a version."""
        rows = Product.objects.of(self.actor).filter(versions__isnull=False).select_related("organization")
        return list(rows.distinct().order_by("name"))

    @cached_property
    def product(self) -> Product | None:
        chosen = (each for each in self.products if each.slug == self.asked.product)
        return next(chosen, None) or next(iter(self.products), None)

    @cached_property
    def versions(self) -> list[Version]:
        if self.product is None:
            return []
        rows = list(Version.objects.of(self.actor).filter(product=self.product).order_by("-number")[:_VERSIONS])
        for row in rows:
            row.product = self.product
        return rows

    @cached_property
    def live(self) -> int | None:
        version = queries.live_version(self.product) if self.product else None
        return version.number if version else None

    @cached_property
    def version(self) -> Version | None:
        wanted = int(self.asked.version) if _is_number(self.asked.version) else self.live
        chosen = (each for each in self.versions if each.number == wanted)
        return next(chosen, None) or next(iter(self.versions), None)

    @cached_property
    def platforms(self) -> list[str]:
        return list(self.version.platforms) if self.version else []

    @cached_property
    def suites(self) -> list[Suite]:
        return reads.suites(self.actor)

    @cached_property
    def suite(self) -> Suite | None:
        return _chosen(self.suites, self.asked.suite) or next(
            (each for each in self.suites if each.slug == _DEFAULT_SUITE), next(iter(self.suites), None)
        )

    @cached_property
    def endpoints(self) -> list[Endpoint]:
        return reads.endpoints(self.actor)

    @cached_property
    def endpoint(self) -> Endpoint | None:
        return _chosen(self.endpoints, self.asked.endpoint) or next(iter(self.endpoints), None)

    @cached_property
    def platform(self) -> str:
        """The one that was chosen, or whose format the endpoint speaks, or the first."""
        spoken = self.endpoint.dialect if self.endpoint else ""
        wanted = (each for each in (self.asked.platform, spoken) if each in self.platforms)
        return next(wanted, next(iter(self.platforms), ""))

    @cached_property
    def judge(self) -> Endpoint | None:
        return _chosen(self.endpoints, self.asked.judge)

    def plan(self) -> Plan:
        """
        Raises:
                InvalidInput: something is missing, or the cap is no amount.
        """
        if not (self.version and self.suite and self.endpoint):
            raise InvalidInput(_("A run needs a version, a suite and an endpoint."))
        return Plan(self.platform, self.suite, self.endpoint, self.judge, cap=self._cap())

    def _cap(self) -> Decimal | None:
        """Where nothing has prices, there is no field for it."""
        if not (self.asked.cap and self.currency):
            return None
        cap = amount(self.asked.cap)
        if cap is None:
            message = _("Give a cap with a point and at most six decimals, such as 2.50, or none.")
            raise InvalidInput(message, fields={"cap": [message]})
        return cap

    @property
    def currency(self) -> str:
        """Of the prices of what is chosen; empty without any."""
        return next((row.currency for row in (self.endpoint, self.judge) if row and row.currency), "")

    def chosen(self) -> dict[str, str]:
        """What a form says that starts just this."""
        return {
            "product": self.product.slug if self.product else "",
            "version": str(self.version.number) if self.version else "",
            "platform": self.platform,
            "suite": str(self.suite.pk) if self.suite else "",
            "endpoint": str(self.endpoint.pk) if self.endpoint else "",
            "judge": str(self.judge.pk) if self.judge else "",
            "cap": self.asked.cap if self.currency else "",
        }


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _chosen(rows: list[Any], text: str) -> Any:
    return next((row for row in rows if text == str(row.pk)), None)


def build_start(look: Look, refused: DomainError | None = None) -> StartPage:
    """
    Args:
        refused: why it was not started just now.
    """
    page = StartPage(
        crumbs=(Crumb(_("Conformance"), reverse("conformance")),),
        products=tuple(Choice(each.slug, each.name, each == look.product) for each in look.products),
        versions=tuple(_version(look, each) for each in look.versions),
        platforms=tuple(Choice(each, said.platform_words(each), each == look.platform) for each in look.platforms),
        suites=tuple(_suite(each, look.suite) for each in look.suites),
        endpoints=tuple(_endpoint(each, look.endpoint) for each in look.endpoints),
        judges=tuple(_judges(look)),
        plan=None,
        chosen=look.chosen(),
        currency=look.currency,
        cap=look.asked.cap,
    )
    if missing := _missing(look):
        return replace(page, missing=missing[0], missing_action=missing[1])
    found = _planned(look, page)
    if refused is None:
        return found
    return replace(found, problems=(Problem(refused.message, "#plan"),))


def _missing(look: Look) -> tuple[str, Action | None] | None:
    """What has to be there before anything can be run, and where that is done."""
    if not look.products:
        text = _("No product has a version yet. A run tests what a version promises.")
        return text, Action(_("Products"), reverse("home"), "home")
    if not look.endpoints:
        may = look.actor.may(Permission.MANAGE_ENDPOINTS)
        way = Action(_("Add an endpoint"), reverse("settings_endpoints"), "globe") if may else None
        text = _("There is no endpoint yet: the address of a model that can be asked.")
        return text if may else f"{text} {_('An administrator adds one.')}", way
    if not look.suites:
        return _("There is no suite yet. Those that ship with the program are published when it starts."), None
    return None


def _planned(look: Look, page: StartPage) -> StartPage:
    """The page with what would be run, or with the sentence for why it would be refused."""
    assert look.version is not None and look.product is not None  # noqa: PT018 - nothing is missing
    try:
        document = planned_protocol(look.version, look.plan(), look.now)
    except (InvalidInput, WrongState) as refusal:
        return replace(page, refusal=refusal.message, cap_error=" ".join(refusal.fields.get("cap", ())))
    page = replace(page, plan=_plan(look, document))
    try:
        need_turn(_organization(look), protocols.digest_of(canonical(document)))
        need_budget(_organization(look), cost_of(document), now=look.now)
    except WrongState as refusal:
        return replace(page, refusal=refusal.message)
    return page


def _organization(look: Look) -> Organization:
    assert look.product is not None
    return look.product.organization


def _plan(look: Look, document: Mapping[str, Any]) -> PlanCard:
    names = audit_queries.behavior_names()
    counted = [
        (names.get(each["behavior"], each["behavior"]), each["behavior"], words.trials_words(each["trials"]))
        for each in document["commitments"]
    ]
    return PlanCard(
        facts=tuple(_facts(document)),
        commitments=tuple(counted),
        missing=tuple(words.not_covered(document, names)),
        rehearsal=document["target"]["rehearsal"],
        judge_note=_judge_note(document),
    )


def _facts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield _("Trials"), words.number(document["trials"])
    yield from costs.estimated(document)
    yield _("Commitments tested"), words.number(len(document["commitments"]))
    yield _("Not covered"), words.number(len(document["not_covered"]))
    money = Money.of(document)
    capped = money is not None and money.cap is not None
    yield _("Ends"), _("after all planned trials, or before the cap") if capped else _("after all planned trials")


def _judge_note(document: Mapping[str, Any]) -> str:
    if document["judge"] is None:
        return _("Without a judge, replies that rules leave open stay unclear until a person judges them.")
    text = _(
        "The judge is tried on labelled replies first. It gives %(votes)d votes on each reply that rules leave open; "
        "how many those are, only the replies show."
    )
    return text % {"votes": document["judge"]["votes"]}


# Choices


def _version(look: Look, row: Version) -> Choice:
    text = _("Version %(number)d, active") if row.number == look.live else _("Version %(number)d")
    return Choice(str(row.number), text % {"number": row.number}, row == look.version)


def _suite(row: Suite, chosen: Suite | None) -> Choice:
    told = {"title": row.title, "number": row.number, "probes": words.probes_words(row.probes)}
    return Choice(str(row.pk), _("%(title)s %(number)d: %(probes)s") % told, row == chosen)


def _endpoint(row: Endpoint, chosen: Endpoint | None) -> Choice:
    return Choice(str(row.pk), _endpoint_words(row), row == chosen)


def _endpoint_words(row: Endpoint) -> str:
    told = {"name": row.name, "model": row.model}
    text = _("%(name)s: %(model)s (rehearsal)") if row.rehearsal else _("%(name)s: %(model)s")
    return text % told


def _judges(look: Look) -> Iterator[Choice]:
    yield Choice("", _("None: rules alone decide"), look.judge is None)
    for row in look.endpoints:
        if look.endpoint is None or (row.url, row.model) != (look.endpoint.url, look.endpoint.model):
            yield Choice(str(row.pk), _endpoint_words(row), row == look.judge)
