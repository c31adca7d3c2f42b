"""A cable between a program and the tests' database, that can be cut."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from urllib.parse import quote

from django.db import connection


class Relay:
    """Listens on a TCP port of this machine and passes everything on to the database's socket."""

    def __init__(self) -> None:
        known = connection.settings_dict
        self._target = f"{known['HOST']}/.s.PGSQL.{known['PORT']}"
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self.port = 0

    def __enter__(self) -> Relay:
        self.mend()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()

    @property
    def url(self) -> str:
        """For DATABASE_URL."""
        known = connection.settings_dict
        return f"postgresql://{quote(str(known['USER']))}@127.0.0.1:{self.port}/{known['NAME']}?sslmode=disable"

    def mend(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=20)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def cut(self) -> None:
        """Nobody gets through any more, and who was through is out."""
        listener, self._listener = self._listener, None
        for one in [*([listener] if listener else []), *self._open]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _address = listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._target)
                self._open += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=[source, target], daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
