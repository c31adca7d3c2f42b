"""What people say of a version, behavior by behavior."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from profiles.access import Actor, Permission
from profiles.errors import DomainError
from profiles.models import Comment, Version
from profiles.web.presenters.parts import DiffLine, Person, When
from profiles.web.presenters.version import CommentForm, CommentLine, CommentThread


@dataclass(frozen=True, slots=True)
class Said:
    """A comment that was refused, as it was typed."""

    error: DomainError
    behavior: str = ""
    text: str = ""


def threads(rows: Iterable[Comment], names: dict[str, str], now: datetime) -> tuple[CommentThread, ...]:
    """By what they are about, all of the version first; each oldest first."""
    found: dict[str, list[CommentLine]] = {}
    for row in rows:
        line = CommentLine(f"comment-{row.pk}", Person.of(row.author_name), When.of(row.at, now), row.text)
        found.setdefault(row.behavior, []).append(line)
    return tuple(
        CommentThread(key, names.get(key, key) if key else _("All of it"), tuple(found[key])) for key in sorted(found)
    )


def comment_form(
    actor: Actor, version: Version, lines: Iterable[DiffLine], names: dict[str, str], said: Said | None
) -> CommentForm | None:
    if not actor.may(Permission.COMMENT):
        return None
    changed = [line.key for line in lines if line.key in names]
    others = sorted((key for key in names if key not in changed), key=lambda key: names[key])
    chosen = said.behavior if said else ""
    error = " ".join(said.error.fields.get("text", [])) if said else ""
    return CommentForm(
        changed=tuple((key, names[key], key == chosen) for key in changed),
        others=tuple((key, names[key], key == chosen) for key in others),
        text=said.text if said else "",
        error=error or (said.error.message if said else ""),
        keep=f"comment-{version.digest[-12:]}",
    )
