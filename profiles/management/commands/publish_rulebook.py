from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from profiles.access import command
from profiles.actions.rulebooks import publish_rulebook
from profiles.management.base import ActionCommand, bytes_of


class Command(ActionCommand):
    help = "Publish a rulebook or a law pack from its TOML file. No active profile changes."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            text = bytes_of(options["file"]).decode()
        except UnicodeDecodeError:
            raise CommandError(f"{options['file']} is not a text in UTF-8.") from None
        revision, is_new = publish_rulebook(text, by=command("publish_rulebook"), now=timezone.now())
        return {
            "platform": revision.platform,
            "revision": revision.revision,
            "digest": revision.digest,
            "new": is_new,
        }

    def say(self, result: dict[str, Any]) -> str:
        state = "published" if result["new"] else "already here"
        return f"{result['platform']} {result['revision']}: {state}"
