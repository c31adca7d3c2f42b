"""Fetch the third-party files that the pages serve, and write MANIFEST.toml.

Run by a developer who wants another version: change PACKAGES, run `python static/vendor/vendor.py`, read the
diff, commit it. It needs npm; nothing else in the project does, and nothing here runs in production.
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEV = HERE.parents[1] / "profiles" / "tests" / "web" / "vendor"


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package and the members of its tarball that are kept, as {path in the tarball: name here}."""

    name: str
    version: str
    license: str
    folder: Path
    files: dict[str, str]


PACKAGES = (
    Package(
        "htmx.org",
        "4.0.1",
        "0BSD",
        HERE,
        {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE"},
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        HERE,
        {"files/inter-latin-wght-normal.woff2": "inter-latin-wght-normal.woff2", "LICENSE": "inter.LICENSE"},
    ),
    Package(
        "@fontsource/jetbrains-mono",  # one weight: keys and digests need no other, and all of them weigh twice as much
        "5.3.0",
        "OFL-1.1",
        HERE,
        {
            "files/jetbrains-mono-latin-400-normal.woff2": "jetbrains-mono-latin-400-normal.woff2",
            "LICENSE": "jetbrains-mono.LICENSE",
        },
    ),
    Package("axe-core", "4.14.1", "MPL-2.0", DEV, {"axe.min.js": "axe.min.js", "LICENSE": "axe.LICENSE"}),
)


def fetch(package: Package, scratch: Path) -> None:
    """Put the files of one package into its folder."""
    wanted = f"{package.name}@{package.version}"
    packed = subprocess.run(
        ["npm", "pack", "--silent", wanted], cwd=scratch, check=True, capture_output=True, text=True
    )
    with tarfile.open(scratch / packed.stdout.strip().splitlines()[-1]) as tarball:
        for member, name in package.files.items():
            source = tarball.extractfile(f"package/{member}")
            if source is None:
                raise SystemExit(f"{wanted} holds no {member}")
            (package.folder / name).write_bytes(source.read())


def manifest(folder: Path) -> str:
    """The text of a folder's MANIFEST.toml."""
    lines = ["# Third-party files in this folder, written by static/vendor/vendor.py. A test recomputes the digests.", ""]
    for package in (each for each in PACKAGES if each.folder == folder):
        for name in package.files.values():
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            lines += ["[[file]]", f'path = "{name}"', f'package = "{package.name}"', f'version = "{package.version}"']
            lines += [f'license = "{package.license}"', f'sha256 = "{digest}"', ""]
    return "\n".join(lines)


def main() -> None:
    """Fetch every package, then describe every folder."""
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            package.folder.mkdir(parents=True, exist_ok=True)
            fetch(package, Path(scratch))
    for folder in {package.folder for package in PACKAGES}:
        (folder / "MANIFEST.toml").write_text(manifest(folder), encoding="utf-8")


if __name__ == "__main__":
    main()
