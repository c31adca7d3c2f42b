"""Celery's doors: ids in, one call. Each may run twice."""

from celery import shared_task
from django.utils import timezone

from profiles import mail


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=3)
def mail_password_link(email: str) -> None:
    mail.password_link(email, now=timezone.now())


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=3)
def mail_invitation(user_id: int, organization_id: int) -> None:
    mail.invitation(user_id, organization_id, now=timezone.now())
