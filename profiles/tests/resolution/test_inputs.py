"""What a document was resolved from gives the same document again, after a way through JSON."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.resolution.inputs import Inputs
from profiles.resolution.types import Attestation, Hold, Layers, LayerSettings
from profiles.rulebook.model import Layer
from profiles.tests.resolution.small import CLAIM, DAY, NOW
from profiles.tests.resolution.strategies import attestations, layers_for, rulebooks


def test_what_was_kept_is_what_was_given() -> None:
    inputs = Inputs(
        rulebooks=("sha256:1", "sha256:2"),
        facts={"audience": "adults"},
        claims=(Attestation(CLAIM, NOW, NOW + DAY), Attestation(CLAIM, NOW, NOW + DAY, NOW)),
        layers=Layers(
            organization=LayerSettings({"a.one": "much"}, {"a.one": {"ceiling": "much"}}),
            product=LayerSettings({"a.one": "some"}),
            holds=(Hold("a.one", "none", Layer.PLATFORM, "Because."),),
        ),
        instructions="Be brief.",
        at=NOW,
    )
    assert Inputs.load(json.loads(json.dumps(inputs.dump()))) == inputs


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_it_resolves_to_the_same(data: st.DataObject) -> None:
    book = data.draw(rulebooks())
    layers, claims = data.draw(layers_for(book, sane=True)), data.draw(attestations())
    inputs = Inputs((), {"audience": "adults"}, claims, Layers(layers.organization, layers.product), "", NOW)
    again = Inputs.load(json.loads(json.dumps(inputs.dump())))
    for preferences in (None, layers.user.values):
        assert again.resolve([book], preferences) == inputs.resolve([book], preferences)
