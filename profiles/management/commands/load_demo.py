import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from audits.conformance.execute import execute
from audits.models import Check
from profiles.demo import STORIES, load_demo
from profiles.models import Organization, RulebookRevision


class Command(BaseCommand):
    help = "Make three demo organizations with people, history and keys, and write var/demo.json. Once only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError("The demo is for the embedded mode: elsewhere its accounts would be a way in.")
        if not RulebookRevision.objects.exists():
            raise CommandError("Load the rulebooks first: manage.py load_rulebooks.")
        made = not Organization.objects.filter(slug__in=[story.organization[0] for story in STORIES]).exists()
        path = Path(settings.VAR) / "demo.json"
        if made:
            # One transaction, and the file last: a start that is interrupted leaves nothing, and the next begins again.
            with transaction.atomic():
                demo = load_demo(timezone.now(), settings.BRIGHTLINE_BASE_URL)
                write_private(path, json.dumps(demo, indent=2))
            for check in Check.objects.filter(state=Check.State.WAITING).order_by("pk"):
                execute(check.pk, now=timezone.now())
        elif path.exists():
            keep_address(path, settings.BRIGHTLINE_BASE_URL)
        if options["json"]:
            self.stdout.write(json.dumps({"made": made, "file": str(path)}))
        else:
            self.stdout.write(f"{'Made the demo' if made else 'The demo is here already'}: see {path}.")


def keep_address(path: Path, base_url: str) -> None:
    """The program may answer on another port than when the demo was made."""
    demo = json.loads(path.read_text("utf-8"))
    if demo["url"] != base_url:
        write_private(path, json.dumps({**demo, "url": base_url}, indent=2))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, at once and whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    half.replace(path)
