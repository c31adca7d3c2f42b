"""Auditors of a log: who they are, and the form that adds one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from audits.ledger import cosignatures
from audits.log import notes
from audits.models import Auditor, Log
from audits.web.pages.logs import entries_words
from audits.web.presenters.logs import AuditorForm, AuditorLine, RhythmOption
from profiles.web.pages.typed import TypedForm
from profiles.web.presenters.parts import Pill, When

RHYTHMS: Final = {
    Auditor.Rhythm.NEVER: lazy("Never"),
    Auditor.Rhythm.DAILY: lazy("Each day"),
    Auditor.Rhythm.HOURLY: lazy("Each hour"),
}
_MAILS: Final = {
    Auditor.Rhythm.DAILY: lazy("Gets the newest checkpoint by mail each day"),
    Auditor.Rhythm.HOURLY: lazy("Gets the newest checkpoint by mail each hour"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedAuditor(TypedForm):
    name: str = ""
    key: str = ""
    email: str = ""
    rhythm: str = Auditor.Rhythm.NEVER.value


def auditor_form(typed: TypedAuditor, members: Iterable[str]) -> AuditorForm:
    return AuditorForm(
        name=typed.name,
        key=typed.key,
        email=typed.email,
        rhythms=tuple(
            RhythmOption(rhythm.value, str(label), typed.rhythm == rhythm) for rhythm, label in RHYTHMS.items()
        ),
        members=tuple(members),
        name_error=typed.errors.get("name", ""),
        key_error=typed.errors.get("key", ""),
        email_error=typed.errors.get("email", ""),
        rhythm_error=typed.errors.get("rhythm", ""),
    )


def auditor_lines(log: Log, now: datetime) -> Iterator[AuditorLine]:
    """Those who are named, with how far what they cosigned goes."""
    come = cosignatures.progress(log)
    for row in cosignatures.auditors(log):
        key = notes.parse_verifier(row.key) if row.key else None
        far = come.get((key.name, key.id.hex())) if key else None
        mail = str(_MAILS.get(Auditor.Rhythm(row.rhythm), ""))
        if far and far.cosigned_at:
            size = entries_words(far.cosigned)
            yield AuditorLine(
                row.pk, row.name, row.key, mail, Pill("ok", _("Cosigns")), size, When.of(far.cosigned_at, now)
            )
        else:
            pill = Pill("neutral", _("Nothing handed in yet")) if key else Pill("neutral", _("By mail"))
            yield AuditorLine(row.pk, row.name, row.key, mail, pill)
