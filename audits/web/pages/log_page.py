"""From a log and its health to its page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from msgspec.structs import replace

from audits.ledger import cosignatures, health, keys
from audits.ledger.cosignatures import Known
from audits.ledger.health import Health, Problem
from audits.ledger.sequence import slug_of
from audits.log.witness import Said
from audits.models import Checkpoint, Cosigner, Log
from audits.web.pages import logs
from audits.web.pages.auditors import TypedAuditor, auditor_form, auditor_lines
from audits.web.pages.logs import entries_words
from audits.web.pages.retention import holds_words
from audits.web.presenters.logs import CheckpointLine, CosignerLine, Fact, LogPage
from profiles.web.presenters.parts import Pager, Pill, When
from profiles.web.presenters.parts import Problem as Mistake

SHOWN: Final = 20  # checkpoints

_PROBLEMS: Final = {
    Problem.LATE: lazy(
        "Entries have been waiting for their places for more than a minute. Is the sequencer running, and has it a key?"
    ),
    Problem.DISPUTED: lazy(
        "A witness holds another past of this log. Either it was rewritten, or the witness is wrong: compare the"
        " checkpoint that it shows with those below."
    ),
    Problem.UNWITNESSED: lazy(
        "The newest checkpoints lack the cosignatures that the policy asks for. The answers below say why."
    ),
    Problem.UNVERIFIED: lazy("Nobody went through the whole log for more than a day. Is the scheduler running?"),
}


def build_log(
    log: Log | None, *, before: int | None, members: Iterable[str] | None, typed: TypedAuditor, now: datetime
) -> LogPage:
    """
    Args:
        members: the addresses of members whose role it is to audit; None for whoever may not add auditors.
        before: show the checkpoints that are smaller than this one.
    """
    lead = _("Where anybody can check that no entry was changed, left out or put in another order.")
    if log is None or log.size == 0:
        return LogPage(lead, "", Pill("neutral", _("Not begun")), no_witness=_no_witness())
    it = health.of(log, now=now)
    rows = _checkpoints(log, before)
    return LogPage(
        lead=lead,
        origin=log.origin,
        pill=_pill(it),
        problems=tuple(_problems(it)),
        facts=tuple(_facts(it, now)),
        witnesses=tuple(_witnesses(log, now)),
        quorum=_quorum(log),
        no_witness=_no_witness(),
        keys=tuple(str(verifier) for verifier in keys.verifiers(log.origin)),
        key_href=reverse("log_key", args=[slug_of(log)]),
        checkpoints=tuple(_line(log, row, now) for row in rows[:SHOWN]),
        pager=_pager(rows, before),
        auditors=tuple(auditor_lines(log, now)),
        form=None if members is None else auditor_form(typed, members),
        errors=tuple(_mistakes(typed)),
        handed_in_href=settings.BRIGHTLINE_BASE_URL + reverse("log_cosignature", args=[slug_of(log)]),
    )


def _mistakes(typed: TypedAuditor) -> Iterator[Mistake]:
    yield from (Mistake(text, f"#{name}") for name, text in typed.errors.items())
    if typed.sentence:
        yield Mistake(typed.sentence, "#auditors")


def _pill(it: Health) -> Pill:
    if it.halt:
        return Pill("bad", _("Not signed"))
    if Problem.FOUND in it.problems or Problem.DISPUTED in it.problems:
        return Pill("bad", _("Not what it was"))
    return Pill("warn", _("Needs a look")) if it.problems else Pill("ok", _("Signed and in order"))


def _problems(it: Health) -> Iterator[str]:
    for problem in it.problems:
        if problem is Problem.STOPPED and it.halt:
            told = {"because": it.halt.because, "published": it.halt.published, "size": it.halt.size}
            yield _("Nothing is signed. %(why)s The steward decides what happens.") % {"why": logs.halt(told)}
        elif problem is Problem.FOUND and it.verification:
            finding = logs.finding(it.verification.finding, it.verification.at)
            yield _("The last full verification found this: %(finding)s Nothing was repaired.") % {"finding": finding}
        else:
            yield str(_PROBLEMS[problem])


# Figures


def _facts(it: Health, now: datetime) -> Iterator[Fact]:
    if it.checkpoint:
        when = When.of(it.checkpoint.signed_at, now)
        yield Fact(_("Newest checkpoint"), entries_words(it.checkpoint.size), when=when)
    yield _waiting(it)
    yield _verified(it, now)
    yield _first_kept(it.log)


def _waiting(it: Health) -> Fact:
    label = _("Waiting for their place")
    if not it.waiting.count:
        return Fact(label, _("None"), _("Every entry has its place."))
    tone = "bad" if Problem.LATE in it.problems or it.halt else ""
    since = When.of(it.waiting.since) if it.waiting.since else None
    return Fact(label, entries_words(it.waiting.count), when=since, tone=tone)


def _verified(it: Health, now: datetime) -> Fact:
    label, last = _("Last full verification"), it.verification
    if last is None:
        return Fact(label, _("None yet"), _("It happens each night."))
    when = When.of(last.ended_at, now)
    if last.finding:
        return Fact(label, _("Something is wrong"), logs.finding(last.finding, last.at), when, "bad")
    text = ngettext("%(entries)s and %(number)s checkpoint", "%(entries)s and %(number)s checkpoints", last.checkpoints)
    told = {"entries": entries_words(last.size - last.pruned), "number": _number(last.checkpoints)}
    if last.pruned:
        text = ngettext(
            "%(entries)s and %(number)s checkpoint. Of what was pruned the hashes only: %(pruned)s.",
            "%(entries)s and %(number)s checkpoints. Of what was pruned the hashes only: %(pruned)s.",
            last.checkpoints,
        )
        told["pruned"] = _number(last.pruned)
    return Fact(label, _("All is right"), text % told, when)


def _first_kept(log: Log) -> Fact:
    """The minimum index, in the words of C2SP, and what stops that it grows."""
    held = holds_words(log.organization)
    href = reverse("settings_retention")
    if not log.minimum:
        return Fact(_("Pruned"), _("None"), held or _("Every entry is there."), href=href)
    text = _("The first entry that is there has place %(place)s.") % {"place": _number(log.minimum)}
    return Fact(_("Pruned"), entries_words(log.minimum), held or text, href=href)


# Witnesses


def _witnesses(log: Log, now: datetime) -> Iterator[CosignerLine]:
    come = cosignatures.progress(log)
    for one in cosignatures.witnesses(log):
        yield cosigner_line(log, one, come.get(one.id), now)


def cosigner_line(log: Log, one: Known, row: Cosigner | None, now: datetime) -> CosignerLine:
    if row is None:
        text = _("It was not asked yet.") if one.url else _("Nothing was handed in yet.")
        return CosignerLine(one.name, str(one.key), Pill("neutral", _("No cosignature yet")), text=text)
    return CosignerLine(
        one.name,
        str(one.key),
        _cosigner_pill(log, row),
        size=entries_words(row.cosigned) if row.cosigned else "",
        text="" if row.said == Said.COSIGNED else logs.said(row.said),
        detail=row.detail,
        when=When.of(row.cosigned_at, now) if row.cosigned_at else None,
    )


def _cosigner_pill(log: Log, row: Cosigner) -> Pill:
    if row.said in (Said.OTHER_ROOT, Said.INCONSISTENT, Said.AHEAD):
        return Pill("bad", _("Disputes the log"))
    if row.said not in ("", Said.COSIGNED, Said.CONFLICT):
        return Pill("warn", _("Does not cosign"))
    if not row.cosigned:
        return Pill("neutral", _("No cosignature yet"))
    behind = log.size - row.cosigned
    if behind <= 0:
        return Pill("ok", _("Up to date"))
    text = ngettext("%(number)s entry behind", "%(number)s entries behind", behind)
    return Pill("neutral", text % {"number": _number(behind)})


def _quorum(log: Log) -> str:
    if not cosignatures.asks_for_a_quorum(log):
        return ""
    checkpoint = log.checkpoints.first()
    names = cosignatures.witnessed_by(log, checkpoint.size if checkpoint else 0)
    if cosignatures.is_quorum(log, names):
        return _("The newest checkpoint has the cosignatures that the policy asks for.")
    return _("The newest checkpoint does not have the cosignatures yet that the policy asks for.")


def _no_witness() -> str:
    return _(
        "This installation asks no witness. Then only those who kept a checkpoint can tell whether the whole log was"
        " rewritten by whoever holds its key."
    )


# What was signed


def _checkpoints(log: Log, before: int | None) -> list[Checkpoint]:
    """One more than are shown."""
    rows = log.checkpoints.select_related("timestamp").annotate(lines=Count("cosignatures")).order_by("-size")
    return list((rows.filter(size__lt=before) if before else rows)[: SHOWN + 1])


def _line(log: Log, row: Checkpoint, now: datetime) -> CheckpointLine:
    number = int(row.lines)  # type: ignore[attr-defined] # annotated
    text = ngettext("%(number)d cosignature", "%(number)d cosignatures", number) % {"number": number}
    address = [slug_of(log), row.size]
    href, stamp = reverse("log_checkpoint_at", args=address), getattr(row, "timestamp", None)
    line = CheckpointLine(entries_words(row.size), When.of(row.signed_at, now), text if number else "", href)
    if stamp is None:
        return line
    return replace(line, stamped=When.of(stamp.stamped_at, now), stamp_href=reverse("log_timestamp", args=address))


def _pager(rows: Sequence[Checkpoint], before: int | None) -> Pager | None:
    here = reverse("trail_log")
    older = f"{here}?before={rows[SHOWN - 1].size}#checkpoints" if len(rows) > SHOWN else ""
    if not older and not before:
        return None
    shown = len(rows[:SHOWN])
    text = ngettext("%(number)d checkpoint", "%(number)d checkpoints", shown) % {"number": shown}
    return Pager(text, f"{here}#checkpoints" if before else "", older)


def _number(count: int) -> str:
    return number_format(count, force_grouping=True)
