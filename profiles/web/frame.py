"""What every page needs: who is asking, which product they mean, and the frame around the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from profiles import queries
from profiles.access import ROLE_NAMES, Actor, Permission, Role
from profiles.errors import NotFound
from profiles.models import Member, Product, User
from profiles.web.pages.help import shortcuts, topic_href
from profiles.web.pages.help_topics import topic_of
from profiles.web.presenters.parts import Person
from profiles.web.presenters.shell import OrganizationLink, ProductLink, Shell

P = ParamSpec("P")
T = TypeVar("T")
ORGANIZATION = "organization"  # the session's: the slug of the one that is looked at


class PageRequest(HttpRequest):
    """A request of somebody signed in, as views get it."""

    actor: Actor
    membership: Member | None
    memberships: list[Member]
    unread: int  # notices in this person's inbox
    now: datetime  # one clock for one answer
    htmx: HtmxDetails
    user: User


View = Callable[Concatenate[PageRequest, P], HttpResponse]


def signed_in(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Send strangers to the sign-in page, and tell the view who is asking."""

    @wraps(view)
    def run(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            if getattr(request, "htmx", False):
                here = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
                return HttpResponseClientRedirect(redirect_to_login(here).url)
            return redirect_to_login(_way_back(request))
        identify(request)
        response = view(request, *args, **kwargs)  # type: ignore[arg-type]
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Vary", "Cookie, HX-Request")
        return response

    return run


def _way_back(request: HttpRequest) -> str:
    """Where to go on after signing in: a form's own address shows nothing, the page that it stands on does."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came = urlsplit(request.headers.get("Referer", ""))
    return urlunsplit(("", "", came.path, came.query, "")) if came.netloc == request.get_host() else "/"


def identify(request: HttpRequest) -> None:
    """Put actor, memberships and clock onto the request."""
    page: Any = request
    page.now = timezone.now()
    page.memberships, page.unread = queries.memberships_with_unread(page.user, page.now)
    wanted = request.session.get(ORGANIZATION)
    mine = {member.organization.slug: member for member in page.memberships}
    act_in(page, mine.get(wanted) or next(iter(page.memberships), None))


def act_in(request: PageRequest, membership: Member | None) -> None:
    request.membership = membership
    request.actor = queries.person(request.user, membership, getattr(request, "request_id", ""))


def of_product(view: Callable[Concatenate[PageRequest, Product, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Like ``signed_in``, for the pages of a product: the view gets the product of the address instead of its slug, and
    an actor in its organization. Both are settled before the view runs, so it cannot hold an actor of another one."""

    @wraps(view)
    @signed_in
    def run(request: PageRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(request, own_product(request, slug), *args, **kwargs)

    return run


def own_product(request: PageRequest, slug: str) -> Product:
    """A product of this person's; from here on they act in its organization.

    Raises:
        NotFound: there is none of that name among theirs.
    """
    product = find_in_mine(
        request,
        lambda actor: Product.objects.of(actor).select_related("organization", "draft").filter(slug=slug).first(),
    )
    request.actor.require(Permission.VIEW)
    return product


def find_in_mine(request: PageRequest, find: Callable[[Actor], T | None]) -> T:
    """What an address names, in the organization that is looked at or else in another one of this person's; which is
    then looked at. So a link works for everybody who may see what it leads to.

    Raises:
        NotFound: none of them has it.
    """
    here = request.membership
    for member in [here, *(member for member in request.memberships if member != here)]:
        act_in(request, member)
        found = find(request.actor)
        if found is not None:
            if member != here and member is not None:
                request.session[ORGANIZATION] = member.organization.slug
            return found
    act_in(request, here)
    raise NotFound(_("There is nothing at this address, or it is not yours to see."))


def render_page(
    request: PageRequest,
    template: str,
    page: Any,
    *,
    current: str,
    product: Product | None = None,
    status: int = 200,
    has_draft: bool | None = None,
    waiting: int | None = None,
    **context: Any,
) -> HttpResponse:
    """Render a page inside the frame; a template name with ``#name`` renders that fragment of it alone, which has no
    frame around it. ``has_draft`` says whether the product's draft differs from what is live, ``waiting`` how many
    versions wait for this person's review, where that is known."""
    context["page"] = page
    if "#" not in template:
        context["shell"] = shell(request, current, product, has_draft, waiting)
    return render(request, template, context, status=status)


def shell(
    request: PageRequest,
    current: str,
    product: Product | None,
    has_draft: bool | None = None,
    waiting: int | None = None,
) -> Shell:
    mine: Any = request.membership
    here = product.pk if product else None
    links = tuple(
        ProductLink(item["slug"], item["name"], current=item["id"] == here) for item in (mine.rail if mine else ())
    )
    organizations = tuple(
        OrganizationLink(member.organization.slug, member.organization.name, current=member == request.membership)
        for member in request.memberships
    )
    return Shell(
        person=Person.of(request.user.name, role_name(request)),
        organization=request.membership.organization.name if request.membership else _("This installation"),
        organizations=organizations,
        products=links,
        product=next((link for link in links if link.current), None),
        current=current,
        has_draft=bool(product and queries.has_changes(product)) if has_draft is None else has_draft,
        waiting=len(queries.waiting(request.actor)) if waiting is None else waiting,
        settings=request.membership is not None,
        help=topic_href(topic_of(page_name(request))),
        shortcuts=shortcuts(product.slug if product else ""),
        single_keys=request.user.single_keys,
        webhooks=request.actor.may(Permission.MANAGE_WEBHOOKS),
        unread=request.unread,
    )


def page_name(request: HttpRequest) -> str:
    """What the URL map calls the page."""
    return (request.resolver_match and request.resolver_match.url_name) or ""


def role_name(request: PageRequest) -> str:
    if request.membership is None:
        return _("Steward") if request.user.is_steward else _("No organization")
    return str(ROLE_NAMES[Role(request.membership.role)])


def theme(request: HttpRequest) -> dict[str, str]:
    """Context processor: the theme that this browser asked for, if it did."""
    chosen = request.COOKIES.get(settings.THEME_COOKIE, "")
    return {"theme": chosen if chosen in ("light", "dark") else ""}
