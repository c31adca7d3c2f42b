from __future__ import annotations

import shutil
from datetime import UTC, date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from audits.ledger import taking
from audits.ledger.disclosed import Disclose
from profiles.access import system
from profiles.management.base import ActionCommand
from profiles.queries import organization_named


class Command(ActionCommand):
    help = "Write an evidence bundle of an organization's log: the whole of it, or a product, a version, some days."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--organization", required=True, help="its slug")
        parser.add_argument("--product", default="", help="its slug")
        parser.add_argument("--version", type=int, help="a version of that product")  # not Django's own
        parser.add_argument("--from", dest="since", type=_day, metavar="DAY", help="the first day, in UTC")
        parser.add_argument("--to", dest="until", type=_day, metavar="DAY", help="the last day, in UTC")
        choices = [each.value for each in Disclose]
        parser.add_argument("--disclose", action="append", default=[], choices=choices, help="may be given twice")
        parser.add_argument(
            "--kept",
            action="append",
            type=int,
            default=[],
            metavar="SIZE",
            help="of a checkpoint that the receiver keeps",
        )
        parser.add_argument("-o", "--out", required=True, metavar="FILE.zip")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        organization = organization_named(options["organization"])
        by = system("export_evidence", organization.pk, organization.slug)
        asked = {name: options[name] for name in ("product", "version", "since", "until", "kept")}
        wanted = taking.wanted_of(by, **asked, zone=UTC, disclose=map(Disclose, options["disclose"]))
        made = taking.take(organization, wanted, by=by, now=timezone.now())
        try:
            with made.file, Path(options["out"]).open("wb") as out:
                shutil.copyfileobj(made.file, out)
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}.") from None
        about = {"start": made.start, "entries": made.entries, "size": made.size, "sha256": made.sha256}
        return {"file": options["out"], **about}

    def say(self, result: dict[str, Any]) -> str:
        last = result["start"] + result["entries"] - 1
        return (
            f"Wrote {result['file']}: entries {result['start']} to {last} of {result['size']}, "
            f"sha256 {result['sha256']}."
        )


def _day(text: str) -> date:
    return date.fromisoformat(text)
