"""What people say of a version, behavior by behavior."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from msgspec import Struct

from profiles.access import Actor, Permission
from profiles.errors import DomainError
from profiles.models import Comment, Version
from profiles.queries import Stored
from profiles.web.pages import reads
from profiles.web.presenters.parts import CommentLine, CommentThread, Person, When
from profiles.web.presenters.version import CommentForm


class Said(Struct, frozen=True):
    """A comment that was refused, as it was typed."""

    error: DomainError
    behavior: str = ""
    text: str = ""

    @property
    def sentence(self) -> str:
        return " ".join(self.error.fields.get("text", [])) or self.error.message


def thread_page(actor: Actor, version: Version, key: str, now: datetime, said: Said | None = None) -> CommentThread:
    """One thread alone, as it is now."""
    names = {known: behavior.name for known, behavior in Stored.version(version).behaviors.items()}
    return Comments.of(actor, version, reads.comments(actor, version), names, now, said).thread(key)


class Comments(Struct, frozen=True):
    """Everything that was said of a version, by what it is about; each thread oldest first."""

    actor: Actor
    version: Version
    names: Mapping[str, str]  # of the behaviors that the version's rulebooks state
    lines: Mapping[str, tuple[CommentLine, ...]]
    said: Said | None = None

    @classmethod
    def of(
        cls,
        actor: Actor,
        version: Version,
        rows: Iterable[Comment],
        names: Mapping[str, str],
        now: datetime,
        said: Said | None = None,
    ) -> Comments:
        found: dict[str, tuple[CommentLine, ...]] = {}
        for row in rows:
            line = CommentLine(f"comment-{row.pk}", Person.of(row.author_name), When.of(row.at, now), row.text)
            found[row.behavior] = (*found.get(row.behavior, ()), line)
        return cls(actor, version, names, found, said)

    def thread(self, key: str) -> CommentThread:
        mine = self.said if self.said and self.said.behavior == key else None
        return CommentThread(
            key,
            self.names.get(key, key) if key else _("All of it"),
            self.lines.get(key, ()),
            self._href() if self.actor.may(Permission.COMMENT) else "",
            mine.text if mine else "",
            mine.sentence if mine else "",
        )

    def beside(self, shown: Iterable[str]) -> tuple[CommentThread, ...]:
        """The threads about what ``shown`` does not hold, the one about all of the version first."""
        return tuple(self.thread(key) for key in sorted(self.lines.keys() - set(shown)))

    def form(self, shown: Iterable[str]) -> CommentForm | None:
        """To say something of anything; what changed is offered first."""
        if not self.actor.may(Permission.COMMENT):
            return None
        changed = [key for key in shown if key in self.names]
        others = sorted(self.names.keys() - set(changed), key=self.names.__getitem__)
        chosen = self.said.behavior if self.said else ""
        return CommentForm(
            href=self._href(),
            changed=tuple((key, self.names[key], key == chosen) for key in changed),
            others=tuple((key, self.names[key], key == chosen) for key in others),
            text=self.said.text if self.said else "",
            error=self.said.sentence if self.said else "",
            keep=f"comment-{self.version.digest[-12:]}",
        )

    def _href(self) -> str:
        return reverse("version_comment", args=[self.version.product.slug, self.version.number])
