"""What can be set, and API keys: made, shown once, revoked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from profiles.access import Permission
from profiles.actions.api_keys import PREFIX_LENGTH, SCOPES, create_api_key, revoke_api_key
from profiles.errors import InvalidInput, Malformed, NotFound, WrongState
from profiles.models import ApiKey, Environment, Organization, Product
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.dates import read_day
from profiles.web.pages.settings import Keyring, TypedKey, build_api_keys, new_key
from profiles.web.pages.settings_index import build_settings
from profiles.web.presenters.settings import NewKey


@require_safe
@signed_in
def index(request: PageRequest) -> HttpResponse:
    page = build_settings(request.actor, request.membership)
    return render_page(request, "profiles/settings.html", page, current="settings")


@sensitive_variables("text")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def api_keys(request: PageRequest) -> HttpResponse:
    """The keys; a POST makes one, and its answer is the only place where its text ever stands."""
    request.actor.require(Permission.VIEW)
    if request.method != "POST":
        return show_keys(request, TypedKey(product=request.GET.get("product", "")))
    post = request.POST
    typed = TypedKey(
        post.get("name", ""),
        post.get("product", ""),
        post.get("environment", ""),
        post.get("expires", ""),
        "organization" if post.get("kind") == "organization" else "client",
        tuple(post.getlist("scope")),
    )
    try:
        key, text = make_key(request, typed)
    except (InvalidInput, Malformed) as error:
        return show_keys(request, typed.refused(error), status=error.status)
    return show_keys(request, TypedKey(), new=new_key(key, text))


@require_POST
@signed_in
def revoke_key(request: PageRequest, prefix: str) -> HttpResponse:
    key = one_key(request, prefix)
    try:
        revoke_api_key(key, by=request.actor, now=request.now)
    except WrongState as error:
        return show_keys(request, TypedKey().refused(error), status=error.status)
    messages.success(request, _("Revoked %(prefix)s. It opens nothing any more.") % {"prefix": key.prefix})
    return redirect("settings_api_keys")


def make_key(request: PageRequest, typed: TypedKey) -> tuple[ApiKey, str]:
    """A client key or an organization key, as the form asks for it.

    Raises:
        InvalidInput: something is missing, past or not of this organization.
    """
    if typed.kind == "organization":
        return make_organization_key(request, typed)
    product = next((item for item in products_of(request) if item.slug == typed.product), None)
    environment = next((item for item in environments_of(request) if item.slug == typed.environment), None)
    if request.actor.may(Permission.MANAGE_KEYS):  # whoever may not is refused by the action, which records it
        need_choices(typed.name, product, environment)
    until = read_day(typed.expires, "expires_at") if typed.expires else None
    return create_api_key(
        Organization.objects.of(request.actor).one(),
        name=typed.name,
        product=product,
        environment=environment,
        expires_at=until,
        by=request.actor,
        now=request.now,
    )


def make_organization_key(request: PageRequest, typed: TypedKey) -> tuple[ApiKey, str]:
    """
    Raises:
        InvalidInput: no scope was chosen, or something is missing or past.
    """
    scopes = [scope for scope in typed.scopes if scope in SCOPES]
    if request.actor.may(Permission.MANAGE_KEYS) and not scopes:
        fields = {"scope": [_("Choose what the key may do.")]}
        raise InvalidInput(_("An organization key names one scope or more."), fields=fields)
    return create_api_key(
        Organization.objects.of(request.actor).one(),
        name=typed.name,
        scopes=scopes,
        expires_at=read_day(typed.expires, "expires_at") if typed.expires else None,
        by=request.actor,
        now=request.now,
    )


def need_choices(name: str, product: Product | None, environment: Environment | None) -> None:
    """
    Raises:
        InvalidInput: with everything that is missing, or is not one of this organization's.
    """
    fields = {} if name.strip() else {"name": [_("Please fill this in.")]}
    if product is None:
        fields["product"] = [_("Choose a product.")]
    if environment is None:
        fields["environment"] = [_("Choose an environment.")]
    if fields:
        raise InvalidInput(_("A client key names a product and an environment."), fields=fields)


def one_key(request: PageRequest, prefix: str) -> ApiKey:
    """
    Raises:
        NotFound: there is no such key in this organization.
    """
    if not prefix.isascii() or not prefix.isprintable() or len(prefix) > PREFIX_LENGTH:
        raise NotFound(_("There is no such key, or it is not yours to see."))
    return ApiKey.objects.of(request.actor).select_related("organization", "product__organization").one(prefix=prefix)


def show_keys(request: PageRequest, typed: TypedKey, *, new: NewKey | None = None, status: int = 200) -> HttpResponse:
    keys = list(ApiKey.objects.of(request.actor).select_related("product", "environment"))
    ring = Keyring(request.actor, keys, products_of(request), environments_of(request), typed, request.now)
    page = build_api_keys(ring, new)
    return render_page(request, "profiles/api_keys.html", page, current="api_keys", status=status)


def products_of(request: PageRequest) -> list[Product]:
    return list(Product.objects.of(request.actor).order_by("name"))


def environments_of(request: PageRequest) -> list[Environment]:
    return list(Environment.objects.of(request.actor).order_by("position", "slug"))
