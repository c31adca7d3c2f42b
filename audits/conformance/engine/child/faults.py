"""Why an answer did not come, found in whatever exception it ended with."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from audits.conformance.engine.shapes import Failure, Kind

_MOST = 300  # characters of what others say
_BROKEN = ("Connect", "Protocol", "ReadError", "WriteError")  # in names of exceptions
_BY_STATUS: dict[int, Kind] = {
    401: "unauthorized",
    403: "unauthorized",
    404: "unknown_model",
    408: "timeout",
    429: "rate_limited",
}


class Fault(Exception):
    """Found by us, so it says what it is. No second attempt would change it."""

    def __init__(self, kind: Kind, sentence: str, status: int | None = None) -> None:
        self.failure = Failure(kind, sentence, status)
        super().__init__(sentence)


def chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that it came from, and those inside of groups."""
    seen: set[int] = set()
    ahead: list[BaseException | None] = [error]
    while ahead:
        each = ahead.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        ahead += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            ahead += each.exceptions


def fault_in(error: BaseException) -> Fault | None:
    return next((each for each in chain(error) if isinstance(each, Fault)), None)


def failure_of(error: BaseException) -> Failure:
    """What an exception of Inspect's, an SDK's or the network's means."""
    if fault := fault_in(error):
        return fault.failure
    found = list(chain(error))
    for each in found:
        if status := _status(each):
            return _of_status(status, each)
    # Nothing is wrong with the connection, and yet what came could not be read.
    unreadable = Failure("not_an_answer", f"What came is no answer of a model ({type(error).__name__}).")
    return _of_network(found) or unreadable


def _status(error: BaseException) -> int | None:
    """openai and anthropic call it status_code, google-genai code."""
    status = getattr(error, "status_code", None) or getattr(error, "code", None)
    return status if isinstance(status, int) and 400 <= status < 600 else None


def _of_status(status: int, error: BaseException) -> Failure:
    said = _said_by(error)
    kind = _BY_STATUS.get(status) or ("server_error" if status >= 500 else "refused_request")
    if status == 400 and "api key" in said.lower():  # Google's word for 401
        kind = "unauthorized"
    return Failure(kind, f"It answered with {status}: {said}" if said else f"It answered with {status}.", status)


def _said_by(error: BaseException) -> str:
    """The endpoint's own words, from wherever the SDK put them."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else body
    message = inner.get("message") if isinstance(inner, dict) else inner
    said = message or getattr(error, "message", None) or getattr(error, "provider_message", None) or ""
    return printable(str(said))[:_MOST]


def _of_network(found: list[BaseException]) -> Failure | None:
    """From the most telling to the least: what broke is often deep inside of what merely went wrong."""
    names = {type(each).__name__ for each in found}
    if broken := next((each for each in found if isinstance(each, ssl.SSLError)), None):
        return Failure("tls", f"No TLS connection: {printable(str(broken))[:_MOST]}")
    if "gaierror" in names:
        return Failure("unreachable", "The name of the host stands for no address.")
    if any(isinstance(each, ConnectionRefusedError) for each in found):
        return Failure("unreachable", "Nobody listens there.")
    if any("Timeout" in name for name in names):
        return Failure("timeout", "It did not answer in time.")
    if any(isinstance(each, OSError) for each in found) or any(part in name for name in names for part in _BROKEN):
        return Failure("unreachable", "The connection broke.")
    return None


def printable(text: str) -> str:
    """One line without control characters, for sentences."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def storable(text: str) -> str:
    """As the model said it, but for what no database takes: the character 0 and halves of characters."""
    return "".join("\ufffd" if each == "\0" or "\ud800" <= each <= "\udfff" else each for each in text)
