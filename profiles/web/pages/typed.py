"""What a form held, kept after a refusal with what was wrong: nobody types anything twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from django.http import QueryDict
from django.utils.translation import gettext as _

from profiles.errors import DomainError
from profiles.web.presenters.parts import Problem


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

    def problems(
        self, rest: str, *, labels: Mapping[str, str] | None = None, ids: Mapping[str, str] | None = None
    ) -> tuple[Problem, ...]:
        """What was wrong, each with a link to where it can be mended.

        Args:
            rest: the id of what the sentence is about.
            labels: what fields are called, where what was wrong with them does not say so.
            ids: of fields that are not called by their names.
        """
        labels, ids = labels or {}, ids or {}
        found = [
            Problem(labelled(labels.get(name, ""), text), f"#{ids.get(name, name)}")
            for name, text in self.errors.items()
        ]
        return (*found, Problem(self.sentence, f"#{rest}")) if self.sentence else tuple(found)


def labelled(label: str, text: str) -> str:
    """A field's sentence away from its field: "Comment: Please fill this in."."""
    return _("%(label)s: %(text)s") % {"label": label, "text": text} if label else text
