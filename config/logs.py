"""How a log record becomes a line."""

from __future__ import annotations

import logging
import time


class OneLineFormatter(logging.Formatter):
    """One record, one line: `2026-11-23T10:00:00.123Z INFO audits.tasks [id] message`.

    What a message brings of line breaks is escaped, so nobody can forge a record. A traceback follows on lines of its
    own, indented.
    """

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        request_id = getattr(record, "request_id", "-")
        line = f"{moment}.{record.msecs:03.0f}Z {record.levelname} {record.name} [{request_id}] {message}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line.replace("\n", "\n    ")
