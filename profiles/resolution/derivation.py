"""How a value came about, layer by layer: what would hold if a layer and all above it were the only ones.

Each stage is a resolution of its own, with one more layer than the one before, so it cannot say anything else than
``resolve`` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from profiles.resolution.changes import Case
from profiles.resolution.types import Clamp, Decision, Layers, Limit, Resolution
from profiles.rulebook.domains import Point, Window
from profiles.rulebook.model import Layer


class Stage(StrEnum):
    DEFAULT = "default"  # the platform's rulebook alone
    RULES = "rules"  # with its rules for these facts and attestations
    LAW = "law"
    HOLDS = "holds"
    ORGANIZATION = "organization"
    PRODUCT = "product"
    USER = "user"


_LAYERS = {Stage.ORGANIZATION: Layer.ORGANIZATION, Stage.PRODUCT: Layer.PRODUCT, Stage.USER: Layer.USER}


@dataclass(frozen=True, slots=True)
class Step:
    """What holds once a stage has spoken. ``narrowed`` is the limit that cut the window at this stage, if one did;
    ``wanted`` what the stage itself sets, raw; ``clamp`` why it does not get that."""

    stage: Stage
    value: Point
    window: Window  # the product's; at the user's stage the user's
    changed: bool  # the value is another one than before
    narrowed: Limit | None = None
    wanted: Any = None
    clamp: Clamp | None = None

    @property
    def speaks(self) -> bool:
        """Whether the stage does anything at all."""
        return self.changed or self.narrowed is not None or self.wanted is not None


def derivations(case: Case) -> dict[str, tuple[Step, ...]]:
    """The steps of every behavior that is stated in the end, by key. Where a platform is silent, the law begins."""
    stages = {stage: part.resolve() for stage, part in _parts(case)}
    return {key: _steps(case, key, stages) for key in stages[Stage.USER].decisions}


def _parts(case: Case) -> list[tuple[Stage, Case]]:
    """The case with nothing but the platform's rules, and then with one more layer each."""
    layers = case.layers
    bare = replace(case, laws=(), layers=Layers())
    law = replace(case, layers=Layers())
    held = replace(case, layers=Layers(holds=layers.holds))
    organization = replace(case, layers=Layers(organization=layers.organization, holds=layers.holds))
    product = replace(case, layers=replace(layers, user=Layers().user))
    return [
        (Stage.RULES, bare),
        (Stage.LAW, law),
        (Stage.HOLDS, held),
        (Stage.ORGANIZATION, organization),
        (Stage.PRODUCT, product),
        (Stage.USER, case),
    ]


def _steps(case: Case, key: str, stages: Mapping[Stage, Resolution]) -> tuple[Step, ...]:
    found: list[Step] = []
    stated = case.rulebook.behaviors.get(key)
    if stated is not None and stated.is_stated:
        found.append(Step(Stage.DEFAULT, stated.default, stated.product, changed=False))
    for stage, resolution in stages.items():
        decision = resolution.decisions.get(key)
        if decision is not None:
            found.append(_step(case, stage, decision, resolution, found[-1] if found else None))
    return tuple(found)


def _step(case: Case, stage: Stage, decision: Decision, resolution: Resolution, before: Step | None) -> Step:
    key, layer = decision.behavior.key, _LAYERS.get(stage)
    window = decision.user if stage is Stage.USER else decision.product
    cut = before is not None and stage is not Stage.USER and before.window != window
    settings = {
        Stage.ORGANIZATION: case.layers.organization,
        Stage.PRODUCT: case.layers.product,
        Stage.USER: case.layers.user,
    }.get(stage)
    return Step(
        stage,
        decision.value,
        window,
        changed=before is None or before.value != decision.value,
        narrowed=(decision.lowered_by or decision.limit) if cut else None,
        wanted=settings.values.get(key) if settings else None,
        clamp=resolution.clamp_of(key, layer) if layer else None,
    )
