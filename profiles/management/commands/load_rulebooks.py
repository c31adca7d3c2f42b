from pathlib import Path
from typing import Any

from django.utils import timezone

import profiles.rulebook
from profiles.access import command
from profiles.actions.rulebooks import publish_rulebook
from profiles.management.base import ActionCommand

LIBRARY = Path(profiles.rulebook.__file__).parent / "library"


class Command(ActionCommand):
    help = "Publish the rulebooks that come with the program. Those that are here already stay as they are."

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        found = []
        for path in sorted(LIBRARY.glob("*.toml")):
            revision, is_new = publish_rulebook(
                path.read_text("utf-8"), by=command("load_rulebooks"), now=timezone.now()
            )
            found.append(
                {"platform": revision.platform, "revision": revision.revision, "digest": revision.digest, "new": is_new}
            )
        return {"rulebooks": found}

    def say(self, result: dict[str, Any]) -> str:
        states = {True: "published", False: "already here"}
        return "\n".join(
            f"{item['platform']} {item['revision']}: {states[item['new']]}" for item in result["rulebooks"]
        )
