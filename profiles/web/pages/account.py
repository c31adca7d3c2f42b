"""A person's own account."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from profiles.errors import DomainError
from profiles.models import User
from profiles.web.moments import moment_words
from profiles.web.preferences import zones
from profiles.web.presenters.account import AccountPage, LanguageChoice
from profiles.web.presenters.parts import Problem


@dataclass(frozen=True, slots=True)
class Typed:
    """The form, as it was filled in or as it stands."""

    name: str
    language: str
    time_zone: str
    single_keys: bool
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, user: User) -> Typed:
        return cls(user.name, user.language, user.time_zone, user.single_keys)

    @classmethod
    def read(cls, post: QueryDict) -> Typed:
        return cls(
            post.get("name", ""), post.get("language", ""), post.get("time_zone", ""), post.get("single_keys") == "on"
        )

    def refused(self, error: DomainError) -> Typed:
        errors = {name: said[0] for name, said in error.fields.items()} or {"name": error.message}
        return Typed(self.name, self.language, self.time_zone, self.single_keys, errors)


def account_page(user: User, typed: Typed, now: datetime) -> AccountPage:
    offered = [("", _("As the browser asks"), ""), *((code, name, code) for code, name in settings.LANGUAGES)]
    return AccountPage(
        email=user.email,
        name=typed.name,
        languages=tuple(LanguageChoice(code, name, lang, code == typed.language) for code, name, lang in offered),
        time_zone=typed.time_zone,
        zones=zones(),
        zone_now=moment_words(now),
        single_keys=typed.single_keys,
        problems=tuple(Problem(text, f"#{name}") for name, text in typed.errors.items()),
        name_error=typed.errors.get("name", ""),
        language_error=typed.errors.get("language", ""),
        time_zone_error=typed.errors.get("time_zone", ""),
    )
