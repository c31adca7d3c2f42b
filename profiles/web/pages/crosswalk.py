"""From the newest rulebooks of all platforms to the page that lays them side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from msgspec import Struct
from msgspec.structs import replace

from profiles.models import RulebookRevision
from profiles.rulebook.crosswalk import (
    REFERENCE,
    Aspect,
    Cell,
    Row,
    Verdict,
    Who,
    compared,
    crosswalk,
    differences,
    verdict,
)
from profiles.rulebook.domains import Switch
from profiles.rulebook.model import Behavior, How, Kind, Stance
from profiles.web.moments import day_words
from profiles.web.pages import rulebooks as build
from profiles.web.pages import words
from profiles.web.presenters.crosswalk import (
    CellView,
    Choice,
    Column,
    CrosswalkFilter,
    CrosswalkPage,
    RowGroup,
    RowView,
    Term,
)
from profiles.web.presenters.parts import Crumb
from profiles.web.presenters.rulebooks import Link

MAX_QUERY: Final = 100  # characters of a filter that are looked at

_WHO: Final = {
    Who.NOBODY: gettext_lazy("Nobody"),
    Who.PLATFORM: gettext_lazy("The platform alone"),
    Who.OPERATOR: gettext_lazy("Operator"),
    Who.OPERATOR_AND_USERS: gettext_lazy("Operator and users"),
    Who.USERS: gettext_lazy("Users, by a right of their own"),
    Who.JUDGEMENT: gettext_lazy("Left to the model's judgement"),
    Who.NOT_ADDRESSED: gettext_lazy("Not addressed"),
}
_HOW: Final = {How.EXPLICIT: gettext_lazy("explicitly"), How.CONTEXT: gettext_lazy("also by context")}
_ASPECTS: Final = {
    Aspect.OPERATOR: gettext_lazy("what an operator may do"),
    Aspect.DEFAULT: gettext_lazy("the default"),
    Aspect.JUDGEMENT: gettext_lazy("whether it is settled or left to judgement"),
}
_VERDICTS: Final = {
    Verdict.DISAGREE: (gettext_lazy("They differ"), "differ", "compare"),
    Verdict.AGREE: (gettext_lazy("They agree"), "same", "check"),
    Verdict.CONTROLS: (gettext_lazy("Different controls"), "other", "toggle"),
    Verdict.ONE: (gettext_lazy("Only one addresses it"), "other", "person"),
    Verdict.NONE: (gettext_lazy("Nobody addresses it"), "other", "minus"),
}
_SHOWS: Final = {
    "": gettext_lazy("All behaviors"),
    "disagree": gettext_lazy("Where they differ"),
    "operator": gettext_lazy("… in what an operator may do"),
    "default": gettext_lazy("… in the default"),
    "judgement": gettext_lazy("… in leaving it to judgement"),
    "agree": gettext_lazy("Where they agree"),
    "controls": gettext_lazy("A filter beside a behavior"),
    "one": gettext_lazy("Only one addresses it"),
    "none": gettext_lazy("Nobody addresses it"),
}


class Asked(Struct, frozen=True):
    """What the address asks for; what is not known counts as not asked."""

    query: str = ""
    group: str = ""
    show: str = ""
    platforms: tuple[str, ...] = ()  # empty: all

    @classmethod
    def of(cls, given: QueryDict) -> Asked:
        show = given.get("show", "")
        return cls(
            query=given.get("q", "")[:MAX_QUERY].strip(),
            group=given.get("group", ""),
            show=show if show in _SHOWS else "",
            platforms=tuple(given.getlist("platform")),
        )

    def address(self, **more: str) -> str:
        """The address of this view; ``more`` is added to its query."""
        given = QueryDict(mutable=True)
        given.update({name: text for name, text in (("q", self.query), ("group", self.group)) if text})
        if self.show:
            given["show"] = self.show
        given.setlist("platform", list(self.platforms))
        given.update(more)
        return f"{reverse('rulebooks_compare')}{'?' if given else ''}{given.urlencode()}"


class View(Struct, frozen=True):
    """The rows and columns that an address asks for."""

    asked: Asked
    revisions: Mapping[str, RulebookRevision]  # all platforms, in the order of columns
    platforms: tuple[str, ...]  # the columns that are shown
    rows: tuple[Row, ...]
    total: int

    @classmethod
    def of(cls, asked: Asked, newest: Iterable[RulebookRevision]) -> View:
        platforms = sorted((item for item in newest if not item.is_law), key=_place)
        revisions = {item.platform: item for item in platforms}
        shown = tuple(name for name in revisions if name in asked.platforms) or tuple(revisions)
        rows = [row.on(shown) for row in crosswalk(item.rulebook() for item in revisions.values())]
        asked = replace(
            asked,
            group=asked.group if any(words.group_of_key(row.key) == asked.group for row in rows) else "",
            platforms=shown if len(shown) < len(revisions) else (),
        )
        found = tuple(row for row in rows if _asked_for(row, asked, revisions))
        return cls(asked, revisions, shown, found, len(rows))


def _place(item: RulebookRevision) -> tuple[bool, str]:
    """Vendors by name, then the reference."""
    return item.platform == REFERENCE, words.platform_words(item.platform)


def _asked_for(row: Row, asked: Asked, revisions: Mapping[str, RulebookRevision]) -> bool:
    if asked.group and words.group_of_key(row.key) != asked.group:
        return False
    if asked.show and asked.show not in {verdict(row).value, *(aspect.value for aspect in differences(row))}:
        return False
    if not asked.query:
        return True
    said = " ".join([row.key, row.name.lower(), *(_cell(each, revisions).said for each in row.cells.values())])
    return all(word in said for word in asked.query.lower().split())


# The page


def build_crosswalk(view: View) -> CrosswalkPage:
    here = {row.key for row in view.rows}
    found: dict[str, list[RowView]] = {}
    for row in view.rows:
        found.setdefault(words.group_of_key(row.key), []).append(_row(row, view, here))
    return CrosswalkPage(
        lead=_(
            "What each platform's newest rulebook says about the same behavior, side by side: what holds by default, "
            "who may change it, and where that stands. Every summary is our reading."
        ),
        crumbs=(Crumb(_("Rulebooks"), reverse("rulebooks")),),
        filter=_filter(view),
        columns=tuple(_column(view.revisions[name]) for name in view.platforms),
        groups=tuple(_group(name, found[name]) for name in words.groups() if name in found),
        legend=legend(),
        compared=_compared(view),
        empty=_("No behavior matches. Try another word, or show all of them."),
    )


def _group(name: str, rows: list[RowView]) -> RowGroup:
    count = words.group_count(name, len(rows))
    return RowGroup(f"g-{name}", words.group_words(name), count, tuple(rows))


def _column(item: RulebookRevision) -> Column:
    return Column(
        platform=item.platform,
        name=words.platform_words(item.platform),
        title=item.title.replace(item.revision, "").strip(),
        published=day_words(item.published),
        published_iso=item.revision,
        href=reverse("rulebook", args=[item.platform, item.revision]),
    )


def _compared(view: View) -> str:
    """Whose differences count, in the columns that are shown."""
    if not view.platforms:
        return ""
    named = [words.platform_words(name) for name in view.platforms]
    if REFERENCE not in view.platforms:
        return _("Compared: %(names)s.") % {"names": ", ".join(named)}
    vendors = [words.platform_words(name) for name in view.platforms if name != REFERENCE]
    if len(vendors) > 1:
        return _("Compared: %(names)s. Reference is Brightline's own reading and counts as no vendor.") % {
            "names": ", ".join(vendors)
        }
    return _("Compared: %(names)s. Reference is Brightline's own reading.") % {"names": ", ".join(named)}


def _filter(view: View) -> CrosswalkFilter:
    asked = view.asked
    return CrosswalkFilter(
        action=reverse("rulebooks_compare"),
        query=asked.query,
        groups=(Choice("", _("All groups"), not asked.group), *_group_choices(view)),
        shows=tuple(Choice(value, str(label), value == asked.show) for value, label in _SHOWS.items()),
        platforms=tuple(Choice(name, words.platform_words(name), name in view.platforms) for name in view.revisions),
        found=_("%(shown)d of %(total)d behaviors") % {"shown": len(view.rows), "total": view.total},
        csv_href=asked.address(format="csv"),
        reset_href=reverse("rulebooks_compare") if asked != Asked() else "",
    )


def _group_choices(view: View) -> Iterator[Choice]:
    keys = {key for item in view.revisions.values() for key in item.rulebook().behaviors}
    there = {words.group_of_key(key) for key in keys}
    for name in words.groups():
        if name in there:
            yield Choice(name, words.group_words(name), name == view.asked.group)


# Rows and cells


def _row(row: Row, view: View, here: set[str]) -> RowView:
    text, tone, icon = verdict_words(row)
    cells = (_cell(cell, view.revisions, here) for cell in row.cells.values())
    return RowView(row.key, row.name, text, tone, icon, tuple(cells))


def verdict_words(row: Row) -> tuple[str, str, str]:
    """What a row says about those who are compared; the tone and icon that go with it."""
    found = verdict(row)
    text, tone, icon = _VERDICTS[found]
    if found is Verdict.DISAGREE:
        aspects = _(" and ").join(str(_ASPECTS[aspect]) for aspect in differences(row))
        return _("They differ in %(aspects)s") % {"aspects": aspects}, tone, icon
    if found is Verdict.ONE:
        only = next(cell.platform for cell in compared(row) if cell.is_addressed)
        return _("Only %(platform)s addresses it") % {"platform": words.platform_words(only)}, tone, icon
    return str(text), tone, icon


def _cell(cell: Cell, revisions: Mapping[str, RulebookRevision], here: set[str] | None = None) -> CellView:
    """``here``: the keys of the rows on the page, which links may lead to directly."""
    item, behavior = revisions[cell.platform], cell.behavior
    kind, tone, icon = cell_words(cell)
    view = CellView(
        platform=cell.platform,
        name=words.platform_words(cell.platform),
        kind=kind,
        tone=tone,
        icon=icon,
        href=f"{reverse('rulebook', args=[item.platform, item.revision])}#{cell.key}",
    )
    if behavior is None:
        return replace(view, href="", stance=_("This rulebook has no such row."))
    view = replace(
        view,
        authority=behavior.authority,
        see=_see(cell, here or set()),
        because=behavior.because,
        stance=behavior.advice,
        source=build.source_of(behavior.citation),
    )
    return replace(view, **_stated(cell, behavior)) if behavior.is_stated else view


def cell_words(cell: Cell) -> tuple[str, str, str]:
    """The kind of an answer, its tone and its icon."""
    if cell.kind:
        return build.kind_words(cell.kind)
    if cell.stance is Stance.JUDGEMENT:
        return _("Judgement"), "judge", "comment"
    return _("Not addressed"), "none", "minus"


def _stated(cell: Cell, behavior: Behavior) -> dict[str, Any]:
    domain, window = behavior.domain, behavior.product
    return {
        "value": value_words(behavior),
        # A switch that is open is open altogether.
        "window": "" if window.is_lock or isinstance(domain, Switch) else words.window_words(domain, window),
        "who": str(_WHO[cell.who]),
        "how": str(_HOW[cell.how]) if cell.how else "",
        "conditions": _conditions(cell),
        "who_sentence": build.who_words(behavior),
        "rules": tuple(_rule(cell, n) for n in range(len(cell.rules))),
    }


def value_words(behavior: Behavior) -> str:
    """What holds before anybody changes something. A filter's value says what is blocked, never what the model does."""
    text = words.value_words(behavior.domain, behavior.domain.dump(behavior.default))
    open_to_all = not behavior.product.is_lock or not behavior.user.window.is_lock
    if behavior.kind is Kind.FILTER:
        if behavior.setting is None:
            return _("Always blocks") if behavior.default == behavior.domain.strictest else _("Fixed")
        return _("%(value)s, if not set") % {"value": text}
    if open_to_all:
        return _("%(value)s by default") % {"value": text}
    if behavior.kind is Kind.BRIGHT_LINE and isinstance(behavior.domain, Switch):
        return _("Never") if behavior.domain.dump(behavior.default) == "off" else _("Always")
    return _("Always %(value)s") % {"value": text[:1].lower() + text[1:]}


