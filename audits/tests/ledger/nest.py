"""Sequencers that begin at once: this process has everything loaded, and forks one for each line that it reads. What
they are killed in is their work then, and not their imports."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback

import django

from config.processes import die_with_parent


def main() -> None:
    django.setup()
    command = importlib.import_module("audits.management.commands.sequence").Command()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    follow = die_with_parent(signal.SIGKILL)
    for _line in sys.stdin:
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        if follow:
            follow()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            command.handle(once=False)
        finally:
            traceback.print_exc()
            os._exit(1)


if __name__ == "__main__":
    main()
