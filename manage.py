#!/usr/bin/env python
"""Django's commands. In the embedded mode the database is started for the length of a command if it is not up."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

# These neither read nor write the database, so none is started for them.
WITHOUT_DATABASE = {
    *("help", "--help", "-h", "version", "--version", "check", "diffsettings"),
    *("makemessages", "compilemessages", "collectstatic", "findstatic"),
}


def main(arguments: Sequence[str] = sys.argv) -> None:
    """Run one command; what a person has to settle ends it with a sentence instead of a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured

        from config import embedded
        from config.processes import Problem
    except ImportError as error:
        sys.exit(f"{error}: run `make run` once, then use .venv/bin/python.")
    try:
        if embedded.wanted() and needs_database(arguments):
            with embedded.running(embedded.var_folder()):
                execute(arguments)
        else:
            execute(arguments)
    except (Problem, ImproperlyConfigured) as problem:
        sys.exit(f"Error: {problem}")


def needs_database(arguments: Sequence[str]) -> bool:
    """Whether this command line may touch the database."""
    command = arguments[1] if len(arguments) > 1 else "help"
    return command not in WITHOUT_DATABASE or "--database" in arguments


def execute(arguments: Sequence[str]) -> None:
    """Django's part. Imported this late, since settings read where the server's socket is."""
    from django.conf import settings
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    _ = settings.INSTALLED_APPS  # complains now, where Django would print a sentence and a traceback
    try:
        execute_from_command_line(list(arguments))
    except OperationalError as error:
        if "--traceback" in arguments:
            raise
        sys.exit(f"Error: The database refused: {str(error).strip().splitlines()[0]}")


if __name__ == "__main__":
    main()
