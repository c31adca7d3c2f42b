"""The command ``brightline`` as others run it: in a folder of their own, as a process that talks HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from tools.brightline import brightline

FOLDER: Final = Path(brightline.__file__).parent
Ran = subprocess.CompletedProcess[str]


class Shell:
    """A folder, an address and a key."""

    def __init__(self, folder: Path, url: str, key: str) -> None:
        self.folder, self.url, self.key = folder, url, key
        self.file = folder / "helper.toml"

    def __call__(self, *words: str, **variables: str) -> Ran:
        given = {"PATH": os.environ["PATH"], "BRIGHTLINE_URL": self.url, "BRIGHTLINE_KEY": self.key, **variables}
        command = [sys.executable, str(FOLDER / "brightline.py"), *words]
        ran = subprocess.run(
            command, cwd=self.folder, env=given, capture_output=True, text=True, timeout=60, check=False
        )
        assert "Traceback" not in ran.stderr
        assert "\x1b" not in ran.stdout + ran.stderr
        return ran

    def write(self, **said: Any) -> None:
        self.file.write_text(brightline.written(brightline.Profile("acme", "helper", **said), {}))
