"""Who may open a stream at the events process: settled before the stream begins, refused in the contract's words.

There is no Django request here, so what its middlewares would refuse is refused here: unknown hosts and methods.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import time
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from profiles.actions.api_keys import recognize
from profiles.errors import (
    DomainError,
    Forbidden,
    InvalidKey,
    Malformed,
    NotFound,
    NotSignedIn,
    TooManyRequests,
    Unavailable,
)
from profiles.serving import parameters, stream_tokens
from profiles.serving.limits import Limiter, refusal
from profiles.serving.memory import LiveKey, Memory, digest_of
from profiles.serving.stream import LONGEST_ID, PATH, Form, Stream, for_ofrep, for_profile
from profiles.serving.surroundings import is_known_host

Scope = dict[str, Any]
Refuse = Callable[[str], DomainError]

BROWSER_PATH: Final = "/ofrep/v1/events"
METHODS: Final = "GET, OPTIONS"
RETRY_AFTER: Final = 5

_FORMS: Final[dict[str, Form]] = {PATH: for_profile, BROWSER_PATH: for_ofrep}
_PLATFORM: Final = re.compile(r"[a-z0-9_-]{1,40}")


class NotAllowed(DomainError):
    code = "method_not_allowed"
    status = 405


class Room:
    """How many streams are open: ``most`` at once, and of one key ``most_of_key``."""

    def __init__(self, most: int, most_of_key: int) -> None:
        self.most, self.most_of_key = most, most_of_key
        self._taken: Counter[bytes] = Counter()

    def check(self, digest: bytes) -> None:
        """
        Raises:
            Unavailable: nobody finds room.
            TooManyRequests: this key does not.
        """
        if self._taken.total() >= self.most:
            raise Unavailable(_("There are too many streams. Try again in a moment."), retry_after=RETRY_AFTER)
        if self._taken[digest] >= self.most_of_key:
            raise TooManyRequests(_("This key has too many streams."), retry_after=RETRY_AFTER)

    @contextmanager
    def taken(self, digest: bytes) -> Iterator[None]:
        self._taken[digest] += 1
        try:
            yield
        finally:
            self._taken[digest] -= 1
            if not self._taken[digest]:
                del self._taken[digest]


class Admission:
    """``refuse`` says, with the database, what is wrong with a key that is not in memory; it may block."""

    def __init__(
        self, memory: Memory, refuse: Refuse, *, room: Room, limiter: Limiter, clock: Callable[[], float] = time
    ) -> None:
        self.memory, self._refuse, self._clock = memory, refuse, clock
        self.room, self._limiter = room, limiter

    async def admit(self, scope: Scope) -> tuple[Stream, int] | None:
        """A stream, and the product whose news it tells; None where a browser only asks what it may ask.

        Raises:
            DomainError: what is wrong with the request, or that there is no room.
        """
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        form = _form(scope, headers)
        if scope["method"] == "OPTIONS":
            return None
        asked = parameters.read(scope["query_string"].decode("latin-1"), ("platform", "token"))
        digest, key = await self._key(headers, asked)
        self._check_platform(key, asked.get("platform"))
        if wait := self._limiter.take(key.id):
            raise refusal(wait)
        self.room.check(digest)
        told = headers.get(b"last-event-id", "")[:LONGEST_ID]
        return Stream(self.memory, digest, asked.get("platform"), form, told), key.place[0]

    async def _key(self, headers: dict[bytes, str], asked: dict[str, str]) -> tuple[bytes, LiveKey]:
        """The digest of the key that a request brings or names, and what it opens."""
        if token := asked.get("token"):
            key_id = stream_tokens.read(token, now=self._clock())
            digest = self.memory.digest_of(key_id) if key_id is not None else None
            key = self.memory.keys.get(digest) if digest is not None else None
            if digest is None or key is None or self._clock() >= key.ends:
                raise InvalidKey(_("This token is over. Evaluate again to get another one."))
            return digest, key
        scheme, _space, text = headers.get(b"authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise NotSignedIn(_("Send your key as: Authorization: Bearer <key>."))
        digest = digest_of(text.strip())
        key = self.memory.keys.get(digest)
        if key is None or self._clock() >= key.ends:
            if not self.memory.is_current():
                raise Unavailable(_("The database does not answer. Try again in a moment."), retry_after=1)
            raise await asyncio.to_thread(self._refuse, text.strip())
        return digest, key

    def _check_platform(self, key: LiveKey, platform: str | None) -> None:
        slot = self.memory.slots.get(key.place)
        if platform is None or (slot is None and _PLATFORM.fullmatch(platform)):
            return
        if slot is None or platform not in slot.platforms:
            names = ", ".join(slot.platforms) if slot else ""
            message = _("This product runs on: %(names)s. Name one of them as ?platform=.") % {"names": names}
            raise NotFound(message, fields={"platform": [message]})


def refuse(text: str) -> DomainError:
    """Why a key opens no stream. It runs in a thread of its own, with a connection of its own."""
    from django.db import DatabaseError, connection
    from django.utils import timezone

    try:
        with translation.override(settings.LANGUAGE_CODE):
            key, _actor = recognize(text, now=timezone.now())
            if key.product is None:
                return Forbidden(
                    _("This key belongs to an organization. A profile is read with a product's client key.")
                )
        return Unavailable(_("This key is new here. Try again in a moment."), retry_after=1)
    except DomainError as error:
        return error
    except DatabaseError:
        return Unavailable(_("The database does not answer. Try again in a moment."), retry_after=1)
    finally:
        connection.close()


def _form(scope: Scope, headers: dict[bytes, str]) -> Form:
    """What is told at this address.

    Raises:
        Malformed: the host is none of ours.
        NotFound, NotAllowed
    """
    if not is_known_host(headers.get(b"host", "")):
        raise Malformed(_("This host is not served here. Use the address of this installation."))
    form = _FORMS.get(scope["path"])
    if form is None:
        raise NotFound(_("There is nothing at this address."))
    if scope["method"] not in METHODS.split(", "):
        raise NotAllowed(_("Only GET is possible here."))
    return form
