"""Mails about passwords. Their links are made here, so that no queue holds what opens an account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from profiles.actions.password_links import uid_of
from profiles.actions.passwords import invitation_by_mail, link_by_mail
from profiles.models import Organization, User


def password_link(email: str, *, now: datetime) -> None:
    """To somebody who forgot their password; nothing happens for an address without an account."""
    if found := link_by_mail(email, now=now):
        user, token = found
        with translation.override(user.mail_language):
            _send(user, token, _("Choose a new password for Brightline"), "mail/password.txt")


def invitation(user_id: int, organization_id: int, *, now: datetime) -> None:
    """To somebody who was invited; nothing happens once they have set a password."""
    organization = Organization.objects.filter(pk=organization_id).first()
    found = invitation_by_mail(user_id, now=now)
    if organization and found:
        user, token = found
        with translation.override(user.mail_language):
            subject = _("%(organization)s invites you to Brightline") % {"organization": organization.name}
            _send(user, token, subject, "mail/invitation.txt", organization=organization.name)


def _send(user: User, token: str, subject: str, template: str, **more: Any) -> None:
    address = f"{settings.BRIGHTLINE_BASE_URL}{reverse('set_password', args=[uid_of(user), token])}"
    text = render_to_string(template, {"name": user.name, "address": address, **more})
    send_mail(" ".join(subject.split()), text, None, [user.email])