def _conditions(cell: Cell) -> str:
    """ "1 attestation, 3 rules": what may narrow it for some products."""
    claims = len(cell.attestations)
    rules = sum(rule.when.without is None for rule in cell.rules)
    parts = (
        ngettext("%(n)d attestation", "%(n)d attestations", claims) % {"n": claims} if claims else "",
        ngettext("%(n)d rule", "%(n)d rules", rules) % {"n": rules} if rules else "",
    )
    return ", ".join(part for part in parts if part)


def _rule(cell: Cell, number: int) -> str:
    entry = build.rule_entry(cell.rules[number], cell.book)
    return _("%(when)s: %(then)s") % {"when": entry.when, "then": entry.then}


def _see(cell: Cell, here: set[str]) -> tuple[Link, ...]:
    """To the rows that bear on this one; to the whole page where they are not among those shown."""
    page = reverse("rulebooks_compare")
    return tuple(
        Link(behavior.name, f"#{key}" if key in here else f"{page}#{key}")
        for key in cell.see
        if (behavior := cell.book.behaviors.get(key))
    )


# The legend


def legend() -> tuple[tuple[str, tuple[Term, ...]], ...]:
    """What the words of the table mean."""
    return ((_("What it says"), _kinds()), (_("Who may change it"), _who_terms()), (_("Comparing"), _verdicts()))


