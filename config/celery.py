"""Background work: the Celery application, its limits and its timetable.

The timetable keeps no state of its own. Each of its tasks decides from rows in the database what is due, so a tick that
was missed loses nothing and a tick too many does nothing.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

from celery import Celery, signals
from celery.exceptions import SecurityWarning
from kombu.transport import TRANSPORT_ALIASES

# Celery warns root of pickled messages, which run whatever they contain. Here only JSON is accepted.
warnings.filterwarnings("ignore", category=SecurityWarning)

# Celery's command line takes BROKER_URL from the environment as it stands, past the settings.
for name in ("valkey", "valkeys"):
    TRANSPORT_ALIASES.setdefault(name, TRANSPORT_ALIASES["redis" + name.removeprefix("valkey")])

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("brightline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["audits"])

# Conversations with models take minutes or hours, and have a worker of their own that takes nothing else. Their process
# with Inspect is started by the task and ends with it, so that this worker stays as small as the other one.
CONFORMANCE = "conformance"
app.conf.task_routes = {"audits.tasks.run_conformance*": {"queue": CONFORMANCE}}

app.conf.beat_schedule = {
    "carry_out_schedules": {"task": "audits.tasks.carry_out_schedules", "schedule": 5.0},
    "start_runs": {"task": "audits.tasks.start_runs", "schedule": 20.0},
    "request_looks": {"task": "audits.tasks.request_looks", "schedule": 600.0},
    "sweep_checks": {"task": "audits.tasks.sweep_checks", "schedule": 15.0},
    "request_nightly_checks": {"task": "audits.tasks.request_nightly_checks", "schedule": 300.0},
    "sweep_health": {"task": "audits.tasks.sweep_health", "schedule": 60.0},
    "sweep_telling": {"task": "audits.tasks.sweep_telling", "schedule": 15.0},
    "stamp_checkpoints": {"task": "audits.tasks.stamp_checkpoints", "schedule": 900.0},
    "request_verification": {"task": "audits.tasks.request_verification", "schedule": 600.0},
    "request_pruning": {"task": "audits.tasks.request_pruning", "schedule": 1800.0},
    "sweep_destinations": {"task": "audits.tasks.sweep_destinations", "schedule": 5.0},
    "pass_time": {"task": "audits.tasks.pass_time", "schedule": 300.0},
}


@signals.setup_logging.connect
def keep_the_logging_of_settings(**_: Any) -> None:
    """Celery would set up logging anew; a receiver, even one that does nothing, tells it not to."""


@signals.task_prerun.connect
def log_under_the_id_of_the_task(task_id: str = "", **_: Any) -> None:
    """Every line that a task logs bears the task's id, as a request's lines bear the request's."""
    from config.requests import current_id

    current_id.set(task_id)
