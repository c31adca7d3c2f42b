"""A web process has room for what clients read, and imports nothing for people that it does not serve."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

from django.db import connection

from config.embedded import BASE_DIR
from config.lean import absent

_LOOK: Final = """
import sys
from config import wsgi
print([name for name in ("requests", "pygments", "jsonschema", "inspect_ai") if name in sys.modules])
import gc, os, requests
print(wsgi.__name__, requests.__name__, gc.isenabled(), flush=True)
os._exit(0)
"""


def test_what_is_absent_cannot_be_imported_and_comes_back() -> None:
    import json

    with absent("json", "colorsys"):
        for name in ("json", "colorsys"):
            try:
                __import__(name)
            except ImportError:
                continue
            raise AssertionError(f"{name} was there")
    assert sys.modules["json"] is json
    assert __import__("colorsys").rgb_to_hsv(0, 0, 0) == (0, 0, 0)


def test_a_web_process_starts_without_what_it_does_not_need(db: None) -> None:
    database = {"BRIGHTLINE_DATABASE_NAME": str(connection.settings_dict["NAME"])}  # else a start waits for its tables
    found = subprocess.run(
        [sys.executable, "-c", _LOOK],
        cwd=BASE_DIR,
        env=os.environ | database,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.splitlines()[-2:] == ["[]", "config.wsgi requests True"]
