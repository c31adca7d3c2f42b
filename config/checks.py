"""What must not be true of an installation that others can reach, and can be seen in its database only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection


@register(Tags.database, deploy=True)
def no_demo_accounts(
    app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """For `check --deploy --database default`."""
    sentence = demo_accounts_sentence() if databases else ""
    return [Error(sentence, id="brightline.E001")] if sentence else []


def refuse_demo_accounts() -> None:
    """Raise ImproperlyConfigured if a real installation has accounts that `load_demo` made."""
    if sentence := demo_accounts_sentence():
        raise ImproperlyConfigured(sentence)


def demo_accounts_sentence() -> str:
    """What is wrong with the accounts; empty if nothing is, or if there are no tables yet."""
    if settings.EMBEDDED:
        return ""
    users = get_user_model()
    try:
        if users._meta.db_table not in connection.introspection.table_names():
            return ""
        number = users._default_manager.filter(is_demo=True).count()
    except DatabaseError as error:
        return f"The database does not answer: {str(error).splitlines()[0]}"
    if not number:
        return ""
    return (
        f"There are {number} demo accounts in the database, whose passwords may be known: remove them before starting."
    )
