"""Celery's doors: ids in, one call. Each may run twice."""

from celery import shared_task
from django.utils import timezone

from audits.conformance import execute, looking, recheck, running, sweep
from audits.exporting import pushing
from audits.health import foretelling, measuring
from audits.ledger import pruning, verification
from audits.telling import checkpoints, deliveries, fan_out, letters
from audits.telling import sweep as telling_sweep
from audits.witnessing import stamping
from profiles import mail
from profiles.actions import occasions, repeats, schedules


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=3)
def run_check(check_id: int) -> None:
    execute.execute(check_id, now=timezone.now())


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=3)
def run_recheck_chunk(chunk_id: int) -> None:
    recheck.execute_chunk(chunk_id, now=timezone.now())


@shared_task(expires=30)
def carry_out_schedules() -> None:
    schedules.carry_out_due(now=timezone.now())


@shared_task
def run_conformance(run_id: int) -> None:
    running.serve(run_id)


@shared_task
def run_conformance_look(look_id: int) -> None:
    looking.look(look_id, now=timezone.now())


@shared_task(expires=30)
def start_runs() -> None:
    """What schedules ask for, by time or because something happened."""
    occasions.start_due(now=timezone.now())


@shared_task(expires=240)
def request_looks() -> None:
    looking.request_due(now=timezone.now())


@shared_task(expires=60)
def sweep_checks() -> None:
    sweep.sweep(now=timezone.now())


@shared_task(expires=240)
def request_nightly_checks() -> None:
    execute.request_nightly(now=timezone.now())


@shared_task
def measure_product(product_id: int) -> None:
    measuring.measure(product_id, now=timezone.now())


@shared_task(expires=60)
def sweep_health() -> None:
    """What of products is measured again, and what ends soon."""
    measuring.ask_for_due(now=timezone.now())
    foretelling.foretell(now=timezone.now())


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=3)
def tell() -> None:
    fan_out.tell(now=timezone.now())


@shared_task
def send_letter(letter_id: int) -> None:
    letters.send(letter_id, now=timezone.now())


@shared_task
def send_checkpoint(letter_id: int) -> None:
    checkpoints.send(letter_id, now=timezone.now())


@shared_task
def deliver(delivery_id: int) -> None:
    deliveries.deliver(delivery_id, now=timezone.now())


@shared_task
def push(destination_id: int) -> None:
    pushing.push(destination_id, now=timezone.now())


@shared_task(expires=30)
def sweep_destinations() -> None:
    pushing.sweep(now=timezone.now())


@shared_task(expires=60)
def sweep_telling() -> None:
    telling_sweep.sweep(now=timezone.now())


@shared_task(expires=240)
def pass_time() -> None:
    telling_sweep.pass_time(now=timezone.now())
    repeats.forget_answers(now=timezone.now())


@shared_task(expires=600)
def stamp_checkpoints() -> None:
    stamping.stamp_due(now=timezone.now())


@shared_task(expires=240)
def request_verification() -> None:
    """Ask for the nightly verification, if it is due."""
    if verification.is_due(now=timezone.now()):
        verify_logs.delay()


@shared_task(soft_time_limit=4 * 3600, time_limit=4 * 3600 + 60)
def verify_logs() -> None:
    """As long as it takes: logs of many millions of entries need hours. A second one finds the lock taken, and ends."""
    verification.verify_nightly(now=timezone.now())


@shared_task(expires=240)
def request_pruning() -> None:
    """Ask for the nightly pruning, if something is old enough."""
    if pruning.due(now=timezone.now()):
        prune_logs.delay()


@shared_task(soft_time_limit=4 * 3600, time_limit=4 * 3600 + 60)
def prune_logs() -> None:
    """In transactions of a bounded size: one that is cut short goes on with the next tick."""
    pruning.prune_nightly(now=timezone.now())


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=3)
def mail_password_link(email: str) -> None:
    mail.password_link(email, now=timezone.now())


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=3)
def mail_invitation(user_id: int, organization_id: int) -> None:
    mail.invitation(user_id, organization_id, now=timezone.now())
