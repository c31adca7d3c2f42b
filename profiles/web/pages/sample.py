"""At which stage a sample product is."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from profiles import queries
from profiles.access import Actor, Permission
from profiles.models import Organization, Product
from profiles.web.pages import reads
from profiles.web.presenters.parts import Action, Message


def sample_stage(actor: Actor, product: Product, organization: Organization, now: datetime) -> Message | None:
    """At which stage a sample product is; nothing for any other."""
    if not product.is_sample:
        return None
    others = any(member.user_id != actor.user_id for member in queries.may_review(organization, now))
    newest = reads.newest_number(actor, product)
    if queries.active(product):
        text = _("It is live like any other, and clients with a key get it.")
    elif newest:
        text = _("Version %(number)d was submitted. Whoever did not write it may review it; then it can go live.")
        text %= {"number": newest}
    elif others:
        text = _("Its draft has a few settings. Look at them, and submit them for review.")
    else:
        text = _("Its draft has a few settings. Nobody else could review them yet, so nothing was submitted.")
    remove = Action(_("Remove it"), reverse("product_remove", args=[product.slug]))
    may = actor.may(Permission.MANAGE_PRODUCTS)
    return Message("note", text, _("This is a sample."), remove if may else None, icon="info")
