"""The official OpenFeature packages of npm, as they are locked here, in a folder that the repository ignores."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from config.embedded import BASE_DIR

HERE = Path(__file__).parent / "openfeature"


def installed() -> Path:
    """The folder with ``node_modules`` in it."""
    folder = BASE_DIR / ".venv" / "openfeature"
    folder.mkdir(exist_ok=True)
    locked = (HERE / "package-lock.json").read_bytes()
    stamp = folder / "node_modules" / "installed"
    if not stamp.exists() or stamp.read_bytes() != locked:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        npm = shutil.which("npm")
        assert npm, "These tests need Node.js 20 or newer with npm."
        subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True)
        stamp.write_bytes(locked)
    return folder
