"""What a web process does without, so that there is room for what clients read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def absent(*modules: str) -> Iterator[None]:
    """Whoever imports one of these in here is told that it is not installed; whoever does later gets it."""
    loaded: dict[str, Any] = sys.modules  # None in it means: not installed
    kept = {name: loaded.get(name) for name in modules}
    for name in modules:
        loaded[name] = None
    try:
        yield
    finally:
        for name, module in kept.items():
            del loaded[name]
            if module is not None:
                loaded[name] = module