def _kinds() -> tuple[Term, ...]:
    meanings = {
        Kind.BRIGHT_LINE: _("Hardcoded: the same for every product."),
        Kind.PROTECTION: _("Protects the user: an operator can never take it away."),
        Kind.HONESTY: _("One of the honesty properties; mostly fixed."),
        Kind.DEFAULT: _("Holds until somebody who may changes it; some are fixed by the platform."),
        Kind.FILTER: _(
            "A vendor's filter on prompts and answers: another control than a behavior. It blocks; it does not change "
            "what the model itself does."
        ),
    }
    terms = []
    for kind, meaning in meanings.items():
        word, tone, icon = build.kind_words(kind)
        terms.append(Term(word, meaning, icon, tone))
    judged = Term(_("Judgement"), _("The document leaves it to the model: nothing to set."), "comment", "judge")
    silent = Term(_("Not addressed"), _("We looked, and the document is silent."), "minus", "none")
    return (*terms, judged, silent)


def _who_terms() -> tuple[Term, ...]:
    meanings = {
        Who.NOBODY: _("It is a bright line or a protection."),
        Who.PLATFORM: _("Fixed in this revision, by the vendor."),
        Who.OPERATOR: _("The operator inside its window; users never."),
        Who.OPERATOR_AND_USERS: _("Users as far as the operator allows, or unless it narrows them."),
        Who.USERS: _("Users may waive it for themselves, whatever the operator wants."),
    }
    how = (Term(str(word), build.how_words(each)) for each, word in _HOW.items())
    return (*(Term(str(_WHO[who]), meaning) for who, meaning in meanings.items()), *how)


def _verdicts() -> tuple[Term, ...]:
    meanings = {
        Verdict.DISAGREE: _(
            "In what an operator may do, in the default, or one leaves to judgement what another settles."
        ),
        Verdict.AGREE: _(
            "The same default and the same window; who else may change it and under which rules may differ."
        ),
        Verdict.CONTROLS: _("A filter beside behaviors: nothing to compare between them."),
    }
    terms = [Term(str(_VERDICTS[each][0]), text, *reversed(_VERDICTS[each][1:])) for each, text in meanings.items()]
    silent = _("A rulebook that does not address a behavior neither agrees nor differs. Rules are shown, not compared.")
    return (*terms, Term(_("Silence"), silent, "minus"))
