"""From what somebody sent to probes for a draft: each form has its reader, and what cannot be read is a refusal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from django.utils.translation import gettext as _

from audits.checks.probes import Direction
from audits.checks.probes.exchange import (
    Draft,
    MalformedFile,
    Terms,
    from_source,
    read_inspect,
    read_own,
    read_promptfoo,
)
from audits.checks.probes.fields import is_key
from audits.conformance.suites import citing_behaviors
from profiles import queries
from profiles.errors import InvalidInput
from profiles.models import SourceDocument

OWN: Final = "brightline"
_READERS: Final[Mapping[str, Callable[[bytes, Terms], Draft]]] = {
    OWN: lambda data, _terms: read_own(data),
    "inspect": read_inspect,
    "promptfoo": read_promptfoo,
}
FORMS: Final = tuple(_READERS)


def probes_in(data: bytes, form: str, *, behavior: str = "", direction: str = "", author: str) -> Draft:
    """The probes of a file.

    Args:
        behavior, direction: of its probes, where the form does not know such a thing.

    Raises:
        InvalidInput: no such form, or the file is not in it; ``fields`` says which field is wrong.
    """
    if form not in _READERS:
        raise _refusal("form", _("Choose the form of the file."))
    if form != OWN and not is_key(behavior):
        raise _refusal("behavior", _("Say which behavior these probes test, such as content.explicit."))
    try:
        way = Direction(direction) if direction else Direction.MUST_NOT_DO
        return _READERS[form](data, Terms(behavior, author[:300], way))
    except MalformedFile as error:
        raise _refusal("file", str(error)) from None
    except ValueError:
        raise _refusal("direction", _("Choose a direction.")) from None


def examples_of(row: SourceDocument, sections: Collection[str], *, author: str) -> Draft:
    """The examples of these sections of an imported document.

    Raises:
        InvalidInput: none was chosen.
    """
    if not sections:
        raise _refusal("section", _("Choose at least one section."))
    title = f"{row.platform} {row.name} {row.published.isoformat()}"
    cited = citing_behaviors(row)
    return from_source(queries.source_outline(row), title, author[:300], cited.get, frozenset(sections))


def _refusal(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, fields={field: [sentence]})
