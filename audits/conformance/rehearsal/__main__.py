"""`python -m audits.conformance.rehearsal --port 8801`: the rehearsal responder, on this machine only."""

from __future__ import annotations

import argparse
import signal
import sys
from functools import partial
from types import FrameType

from audits.checks.probes.library import shipped
from audits.conformance.rehearsal.responder import MODELS, respond
from audits.conformance.rehearsal.script import script_of
from audits.conformance.rehearsal.server import Server


def main() -> None:
    parser = argparse.ArgumentParser(prog="rehearsal", description="Canned answers in the formats of three vendors.")
    parser.add_argument("--port", type=int, default=8801)
    server = Server(partial(respond, script=script_of(shipped())), MODELS, port=parser.parse_args().port)
    signal.signal(signal.SIGTERM, _end)
    sys.stderr.write(f"The rehearsal responder answers at {server.url}/v1 (OpenAI) and {server.url} (the others).\n")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
