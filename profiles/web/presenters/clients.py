"""Programs that fetch a product's profile: how they connect, what they would get, and what they got."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.history import Choice, Pages
from profiles.web.presenters.parts import Action, Crumb, Message, Pill, When
from profiles.web.presenters.simulate import ClampLine, SimulatedRow


class Snippet(Struct, frozen=True):
    """One program, ready to be copied. It never holds a key, which is shown only once: it reads a variable."""

    id: str
    label: str
    text: str
    about: str  # what it does, in a sentence
    note: str = ""
    install: str = ""  # the command that installs what it needs


class ConnectPage(Struct, frozen=True):
    slug: str
    crumbs: tuple[Crumb, ...]
    environments: tuple[Choice, ...]
    platforms: tuple[Choice, ...]  # none where there is only one
    key: Message  # which key goes into the variable
    variable: str  # the line that sets it
    snippets: tuple[Snippet, ...]
    active: Message | None = None  # that nothing is active


class TryPage(Struct, frozen=True):
    """``headers`` and ``body`` are the answer's own; ``row`` is the derivation of the behavior that was asked for."""

    slug: str
    crumbs: tuple[Crumb, ...]
    environments: tuple[Choice, ...]
    platforms: tuple[Choice, ...]
    behaviors: tuple[Choice, ...]
    pasted: str
    errors: dict[str, str]
    refused: Message | None = None  # what a client would be told instead
    request: str = ""  # "GET /api/v1/profile"
    status: str = ""  # "200 OK"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    valid_until: When | None = None
    clamps: tuple[ClampLine, ...] = ()
    row: SimulatedRow | None = None
    simulate_href: str = ""


class CopyLine(Struct, frozen=True):
    """What a key holds for one platform. ``tone``: ok, warn, bad, neutral."""

    tone: str
    text: str  # "Holds version 3, superseded 2 hours ago by version 5"
    href: str
    platform: str  # empty where the product runs on one
    first: When
    last: When
    counts: str  # "12 handed out, 340 confirmed"
    ended: str = ""  # that it is past its valid_until


class ClientRow(Struct, frozen=True):
    name: str
    prefix: str
    environment: str
    pill: Pill
    copies: tuple[CopyLine, ...]


class ReceiptRow(Struct, frozen=True):
    name: str
    prefix: str
    environment: str
    platform: str
    digest: str
    published: When
    first: When
    last: When
    fetched: int
    confirmed: int


class ReceiptsPage(Struct, frozen=True):
    slug: str
    crumbs: tuple[Crumb, ...]
    reach: tuple[Message, ...]  # "3 of 4 clients have fetched version 5", by environment
    clients: tuple[ClientRow, ...]
    client_pages: Pages
    versions: tuple[Choice, ...]
    proof_title: str
    receipts: tuple[ReceiptRow, ...]
    receipt_pages: Pages
    csv_href: str
    keys_action: Action | None = None
