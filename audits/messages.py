"""Messages to the workers, sent once the transaction that they are about is committed."""

from __future__ import annotations

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def send_on_commit(task: str, *ids: int) -> None:
    """A broker that is down loses nothing: the row stands, and a sweep sends again."""

    def send() -> None:
        try:
            current_app.send_task(task, args=list(ids))
        except OperationalError:
            logger.warning("The broker did not take %s%s; the sweep will send it again.", task, ids)

    transaction.on_commit(send, robust=True)
