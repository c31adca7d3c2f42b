from __future__ import annotations

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
            "organization", nargs="?", help=f"the slug of one; {INSTALLATION} for the installation's own log"
        )

    def handle(self, *, organization: str | None, **_options: Any) -> None:
        wrong = [log for log in self._logs(organization) if not self._verify(log)]
        if wrong:
            raise CommandError(f"Not what was signed: {', '.join(slug_of(log) for log in wrong)}.", returncode=1)

    def _logs(self, organization: str | None) -> list[Log]:
        if organization is None:
            return list(Log.objects.order_by("organization"))
        log = read.log_of(organization)
        if log is None:
            raise CommandError(f"There is no log of {organization}.", returncode=2)
        return [log]

    def _verify(self, log: Log) -> bool:
        try:
            found = verification.verify(log, by=system("verify_log"))
        except verification.Busy:
            message = f"The log of {slug_of(log)} is being verified just now."
            raise CommandError(message, returncode=2) from None
        assert found is not None, "it is of no night"
        seconds = (found.ended_at - found.began_at).total_seconds()
        came = f"{found.finding} at {found.at}" if found.finding else "right"
        pruned = f" ({found.pruned} of them pruned: their hashes only)" if found.pruned else ""
        print(f"{slug_of(log)}: {found.size} entries{pruned}, {found.checkpoints} checkpoints, {seconds:.1f} s: {came}")
        return not found.finding
