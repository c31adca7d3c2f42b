from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from profiles.access import command
from profiles.actions.api_keys import SCOPES, create_api_key
from profiles.management.base import ActionCommand
from profiles.queries import organization_named


class Command(ActionCommand):
    help = "Make an API key and print it, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization", help="the organization's slug")
        parser.add_argument("--product", help="for a client key: the product's slug")
        parser.add_argument("--environment", help="for a client key: the environment's slug")
        parser.add_argument("--scope", action="append", choices=SCOPES, default=[], help="for an organization key")
        parser.add_argument("--name", default="made by create_api_key")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        organization = organization_named(options["organization"])
        product, environment = options["product"], options["environment"]
        key, text = create_api_key(
            organization,
            name=options["name"],
            product=organization.products.one(slug=product) if product else None,
            environment=organization.environments.one(slug=environment) if environment else None,
            scopes=options["scope"],
            by=command("create_api_key", organization.pk, organization.slug),
            now=timezone.now(),
        )
        return {"key": text, "prefix": key.prefix, "name": key.name}

    def say(self, result: dict[str, Any]) -> str:
        return str(result["key"])
