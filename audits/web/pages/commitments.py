"""A product's commitments in words for anybody: what is promised, what was tested of it, and what is not known.

An instruction is called one. A result says of how many trials, on which model and when, and never more than that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from audits.checks.probes.applies import NO_PROBE
from audits.checks.staleness import Stale
from audits.commitments.document import counts
from audits.commitments.gathered import Commitment, Gathered, OnPlatform, Step
from audits.commitments.tested import Test, Tried
from audits.models import Finding
from audits.web.pages.conformance import words
from audits.web.pages.conformance.findings import bar_of, share_words
from audits.web.presenters.commitments import (
    Badge,
    CommitmentCard,
    CommitmentGroup,
    HistoryStep,
    Language,
    PlatformTab,
    PublicPage,
    RunRow,
    Source,
    Staleness,
    TestLine,
)
from audits.web.presenters.conformance import NotCovered
from audits.web.presenters.rechecks import Count
from profiles.resolution.diff import Change
from profiles.rulebook.model import Citation
from profiles.web import moments
from profiles.web.pages import words as profile_words
from profiles.web.presenters.parts import Pill, When

# What outsiders would take for a result is named as what it is: something that the model is told.
_GROUPS: Final = {
    "never": lazy("Lines that it is told not to cross, whoever asks"),
    "always": lazy("What it is told to do for its users, whatever an operator chooses"),
}

_STALE: Final = {
    Stale.OLDER: lazy("Stale: that is longer ago than it may be here."),
    Stale.OTHER_MODEL: lazy("Stale: the product names another model."),
}


def build(gathered: Gathered, one: OnPlatform, language: str) -> PublicPage:
    found = gathered.found
    address = [found.organization, found.product]
    here, missing = reverse("commitments", args=address), tuple(_missing(one))
    return PublicPage(
        product=found.product_name,
        organization=found.organization_name,
        lead=_lead(gathered),
        until=_until(one),
        languages=tuple(_languages(here, one.platform if len(gathered.platforms) > 1 else "", language)),
        platforms=tuple(_tabs(gathered, one, here)),
        known=_known(one),
        stale=_staleness(gathered, one),
        counts=tuple(_counts(one)),
        rehearsal=one.rehearsed_only,
        groups=tuple(_groups(one)),
        filters=tuple(_filter(each) for each in one.filters),
        missing=missing,
        promises=len(one.commitments),
        missing_count=sum(len(each.behaviors) for each in missing),
        runs=tuple(_run(each, address) for each in one.tried),
        history=tuple(_step(each) for each in gathered.steps.get(one.platform, ())),
        data_href=reverse("commitments_data", args=address),
        badge_href=reverse("commitments_badge", args=address),
        checkpoint_href=reverse("log_checkpoint", args=[found.organization]) if gathered.origin else "",
        policy_href=reverse("log_policy", args=[found.organization]) if gathered.origin else "",
        rulebook=f"{profile_words.platform_words(one.platform)}, {one.rulebook.revision}",
        rulebook_digest=one.rulebook.digest,
        profile_digest=one.digest,
    )


def _lead(gathered: Gathered) -> str:
    told = {
        "number": gathered.activation.version.number,
        "environment": gathered.found.environment_name,
        "when": moments.moment_words(gathered.activation.at),
    }
    return _("Version %(number)d has been active in %(environment)s since %(when)s.") % told


def _until(one: OnPlatform) -> str:
    if one.valid_until is None:
        return ""
    text = _("What stands here holds until %(when)s; then an attestation ends, and something becomes stricter.")
    return text % {"when": moments.moment_words(one.valid_until)}


def _languages(here: str, platform: str, language: str) -> Iterator[Language]:
    for code, _name in settings.LANGUAGES:
        if code != language:
            query = urlencode({**({"platform": platform} if platform else {}), "language": code})
            yield Language(code, get_language_info(code)["name_local"].capitalize(), f"{here}?{query}")


def _tabs(gathered: Gathered, one: OnPlatform, here: str) -> Iterator[PlatformTab]:
    if len(gathered.platforms) > 1:
        for each in gathered.platforms:
            name = profile_words.platform_words(each.platform)
            yield PlatformTab(name, f"{here}?{urlencode({'platform': each.platform})}", each is one)


def _known(one: OnPlatform) -> str:
    told: dict[str, Any] = {"tested": len(one.tested), "all": len(one.commitments)}
    if not one.commitments:
        return _("This platform states nothing about the model itself that a product could promise.")
    at = one.tested_at
    if at is None:
        return (
            ngettext(
                "It makes %(all)d promise. It was not tested on any model yet.",
                "It makes %(all)d promises. None of them was tested on any model yet.",
                told["all"],
            )
            % told
        )
    told["when"] = moments.day_words(at)
    text = ngettext(
        "%(tested)d of %(all)d promises was tested on a model, the last time on %(when)s.",
        "%(tested)d of %(all)d promises were tested on a model, the last time on %(when)s.",
        told["tested"],
    )
    return text % told


def _staleness(gathered: Gathered, one: OnPlatform) -> Staleness | None:
    because = tuple(_stale(gathered, one))
    if not because:
        return None
    is_all = all(each.stale for each in one.tested)
    lead = _("What was measured is stale.") if is_all else _("Some of what was measured is stale.")
    return Staleness(lead, because)


def _stale(gathered: Gathered, one: OnPlatform) -> Iterator[str]:
    """Each reason for which what was measured does not speak of what is promised now."""
    if older := one.stale_by(Stale.OLDER):
        text = ngettext(
            "%(n)d tested promise was tested longer ago than %(span)s, which is as old as a test may be here.",
            "%(n)d tested promises were tested longer ago than %(span)s, which is as old as a test may be here.",
            len(older),
        )
        yield text % {"n": len(older), "span": _span(one)}
    if others := one.stale_by(Stale.OTHER_MODEL):
        text = ngettext(
            "%(n)d tested promise was tested on another model than those that the product names: %(models)s.",
            "%(n)d tested promises were tested on other models than those that the product names: %(models)s.",
            len(others),
        )
        yield text % {"n": len(others), "models": ", ".join(sorted({each.tests[0].tried.model for each in others}))}
    if one.elsewhere:
        told = {"active": gathered.activation.version.number, "number": one.elsewhere.version}
        text = _(
            "Nothing is known of version %(active)d. The newest run that ended, on %(when)s, was of version "
            "%(number)d, which was active before."
        )
        yield text % {**told, "when": moments.day_words(one.elsewhere.at)}


def _span(one: OnPlatform) -> str:
    days = one.span_days or 0
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def _counts(one: OnPlatform) -> Iterator[Count]:
    found = counts(one)
    if one.tested:
        yield from words.finding_counts({**found, "not_covered": found["promises"] - found["tested"]})


# Promises


def _groups(one: OnPlatform) -> Iterator[CommitmentGroup]:
    found: dict[str, list[Commitment]] = {}
    for each in one.commitments:
        found.setdefault(profile_words.group_of(each.decision.behavior), []).append(each)
    for group in profile_words.groups():
        if group in found:
            title = str(_GROUPS.get(group) or profile_words.group_words(group))
            yield CommitmentGroup(group, title, tuple(_card(each) for each in found[group]))


def _card(one: Commitment) -> CommitmentCard:
    pill = words.finding_pill(one.outcome) if one.outcome else Pill("neutral", _("instructed, not tested"))
    several = len(one.tests) > 1
    return CommitmentCard(
        key=one.key,
        name=one.decision.behavior.name,
        pill=pill,
        promise=one.promise,
        source=_source(one.decision.citation),
        tests=tuple(_test(test, several=several) for test in one.tests),
    )


def _filter(one: Commitment) -> CommitmentCard:
    behavior = one.decision.behavior
    return CommitmentCard(
        key=one.key,
        name=behavior.name,
        pill=Pill("neutral", _("filtered")),
        promise="",
        source=_source(one.decision.citation),
        value=profile_words.value_words(behavior.domain, one.decision.raw),
    )


def _source(citation: Citation) -> Source:
    told = {
        "document": citation.document.title,
        "day": moments.day_words(citation.document.date),
        "section": ", ".join(citation.sections),
    }
    text = _("%(document)s of %(day)s, section %(section)s") % told
    href = citation.document.url or ""
    return Source(text, citation.summary, href if href.startswith("https://") else "")


def _test(test: Test, *, several: bool) -> TestLine:
    row = test.finding
    bounds = [text for part in row.parts if (text := words.bound_words(part))]
    told = {"model": test.tried.model, "when": moments.day_words(test.tried.at)}
    early = "" if test.tried.is_whole else " " + _("The run was ended early.")
    return TestLine(
        text=share_words(row),
        interval=words.interval_words(row.low, row.high) if row.low is not None and row.high is not None else "",
        bound="; ".join(bounds),
        about=" ".join([_("Tested on %(model)s, %(when)s.") % told + early, *_stale_test(test)]),
        pill=words.finding_pill(row.outcome) if several else None,
        bar=bar_of(row),
    )


def _stale_test(test: Test) -> Iterator[str]:
    for why, text in _STALE.items():
        if why in test.stale:
            yield str(text)


def _missing(one: OnPlatform) -> Iterator[NotCovered]:
    """By their reasons, the ones of suites first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for each in one.commitments:
        if not each.tests:
            because = "" if each.because == NO_PROBE else each.because
            found.setdefault(because, []).append((each.decision.behavior.name, each.key))
    for because in sorted(found, key=lambda text: (not text, text)):
        text = because or _("No run that counts has tested these: the model is told so, and that is all that is known.")
        yield NotCovered(text, tuple(sorted(found[because])), not because)


