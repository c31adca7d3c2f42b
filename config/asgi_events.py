"""What the events process runs: no Django request, only its settings and a memory that follows the database."""

from __future__ import annotations

import atexit
import os
import resource

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from profiles.serving import process  # noqa: E402 - they need the applications
from profiles.serving.events import MOST, Events, refuse  # noqa: E402
from profiles.serving.memory import Memory  # noqa: E402

FIRST_LOAD_SECONDS = 10
SPARE_FILES = 100  # beside one for each stream


def allow_files(wanted: int) -> None:
    """As many open files as streams need, if the system lets us; else say what to change."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        if most < wanted:
            raise SystemExit(f"{MOST} streams need {wanted} open files, but {hard} are allowed: raise `ulimit -Hn`.")


allow_files(MOST + SPARE_FILES)
# It tells of documents and never sends one, so it holds none.
memory = Memory(most=0)
application = Events(memory, refuse)
follower = process.follower_of(memory)
follower.start(patience=FIRST_LOAD_SECONDS)
atexit.register(follower.stop)
