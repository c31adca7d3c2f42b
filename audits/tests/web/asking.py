"""Asking for pages as somebody, and reading what they say."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from profiles.tests.cast import Cast


def signed_in(cast: Cast, role: str = "compliance") -> Client:
    client = Client()
    client.force_login(cast.users[role])
    return client


def text(answer: Any) -> str:
    """What a person reads, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())
