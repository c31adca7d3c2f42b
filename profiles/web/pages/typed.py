"""What a form held, kept after a refusal with what was wrong: nobody types anything twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from django.http import QueryDict

from profiles.errors import DomainError


def texts(form: QueryDict, *names: str) -> dict[str, Any]:
    """Fields of a form by their names, without the space around them."""
    return {name: form.get(name, "").strip() for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedForm:
    """Base of the forms: ``errors`` by field, and the ``sentence`` of a refusal that belongs to no field."""

    errors: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""

    def refused(self, error: DomainError) -> Self:
        """The same, with what was wrong."""
        errors = {name: " ".join(sentences) for name, sentences in error.fields.items()}
        return replace(self, errors=errors, sentence="" if errors else error.message)
