from typing import Any

from django.utils import timezone

from audits.checks import probes
from audits.checks.probes.library import shipped
from profiles.access import command
from profiles.actions.suites import EVERYBODY, publish_suite
from profiles.management.base import ActionCommand

WHOLE, TITLE = "brightline", "Everything that a conversation can test"
NOTE = "All suites that ship with Brightline, as one."


class Command(ActionCommand):
    help = "Publish the suites of probes that come with the program. Those that are here already stay as they are."

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        suites = shipped()
        found = []
        for suite in (*suites, probes.joined(WHOLE, TITLE, NOTE, suites)):
            row, is_new = publish_suite(EVERYBODY, suite=suite, by=command("load_suites"), now=timezone.now())
            found.append({"suite": row.slug, "number": row.number, "digest": row.digest, "new": is_new})
        return {"suites": found}

    def say(self, result: dict[str, Any]) -> str:
        states = {True: "published", False: "already here"}
        return "\n".join(f"{item['suite']} {item['number']}: {states[item['new']]}" for item in result["suites"])
