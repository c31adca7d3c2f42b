from __future__ import annotations

import os
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from audits.conformance import running
from audits.ledger import keys, sequence
from audits.models import Endpoint, Finding, Run, Suite
from profiles.access import Actor, command
from profiles.actions.endpoints import Reached, create_endpoint
from profiles.actions.runs import Plan, fix_protocol, request_run
from profiles.management.base import ActionCommand
from profiles.models import Organization, Product, Version
from profiles.queries.live import live_version

KEY: Final = "BRIGHTLINE_ENDPOINT_KEY"
SHIPPED: Final = "brightline"  # the suite that is taken where none is named


class Command(ActionCommand):
    help = f"Test the behavior of a model against a product's profile, now. Its key, if it needs one, stands in {KEY}."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--product", required=True, metavar="ORGANIZATION/PRODUCT")
        parser.add_argument("--version", type=int, help="its number; else the one that is active, or the newest")
        parser.add_argument("--platform", default="", help="where the product runs on several")
        parser.add_argument("--endpoint", required=True, metavar="URL", help="as the vendor's client takes it")
        parser.add_argument("--dialect", required=True, choices=Endpoint.Dialect.values)
        parser.add_argument("--model", required=True, metavar="NAME")
        parser.add_argument("--suite", default=SHIPPED, help="its name, or name:number")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        product = _product(options["product"])
        version = _version(product, options["version"])
        by = command("run_conformance", product.organization_id, product.organization.slug)
        now = timezone.now()
        plan = Plan(
            platform=options["platform"] or _platform(version, options["dialect"]),
            suite=_suite(product.organization, options["suite"]),
            endpoint=_endpoint(product.organization, options, by),
        )
        protocol, _is_new = fix_protocol(version, plan=plan, by=by, now=now)
        run = request_run(protocol, trigger=Run.Trigger.COMMAND, by=by, now=now)
        if keys.can_sign():
            sequence.place(now=timezone.now())  # the protocol is on record before anything is asked
        while not running.carry_on(run.pk, all_of_it=True):
            run.refresh_from_db()
            if run.state != Run.State.OPEN:
                break
        run.refresh_from_db()
        if run.state != Run.State.FINISHED:
            raise CommandError(f"The run ended as {run.state}. {run.failure}".strip())
        return {"protocol": protocol.digest, "run": run.pk, "findings": [_told(row) for row in run.findings.all()]}

    def say(self, result: dict[str, Any]) -> str:
        found = [
            f"{each['outcome']:>12}  {each['behavior']}  {each['passed']} of {each['trials']}"
            for each in result["findings"]
        ]
        return "\n".join([f"Run {result['run']} of protocol {result['protocol']}", *found])


def _told(row: Finding) -> dict[str, Any]:
    return {
        "behavior": row.behavior,
        "outcome": row.outcome,
        "passed": row.passed,
        "trials": row.trials,
        "interval": None if row.low is None else [row.low, row.high],
    }


def _product(path: str) -> Product:
    organization, _, slug = path.partition("/")
    found = Product.objects.filter(organization__slug=organization, slug=slug).select_related("organization").first()
    if found is None:
        raise CommandError(f"There is no product {path}. Write it as organization/product.")
    return found


def _version(product: Product, number: int | None) -> Version:
    rows = product.versions.select_related("product__organization")
    found = rows.filter(number=number).first() if number else live_version(product) or rows.first()
    if found is None:
        raise CommandError(f"The product {product.slug} has no such version." if number else "It has no version yet.")
    return found


def _platform(version: Version, dialect: str) -> str:
    """The one whose dialect it is, if the product runs there; else its first."""
    platforms = list(version.platforms)
    return dialect if dialect in platforms else platforms[0]


def _suite(organization: Organization, text: str) -> Suite:
    name, _, number = text.partition(":")
    rows = Suite.objects.filter(slug=name, organization__in=[organization.pk]) | Suite.objects.filter(
        slug=name, organization=None
    )
    rows = rows.filter(number=int(number)) if number.isdecimal() else rows
    found = rows.order_by("organization", "-number").first()
    if found is None:
        raise CommandError(f"There is no suite {text}. Load those that come with the program: manage.py load_suites.")
    return found


def _endpoint(organization: Organization, options: dict[str, Any], by: Actor) -> Endpoint:
    """The one that is known by its address and model, or a new one."""
    reached = {"dialect": options["dialect"], "url": options["endpoint"], "model": options["model"]}
    known = Endpoint.objects.filter(organization=organization, removed_at=None, **reached).first()
    if known is not None:
        return known
    name = f"{options['model']} at {options['endpoint']}"[:80]
    reached_by = Reached(**reached, key=os.environ.get(KEY, ""))
    return create_endpoint(organization, name=name, reached=reached_by, by=by, now=timezone.now())
