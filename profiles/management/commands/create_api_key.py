import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from profiles.access import system
from profiles.actions.api_keys import SCOPES, create_api_key
from profiles.errors import DomainError
from profiles.queries import organization_named


class Command(BaseCommand):
    help = "Make an API key and print it, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organization", help="the organization's slug")
        parser.add_argument("--product", help="for a client key: the product's slug")
        parser.add_argument("--environment", help="for a client key: the environment's slug")
        parser.add_argument("--scope", action="append", choices=SCOPES, default=[], help="for an organization key")
        parser.add_argument("--name", default="made by create_api_key")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            organization = organization_named(options["organization"])
            product = options["product"] and organization.products.one(slug=options["product"])
            environment = options["environment"] and organization.environments.one(slug=options["environment"])
            by = system("create_api_key", organization.pk, organization.slug)
            key, text = create_api_key(
                organization,
                name=options["name"],
                product=product or None,
                environment=environment or None,
                scopes=options["scope"],
                by=by,
                now=timezone.now(),
            )
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(
            json.dumps({"key": text, "prefix": key.prefix, "name": key.name}) if options["json"] else text
        )
