"""``products/{slug}/draft/simulate``: what the draft, or other content in its place, would be. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from profiles.access import Scope
from profiles.actions.drafts import INSTRUCTIONS, clean_instructions, refusals
from profiles.actions.versions import finding_words, to_fix
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, operation
from profiles.api.shapes import Json
from profiles.api.v1.management.shapes import path_in_the_api, product_of
from profiles.api.v1.management.simulation_shapes import DRAFT, EXAMPLE, GIVEN, LIVE
from profiles.api.v1.management.versions import version_of
from profiles.errors import InvalidInput
from profiles.models import Draft, Product
from profiles.queries import Simulation, Stored, live_version, simulate
from profiles.resolution.diff import Change
from profiles.resolution.document import behavior_document, citation_document, instant, vendor_settings
from profiles.resolution.instructions import compile_instructions, text_digest
from profiles.resolution.types import Clamp
from profiles.rulebook.domains import Direction
from profiles.rulebook.model import Layer, Rulebook


@operation(
    id="draft_simulate",
    method="POST",
    tag="Drafts",
    scope=Scope.READ,
    only_reads=True,
    summary="Simulate a draft",
    description=(
        "What every behavior would be on each platform if the draft, or the content that is sent in its place, were "
        "live; who decides it, what is not honored or would be refused and why, and how it differs from what is. "
        "Nothing is stored, and nothing is entered in the trail."
    ),
    answers="Simulation",
    example=EXAMPLE,
    takes="SimulationQuestion",
    given=GIVEN,
)
def simulate_draft(asked: Asked, slug: str) -> Answer:
    product = product_of(asked.actor, slug)
    draft = product.draft
    number, base = _beside(asked, product)
    content = asked.body.get("content")
    stored = Stored.draft(_said(draft, content) if content else draft)
    made = simulate(base, stored, asked.now, asked.body.get("preferences", {}))
    only = asked.body.get("only_changes", False)
    return Answer(
        {
            "product": slug,
            "revision": draft.revision,
            "beside": number,
            "direction": made.found.direction.value,
            "changes": [_change(change) for change in made.found.changes],
            "instructions_changed": made.found.text_changed,
            "facts_changed": made.found.facts_changed,
            "limits_changed": made.found.limits_changed,
            "refused": list(_refused(made)),
            "platforms": [_platform(made, name, only_changes=only) for name in stored.platforms],
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
