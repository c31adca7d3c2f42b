from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from profiles.access import command
from profiles.actions.sources import RefusedSource, day_in, import_source, read_source
from profiles.management.base import ActionCommand, bytes_of
from profiles.rulebook.sources.model import as_json


class Command(ActionCommand):
    help = "Import a revision of a vendor's document, or with --dry-run only read it. A problem refuses all of it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file")
        parser.add_argument("--dry-run", action="store_true", help="store nothing")
        parser.add_argument("--platform", default="openai")
        parser.add_argument("--name", default="model_spec", help="the document's id in the platform's rulebook")
        parser.add_argument(
            "--published", type=date.fromisoformat, metavar="DATE", help="unless the file's name holds the date"
        )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        data = bytes_of(options["file"])
        published = options["published"] or day_in(Path(options["file"]).name)
        try:
            document = read_source(data)
            if not options["dry_run"]:
                if published is None:
                    raise CommandError("The file's name holds no date: say --published YEAR-MONTH-DAY.")
                import_source(
                    data,
                    platform=options["platform"],
                    name=options["name"],
                    published=published,
                    by=command("import_source"),
                    now=timezone.now(),
                )
        except RefusedSource as error:
            raise CommandError("\n".join([error.message, *(f"  {line}" for line in error.fields["file"])])) from None
        return as_json(document)

    def say(self, result: dict[str, Any]) -> str:
        counts = [f"{len(result['sections'])} sections", f"{len(result['examples'])} examples"]
        counts += [f"{result['commentary']} commentaries", f"{len(result['warnings'])} warnings"]
        return "\n".join([result["digest"], ", ".join(counts), *(f"  {line}" for line in result["warnings"])])
