"""One behavior as a row of the editor: a sentence where it is locked, a control where there is a choice."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.access import Actor, Permission
from profiles.actions.drafts import explain
from profiles.errors import StaleDraft
from profiles.models import RulebookRevision
from profiles.resolution.types import Attestation, Decision, Limit, Reason
from profiles.rulebook import model as rulebook
from profiles.rulebook.domains import ANY, Level, Number, Switch
from profiles.rulebook.model import Behavior, Kind, Layer, Stance
from profiles.web.pages import above, words
from profiles.web.pages.above import Above, Said
from profiles.web.pages.freshness import tested
from profiles.web.pages.glances import is_locked, kind_of, opened_by
from profiles.web.pages.state import Refused, State
from profiles.web.pages.users import clash, users_line, users_window
from profiles.web.presenters.editor import (
    Conflict,
    Control,
    LevelControl,
    LockedRow,
    NumberControl,
    OnPlatform,
    Option,
    Provenance,
    Row,
    SwitchControl,
    Topic,
    TopicsControl,
    VendorFilter,
    Why,
)
from profiles.web.presenters.freshness import Tested
from profiles.web.presenters.parts import Action, Citation, Message, When

_TONES = {
    Reason.LOCKED_BRIGHT_LINE: "never",
    Reason.LOCKED_PROTECTION: "always",
    Reason.LOCKED_LAW: "law",
    Reason.LOCKED_ORGANIZATION: "organization",
    Reason.ATTESTATION_MISSING: "gate",
    Reason.ATTESTATION_EXPIRED: "gate",
}
_WHO: Final = {
    Reason.LOCKED_BRIGHT_LINE: gettext_lazy("Nobody. It is the same for every product."),
    Reason.LOCKED_PROTECTION: gettext_lazy("No operator: it protects the person who uses your product."),
    Reason.LOCKED_LAW: gettext_lazy("Nobody, while the law applies to this product."),
    Reason.LOCKED_ORGANIZATION: gettext_lazy("Your organization, for all of its products."),
    Reason.RULE: gettext_lazy("Nobody, while this holds for the product."),
    Reason.ATTESTATION_MISSING: gettext_lazy("You, once a steward has granted the attestation “%(name)s”."),
    Reason.ATTESTATION_EXPIRED: gettext_lazy("You, once the attestation “%(name)s” is granted again."),
}
_BY_ATTESTATION: Final = (Reason.ATTESTATION_MISSING, Reason.ATTESTATION_EXPIRED)
_NOBODY: Final = gettext_lazy("Nobody here: the platform fixes it for every product.")


class RowBuilder:
    """Builds the rows of one state for one person. ``opened`` is the behavior of which the users' window is shown;
    ``picked``, unless None, are those picked for a change of several."""

    def __init__(
        self,
        state: State,
        actor: Actor,
        *,
        editable: bool,
        refused: Refused | None = None,
        opened: str = "",
        picked: Collection[str] | None = None,
    ) -> None:
        self.state, self.actor, self.editable, self.refused = state, actor, editable, refused
        self.opened, self.picked = opened, picked
        self.above = Above(actor, state.stored.laws, state.bench.sources.held)
        self.addresses: dict[int, str] = {}

    @cached_property
    def kinds(self) -> dict[str, rulebook.AttestationKind]:
        found = (item.rulebook().attestations for item in self.state.revisions.values())
        return {key: kind for kinds in found for key, kind in kinds.items()}

    def build(self, key: str) -> Row | LockedRow:
        if key not in self.state.decisions:
            return self.advice(self.state.undecided[key])
        decision = self.state.decisions[key]
        clash = self.refused if self.refused and self.refused.field == key else None
        return self.locked(decision) if is_locked(self.state, decision) and not clash else self.open(decision, clash)

    # Locked

    def locked(self, decision: Decision) -> LockedRow:
        behavior, limit = decision.behavior, decision.limit
        reason = limit.reason if limit else Reason.LOCKED_PLATFORM
        said = self.above.said(behavior.key, limit)
        return LockedRow(
            key=behavior.key,
            name=behavior.name,
            description=behavior.description,
            verdict=self.verdict(decision, reason),
            tested=self.tested(behavior.key),
            tone=_TONES.get(reason, "always" if behavior.kind is Kind.HONESTY else "platform"),
            why=self.why(decision, limit, reason, said),
            compact=behavior.kind in (Kind.BRIGHT_LINE, Kind.PROTECTION),
            source=f"{said.lead} {said.because}" if said else "",
        )

    def advice(self, behavior: Behavior) -> LockedRow:
        """What no platform of the product decides is advice, never a switch."""
        judged = behavior.stance is Stance.JUDGEMENT
        platform = next(
            name
            for name, item in self.state.revisions.items()
            if item.rulebook().behaviors.get(behavior.key) == behavior
        )
        return LockedRow(
            key=behavior.key,
            name=behavior.name,
            description=behavior.description,
            verdict=_("Left to judgement") if judged else _("Not addressed"),
            tone="platform",
            why=Why(
                because=behavior.advice or behavior.because,
                who=_("Nobody here: the platform leaves it to the model's judgement.")
                if judged
                else _("Nobody here: the platform's document is silent about it."),
                sources=(self.cited(behavior.key, behavior.citation, platform),),
                known=_("Nothing is set, so nothing is instructed."),
                platforms=self.platforms(behavior.key),
            ),
        )

    def verdict(self, decision: Decision, reason: Reason) -> str:
        if reason is Reason.LOCKED_BRIGHT_LINE:
            return _("Never")
        on = decision.operator_raw == "on"
        if reason is Reason.LOCKED_PROTECTION or (decision.behavior.kind is Kind.HONESTY and on):
            return _("Always")
        if isinstance(decision.behavior.domain, Switch):
            return _("Locked on") if on else _("Locked off")
        value = words.value_words(decision.behavior.domain, decision.operator_raw)
        return _("Locked: %(value)s") % {"value": value}

    def why(self, decision: Decision, limit: Limit | None, reason: Reason, said: Said | None) -> Why:
        behavior = decision.behavior
        compact = behavior.kind in (Kind.BRIGHT_LINE, Kind.PROTECTION)
        ours = said is not None and limit is not None and limit.layer is not Layer.LAW  # no document says it
        return Why(
            because=said.because if said else limit.because if limit else behavior.because,
            who=said.who if said else self.who(decision, limit, reason),
            sources=() if ours else (self.citation(decision),),
            full=behavior.description if compact else "",
            known=self.known(behavior),
            platforms=self.platforms(behavior.key),
            action=self.attest(limit.attestation) if limit and limit.attestation else said.action if said else None,
            by=said.by if said else "",
        )

    def known(self, behavior: Behavior) -> str:
        if behavior.kind is Kind.FILTER:
            return _("Filtered: the vendor's own filter does it. The model itself is told nothing. Not tested.")
        if found := self.tested(behavior.key):
            told = {"tested": found.text, "number": self.state.live.number if self.state.live else 0}
            return _("Instructed: the compiled instructions say so. Version %(number)d: %(tested)s") % told
        return _("Instructed: the compiled instructions say so. Not tested.")

    def tested(self, key: str) -> Tested | None:
        """What runs say of it in what is live; nothing where the draft says something else."""
        return None if key in self.state.changed else tested(self.state.shown, key)

    def who(self, decision: Decision, limit: Limit | None, reason: Reason) -> str:
        if reason is Reason.LOCKED_PROTECTION and decision.behavior.user.waiver and not decision.user.is_lock:
            return _("No operator: it protects the person who uses your product. That person may waive it.")
        name = self.kinds[limit.attestation].name if limit and limit.attestation in self.kinds else ""
        text = _WHO.get(reason, _NOBODY)
        return str(text) % {"name": name} if reason in _BY_ATTESTATION else str(text)

    def attest(self, kind: str) -> Action | None:
        if not self.actor.may(Permission.REQUEST_ATTESTATION):
            return None
        query = urlencode({"product": self.state.product.slug, "kind": kind})
        return Action(_("Request attestation"), f"{reverse('attestations')}?{query}", "seal")

    # Open

    def open(self, decision: Decision, refused: Refused | None) -> Row:
        behavior, key = decision.behavior, decision.behavior.key
        changed = key in self.state.changed
        is_set = key in self.state.draft.settings
        stale = refused is not None and isinstance(refused.error, StaleDraft)
        typed = refused.typed if refused and not stale else ()
        return Row(
            key=key,
            name=behavior.name,
            description=behavior.description,
            provenance=Provenance(*self.provenance(decision)),
            control=self.control(decision, typed) if self.editable else None,
            shown=words.value_words(behavior.domain, decision.operator_raw),
            citation=self.citation(decision),
            changed=changed,
            was=self.was(decision, changed=changed, is_set=is_set),
            can_undo=changed and self.editable and self.state.differs(key),
            can_reset=is_set and self.editable,
            users=users_line(decision),
            known=self.known(decision.behavior),
            tested=self.tested(key),
            pick=self.picked is not None and self.editable,
            picked=key in (self.picked or ()),
            window=users_window(self.state, decision, self.refused) if self.opened == key and self.editable else None,
            platforms=self.platforms(key),
            messages=self.messages(decision, refused if not stale else None),
            conflict=self.conflict(decision, refused) if refused and stale else None,
            filter=self.filter(decision),
        )

    def filter(self, decision: Decision) -> VendorFilter | None:
        setting = decision.behavior.setting
        if decision.behavior.kind is not Kind.FILTER:
            return None
        return VendorFilter(
            words.platform_words(self.state.platforms[decision.behavior.key]),
            setting.category if setting else "",
            setting.thresholds.get(str(decision.operator_raw), "") if setting else "",
        )

    def was(self, decision: Decision, *, changed: bool, is_set: bool) -> str:
        domain = decision.behavior.domain
        if changed and self.state.live:
            before = words.value_words(domain, self.state.changed[decision.behavior.key].before)
            return _("Was %(value)s in v%(number)d.") % {"value": before, "number": self.state.live.number}
        if is_set:
            default = words.value_words(domain, domain.dump(decision.behavior.default))
            return _("Default is %(value)s.") % {"value": default}
        return ""

    def provenance(self, decision: Decision) -> tuple[str, str]:
        kind = kind_of(self.state, decision)
        if kind == "attested":
            return kind, _("Attested")
        return kind, _("Does not hold") if kind == "clamped" else above.decided_words(decision)

    def messages(self, decision: Decision, refused: Refused | None) -> tuple[Message, ...]:
        found: list[Message] = []
        key = decision.behavior.key
        if refused is not None:
            fields = refused.error.fields.get(f"settings.{key}", [refused.error.message])
            found += [Message("bad", words.refusal_words(text), lead=_("Not saved:")) for text in fields]
        elif clamp := self.state.found.refused.get(key):
            found.append(Message("bad", words.refusal_words(explain(clamp)), lead=_("Fix this:")))
        if claim := opened_by(self.state, decision):
            found.append(Message("att", self.attested(claim)))
        if refused is None:
            found += self.limits(decision)
        return tuple(found)

    def limits(self, decision: Decision) -> list[Message]:
        """What is left of the platform's window, and who took the rest of it."""
        found, domain, key = [], decision.behavior.domain, decision.behavior.key
        if limit := decision.lowered_by:
            said = self.above.said(key, limit)
            most = words.value_words(domain, domain.dump(decision.product.ceiling))
            text = _("At most %(value)s here. %(because)s") % {
                "value": most,
                "because": self.by_words(said) if said else limit.because,
            }
            action = self.attest(limit.attestation) if limit.attestation else said.action if said else None
            found.append(Message("lim", text, said.lead if said else "", action))
        if said := self.above.floor(decision, self.state.product.organization.windows):
            least = words.value_words(domain, domain.dump(decision.product.floor))
            text = _("At least %(value)s here. %(because)s") % {"value": least, "because": self.by_words(said)}
            found.append(Message("lim", text, said.lead, said.action))
        return found

    def by_words(self, said: Said) -> str:
        """The reason of a limit with the person behind it."""
        return _("%(because)s (%(by)s)") % {"because": said.because, "by": said.by} if said.by else said.because

    def attested(self, claim: Attestation) -> str:
        name = self.kinds[claim.kind].name if claim.kind in self.kinds else words.attestation_words(claim.kind)
        until = When.of(claim.ends_at, self.state.now).shown
        return _("Attested: %(name)s, until %(until)s. Then the value falls back by itself.") % {
            "name": name,
            "until": until,
        }

    def conflict(self, decision: Decision, refused: Refused) -> Conflict:
        return clash(refused, self.state.now, lambda raw: words.value_words(decision.behavior.domain, raw))

    def citation(self, decision: Decision) -> Citation:
        key = decision.behavior.key
        return self.cited(key, decision.citation, self.state.platforms[key])

    def cited(self, key: str, citation: rulebook.Citation, platform: str) -> Citation:
        """A citation with the way to the rulebook or law pack that holds it."""
        revision = self.above.documents.get(citation.document) or self.state.revisions[platform]
        return Citation(citation.section, f"{self.address(revision)}#{key}", citation.document.title)

    def address(self, revision: RulebookRevision) -> str:
        if revision.pk not in self.addresses:
            self.addresses[revision.pk] = reverse("rulebook", args=[revision.platform, revision.revision])
        return self.addresses[revision.pk]

    def platforms(self, key: str) -> tuple[OnPlatform, ...]:
        """What holds on each platform, where they differ, in the words and with the citation of each one's rulebook.
        Where those that state the behavior agree, only the others are named."""
        found = {name: each.decisions.get(key) for name, each in self.state.found.after.items()}
        stated = [each for each in found.values() if each]
        agree = len({(each.product, each.operator, each.behavior.kind is Kind.FILTER) for each in stated}) == 1
        if len(found) < 2:
            return ()
        lines = (self.on_platform(key, name, each) for name, each in found.items() if each is None or not agree)
        return tuple(line for line in lines if line)

    def on_platform(self, key: str, platform: str, decision: Decision | None) -> OnPlatform | None:
        name = words.platform_words(platform)
        if decision is None:
            behavior = self.state.revisions[platform].rulebook().behaviors.get(key)
            if behavior is None or behavior.kind is Kind.FILTER:
                return None  # a filter of another vendor's: nothing that this one could be silent about
            judged = behavior.stance is Stance.JUDGEMENT
            text = _("left to the model's judgement") if judged else _("not addressed")
            source = self.cited(key, behavior.citation, platform)
            return OnPlatform(name, text, behavior.advice or behavior.because, source)
        domain = decision.behavior.domain
        if decision.product.is_lock:
            text = _("locked: %(value)s") % {"value": words.value_words(domain, decision.operator_raw)}
        else:
            text = _("open: %(window)s") % {"window": words.window_words(domain, decision.product)}
        if decision.behavior.kind is Kind.FILTER:
            text = _("its own filter, %(text)s") % {"text": text}
        limit = decision.limit or decision.lowered_by
        because = limit.because if limit else decision.behavior.because
        return OnPlatform(name, text, because, self.cited(key, decision.citation, platform))

    # Controls

    def control(self, decision: Decision, typed: tuple[str, ...]) -> Control:
        domain = decision.behavior.domain
        if isinstance(domain, Switch):
            # A refused flip goes back to what is stored: a switch cannot show a value that does not hold.
            return SwitchControl(decision.operator_raw == "on", words.value_words(domain, decision.operator_raw))
        if isinstance(domain, Level):
            return LevelControl(self.options(decision, domain))
        if isinstance(domain, Number):
            return self.number(decision, domain, typed)
        return self.topics(decision, typed)

    def options(self, decision: Decision, domain: Level) -> tuple[Option, ...]:
        setting = decision.behavior.setting
        return tuple(
            Option(
                name,
                words.value_words(domain, name),
                chosen=name == decision.operator_raw,
                locked=not domain.contains(decision.product, domain.parse(name)),
                sent=setting.thresholds.get(name, "") if setting else "",
            )
            for name in domain.names
        )

    def number(self, decision: Decision, domain: Number, typed: tuple[str, ...]) -> NumberControl:
        ends = sorted(int(domain.dump(point)) for point in decision.product)  # type: ignore[arg-type]
        euros = domain.unit.partition(" ")[0] == "EUR"
        return NumberControl(
            value=typed[-1] if typed else str(decision.operator_raw),
            prefix="€" if euros else "",
            suffix="" if euros else words.unit_words(domain.unit),
            limit=_("%(least)d to %(most)d") % {"least": ends[0], "most": ends[1]},
            invalid=bool(typed),
        )

    def topics(self, decision: Decision, typed: tuple[str, ...]) -> TopicsControl:
        now = decision.operator
        live = self.live_topics(decision.behavior.key)
        ceiling, floor = decision.product.ceiling, decision.product.floor
        named = set() if now is ANY else set(now)
        shown = [
            Topic(text, text, "locked" if text in floor else "kept" if live is None or text in live else "added")
            for text in sorted(named)
        ]
        shown += [Topic(text, text, "removed") for text in sorted((live or set()) - named) if now is not ANY]
        return TopicsControl(
            topics=tuple(shown),
            any_allowed=ceiling is ANY,
            any_chosen=now is ANY,
            suggestions=() if ceiling is ANY else tuple(sorted(ceiling - named)),
            typed=typed[-1] if typed else "",
            invalid=bool(typed),
        )

    def live_topics(self, key: str) -> set[str] | None:
        """The live version's set of topics; None where it has none of its own."""
        change = self.state.changed.get(key)
        before = change.before if change else None
        return set(before) if isinstance(before, list) else None
