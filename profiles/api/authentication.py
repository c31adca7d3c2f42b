"""``Authorization: Bearer <key>``."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from profiles.access import Actor
from profiles.actions.api_keys import recognize
from profiles.actions.denials import note_denial
from profiles.errors import Forbidden, NotSignedIn
from profiles.models import ApiKey
from profiles.serving.limits import refusal
from profiles.serving.process import limiter


def client_key(request: HttpRequest, *, header: str = "") -> tuple[ApiKey, Actor]:
    """The client key of a request.

    Args:
        header: where a request without a bearer token may carry its key instead.

    Raises:
        NotSignedIn: no key was sent, or not as a bearer token.
        InvalidKey: it opens nothing.
        Forbidden: it is an organization key, which names no product.
        TooManyRequests: it asks more often than the installation allows.
    """
    key, actor = _any_key(request, header)
    if key.product is None:
        sentence = _("This key belongs to an organization. A profile is read with a product's client key.")
        raise _of_the_other_kind(sentence, request, actor)
    _take(key)
    return key, actor


def organization_key(request: HttpRequest) -> tuple[ApiKey, Actor]:
    """The organization key of a request; raises like ``client_key``, the other way round."""
    key, actor = _any_key(request)
    if key.product is not None:
        sentence = _("This is a client key, which reads its profile only. Manage with an organization key.")
        raise _of_the_other_kind(sentence, request, actor)
    _take(key)
    return key, actor


def _of_the_other_kind(sentence: str, request: HttpRequest, actor: Actor) -> Forbidden:
    error = Forbidden(sentence)
    note_denial(error, by=actor, method=request.method or "", path=request.path, now=timezone.now())
    return error


def _any_key(request: HttpRequest, header: str = "") -> tuple[ApiKey, Actor]:
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        text = request.headers.get(header, "") if header else ""
    if not text.strip():
        raise NotSignedIn(_("Send your key as: Authorization: Bearer <key>."))
    return recognize(text.strip(), now=timezone.now(), request_id=getattr(request, "request_id", ""))


def _take(key: ApiKey) -> None:
    if wait := limiter().take(key.pk):
        raise refusal(wait)
