"""From attestations to their page: for members those of their organization, for a steward those of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final
from urllib.parse import urlencode

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles import queries
from profiles.access import ROLE_NAMES, Actor, Permission, roles_with
from profiles.models import Attestation, Product, RulebookRevision
from profiles.rulebook.model import AttestationKind
from profiles.web.moments import day_words, local, zone_name
from profiles.web.pages import dates, words
from profiles.web.pages.rulebooks import opened_by
from profiles.web.pages.typed import TypedForm
from profiles.web.presenters.attestations import (
    AttestationsPage,
    Claim,
    ClaimSection,
    DecideForm,
    EvidenceFile,
    Falls,
    KindChoice,
    ProductChoice,
    Renewed,
    RequestForm,
    RevokeForm,
)
from profiles.web.presenters.parts import DiffLine, Pill, Problem, When
from profiles.web.presenters.rulebooks import Link

SOON: Final = timedelta(days=30)  # an expiry nearer than this is a warning
_TYPES: Final = {"application/pdf": "PDF", "image/png": "PNG", "image/jpeg": "JPEG"}
_ENDINGS: Final = ".pdf,.png,.jpg,.jpeg,.txt,.md,.csv"


@dataclass(frozen=True, slots=True)
class Typed(TypedForm):
    """What a form held, kept after a refusal: the request form, or (with ``pk``) the decision on one claim."""

    product: str = ""
    kind: str = ""
    evidence: str = ""
    link: str = ""
    renew: str = ""  # the id of the claim that this is to renew
    pk: int | None = None
    decision: str = ""
    expires: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Board:
    """Everything that the page is built from."""

    actor: Actor
    rows: Sequence[Attestation]
    products: Sequence[Product]  # of the organization that is looked at
    typed: Typed
    now: datetime

    @cached_property
    def revisions(self) -> dict[str, RulebookRevision]:
        platforms = {name for product in self.products for name in product.platforms}
        platforms |= {name for row in self.rows for name in row.product.platforms}
        return {item.platform: item for item in queries.latest_rulebooks(sorted(platforms))}

    @cached_property
    def falls(self) -> dict[int, queries.FallBack]:
        """What each claim that counts leaves behind at its end, by its id."""
        return queries.fall_backs(self.rows, self.now)

    @cached_property
    def falls_at_once(self) -> dict[int, queries.FallBack]:
        """The same for a revocation now."""
        return queries.fall_backs(self.rows, self.now, revoked=True)

    def later(self, row: Attestation) -> Attestation | None:
        """The claim of the same kind and product that waits for a decision, or else lasts longer."""
        same = [each for each in self.rows if (each.product_id, each.kind) == (row.product_id, row.kind)]
        waits = (each for each in same if each.state == Attestation.State.REQUESTED)
        longer = (each for each in same if _place(each, self.now) == "counting" and _end(each) > _end(row))
        return next(waits, None) or next(longer, None)

    def to_renew(self) -> Attestation | None:
        """The claim that the request form is to renew: one of mine that counts."""
        mine = {product.pk for product in self.products}
        found = (each for each in self.rows if str(each.pk) == self.typed.renew and each.product_id in mine)
        row = next(found, None)
        return row if row and _place(row, self.now) == "counting" else None

    def books(self, product: Product) -> list[RulebookRevision]:
        return [self.revisions[name] for name in product.platforms if name in self.revisions]

    def kinds(self, product: Product) -> dict[str, AttestationKind]:
        return {key: kind for item in self.books(product) for key, kind in item.rulebook().attestations.items()}

    def opens(self, product: Product, kind: str) -> tuple[Link, ...]:
        """What the claim opens, each behavior once, with its place in the rulebook."""
        found: dict[str, Link] = {}
        for item in self.books(product):
            here = reverse("rulebook", args=[item.platform, item.revision])
            for link in opened_by(kind, item.rulebook(), here):
                found.setdefault(link.text, link)
        return tuple(found.values())


def build_attestations(board: Board) -> AttestationsPage:
    claims = [(row, _claim(board, row)) for row in board.rows]
    steward = board.actor.may(Permission.DECIDE_ATTESTATION)
    may = board.actor.may(Permission.REQUEST_ATTESTATION) and board.products
    return AttestationsPage(
        lead=_lead(steward),
        sections=(
            _section("waiting", board, claims, steward),
            _section("counting", board, claims, steward),
            _section("ended", board, claims, steward),
        ),
        form=_request_form(board) if may else None,
        no_form="" if may else _no_form(board),
        problems=_problems(board.typed),
    )


def _lead(steward: bool) -> str:
    if steward:
        return _(
            "Claims of all organizations. A grant opens a wider window from that instant, and ends by itself on the "
            "day that you name."
        )
    return _(
        "Claims that open a wider window, with evidence for the steward who decides. When one ends, what it opened "
        "falls back by itself, everywhere."
    )


# Sections


def _place(row: Attestation, now: datetime) -> str:
    if row.state == Attestation.State.REQUESTED:
        return "waiting"
    claim = row.as_claim()
    return "counting" if claim and claim.counts(now) else "ended"


def _end(row: Attestation) -> datetime:
    """When a granted claim ends."""
    assert row.expires_at is not None, "the table's constraint"
    return row.expires_at


def _section(name: str, board: Board, claims: Iterable[tuple[Attestation, Claim]], steward: bool) -> ClaimSection:
    titles = {
        "waiting": _("Waiting for your decision") if steward else _("Waiting for a steward"),
        "counting": _("Granted"),
        "ended": _("Ended and declined"),
    }
    empty = {
        "waiting": _("No request waits."),
        "counting": _("No attestation counts now: every product keeps to the windows that need none."),
        "ended": _("None."),
    }
    mine = tuple(claim for row, claim in claims if _place(row, board.now) == name)
    return ClaimSection(name, titles[name], mine, empty[name])


def _claim(board: Board, row: Attestation) -> Claim:
    steward = board.actor.may(Permission.DECIDE_ATTESTATION)
    own = row.organization_id == board.actor.organization_id
    kind = board.kinds(row.product).get(row.kind)
    place = _place(row, board.now)
    counting = place == "counting"
    return Claim(
        id=row.pk,
        name=kind.name if kind else words.attestation_words(row.kind),
        claim=kind.claim if kind else "",
        product=row.product.name,
        product_href=reverse("product", args=[row.product.slug]) if own else "",
        organization=row.organization.name if steward else "",
        pill=_pill(row, counting),
        soon=soon_words(row.expires_at, board.now) if counting and row.expires_at else "",
        evidence=row.evidence,
        link=row.link,
        file=_file(row),
        renews=_renews(row),
        requested_by=row.requested_by,
        requested=When.of(row.requested_at, board.now),
        decided=_decided(row),
        decided_when=When.of(row.decided_at, board.now) if row.decided_at else None,
        note=row.decision_note,
        expires=When.of(row.expires_at, board.now) if row.expires_at else None,
        ended=When.of(row.revoked_at, board.now) if row.revoked_at else None,
        opens=board.opens(row.product, row.kind),
        falls=_falls_at_end(board, row) if counting else None,
        **(_renewal(board, row) if counting else {}),
        decide=_decide_form(board, row, kind) if steward and place == "waiting" and kind else None,
        revoke=_revoke_form(board, row) if steward and counting else None,
    )


def _file(row: Attestation) -> EvidenceFile | None:
    if not row.file_digest:
        return None
    size = filesizeformat(row.file_size).replace("\xa0", " ")
    about = _("%(type)s, %(size)s") % {"type": _TYPES.get(row.file_type, _("Plain text")), "size": size}
    return EvidenceFile(row.file_name, about, row.file_digest, reverse("attestation_evidence", args=[row.pk]))


def _renews(row: Attestation) -> str:
    if row.renews is None or row.renews.expires_at is None:
        return ""
    return _("renews the one that ends on %(day)s") % {"day": day_words(local(row.renews.expires_at).date())}


def _renewal(board: Board, row: Attestation) -> dict[str, str]:
    """A link to renew a claim for whoever may, or the sentence that somebody did."""
    later = board.later(row)
    if later and later.state == Attestation.State.REQUESTED:
        return {"renewal": _("Its renewal waits for a steward.")}
    if later:
        return {"renewal": _("Renewed until %(day)s.") % {"day": day_words(local(_end(later)).date())}}
    mine = row.product_id in {product.pk for product in board.products}
    if not (mine and board.actor.may(Permission.REQUEST_ATTESTATION)):
        return {}
    return {"renew_href": renew_href(row)}


def renew_href(row: Attestation) -> str:
    return reverse("attestations") + "?" + urlencode({"renew": row.pk}) + "#request"


def _falls_at_end(board: Board, row: Attestation) -> Falls:
    found, later = board.falls.get(row.pk), board.later(row)
    if found is None:
        return Falls(_("Nothing falls back"), _("Nothing of %(product)s is active.") % {"product": row.product.name})
    lines = fall_lines(found)
    about = {"number": found.version.number, "when": When.of(_end(row), board.now).shown}
    if not lines:
        return Falls(_("Nothing falls back"), _("Version %(number)d, which is active, stays as it is.") % about)
    text = _("At %(when)s, in version %(number)d, which is active; unless it is renewed before.") % about
    if later and later.state == Attestation.State.REQUESTED:
        text = _("At %(when)s, in version %(number)d, which is active; unless the renewal is granted before.") % about
    return Falls(_fall_title(lines), text, lines)


def _falls_at_once(board: Board, row: Attestation) -> Falls | None:
    found = board.falls_at_once.get(row.pk)
    if found is None or not found.changes:
        return None
    lines = fall_lines(found)
    text = _("At once, in version %(number)d, which is active.") % {"number": found.version.number}
    return Falls(_fall_title(lines), text, lines)


def _fall_title(lines: Sequence[DiffLine]) -> str:
    return ngettext("%(n)d setting falls back", "%(n)d settings fall back", len(lines)) % {"n": len(lines)}


def fall_lines(found: queries.FallBack) -> tuple[DiffLine, ...]:
    """What falls back, in words."""
    return tuple(words.diff_line(change, found.behaviors[change.behavior]) for change in found.changes)


def _pill(row: Attestation, counting: bool) -> Pill:
    if row.state == Attestation.State.GRANTED:
        return Pill("att", _("Granted")) if counting else Pill("warn", _("Expired"))
    return {
        Attestation.State.REQUESTED: Pill("draft", _("Requested")),
        Attestation.State.DECLINED: Pill("bad", _("Declined")),
    }.get(Attestation.State(row.state), Pill("bad", _("Revoked")))


def _decided(row: Attestation) -> str:
    if row.decided_at is None:
        return ""
    declined = row.state == Attestation.State.DECLINED
    text = _("Declined by %(name)s") if declined else _("Granted by %(name)s")
    return text % {"name": row.decided_by}


def soon_words(expires: datetime, now: datetime) -> str:
    """ "Expires in 9 days" for an expiry that is near; empty for one that is not."""
    left = expires - now
    if not timedelta() < left <= SOON:
        return ""
    if left.days == 0:
        return _("Expires within a day")
    return ngettext("Expires in %(n)d day", "Expires in %(n)d days", left.days) % {"n": left.days}


# Forms


def _decide_form(board: Board, row: Attestation, kind: AttestationKind) -> DecideForm:
    latest = dates.last_day(board.now, kind.longest_days)
    typed = board.typed if board.typed.pk == row.pk else Typed()
    return DecideForm(
        earliest=dates.first_day(board.now).isoformat(),
        latest=latest.isoformat(),
        longest=_("Until the end of that day, %(zone)s. At most %(days)d days: %(day)s.")
        % {"days": kind.longest_days, "day": day_words(latest), "zone": zone_name()},
        decision=typed.decision,
        expires=typed.expires,
        comment=typed.comment,
        decision_error=typed.errors.get("decision", ""),
        expires_error=typed.errors.get("expires_at", ""),
        comment_error=typed.errors.get("comment", ""),
    )


def _revoke_form(board: Board, row: Attestation) -> RevokeForm:
    typed = board.typed if board.typed.pk == row.pk else Typed()
    return RevokeForm(
        effect=_(
            "What it opened falls back at once, in every environment of %(product)s. This cannot be undone; the "
            "operator can request it again."
        )
        % {"product": row.product.name},
        falls=_falls_at_once(board, row),
        comment=typed.comment,
        comment_error=typed.errors.get("comment", ""),
    )


def _request_form(board: Board) -> RequestForm:
    typed = board.typed if board.typed.pk is None else Typed()
    row = board.to_renew() if typed is board.typed else None
    only = board.products[0].slug if len(board.products) == 1 else ""
    product = row.product.slug if row else typed.product or only
    kind = row.kind if row else typed.kind
    return RequestForm(
        products=tuple(ProductChoice(each.slug, each.name, each.slug == product) for each in board.products),
        kinds=_kind_choices(board, kind),
        product=product,
        kind=kind,
        renews=_renewed(board, row) if row else None,
        evidence=typed.evidence,
        link=typed.link,
        product_error=typed.errors.get("product", ""),
        kind_error=typed.errors.get("kind", ""),
        evidence_error=typed.errors.get("evidence", ""),
        link_error=typed.errors.get("link", ""),
        file_error=typed.errors.get("file", ""),
        file_hint=_file_hint(typed),
        accepts=_ENDINGS,
    )


def _file_hint(typed: Typed) -> str:
    hint = _("PDF, PNG, JPEG or plain text, up to 10 MB.")
    # After any refusal the page is a new one, and no browser fills in a file.
    return f"{hint} {_('Choose it again: nothing was kept.')}" if typed.errors or typed.sentence else hint


def _renewed(board: Board, row: Attestation) -> Renewed:
    kind = board.kinds(row.product).get(row.kind)
    text = _("The present one counts until %(when)s. It is not touched; the new one counts from the decision on.")
    return Renewed(
        id=row.pk,
        name=kind.name if kind else words.attestation_words(row.kind),
        product=row.product.name,
        text=text % {"when": When.of(_end(row), board.now).shown},
        wanted=kind.evidence if kind else "",
    )


def _kind_choices(board: Board, chosen: str) -> tuple[KindChoice, ...]:
    """Every kind that a rulebook of one of the products asks for."""
    found: dict[str, KindChoice] = {}
    for product in board.products:
        for item in board.books(product):
            book = item.rulebook()
            for key, kind in book.attestations.items():
                found.setdefault(
                    key, _kind_choice(kind, [r.behavior for r in book.rules if r.when.without == key], item)
                )
    return tuple(
        KindChoice(c.value, c.name, c.claim, c.evidence, c.longest, c.opens, c.value == chosen) for c in found.values()
    )


def _kind_choice(kind: AttestationKind, opens: list[str], item: RulebookRevision) -> KindChoice:
    names = ", ".join(item.rulebook().behaviors[key].name for key in opens)
    days = kind.longest_days
    return KindChoice(
        value=kind.key,
        name=kind.name,
        claim=kind.claim,
        evidence=kind.evidence,
        longest=ngettext("At most %(n)d day", "At most %(n)d days", days) % {"n": days},
        opens=_("Opens: %(names)s.") % {"names": names} if names else "",
    )


def _no_form(board: Board) -> str:
    if board.actor.organization_id is None:
        return ""
    if not board.products:
        return _("There is no product to claim anything about yet.")
    roles = ", ".join(str(ROLE_NAMES[role]) for role in roles_with(Permission.REQUEST_ATTESTATION))
    return _("Requesting an attestation needs one of these roles: %(roles)s.") % {"roles": roles}


def _problems(typed: Typed) -> tuple[Problem, ...]:
    """The same words as at the fields, each with the id of its field."""
    suffix = f"-{typed.pk}" if typed.pk is not None else ""
    ids = {name: f"{'expires' if name == 'expires_at' else name}{suffix}" for name in typed.errors}
    labels = {"evidence": _("Evidence"), "comment": _("Comment"), "link": _("Link"), "file": _("File")}
    return typed.problems(f"claim{suffix}" if suffix else "request", labels=labels, ids=ids)
