"""Everything that can be set, and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.access import Actor, Permission
from profiles.models import Member
from profiles.web.presenters.members import SettingsLine, SettingsPage, SettingsSection

Text = str | Promise
# Name of the address, title, what it is for, icon.
Line = tuple[str, Text, Text, str]

_ORGANIZATION: Final[tuple[Line, ...]] = (
    (
        "settings_members",
        gettext_lazy("Members"),
        gettext_lazy("Who may do what here; inviting and removing."),
        "people",
    ),
    (
        "settings_environments",
        gettext_lazy("Environments"),
        gettext_lazy("Where versions become active, and how many approvals that takes."),
        "sliders",
    ),
    ("settings_baseline", gettext_lazy("Baseline"), gettext_lazy("Limits for all of your products."), "building"),
    ("settings_holds", gettext_lazy("Holds"), gettext_lazy("What is stopped at once, and why."), "lock"),
    (
        "settings_retention",
        gettext_lazy("Retention and legal holds"),
        gettext_lazy("How long the trail is kept, and what stops that any of it goes."),
        "clock",
    ),
    ("settings_api_keys", gettext_lazy("API keys"), gettext_lazy("What programs fetch profiles with."), "key"),
)
_WEBHOOKS: Final[Line] = (
    "settings_webhooks",
    gettext_lazy("Webhooks"),
    gettext_lazy("Which programs are told what happens."),
    "bolt",
)
_DESTINATIONS: Final[Line] = (
    "settings_destinations",
    gettext_lazy("Destinations of the trail"),
    gettext_lazy("Where entries are sent as they are signed: a webhook or a bucket."),
    "out",
)
_ENDPOINTS: Final[Line] = (
    "settings_endpoints",
    gettext_lazy("Endpoints"),
    gettext_lazy("The models that runs ask, and their keys."),
    "chart",
)
_BUDGET: Final[Line] = (
    "settings_budget",
    gettext_lazy("Budget for runs"),
    gettext_lazy("What runs may take in a month and a minute, and what they took."),
    "chart",
)
_OWN: Final[tuple[Line, ...]] = (
    ("account", gettext_lazy("Your account"), gettext_lazy("Language, time zone and keys."), "person"),
    (
        "settings_notifications",
        gettext_lazy("Notifications"),
        gettext_lazy("What you are told, and by which way."),
        "bell",
    ),
    ("password_change", gettext_lazy("Password"), gettext_lazy("Choose another one."), "key"),
)
_INSTALLATION: Final[tuple[Line, ...]] = (
    ("organizations", gettext_lazy("Organizations"), gettext_lazy("The tenants of this installation."), "building"),
)
_RETENTION: Final[Line] = (
    "settings_retention",
    gettext_lazy("Retention and legal holds"),
    gettext_lazy("How long the installation's own trail is kept."),
    "clock",
)


def build_settings(actor: Actor, member: Member | None) -> SettingsPage:
    sections = [SettingsSection(_("For yourself"), tuple(_lines(_OWN)))]
    if actor.organization_id is not None:
        webhooks = (_WEBHOOKS, _DESTINATIONS) if actor.may(Permission.MANAGE_WEBHOOKS) else ()
        endpoints = (_ENDPOINTS,) if actor.may(Permission.MANAGE_ENDPOINTS) else ()
        lines = tuple(_lines((*_ORGANIZATION, *webhooks, *endpoints, _BUDGET)))
        sections.insert(0, SettingsSection(_("For the organization"), lines))
    if actor.may(Permission.MANAGE_ORGANIZATIONS):
        own = (_RETENTION,) if actor.organization_id is None else ()  # else it is that of the organization
        sections.append(SettingsSection(_("For the installation"), tuple(_lines((*_INSTALLATION, *own)))))
    hidden = member is not None and member.hides_first_steps
    return SettingsPage(_("What can be set here, and where."), tuple(sections), hidden)


def _lines(lines: tuple[Line, ...]) -> Iterator[SettingsLine]:
    for name, title, text, icon in lines:
        yield SettingsLine(str(title), str(text), reverse(name), icon)
