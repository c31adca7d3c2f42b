"""An organization's API keys."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Pill, Problem, When

# --- API keys ----------------------------------------------------------------------------------------------------


class KeyLine(Struct, frozen=True):
    """``opens`` says what the key reads: "Helper, Production", or the scopes of an organization key."""

    prefix: str
    name: str
    kind: str  # "Client key"
    opens: str
    created: When
    created_by: str
    pill: Pill
    expires: When | None = None
    ended: When | None = None  # revoked
    clients_href: str = ""  # what it got; empty for organization keys
    can_revoke: bool = False


class Choice(Struct, frozen=True):
    value: str
    label: str
    chosen: bool = False


class KeyForm(Struct, frozen=True):
    """What was typed is kept after a refusal."""

    products: tuple[Choice, ...]
    environments: tuple[Choice, ...]
    earliest: str  # the first day that an expiry may name
    zone: str  # in which days end
    scopes: tuple[Choice, ...] = ()  # what an organization key may do
    is_organizations: bool = False  # an organization key is asked for
    name: str = ""
    expires: str = ""
    name_error: str = ""
    product_error: str = ""
    environment_error: str = ""
    expires_error: str = ""
    scope_error: str = ""


class NewKey(Struct, frozen=True):
    """A key that was just made. Its text exists in this one answer and nowhere else."""

    text: str
    name: str
    opens: str
    command: str  # a curl line that works as it stands
    clients_href: str  # programs in other languages

    def __repr__(self) -> str:
        return f"NewKey({self.name!r})"  # never the text: a repr ends up in logs


class ApiKeysPage(Struct, frozen=True):
    lead: str
    keys: tuple[KeyLine, ...]
    form: KeyForm | None = None
    no_form: str = ""  # why this person may not make one
    new: NewKey | None = None
    problems: tuple[Problem, ...] = ()
