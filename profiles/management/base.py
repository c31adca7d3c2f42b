"""What Brightline's own commands share: ``--json``, and refusals as one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from profiles.errors import DomainError


class ActionCommand(BaseCommand):
    """A command that calls an action. ``act`` returns what happened, ready for JSON; ``say`` tells it to a person."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = self.act(options)
        except DomainError as error:
            fields = "".join(f"\n  {path}: {' '.join(said)}" for path, said in error.fields.items())
            raise CommandError(f"{error.message}{fields}") from None
        self.stdout.write(json.dumps(result) if options["json"] else self.say(result))

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def say(self, result: dict[str, Any]) -> str:
        raise NotImplementedError


def bytes_of(name: str) -> bytes:
    """
    Raises:
        CommandError: there is no such file, or it cannot be read.
    """
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from None
