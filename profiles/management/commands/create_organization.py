from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from profiles.access import command
from profiles.actions.organizations import create_organization
from profiles.management.base import ActionCommand


class Command(ActionCommand):
    help = "Make an organization, with a staging and a production environment."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("slug", help="its name in addresses, such as lantern-health")
        parser.add_argument("name")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        by = command("create_organization")
        made = create_organization(slug=options["slug"], name=options["name"], by=by, now=timezone.now())
        return {"organization": made.slug, "environments": [place.slug for place in made.environments.all()]}

    def say(self, result: dict[str, Any]) -> str:
        return f"Made {result['organization']} with {' and '.join(result['environments'])}."
