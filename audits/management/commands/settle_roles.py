from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from audits.ledger import roles


class Command(BaseCommand):
    help = (
        "Give the tables to an owner that nobody can sign in as, and the program's role what it needs and no more. Run "
        "it after every migrate, by a database administrator; the program itself runs as brightline_app."
    )
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        try:
            roles.settle()
        except DatabaseError as error:
            raise CommandError(f"The roles could not be settled: {str(error).strip().splitlines()[0]}") from error
        self.stdout.write(f"The tables belong to {roles.OWNER}; the program runs as {roles.PROGRAM}.")
