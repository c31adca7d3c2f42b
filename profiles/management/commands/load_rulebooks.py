import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

import profiles.rulebook
from profiles.access import system
from profiles.actions.rulebooks import publish_rulebook


class Command(BaseCommand):
    help = "Publish the rulebooks that come with the program. Those that are here already stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        library = Path(profiles.rulebook.__file__).parent / "library"
        found = []
        for path in sorted(library.glob("*.toml")):
            revision, is_new = publish_rulebook(
                path.read_text("utf-8"), by=system("load_rulebooks"), now=timezone.now()
            )
            found.append(
                {"platform": revision.platform, "revision": revision.revision, "digest": revision.digest, "new": is_new}
            )
        if options["json"]:
            self.stdout.write(json.dumps({"rulebooks": found}))
            return
        for item in found:
            state = "published" if item["new"] else "already here"
            self.stdout.write(f"{item['platform']} {item['revision']}: {state}")
