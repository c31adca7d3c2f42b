"""Registers the checks of config/checks.py with Django, and sees to compiled translations."""

from __future__ import annotations

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The project itself as an application, for its system checks and its languages."""

    name = "config"

    def ready(self) -> None:
        from config import checks, messages  # noqa: F401

        messages.make_ready()
