"""Messages to the workers, sent once the transaction that they are about is committed."""

from __future__ import annotations

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def send_on_commit(task: str, *ids: int | str) -> None:
    """A broker that is down loses nothing where a row stands: a sweep sends again. What has no row, such as a link
    that must be kept nowhere, is asked for again by whoever misses it."""

    def send() -> None:
        try:
            current_app.send_task(task, args=list(ids))
        except OperationalError:
            logger.warning("The broker did not take %s%s; a sweep sends it again, if there is a row for it.", task, ids)

    transaction.on_commit(send, robust=True)
