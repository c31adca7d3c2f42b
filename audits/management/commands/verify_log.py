from __future__ import annotations

from json import dumps
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audits.ledger import read, verification
from audits.ledger.sequence import INSTALLATION, slug_of
from audits.models import Log
from profiles.access import system


class Command(BaseCommand):
    help = (
        "Go through a whole log, or all of them: every entry, every hash, every checkpoint. What comes of it is an"
        " entry of the trail. Ends with 1 if something is wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--organization", help=f"the slug of one; {INSTALLATION} for the installation's own log; else all of them"
        )
        parser.add_argument("--json", action="store_true", help="print the results as JSON")

    def handle(self, *, organization: str | None, json: bool, **_options: Any) -> None:
        found = [self._verify(log) for log in self._logs(organization)]
        if json:
            self.stdout.write(dumps({"logs": found}))
        else:
            for each in found:
                self.stdout.write(_line(each))
        wrong = [each["log"] for each in found if each["finding"]]
        if wrong:
            raise CommandError(f"Not what was signed: {', '.join(wrong)}.", returncode=1)

    def _logs(self, organization: str | None) -> list[Log]:
        if organization is None:
            return list(Log.objects.order_by("organization"))
        log = read.log_of(organization)
        if log is None:
            raise CommandError(f"There is no log of {organization}.", returncode=2)
        return [log]

    def _verify(self, log: Log) -> dict[str, Any]:
        try:
            found = verification.verify(log, by=system("verify_log"))
        except verification.Busy:
            message = f"The log of {slug_of(log)} is being verified just now."
            raise CommandError(message, returncode=2) from None
        assert found is not None, "it is of no night"
        return {
            "log": slug_of(log),
            "entries": found.size,
            "pruned": found.pruned,
            "checkpoints": found.checkpoints,
            "seconds": round((found.ended_at - found.began_at).total_seconds(), 3),
            "finding": found.finding,
            "at": found.at,
        }


def _line(each: dict[str, Any]) -> str:
    came = f"{each['finding']} at {each['at']}" if each["finding"] else "right"
    pruned = f" ({each['pruned']} of them pruned: their hashes only)" if each["pruned"] else ""
    counts = f"{each['entries']} entries{pruned}, {each['checkpoints']} checkpoints, {each['seconds']:.1f} s"
    return f"{each['log']}: {counts}: {came}"
