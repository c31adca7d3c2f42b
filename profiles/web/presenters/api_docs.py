"""The API in words: the same description that programs read, laid out for people."""

from __future__ import annotations

from msgspec import Struct


class Parameter(Struct, frozen=True):
    name: str
    place: str  # "Query", "Header"
    text: str
    required: bool


class Header(Struct, frozen=True):
    name: str
    text: str
    example: str = ""


class Example(Struct, frozen=True):
    id: str
    name: str
    body: str  # JSON, indented


class Response(Struct, frozen=True):
    status: str
    tone: str  # ok, neutral, bad
    text: str
    schema: str = ""  # the name of its shape
    headers: tuple[Header, ...] = ()
    examples: tuple[Example, ...] = ()


class Operation(Struct, frozen=True):
    id: str
    method: str
    path: str
    summary: str
    text: str
    command: str  # curl, with a placeholder for the key
    parameters: tuple[Parameter, ...]
    responses: tuple[Response, ...]


class Group(Struct, frozen=True):
    id: str
    name: str  # "Drafts"
    operations: tuple[Operation, ...]


class Member(Struct, frozen=True):
    """One member of a shape. ``type`` is in words; ``values`` lists an enum."""

    name: str
    type: str
    text: str
    values: tuple[str, ...] = ()
    href: str = ""  # to the shape that it refers to


class Shape(Struct, frozen=True):
    id: str
    name: str
    text: str
    members: tuple[Member, ...]


class ApiDocsPage(Struct, frozen=True):
    title: str
    lead: str
    version: str
    schema_href: str
    key: str  # how a request says who it is
    groups: tuple[Group, ...]
    shapes: tuple[Shape, ...]
