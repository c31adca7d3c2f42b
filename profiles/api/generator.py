"""What builds the OpenAPI document. It is loaded when the document is asked for: with all descriptions it takes 17 MB
and a quarter of a second that most web processes do without."""

from __future__ import annotations

from typing import Any

from drf_spectacular.generators import SchemaGenerator

from profiles.api import operations  # noqa: F401 - drf-spectacular finds the descriptions once they are defined
from profiles.api.kit.describing import paths
from profiles.api.kit.public import paths as public_paths
from profiles.api.shapes import COMPONENTS, Json


class Generator(SchemaGenerator):
    """What drf-spectacular finds, the management API, which describes itself, what is public, and what all refer to."""

    def get_schema(self, request: Any = None, public: bool = False) -> Json:
        found = super().get_schema(request=request, public=public)
        return {**found, "paths": {**found["paths"], **paths(), **public_paths()}, "components": COMPONENTS}
