"""What the web server runs: Django, and in front of it what answers the reads of published profiles from memory."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
gc.disable()  # until everything is here: nothing of what is loaded now is garbage

django_application: Any = get_wsgi_application()

from django.conf import settings  # noqa: E402 - all of these need the applications

from config.checks import refuse_demo_accounts  # noqa: E402
from config.lean import absent  # noqa: E402
from config.stopping import when_stopped  # noqa: E402
from profiles.serving import process  # noqa: E402
from profiles.serving.carried import Carried  # noqa: E402
from profiles.serving.front import Front  # noqa: E402
from profiles.serving.surroundings import learn  # noqa: E402

# For its browsable API and its test client, which nobody has here: 6 MB and 0.1 s.
with absent("requests", "pygments"):
    import rest_framework.compat  # noqa: F401

# The thread that follows the database waits for the one that answers each time that it wants to run: 1 ms, not 5.
sys.setswitchinterval(0.001)
FIRST_LOAD_SECONDS = 10  # for so long a start waits; without a database it goes on without one

refuse_demo_accounts()

follower = process.follower()
follower.start()
atexit.register(follower.stop)
surroundings = learn(django_application)  # which loads all pages, while the database is read
follower.wait(FIRST_LOAD_SECONDS)
upkeep = process.upkeep()
upkeep.start()
atexit.register(upkeep.stop)
# What is there now stays: the collector need not look at it again and again while clients wait.
gc.collect()
gc.freeze()
gc.enable()
carried = Carried(process.memory(), most=settings.WEB_STREAMS, settle=settings.EVENTS_DELAY)
if settings.WEB_STREAMS:  # else a stop waits until the server loses its patience with their threads
    when_stopped(carried.end)
application = Front(
    django_application,
    process.memory(),
    receipts=process.receipts(),
    limiter=process.limiter(),
    prepared=process.prepared(),
    surroundings=surroundings,
    stale_seconds=settings.SERVING_STALE_SECONDS,
    event_stream=process.event_stream,
    carried=carried,
)
