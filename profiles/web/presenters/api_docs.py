"""The API in words: the same description that programs read, laid out for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    place: str  # "Query", "Header"
    text: str
    required: bool


@dataclass(frozen=True, slots=True)
class Header:
    name: str
    text: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    id: str
    name: str
    body: str  # JSON, indented


@dataclass(frozen=True, slots=True)
class Response:
    status: str
    tone: str  # ok, neutral, bad
    text: str
    schema: str = ""  # the name of its shape
    headers: tuple[Header, ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    text: str
    command: str  # curl, with a placeholder for the key
    parameters: tuple[Parameter, ...]
    responses: tuple[Response, ...]


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    name: str  # "Drafts"
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a shape. ``type`` is in words; ``values`` lists an enum."""

    name: str
    type: str
    text: str
    values: tuple[str, ...] = ()
    href: str = ""  # to the shape that it refers to


@dataclass(frozen=True, slots=True)
class Shape:
    id: str
    name: str
    text: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class ApiDocsPage:
    title: str
    lead: str
    version: str
    schema_href: str
    key: str  # how a request says who it is
    groups: tuple[Group, ...]
    shapes: tuple[Shape, ...]
