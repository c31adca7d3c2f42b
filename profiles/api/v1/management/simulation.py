"""``products/{slug}/draft/simulate``: what the draft, a version, or other content would be. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from django.utils.translation import gettext as _

from profiles.access import Scope
from profiles.actions.drafts import INSTRUCTIONS, clean_instructions, refusals
from profiles.actions.versions import finding_words, to_fix
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, operation
from profiles.api.shapes import Json
from profiles.api.v1.management.shapes import path_in_the_api, product_of
from profiles.api.v1.management.simulation_shapes import CONTENT, DRAFT, EXAMPLE, GIVEN, LIVE
from profiles.api.v1.management.versions import version_of
from profiles.errors import InvalidInput, Malformed, NotFound
from profiles.models import Draft, Product
from profiles.queries import Simulation, Stored, live_version, simulate
from profiles.resolution.diff import Change
from profiles.resolution.document import behavior_document, citation_document, instant, vendor_settings
from profiles.resolution.instructions import compile_instructions, text_digest
from profiles.resolution.types import Clamp
from profiles.rulebook.domains import Direction
from profiles.rulebook.model import Layer, Rulebook

_FIRST: Final = datetime(1970, 1, 2, tzinfo=UTC)
_LAST: Final = datetime(9998, 12, 30, tzinfo=UTC)


@operation(
    id="draft_simulate",
    method="POST",
    tag="Drafts",
    scope=Scope.READ,
    only_reads=True,
    summary="Simulate a draft",
    description=(
        "What every behavior would be on each platform, at an instant and for one user, if the draft, a version, or "
        "the content that is sent in its place, were live; who decides it, what is not honored or would be refused "
        "and why, and how it differs from what is. "
        "Nothing is stored, and nothing is entered in the trail."
    ),
    answers="Simulation",
    example=EXAMPLE,
    takes="SimulationQuestion",
    given=GIVEN,
)
def simulate_draft(asked: Asked, slug: str) -> Answer:
    product = product_of(asked.actor, slug)
    number, base = _beside(asked, product)
    of, stored = _simulated(asked, product)
    platforms = _platforms(asked, stored)
    at = _instant(asked)
    made = simulate(base, stored, at, asked.body.get("preferences", {}))
    only = asked.body.get("only_changes", False)
    return Answer(
        {
            "product": slug,
            "revision": product.draft.revision,
            "of": of,
            "at": instant(at),
            "beside": number,
            "direction": made.found.direction.value,
            "changes": [_change(change) for change in made.found.changes],
            "instructions_changed": made.found.text_changed,
            "facts_changed": made.found.facts_changed,
            "limits_changed": made.found.limits_changed,
            "refused": list(_refused(made)),
            "platforms": [_platform(made, name, only_changes=only) for name in platforms],
        }
    )


def _beside(asked: Asked, product: Product) -> tuple[int | str | None, Stored | None]:
    """
    Raises:
        NotFound: the product has no such version.
    """
    wanted = asked.body["beside"]
    if wanted == DRAFT:
        return DRAFT, Stored.draft(product.draft)
    version = live_version(product) if wanted == LIVE else version_of(asked, product.slug, wanted)
    if version is None:
        return None, None
    version.product = product
    return version.number, Stored.version(version)


def _simulated(asked: Asked, product: Product) -> tuple[int | str, Stored]:
    """
    Raises:
        Malformed: two things are to be simulated.
        NotFound: the product has no such version.
    """
    content, of = asked.body.get("content"), asked.body.get("of", DRAFT)
    if content is not None and "of" in asked.body:
        message = _("Give of or content, not both.")
        raise Malformed(message, fields={"of": [message]})
    if content is not None:
        return CONTENT, Stored.draft(_said(product.draft, content))
    if of == DRAFT:
        return DRAFT, Stored.draft(product.draft)
    version = version_of(asked, product.slug, of)
    version.product = product
    return version.number, Stored.version(version)


def _platforms(asked: Asked, stored: Stored) -> list[str]:
    """
    Raises:
        NotFound: it does not run on the one that is asked about.
    """
    wanted = asked.body.get("platform")
    if wanted is None:
        return list(stored.platforms)
    if wanted not in stored.platforms:
        names = ", ".join(stored.platforms)
        message = _("This product runs on: %(names)s.") % {"names": names}
        raise NotFound(message, fields={"platform": [message]})
    return [wanted]


def _instant(asked: Asked) -> datetime:
    """
    Raises:
        Malformed: no calendar of ours holds it.
    """
    said = asked.body.get("at")
    if said is None:
        return asked.now
    with suppress(ValueError, TypeError):  # the latter: a day is no instant
        found = datetime.fromisoformat(said)
        if _FIRST <= found <= _LAST:
            return found
    message = _("Give an instant between 1970 and 9998, in UTC with Z.")
    raise Malformed(message, fields={"at": [message]})


def _said(draft: Draft, content: Json) -> Draft:
    """A draft in memory that says something else."""
    return Draft(
        product=draft.product,
        settings=content["settings"],
        windows=content["user_windows"],
        instructions=content["instructions"],
        updated_at=draft.updated_at,
    )


def _change(change: Change) -> Json:
    return {
        "behavior": change.behavior,
        "before": change.before,
        "after": change.after,
        "user_before": change.user_before,
        "user_after": change.user_after,
        "direction": change.direction.value,
    }


def _refused(made: Simulation) -> Iterator[Json]:
    """What changing the draft would refuse, and after it what submitting would."""
    fields = refusals(made.found.refused)
    try:
        clean_instructions(made.stored.instructions)
    except InvalidInput as error:
        fields |= error.fields
    for path, sentences in fields.items():
        for sentence in sentences:
            yield {"path": path_in_the_api(path), "sentence": sentence, "by": "draft_change"}
    for finding in to_fix(made.stored.instructions, made.found):
        yield {"path": INSTRUCTIONS, "sentence": finding_words(finding), "by": "versions_submit"}


def _platform(made: Simulation, name: str, *, only_changes: bool) -> Json:
    resolution = made.after[name]
    text = compile_instructions(resolution, made.stored.instructions)
    revision = next(each for each in made.stored.revisions if each.platform == name)
    rulebook, *laws = made.stored.rulebooks(revision)
    return {
        "platform": name,
        "rulebook": _named(rulebook),
        "law_packs": [_named(law) for law in laws],
        "valid_until": instant(resolution.valid_until) if resolution.valid_until else None,
        "behaviors": _behaviors(made, name, only_changes=only_changes),
        "gone": made.gone(name),
        "clamped": [_clamped(clamp) for clamp in resolution.clamped],
        "instructions": {"text": text, "digest": text_digest(text)},
        "vendor_settings": vendor_settings(resolution),
    }


def _named(rulebook: Rulebook) -> Json:
    return {"platform": rulebook.platform, "revision": rulebook.revision, "digest": rulebook.digest}


def _behaviors(made: Simulation, name: str, *, only_changes: bool) -> Json:
    directions = {change.behavior: change.direction for change in made.found.changes_on[name]}
    found: Json = {}
    for key, decision in made.after[name].decisions.items():
        differs = made.differs(name, key)
        if only_changes and not differs:
            continue
        found[key] = {
            **behavior_document(decision),
            "before": made.value_before(name, key),
            "differs": differs,
            "direction": directions.get(key, Direction.SAME).value,
        }
    return found


_NAMES: Final = {Layer.USER: "preferences.", Layer.ORGANIZATION: "baseline."}


def _clamped(clamp: Clamp) -> Json:
    if clamp.layer in _NAMES:
        path = f"{_NAMES[clamp.layer]}{clamp.behavior}"
    else:
        path = path_in_the_api(next(iter(refusals({clamp.behavior: clamp}))))
    return {
        "layer": clamp.layer.value,
        "path": path,
        "wanted": clamp.wanted,
        "got": clamp.got,
        "reason": clamp.reason.value,
        "because": clamp.because,
        "citation": citation_document(clamp.citation) if clamp.citation else None,
    }
