from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from audits.ledger.installation import described
from profiles.access import command
from profiles.actions.installation import note_settings


class Command(BaseCommand):
    help = (
        "Put on record with which settings the program starts, if they are others than last time. The supervisor does"
        " this at each start; run it yourself where something else starts the program."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--role", default="", help="the role as which the program uses the database, if not this one"
        )

    def handle(self, *, role: str, verbosity: int, **_options: Any) -> None:
        told = described(role=role)
        entry = note_settings("installation", told=told, by=command("note_settings"), now=timezone.now())
        if verbosity:
            self.stdout.write(f"Entry {entry.pk} tells what changed." if entry else "Nothing changed.")
