"""Registers the checks of config/checks.py with Django."""

from __future__ import annotations

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The project itself as an application, for its system checks."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401
