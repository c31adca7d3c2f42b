"""Settings, the embedded database, and the processes that make up a running Brightline."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
