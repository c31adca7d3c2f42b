from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from profiles.access import command
from profiles.actions.products import create_product
from profiles.management.base import ActionCommand
from profiles.queries import organization_named


class Command(ActionCommand):
    help = "Make a product, with everything at its platforms' defaults."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization", help="the organization's slug")
        parser.add_argument("slug", help="the product's name in addresses")
        parser.add_argument("name")
        parser.add_argument("--platform", action="append", required=True, help="may be given several times")
        parser.add_argument(
            "--fact", action="append", default=[], metavar="NAME=VALUE", help="audience=adults; a list: a,b"
        )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        organization = organization_named(options["organization"])
        product = create_product(
            organization,
            slug=options["slug"],
            name=options["name"],
            facts=dict(map(_fact, options["fact"])),
            platforms=options["platform"],
            by=command("create_product", organization.pk, organization.slug),
            now=timezone.now(),
        )
        return {
            "product": f"{organization.slug}/{product.slug}",
            "platforms": product.platforms,
            "facts": product.facts,
        }

    def say(self, result: dict[str, Any]) -> str:
        return f"Made {result['product']} on {', '.join(result['platforms'])}."


def _fact(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"{text!r} is no fact: write NAME=VALUE.")
    return name, value.split(",") if name in ("surface", "jurisdictions") else value
