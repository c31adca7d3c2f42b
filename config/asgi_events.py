"""What the events process runs: no Django request, only its settings and a memory that follows the database."""

from __future__ import annotations

import atexit
import os
import resource

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - they need the applications

from config.defaults import SPARE_CONNECTIONS  # noqa: E402
from config.stopping import when_stopped  # noqa: E402
from profiles.serving import process  # noqa: E402
from profiles.serving.admission import Admission, Room, refuse  # noqa: E402
from profiles.serving.events import Events  # noqa: E402
from profiles.serving.memory import Memory  # noqa: E402

FIRST_LOAD_SECONDS = 10
SPARE_FILES = 100  # beside one for each connection


def allow_files(wanted: int) -> None:
    """As many open files as streams need, if the system lets us; else say what to change."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        if most < wanted:
            raise SystemExit(
                f"{settings.EVENTS_STREAMS} streams need {wanted} open files, but {hard} are allowed: "
                "raise `ulimit -Hn`, or lower BRIGHTLINE_EVENTS_STREAMS."
            )


allow_files(settings.EVENTS_STREAMS + SPARE_CONNECTIONS + SPARE_FILES)
# It tells of documents and never sends one, so it holds none.
memory = Memory(most=0)
room = Room(settings.EVENTS_STREAMS, settings.EVENTS_STREAMS_OF_KEY)
admission = Admission(memory, refuse, room=room, limiter=process.limiter())
application = Events(memory, admission, settle=settings.EVENTS_DELAY, when_stopped=when_stopped)
follower = process.follower_of(memory)
follower.start()
follower.wait(FIRST_LOAD_SECONDS)
atexit.register(follower.stop)
