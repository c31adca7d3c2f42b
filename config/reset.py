"""`make reset`: asks, then removes what an embedded installation keeps."""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from pathlib import Path

from config import embedded, places
from config.processes import Lock, Problem

# All that we put there. Anything else in the folder is not ours to remove.
FILES = ("secret_key", "demo.json")
FOLDERS = ("run", "published")


def reset(var: Path) -> None:
    """Remove the data of the installation in `var`. Raises `Problem` if it is in use."""
    locks = [Lock(var / "run" / f"{name}.lock") for name in ("supervisor", "users")]
    try:
        if not all(lock.take() for lock in locks):
            raise Problem(f"Brightline runs on the data in {var}: stop it first.")
        places.forget(var)
        for name in FILES:
            (var / name).unlink(missing_ok=True)
        for name in FOLDERS:
            shutil.rmtree(var / name, ignore_errors=True)
    finally:
        for lock in locks:
            lock.close()
    with suppress(OSError):
        var.rmdir()


def main() -> int:
    """0 if the data is gone or there was none, 1 if it was left alone."""
    try:
        if not embedded.wanted():
            raise Problem("DATABASE_URL is set: there is no embedded data to remove.")
        var = embedded.var_folder()
        if not var.exists():
            print(f"Nothing to remove: {var} does not exist.")
            return 0
        print(f"This removes all data in {var}: database, demo and secret. It cannot be undone.")
        if input("Type yes to remove it: ").strip().lower() != "yes":
            print("Nothing was removed.")
            return 1
        reset(var)
    except (EOFError, KeyboardInterrupt):
        print("\nNothing was removed.")
        return 1
    except Problem as problem:
        print(f"Error: {problem}", file=sys.stderr)
        return 1
    print("Removed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
