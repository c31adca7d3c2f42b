"""From a recheck and its results to their page; members see the products of their organization, stewards all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Self
from urllib.parse import urlencode

from django.db.models import Count as Counted
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec import Struct

from audits import queries
from audits.models import Recheck, RecheckResult
from audits.web.presenters.rechecks import Bar, ChangeLine, Count, Hit, RecheckPage
from profiles.access import Actor, Permission
from profiles.models import RulebookDraft
from profiles.queries import latest_rulebooks
from profiles.resolution.types import Reason
from profiles.rulebook.codec import MalformedRulebook, decode
from profiles.rulebook.domains import Direction
from profiles.rulebook.model import Behavior, Rulebook
from profiles.web.pages import words
from profiles.web.presenters.parts import Action, Crumb, Message, Pill, When

SIZE: Final = 50  # products of one page
_BIGGEST_ID: Final = 2**63 - 1
_DIRECTIONS: Final = (Direction.LOOSENING, Direction.MIXED, Direction.TIGHTENING, Direction.SAME)


class Asked(Struct, frozen=True):
    """What an address asks for."""

    direction: str = ""
    after: int = 0  # the id of the last result that was seen
    said: int = -1  # the quarter that was announced last

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        direction = query.get("direction", "")
        known = direction if direction in list(Direction) else ""
        return cls(known, _number(query.get("after", ""), 0), _number(query.get("said", ""), -1))


def _number(text: str, otherwise: int) -> int:
    return min(int(text), _BIGGEST_ID) if text.isascii() and text.isdecimal() and len(text) < 20 else otherwise


class Look:
    """Everything that the page is built from."""

    def __init__(self, row: Recheck, actor: Actor, asked: Asked, now: datetime) -> None:
        self.row, self.actor, self.asked, self.now = row, actor, asked, now
        self.progress = queries.progress(row)
        self.rows = queries.recheck_results(actor, row)
        self.here = reverse("recheck", args=[row.pk])

    @property
    def is_steward(self) -> bool:
        return self.actor.may(Permission.PUBLISH_RULEBOOK)

    @cached_property
    def by_direction(self) -> dict[str, int]:
        rows = self.rows.order_by().values_list("direction").annotate(count=Counted("pk"))
        return dict(rows)

    @cached_property
    def results(self) -> list[RecheckResult]:
        """One page of them, and one more where there are more."""
        rows = self.rows.filter(pk__gt=self.asked.after)
        rows = rows.filter(direction=self.asked.direction) if self.asked.direction else rows
        return list(rows[: SIZE + 1])

    @cached_property
    def candidate(self) -> Rulebook | None:
        """The rulebook that is looked at; a draft's as it is now."""
        if self.row.revision:
            return self.row.revision.rulebook()
        try:
            return decode(self.row.rulebook_draft.document) if self.row.rulebook_draft else None
        except MalformedRulebook:
            return None

    @cached_property
    def books(self) -> dict[str, Rulebook]:
        platforms = {change["platform"] for result in self.results for change in result.changes}
        return {item.platform: item.rulebook() for item in latest_rulebooks(sorted(platforms))}

    def behavior(self, platform: str, key: str) -> Behavior | None:
        """A behavior as the candidate states it, or else the platform's newest rulebook."""
        book = self.candidate
        if book and (book.platform == platform or platform not in self.books) and key in book.behaviors:
            return book.behaviors[key]
        found = self.books.get(platform)
        return (found.behaviors.get(key) if found else None) or (book.behaviors.get(key) if book else None)

    def address(self, **query: object) -> str:
        asked = {"direction": self.asked.direction, **query}
        text = urlencode({name: value for name, value in asked.items() if value not in ("", None)})
        return f"{self.here}?{text}" if text else self.here


def build_recheck(look: Look) -> RecheckPage:
    row, progress = look.row, look.progress
    running = row.state == Recheck.State.RUNNING
    quarter = progress.percent // 25 * 25
    shown = look.results[:SIZE]
    more = len(look.results) > SIZE
    return RecheckPage(
        pk=row.pk,
        title=_title(row),
        crumbs=(Crumb(_("Rulebooks"), reverse("rulebooks")),),
        lead=_lead(row),
        pill=_pill(row),
        bar=_bar(look),
        requested=When.of(row.requested_at, look.now),
        requested_by=row.requested_by,
        finished=When.of(row.finished_at, look.now) if row.finished_at else None,
        counts=tuple(_counts(look)),
        hits=tuple(_hit(look, result) for result in shown),
        empty=_empty(look),
        here=look.address(),
        poll_href=look.address(after=look.asked.after or None, said=quarter) if running else "",
        more_href=look.address(after=shown[-1].pk) if more else "",
        first_href=look.address() if look.asked.after else "",
        messages=tuple(_messages(look)),
        again_href=_again(look),
        back=_back(row),
        quarter=quarter,
    )


# What it is about


def _title(row: Recheck) -> str:
    if row.kind == Recheck.Kind.HOLD and row.hold:
        return _("Hold on %(key)s") % {"key": row.hold.behavior}
    if row.revision:
        about = {"rulebook": words.rulebook_words(row.revision), "date": row.revision.revision}
        return _("What %(rulebook)s, %(date)s would change") % about
    return _("What the next revision of %(platform)s would change") % {"platform": words.platform_words(row.platform)}


def _lead(row: Recheck) -> str:
    if row.kind == Recheck.Kind.HOLD:
        return _("What is active is published again, inside the hold or free of it.")
    if row.kind == Recheck.Kind.PREVIEW:
        return _("A preview: what clients would get if the revision were published and every product adopted it.")
    return _("No active profile changed. A product adopts the revision with its next version, which somebody submits.")


