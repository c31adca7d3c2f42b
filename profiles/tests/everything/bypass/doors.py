"""Every way to write, found by looking: the URL map, the actions, the commands and the tasks. No list of names here."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from celery import current_app
from django.core.management import CommandError, call_command, get_commands
from django.db import DatabaseError
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

import profiles.actions
from profiles.actions.base import ACTIONS
from profiles.errors import DomainError
from profiles.tests.everything.stage import Stage

OURS: Final = ("profiles", "audits", "config")
UNSAFE: Final = {"POST", "PUT", "PATCH", "DELETE"}
HTMX: Final = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://testserver/"}


@dataclass(frozen=True)
class Answer:
    status: int
    text: str = ""

    @property
    def refused(self) -> bool:
        return self.status >= 400


@dataclass(frozen=True)
class Json:
    """What a client sends to the API with a key of its own."""

    body: dict[str, Any]
    key: str


@dataclass(frozen=True)
class Door:
    """One way to write. ``use`` goes through it as somebody, with what a line of the table says it is given."""

    kind: str  # page, htmx, api, action, command or task
    name: str
    use: Callable[..., Answer]  # (stage, (organization, role), given, missing=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def has_people(self) -> bool:
        """Whether it matters who goes through it; commands and tasks act for the installation, and keys are nobody."""
        return self.kind not in ("api", "command", "task")


def all_doors() -> list[Door]:
    return [*pages(), *api(), *actions(), *commands(), *tasks()]


# Pages


def pages() -> Iterator[Door]:
    for name in sorted(addresses_that_write(of_api=False)):
        yield Door("page", name, _poster(name, {}))
        yield Door("htmx", name, _poster(name, HTMX))


def _poster(name: str, headers: dict[str, str]) -> Callable[..., Answer]:
    def use(stage: Stage, who: tuple[str, str], given: Any, *, missing: bool = False) -> Answer:
        address = stage.address(name, missing=missing)
        response = send(stage.client(*who), address, given, headers)
        return Answer(response.status_code, b"".join(response).decode(errors="replace"))  # a file may come

    return use


def send(client: Client, address: str, given: dict[str, Any], headers: dict[str, str]) -> Any:
    return client.post(address, given, headers=headers)


def addresses_that_write(*, of_api: bool) -> dict[str, set[str]]:
    """Each with the methods that write: those for people, or those for programs, which bring a key and no session."""
    views = {name: view for name, view in _patterns(get_resolver().url_patterns) if is_api(view) is of_api}
    found = {name: _methods(name, view) & UNSAFE for name, view in views.items()}
    return {name: methods for name, methods in found.items() if methods}


# The API


def is_api(view: Callable[..., Any]) -> bool:
    return ".api." in view.__module__


def api() -> Iterator[Door]:
    for name, methods in sorted(addresses_that_write(of_api=True).items()):
        yield from (Door("api", f"{name} {method}", _caller_of_api(name, method)) for method in sorted(methods))


def _caller_of_api(name: str, method: str) -> Callable[..., Answer]:
    def use(stage: Stage, who: tuple[str, str], given: Any, *, missing: bool = False) -> Answer:
        own = isinstance(given, Json)
        key, body = (given.key, given.body) if own else (stage.keys[who[0]], given)
        response = Client(raise_request_exception=False).generic(
            method,
            stage.address(name, missing=missing),
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}", "If-Match": "*"},
        )
        return Answer(response.status_code, b"".join(response).decode(errors="replace"))

    return use


def _patterns(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns)
        else:
            yield each.name or str(each.pattern), each.callback


def _methods(name: str, view: Callable[..., Any]) -> set[str]:
    """What a view takes: it is asked with a method that none takes, and tells before it does anything."""
    response = view(RequestFactory().generic("PURGE", "/"))
    if name == "^(?P<path>.*)$":  # what is below /api/ and does not exist: 404, whatever is asked
        assert response.status_code == 404
        return set()
    assert response.status_code == 405, f"{name} takes any method: give its view require_safe or require_POST."
    return set(response.headers["Allow"].replace(",", " ").split())


# Actions


def actions() -> Iterator[Door]:
    for module in pkgutil.iter_modules(profiles.actions.__path__):
        importlib.import_module(f"profiles.actions.{module.name}")
    for name in sorted(ACTIONS):
        yield Door("action", name.removeprefix("profiles.actions."), _caller(ACTIONS[name]))


def _caller(action: Callable[..., Any]) -> Callable[..., Answer]:
    def use(stage: Stage, who: tuple[str, str], given: Any, *, missing: bool = False) -> Answer:
        thing, keywords = given
        return _answer(lambda: action(thing, **keywords, by=stage.actor(*who), now=timezone.now()))

    return use


def _answer(call: Callable[[], object]) -> Answer:
    try:
        return Answer(200, str(call()))
    except DomainError as error:
        return Answer(error.status, error.message)
    except CommandError as error:
        return Answer(422, str(error))
    except DatabaseError as error:
        return Answer(500, str(error))


# Commands and tasks


def commands() -> Iterator[Door]:
    for name in sorted(name for name, app in get_commands().items() if app in OURS):
        yield Door("command", name, _runner(name))


def _runner(name: str) -> Callable[..., Answer]:
    def use(stage: Stage, who: tuple[str, str], given: Any, *, missing: bool = False) -> Answer:
        return _answer(lambda: call_command(name, *given, stdout=StringIO()))

    return use


def tasks() -> Iterator[Door]:
    current_app.loader.import_default_modules()
    for name in sorted(name for name in current_app.tasks if name.partition(".")[0] in OURS):
        yield Door("task", name, _worker(name))


def _worker(name: str) -> Callable[..., Answer]:
    def use(stage: Stage, who: tuple[str, str], given: Any, *, missing: bool = False) -> Answer:
        return _answer(lambda: current_app.tasks[name](*given))

    return use