# Runs and history


def _run(one: Tried, address: list[str]) -> RunRow:
    digest = one.run.protocol.digest
    suite = one.document["suite"]
    return RunRow(
        when=_when(one.at),
        model=one.model,
        suite=f"{suite['name']} {suite['number']}",
        result=_result(one.outcomes),
        note="" if one.is_whole else _("Ended early: only what failed counts."),
        rehearsal=one.rehearsal,
        digest=digest,
        short=words.short(digest),
        proof_href=proof_href(address, digest) if one.place is not None else "",
    )


def proof_href(address: list[str], digest: str) -> str:
    return reverse("commitments_proof", args=[*address, digest.removeprefix("sha256:")])


def _result(outcomes: Mapping[str, int]) -> str:
    said = (f"{outcomes[each.value]} {text}" for each, (_tone, text) in words.FINDINGS.items() if each in outcomes)
    return ", ".join(said)


def _step(step: Step) -> HistoryStep:
    title = _("Version %(number)d became active") % {"number": step.activation.version.number}
    return HistoryStep(title, _when(step.activation.at), tuple(_lines(step)))


def _lines(step: Step) -> Iterator[str]:
    if step.is_first:
        yield _("The first version that was active here.")
        return
    for change in step.changes:
        yield _change(step, change)
    if step.text_changed:
        yield _("The operator's own instructions changed. Their text is not public.")
    if not step.changes and not step.text_changed:
        yield _("Nothing of what is promised on this platform changed.")