def _pill(row: Recheck) -> Pill:
    return {
        Recheck.State.RUNNING: Pill("draft", _("running")),
        Recheck.State.FINISHED: Pill("ok", _("finished")),
        Recheck.State.FAILED: Pill("warn", _("finished with failures")),
    }[Recheck.State(row.state)]


def _bar(look: Look) -> Bar:
    """Stewards get the numbers; how many products others have is nobody else's business."""
    progress = look.progress
    if not look.is_steward:
        text = _("%(percent)d %% of all products looked at") % {"percent": progress.percent}
        return Bar(progress.percent, 100, text)
    text = ngettext("%(n)s of %(total)s product looked at", "%(n)s of %(total)s products looked at", progress.total) % {
        "n": f"{progress.looked_at:,}",
        "total": f"{progress.total:,}",
    }
    return Bar(progress.looked_at + progress.failed, progress.total, text)


def _messages(look: Look) -> Iterable[Message]:
    row, draft = look.row, look.row.rulebook_draft
    if look.progress.failed and look.is_steward:
        text = ngettext(
            "%(n)s product could not be looked at, in spite of several attempts.",
            "%(n)s products could not be looked at, in spite of several attempts.",
            look.progress.failed,
        )
        yield Message("warn", text % {"n": f"{look.progress.failed:,}"})
    elif row.state == Recheck.State.FAILED:
        yield Message("warn", _("Some products could not be looked at, in spite of several attempts."))
    if draft is None:
        return
    if draft.state == RulebookDraft.State.ABANDONED:
        yield Message("note", _("The revision was abandoned since then."))
    elif draft.state == RulebookDraft.State.PUBLISHED and draft.published:
        newer = queries.last_recheck(draft.published)
        way = Action(_("What it would change"), reverse("recheck", args=[newer.pk])) if newer else None
        yield Message("note", _("The revision was published since then."), action=way)
    elif draft.revision != row.draft_revision:
        yield Message("warn", _("The revision was edited since this preview: it shows an older state."))


def _again(look: Look) -> str:
    """Where a steward asks for a newer preview."""
    row, draft = look.row, look.row.rulebook_draft
    stale = draft and draft.state == RulebookDraft.State.OPEN and draft.revision != row.draft_revision
    return reverse("revision_preview", args=[draft.pk]) if draft and stale and look.is_steward else ""


def _back(row: Recheck) -> Action | None:
    if row.rulebook_draft:
        return Action(_("The revision"), reverse("revision", args=[row.rulebook_draft.pk]), "sliders")
    if row.revision:
        here = reverse("rulebook", args=[row.revision.platform, row.revision.revision])
        return Action(_("The rulebook"), f"{here}?{urlencode({'digest': row.revision.digest})}", "book")
    return None


# What it found


def _counts(look: Look) -> Iterable[Count]:
    if look.row.kind == Recheck.Kind.HOLD:
        if look.is_steward:
            yield Count(_("published again"), look.progress.affected, "")
        return
    total = sum(look.by_direction.values())
    text = _("affected") if look.is_steward else _("of yours affected")
    yield Count(text, total, look.here if total else "", current=not look.asked.direction)
    for direction in _DIRECTIONS:
        if count := look.by_direction.get(direction.value, 0):
            name = _("with a setting not honored") if direction is Direction.SAME else words.direction_words(direction)
            href = f"{look.here}?{urlencode({'direction': direction.value})}"
            yield Count(name, count, href, current=look.asked.direction == direction)


def _empty(look: Look) -> str:
    if look.row.kind == Recheck.Kind.HOLD:
        return _("Each product's trail says what was published again.")
    if look.asked.direction or look.asked.after:
        return _("Nothing more.")
    if look.row.state == Recheck.State.RUNNING:
        return _("Nothing found so far.")
    return _("No product would change.") if look.is_steward else _("None of your products would change.")


def _hit(look: Look, result: RecheckResult) -> Hit:
    product = result.product
    own = product.organization_id == look.actor.organization_id
    version = (
        _("Version %(number)d, which is live") % {"number": result.version}
        if result.version
        else _("Its draft; nothing is live")
    )
    refused = ", ".join(dict.fromkeys(_names(look, result)))
    return Hit(
        product=product.name,
        href=reverse("product", args=[product.slug]) if own else "",
        organization=product.organization.name if look.is_steward else "",
        version=version,
        pill=words.direction_pill(result.direction),
        lines=tuple(_line(look, change) for change in result.changes),
        refused=_("No platform would honor its setting of: %(names)s.") % {"names": refused} if refused else "",
    )


def _names(look: Look, result: RecheckResult) -> Iterable[str]:
    """What the settings that nobody would honor are called."""
    for key in result.refused:
        found = next((item for platform in ("", *look.books) if (item := look.behavior(platform, key))), None)
        yield found.name if found else key


def _line(look: Look, change: Mapping[str, Any]) -> ChangeLine:
    key, platform = change["behavior"], change["platform"]
    behavior = look.behavior(platform, key)
    before, after = (_value(behavior, change[side]) for side in ("before", "after"))
    if change["before"] == change["after"]:
        before, after = "", _("what users may choose")
    return ChangeLine(
        name=behavior.name if behavior else key,
        key=key,
        platform=words.platform_words(platform),
        before=before,
        after=after,
        direction=change["direction"],
        direction_text=words.direction_words(change["direction"]),
        why=_reason(change["reason"]),
        because=change["because"],
    )


def _value(behavior: Behavior | None, raw: Any) -> str:
    if raw is None:
        return "–"
    return words.value_words(behavior.domain, raw) if behavior else str(raw)


def _reason(reason: str) -> str:
    try:
        return words.reason_words(Reason(reason))
    except ValueError:
        return reason
