"""The suites that Brightline ships, read from their files."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import audits
from audits.checks.probes.codec import parse
from audits.checks.probes.model import Suite

LIBRARY: Final = Path(audits.__file__).parent / "conformance" / "library"


@cache
def shipped() -> tuple[Suite, ...]:
    """All of them, by name."""
    return tuple(parse(path.read_bytes()) for path in sorted(LIBRARY.glob("*.toml")))
