"""Celery's doors: ids in, one call. Each may run twice."""

from celery import shared_task
from django.utils import timezone

from audits.conformance import execute


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=3)
def run_check(check_id: int) -> None:
    execute.execute(check_id, now=timezone.now())


@shared_task(expires=60)
def sweep_checks() -> None:
    execute.sweep(now=timezone.now())


@shared_task(expires=240)
def request_nightly_checks() -> None:
    execute.request_nightly(now=timezone.now())
