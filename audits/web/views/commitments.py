"""What anybody may read of a product whose commitments are public. Nobody is asked who they are: no session, no cookie,
the same bytes for everybody, so that they can be kept here and on the way.

What is not public, was withdrawn, was removed or was never there answers alike.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

import rfc8785
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audits.commitments.document import document
from audits.commitments.found import Found, find
from audits.commitments.gathered import Gathered, OnPlatform, gather, platforms_of
from audits.commitments.proofs import proof_of_protocol
from audits.web.kept import Kept
from audits.web.pages import commitments as pages
from profiles.errors import NotFound
from profiles.web.errors import refusal
from profiles.web.preferences import language_of_header

_SECONDS: Final = 60  # for so long an answer is kept by others
_kept: Final = Kept(most=128)
Make = Callable[[Gathered, OnPlatform], bytes]


@require_safe
def page(request: HttpRequest, organization: str, product: str) -> HttpResponseBase:
    language = request.GET.get("language", "")
    if language not in dict(settings.LANGUAGES):
        language = language_of_header(request)
    answer = _answer(request, organization, product, language, "text/html; charset=utf-8", partial(_page, language))
    answer["Content-Language"] = language
    patch_vary_headers(answer, ("Accept-Language",))
    return answer


@require_safe
def data(request: HttpRequest, organization: str, product: str) -> HttpResponseBase:
    """The same for programs. All platforms, in English."""
    make = partial(_data, request.build_absolute_uri("/").removesuffix("/"))
    return _for_programs(_answer(request, organization, product, "en", "application/json", make))


@require_safe
def badge(request: HttpRequest, organization: str, product: str) -> HttpResponseBase:
    """An image for pages of others, in the language that its address names."""
    language = request.GET.get("language", "")
    language = language if language in dict(settings.LANGUAGES) else "en"
    return _for_programs(_answer(request, organization, product, language, "image/svg+xml", _badge))


@require_safe
def proof(request: HttpRequest, organization: str, product: str, digest: str) -> HttpResponseBase:
    """That the log holds the entry of a protocol, under its newest checkpoint (C2SP tlog-proof)."""
    found = find(organization, product, timezone.now())
    text = proof_of_protocol(found.product_id, digest) if found else None
    if text is None:
        return _nothing(request, "en")
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{digest[:12]}.tlog-proof"'
    patch_cache_control(answer, no_cache=True)
    return _for_programs(answer)


def _answer(
    request: HttpRequest, organization: str, product: str, language: str, content_type: str, make: Make
) -> HttpResponseBase:
    now = timezone.now()
    found = find(organization, product, now)
    if found is None:
        return _nothing(request, language)
    platform = _platform(request, found)
    if platform is None:
        return _nothing(request, language)
    host = request.get_host() if content_type == "application/json" else ""  # which only this one names
    key = (found.product_id, found.tag, platform, language, content_type, host)
    body = _kept.get(key, lambda: _made(found, now, platform, language, make))
    answer = HttpResponse(body.data, content_type=content_type)
    patch_cache_control(answer, public=True, max_age=_seconds(found, now))
    answer["ETag"] = body.etag
    return get_conditional_response(request, etag=body.etag, response=answer) or answer


def _platform(request: HttpRequest, found: Found) -> str | None:
    """The one that is asked for, empty for the first one; None if the product does not run there."""
    asked = request.GET.get("platform", "")
    names = _kept.get((found.product_id, found.tag), lambda: ",".join(platforms_of(found)).encode())
    first, *others = names.data.decode().split(",")
    if asked in ("", first):
        return ""
    return asked if asked in others else None


def _made(found: Found, now: datetime, platform: str, language: str, make: Make) -> bytes:
    with translation.override(language), timezone.override(None):
        gathered = gather(found, now)
        one = gathered.on(platform)
        assert one is not None, "the platform is one of those that it runs on"
        return make(gathered, one)


def _seconds(found: Found, now: datetime) -> int:
    """Others keep nothing past the instant at which something changes by itself."""
    left = (found.until - now).total_seconds() if found.until else _SECONDS
    return max(0, min(_SECONDS, int(left)))


def _page(language: str, gathered: Gathered, one: OnPlatform) -> bytes:
    context = {"page": pages.build(gathered, one, language), "LANGUAGE_CODE": language}
    return render_to_string("audits/commitments.html", context).encode()


def _data(host: str, gathered: Gathered, _one: OnPlatform) -> bytes:
    found = gathered.found
    address = [found.organization, found.product]
    links = {
        "page": host + reverse("commitments", args=address),
        "badge": host + reverse("commitments_badge", args=address),
    }
    if gathered.origin:
        links["checkpoint"] = host + reverse("log_checkpoint", args=[found.organization])
        links["key"] = host + reverse("log_key", args=[found.organization])
        links["policy"] = host + reverse("log_policy", args=[found.organization])
    made: dict[str, Any] = document(gathered, lambda digest: host + pages.proof_href(address, digest), links)
    return bytes(rfc8785.dumps(made))


def _badge(gathered: Gathered, one: OnPlatform) -> bytes:
    return render_to_string("audits/commitments_badge.svg", {"badge": pages.badge(gathered, one)}).encode()


def _for_programs(answer: HttpResponseBase) -> HttpResponseBase:
    """Pages of others may read it; search engines lead people to the page itself."""
    answer["Access-Control-Allow-Origin"] = "*"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _nothing(request: HttpRequest, language: str) -> HttpResponse:
    with translation.override(language):
        answer = refusal(request, NotFound(_("There is nothing at this address, or it is not yours to see.")))
    patch_cache_control(answer, no_store=True)
    return answer