def _change(step: Step, change: Change) -> str:
    line = profile_words.diff_line(change, step.behaviors[change.behavior])
    told = {"change": profile_words.change_summary(line), "direction": line.direction_text}
    return _("%(change)s (%(direction)s)") % told


def _when(moment: datetime) -> When:
    """Without "a minute ago", since the page is kept."""
    return When(moments.iso(moment), moments.moment_words(moment), "")


# The badge


_COLORS: Final = {"none": "#62636b", "fail": "#b0261c", "open": "#7f4d00", "some": "#2a45c8", "all": "#14653a"}
_LETTER: Final = 6.6  # pixels, at 11
_PADDING: Final = 14


def badge(gathered: Gathered, one: OnPlatform) -> Badge:
    several = len(gathered.platforms) > 1
    label = _("commitments on %(platform)s") if several else _("commitments")
    label = label % {"platform": profile_words.platform_words(one.platform)}
    text = _badge_words(one)
    title = _("%(product)s by %(organization)s, %(label)s: %(text)s") % {
        "product": gathered.found.product_name,
        "organization": gathered.found.organization_name,
        "label": label,
        "text": text,
    }
    return Badge(label, text, title, _COLORS[_state(one)], _width(label), _width(text))


def _badge_words(one: OnPlatform) -> str:
    at = one.tested_at
    if not one.commitments:
        return _("no promises on this platform")
    if at is None:
        return _("rehearsed only, not tested") if one.rehearsed_only else _("not tested")
    found = counts(one)
    told = {**found, "day": f"{moments.local(at):%Y-%m-%d}"}
    if found["fail"]:
        return _("%(tested)d of %(promises)d promises tested, %(fail)d failed, %(day)s") % told
    if found["inconclusive"]:
        return _("%(tested)d of %(promises)d promises tested, %(inconclusive)d inconclusive, %(day)s") % told
    if one.stale:
        return _("%(tested)d of %(promises)d promises tested, stale, %(day)s") % told
    return _("%(tested)d of %(promises)d promises tested, %(day)s") % told


def _state(one: OnPlatform) -> str:
    """Green is for what was all measured and all kept, and is not stale; and for nothing else."""
    found = counts(one)
    if not found["tested"]:
        return "none"
    if found[Finding.Outcome.FAIL.value]:
        return "fail"
    if found[Finding.Outcome.INCONCLUSIVE.value] or one.stale:
        return "open"
    return "all" if found["pass"] == found["promises"] else "some"


def _width(text: str) -> int:
    return round(len(text) * _LETTER) + _PADDING
