#!/usr/bin/env python3
"""``brightline``: profiles as TOML in git. One file, Python 3.11 and nothing else; docs/gitops.md tells how to use it.

Exit codes: 0 done, or nothing differs; 1 there are differences (``diff``) or refusals (``validate``, ``push``,
``simulate``); 2 it could not be done; 3 a fault of this command itself, with its traceback.
"""

from __future__ import annotations

import argparse
import hashlib
import ipaddress
import json
import os
import re
import ssl
import sys
import time
import tomllib
import traceback
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib import error, parse, request

SCHEMA: Final = "brightline.draft/1"
SAME, DIFFERENT, FAILED, FAULT = 0, 1, 2, 3
MAX_FILE: Final = 2**20  # bytes, and the most that the server takes
MAX_ANSWER: Final = 32 * 2**20
DEEPEST: Final = 50  # levels of an answer
TIMEOUT: Final = 30.0  # seconds
TRIES: Final = 4
LONGEST_WAIT: Final = 60  # seconds that one Retry-After may ask for
SLUG: Final = re.compile(r"[a-z0-9_-]{1,60}")
KEY: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
ETAG: Final = re.compile(r'(W/)?"[!#-~]*"')

Json = dict[str, Any]


class Trouble(Exception):
    """Something that a person has to know, in one sentence."""

    def __init__(self, sentence: str, code: str = "failed", status: int = 0, fields: Json | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.status = status
        self.fields = fields or {}


# What is said


def plain(text: object) -> str:
    """Text that a terminal shows and never obeys: what is not printable is written as an escape."""
    return "".join(
        char if char == "\n" or unicodedata.category(char)[0] != "C" else char.encode("unicode_escape").decode()
        for char in str(text)
    )


def say(text: object, stream: Any = None) -> None:
    out = stream or sys.stdout
    encoding = getattr(out, "encoding", None) or "utf-8"
    out.write(plain(text).encode(encoding, "backslashreplace").decode(encoding) + "\n")


def shown(value: object) -> str:
    """A value as the file writes it; what is not set is said so."""
    return "not set" if value is None else toml(value)


# TOML


def quoted(text: str) -> str:
    """A basic string: every character that TOML does not allow, or an eye does not see, is an escape."""
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(named.get(char) or _escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if "\ud800" <= char <= "\udfff":
        raise Trouble("A text holds half of a surrogate pair, which no TOML file can hold.")
    if unicodedata.category(char)[0] != "C":
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def block(text: str) -> str:
    """A multi-line string whose lines are the text's lines."""
    lines = [quoted(line)[1:-1] for line in text.split("\n")]
    return '"""\n' + "\n".join(lines) + '"""'


def toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {toml(each)}" for name, each in value.items()) + " }"
    return quoted(str(value))


def comment(text: str, width: int = 110) -> Iterator[str]:
    """Lines of a comment. A line break in the text never ends it."""
    line = ""
    for word in plain(text).split():
        if line and len(line) + len(word) > width:
            yield f"# {line}"
            line = ""
        line = f"{line} {word}".lstrip()
    if line:
        yield f"# {line}"


@dataclass(frozen=True)
class Profile:
    """What a file, a draft or a version says of a product."""

    organization: str
    product: str
    settings: Json = field(default_factory=dict)
    user_windows: Json = field(default_factory=dict)
    instructions: str = ""
    revision: int | None = None  # of the draft that it was pulled from

    def content(self) -> Json:
        return {"settings": self.settings, "user_windows": self.user_windows, "instructions": self.instructions}

    @classmethod
    def of(cls, organization: str, said: Json) -> Profile:
        content = said["settings"], said["user_windows"], said["instructions"]
        return cls(organization, said["product"], *content, said.get("revision"))


def written(profile: Profile, behaviors: dict[str, dict[str, Json]]) -> str:
    """The file of a profile.

    Args:
        behaviors: by key and platform, what the rulebooks state; only comments come of it.
    """
    lines = [
        *comment("A profile of Brightline. Comments are written anew by each pull and never read."),
        f"schema = {quoted(SCHEMA)}",
        "",
        "[product]",
        f"organization = {quoted(profile.organization)}",
        f"slug = {quoted(profile.product)}",
        *_pulled_from(profile),
        "",
        "[settings]",
        *_settings(profile, behaviors),
        "",
        "[user_windows]",
        *comment("What users may change, from the strictest value to the most permissive."),
        *(f"{quoted(key)} = {toml(profile.user_windows[key])}" for key in sorted(profile.user_windows)),
        "",
        "[instructions]",
        f"text = {block(profile.instructions)}",
    ]
    return "\n".join(lines) + "\n"


def _pulled_from(profile: Profile) -> Iterator[str]:
    if profile.revision is not None:
        yield from comment("The draft's, when this was pulled: push overwrites nothing that others changed since.")
        yield f"revision = {profile.revision}"


def _settings(profile: Profile, behaviors: dict[str, dict[str, Json]]) -> Iterator[str]:
    group = ""
    for key in sorted({*behaviors, *profile.settings}):
        if key.partition(".")[0] != group:
            group = key.partition(".")[0]
            yield from ("", f"# -- {plain(group)} --")
        yield ""
        yield from _about(behaviors.get(key, {}))
        if key in profile.settings:
            yield f"{quoted(key)} = {toml(profile.settings[key])}"
        else:
            yield f"# {quoted(key)} is not set"


def _about(stated: dict[str, Json]) -> Iterator[str]:
    """Comments on a behavior: its name, then for each platform kind, default, window, and why it is locked."""
    if stated:
        yield from comment(str(next(iter(stated.values())).get("name", "")))
    for platform, said in sorted(stated.items()):
        yield from comment(f"{platform}: {_limits(said)}")


STANCES: Final = {"judgement": "left to the model's judgement", "unaddressed": "not addressed"}


def _limits(said: Json) -> str:
    if (stance := str(said.get("stance"))) in STANCES:
        return STANCES[stance]
    kind = str(said.get("kind", "")).replace("_", " ")
    parts = [kind, f"default {shown(said['default'])}"] if "default" in said else [kind]
    window = said.get("organization")
    if isinstance(window, dict):
        floor, ceiling = window.get("floor"), window.get("ceiling")
        locked = floor == ceiling
        parts.append(f"locked at {shown(floor)}" if locked else f"window {shown(floor)} to {shown(ceiling)}")
        why = str(said.get("because", "")) if locked else ""
    else:
        why = str(said.get("because", "")) if kind in {"bright line", "protection"} else ""
    return "; ".join(parts) + (f". {why}" if why else "")


def read(path: Path) -> tuple[Profile, str]:
    """A profile and the text that it was read from.

    Raises:
        Trouble: with the line where TOML names one.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
    except OSError as failed:
        raise Trouble(f"{path} cannot be read: {failed.strerror}.", "unreadable") from None
    if len(raw) > MAX_FILE:
        raise Trouble(f"{path} is larger than 1 MiB, the most that a profile may take.", "too_large")
    try:
        text = raw.decode("utf-8")
        return _parsed(path, tomllib.loads(text)), text
    except UnicodeDecodeError:
        raise Trouble(f"{path} is not UTF-8.", "malformed") from None
    except (ValueError, RecursionError) as failed:
        raise Trouble(f"{path} is not valid TOML: {failed}.", "malformed") from None


def _parsed(path: Path, found: Json) -> Profile:
    if found.get("schema") != SCHEMA:
        raise Trouble(f'{path} must begin with schema = "{SCHEMA}".', "malformed")
    _only(path, "the file", found, {"schema", "product", "settings", "user_windows", "instructions"})
    tables = {name: found.get(name, {}) for name in ("product", "settings", "user_windows", "instructions")}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise Trouble(f"{path}: [{name}] must be a table.", "malformed")
    _only(path, "[product]", tables["product"], {"organization", "slug", "revision"})
    _only(path, "[instructions]", tables["instructions"], {"text"})
    slug, organization = tables["product"].get("slug"), tables["product"].get("organization")
    if not all(isinstance(each, str) and SLUG.fullmatch(each) for each in (slug, organization)):
        raise Trouble(f"{path}: [product] must name organization and slug.", "malformed")
    text = tables["instructions"].get("text", "")
    if not isinstance(text, str):
        raise Trouble(f"{path}: [instructions] text must be a string.", "malformed")
    revision = tables["product"].get("revision")
    if not fits(revision, (int, None)) or (revision or 0) < 0:
        raise Trouble(f"{path}: [product] revision must be the whole number that pull wrote.", "malformed")
    settings, windows = _values(path, tables["settings"]), _windows(path, tables["user_windows"])
    return Profile(organization, slug, settings, windows, text, revision)


def _only(path: Path, where: str, table: Json, names: set[str]) -> None:
    for name in sorted(set(table) - names):
        raise Trouble(f"{path}: {where} has the unknown member {name}; it may hold {', '.join(sorted(names))}.")


def _is_value(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, str | int) and not isinstance(value, bool)


def _values(path: Path, table: Json) -> Json:
    for key, value in table.items():
        if not KEY.fullmatch(key):
            raise Trouble(f'{path}: [settings] {key}: write the behavior in quotes, such as "tone.profanity".')
        if not _is_value(value):
            raise Trouble(f'{path}: [settings] {key} must be a text such as "on", a whole number or a list of texts.')
    return table


def _windows(path: Path, table: Json) -> Json:
    for key, window in table.items():
        fits = isinstance(window, dict) and set(window) == {"floor", "ceiling"}
        if not KEY.fullmatch(key) or not fits or not all(map(_is_value, window.values())):
            raise Trouble(
                f'{path}: [user_windows] {key} must look like "tone.x" = {{ floor = "off", ceiling = "on" }}.'
            )
    return table


def line_of(text: str, path: str) -> int | None:
    """The line of ``settings.<key>``, ``user_windows.<key>`` or ``instructions``; None where it is not found."""
    section, _, key = path.partition(".")
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        head = line.strip()
        if head.startswith("["):
            inside = head.partition("#")[0].strip() == f"[{section}]"
        names = {key, f'"{key}"', f"'{key}'"} if key else {"text"}
        if inside and head.partition("=")[0].strip() in names:
            return number
    return None


# What a server says: only what this command reads of it. A shape is a type, several of which one must fit, a list of
# one shape, or an object with these members; of ``{...: shape}`` every member has that shape, whatever its name.

Shape = Any
VALUE: Final[Shape] = (str, int, [str])
WINDOW: Final[Shape] = {"floor": VALUE, "ceiling": VALUE}
CONTENT: Final[Shape] = {"settings": {...: VALUE}, "user_windows": {...: WINDOW}, "instructions": str}
DRAFT: Final[Shape] = {"product": str, "revision": int, **CONTENT}
VERSION: Final[Shape] = {"product": str, "number": int, "state": str, **CONTENT}
PRODUCT: Final[Shape] = {
    "slug": str,
    "organization": str,
    "platforms": [str],
    "active": {...: int},
    "newest_version": (int, None),
}
EDIT: Final[Shape] = {"path": str, "by": {"name": str}, "yours": bool, "at": str}
NAMED: Final[Shape] = {"platform": str, "revision": str}
RULEBOOK: Final[Shape] = {"document": {"behaviors": {...: {}}}}
RESOLVED: Final[Shape] = {
    "environment": str,
    "behaviors": {...: {"value": VALUE, "decided_by": str, "reason": str}},
    "clamped": [{"behavior": str, "wanted": object, "got": object, "reason": str}],
}
_SIMULATED: Final[Shape] = {
    "value": VALUE,
    "before": (*VALUE, None),
    "decided_by": str,
    "reason": str,
    "user_window": WINDOW,
    "differs": bool,
    "direction": str,
}
_CLAMP: Final[Shape] = {"layer": str, "path": str, "wanted": object, "got": object, "reason": str, "because": str}
SIMULATION: Final[Shape] = {
    "beside": (int, str, None),
    "direction": str,
    "changes": [{"behavior": str, "direction": str}],
    "refused": [{"path": str, "sentence": str}],
    "platforms": [
        {"platform": str, "rulebook": NAMED, "behaviors": {...: _SIMULATED}, "gone": [str], "clamped": [_CLAMP]}
    ],
}
REFUSAL: Final[Shape] = {"error": {"code": str, "message": str, "fields": {...: [str]}}}


def fits(said: object, shape: Shape) -> bool:
    return not any(True for _place in misfits(said, shape))


def misfits(said: Any, shape: Shape, place: str = "") -> Iterator[str]:
    """The members that are missing or of another kind. A text has to be one that can be written and sent."""
    if isinstance(shape, tuple):
        if not any(fits(said, each) for each in shape):
            yield place
    elif isinstance(shape, list) and isinstance(said, list):
        for number, each in enumerate(said):
            yield from misfits(each, shape[0], f"{place}[{number}]")
    elif isinstance(shape, dict) and isinstance(said, dict):
        yield from _of_members(said, shape, place)
    elif not _is(said, shape):
        yield place


def _of_members(said: Json, shape: dict[Any, Shape], place: str) -> Iterator[str]:
    every = shape.get(...)
    for name, each in (shape if every is None else dict.fromkeys(said, every)).items():
        below = f"{place}.{name}".lstrip(".")
        if name not in said or not _is_text(name):
            yield below
        else:
            yield from misfits(said[name], each, below)


def _is(said: object, shape: Shape) -> bool:
    if shape is object:
        return True
    if shape is str:
        return _is_text(said)
    return said is None if shape is None else type(said) is shape  # a bool is no int


def _is_text(said: object) -> bool:
    return isinstance(said, str) and not any("\ud800" <= char <= "\udfff" for char in said)


# HTTP


class _Stay(request.HTTPRedirectHandler):
    """Follows no redirect: the key is for the address that was given."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass
class Server:
    url: str
    key: str

    def __post_init__(self) -> None:
        try:
            parts = parse.urlsplit(self.url if self.url.isascii() and self.url.isprintable() else "")
        except ValueError:
            parts = parse.urlsplit("")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            raise Trouble("BRIGHTLINE_URL must be an address such as https://brightline.example.com.", "settings")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise Trouble("The key is not sent over plain http to another machine. Use https.", "plain_http")
        if not re.fullmatch(r"[!-~]{1,200}", self.key):
            raise Trouble("BRIGHTLINE_KEY must hold a key of your organization, on one line.", "settings")
        quiet = [request.ProxyHandler({})] if _is_loopback(parts.hostname) else []
        self._open = request.build_opener(_Stay, *quiet).open

    def ask(
        self, method: str, path: str, shape: Shape, body: Json | None = None, **headers: str
    ) -> tuple[Json, dict[str, str]]:
        """The answer, which has that shape, and its headers, their names in lower case.

        Raises:
            Trouble: with the server's own sentence where it gave one.
        """
        found, told = self._answer(method, path, body, headers)
        for place in misfits(found, shape):
            raise Trouble(
                f"The answer to {method} {path.partition('?')[0]} is not as this command knows it: "
                f"{place or 'its form'}. The command and the server are of different versions; update one of them.",
                "unexpected_answer",
            )
        return found, told

    def _answer(self, method: str, path: str, body: Json | None, headers: Json) -> tuple[Json, dict[str, str]]:
        sent = {"Authorization": f"Bearer {self.key}", "Accept": "application/json", "User-Agent": "brightline/0.1"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        address = f"{self.url.rstrip('/')}/api/v1/{path}"
        for attempt in range(TRIES):
            try:
                asked = request.Request(address, data, sent, method=method)  # noqa: S310 - judged above
                with self._open(asked, timeout=TIMEOUT) as answer:
                    return _json(answer.read(MAX_ANSWER + 1)), _lower(answer.headers)
            except error.HTTPError as refused:
                wait = _wait(refused) if attempt + 1 < TRIES else None
                if wait is None:
                    raise _refusal(refused) from None
                time.sleep(wait)
            except (OSError, HTTPException) as failed:
                raise Trouble(_unreached(parse.urlsplit(self.url).netloc, failed), "unreachable") from None
        raise AssertionError("the last try returns or raises")

    def draft(self, product: str) -> tuple[Json, str]:
        """What it says, and the tag of that."""
        found, headers = self.ask("GET", f"products/{product}/draft", DRAFT)
        return found, _tag(headers)

    def items(self, path: str, shape: Shape) -> Iterator[Json]:
        """Of all pages of a list."""
        while path:
            page, _ = self.ask("GET", path, {"items": [shape], "next": (str, None)})
            yield from page["items"]
            path = parse.quote((page["next"] or "").partition("/api/v1/")[2], safe="/?&=%-._~")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _tag(headers: dict[str, str]) -> str:
    tag = headers.get("etag", "")
    if not ETAG.fullmatch(tag):
        raise Trouble("The server gave no usable ETag, without which nothing is changed.", "unexpected_answer")
    return tag.removeprefix("W/")  # a proxy that compresses weakens it


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _json(raw: bytes) -> Json:
    try:
        found = json.loads(raw) if len(raw) <= MAX_ANSWER else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or _is_deep(found):
        raise Trouble("What answered is not Brightline: check BRIGHTLINE_URL.", "not_brightline")
    return found


def _is_deep(said: object, left: int = DEEPEST) -> bool:
    within = said.values() if isinstance(said, dict) else said if isinstance(said, list) else ()
    return left == 0 or any(_is_deep(each, left - 1) for each in within)


def _wait(refused: error.HTTPError) -> int | None:
    """The seconds until the next try; None if another one is of no use."""
    after = str(refused.headers.get("Retry-After", "1"))
    if refused.code not in {429, 503} or not re.fullmatch(r"[0-9]{1,4}", after):
        return None
    return int(after) if int(after) <= LONGEST_WAIT else None


def _refusal(refused: error.HTTPError) -> Trouble:
    try:
        said = json.loads(refused.read(MAX_ANSWER))
    except (OSError, ValueError, HTTPException, RecursionError):
        said = None
    if not fits(said, REFUSAL):
        words = {401: "The key is not known, or has ended.", 403: "The key may not do this."}
        if 300 <= refused.code < 400:
            return Trouble("The address leads elsewhere; give BRIGHTLINE_URL as it ends up.", "redirect", refused.code)
        return Trouble(words.get(refused.code, f"The server answered {refused.code}."), "http", refused.code)
    return Trouble(said["error"]["message"], said["error"]["code"], refused.code, said["error"]["fields"])


def _unreached(host: str, failed: Exception) -> str:
    reason = failed.reason if isinstance(failed, error.URLError) else failed
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"The certificate of {host} is not trusted: {reason.verify_message}."
    if isinstance(reason, TimeoutError):
        return f"{host} did not answer within {TIMEOUT:.0f} seconds."
    return f"{host} cannot be reached: {reason}."


# Commands

NOTHING: Final = "Nothing was stored."
WORDS: Final = {"same": "nothing becomes stricter or looser"}


def differences(old: Json, new: Json) -> list[Json]:
    """What ``new`` says otherwise than ``old``: ``{"path", "old", "new"}``, in the order of the file."""
    found = []
    for part in ("settings", "user_windows"):
        for key in sorted({*old[part], *new[part]}):
            before, after = old[part].get(key), new[part].get(key)
            if before != after:
                found.append({"path": f"{part}.{key}", "old": before, "new": after})
    if old["instructions"] != new["instructions"]:
        found.append({"path": "instructions", "old": old["instructions"], "new": new["instructions"]})
    return found


def patch_of(old: Json, new: Json) -> Json:
    """The change that makes ``old`` say what ``new`` says; all that ``new`` sets is named, so all of it is judged."""
    reset = {part: dict.fromkeys(set(old[part]) - set(new[part])) for part in ("settings", "user_windows")}
    return {
        **{part: {**new[part], **reset[part]} for part in reset},
        "instructions": new["instructions"],
    }


def stated(server: Server, product: Json) -> dict[str, dict[str, Json]]:
    """What the newest rulebook of each platform of a product says, by behavior and platform."""
    newest: dict[str, Json] = {}
    for row in server.items("rulebooks?limit=200", NAMED):
        if row["platform"] in product["platforms"]:
            newest.setdefault(row["platform"], row)
    found: dict[str, dict[str, Json]] = {}
    for platform, row in newest.items():
        address = "/".join(parse.quote(each, safe="") for each in (platform, row["revision"]))
        book, _ = server.ask("GET", f"rulebooks/{address}", RULEBOOK)
        for key, said in book["document"]["behaviors"].items():
            found.setdefault(key, {})[platform] = said
    return found


def number_of(product: Json, asked: argparse.Namespace) -> int | None:
    """Of the version, or active version, that the options name; None where they name none."""
    if not asked.active:
        return None if asked.version is None else int(asked.version)
    number: int | None = product["active"].get(asked.active)
    if number is None:
        raise Trouble(f"Nothing of {product['slug']} is active in {asked.active}.", "not_active")
    return number


def source_of(server: Server, product: Json, number: int | None) -> Json:
    """A version, or the draft."""
    address = f"products/{product['slug']}/" + ("draft" if number is None else f"versions/{number}")
    return server.ask("GET", address, DRAFT if number is None else VERSION)[0]


def pull(server: Server, asked: argparse.Namespace) -> int:
    slugs = (
        [asked.product] if asked.product else [row["slug"] for row in server.items("products?limit=200", {"slug": str})]
    )
    files = []
    for slug in slugs:
        _slug(slug)
        product, _ = server.ask("GET", f"products/{slug}", PRODUCT)
        profile = Profile.of(product["organization"], source_of(server, product, number_of(product, asked)))
        path = Path(asked.out) / f"{slug}.toml"
        changed = _write(path, written(profile, stated(server, product)))
        files.append({"file": str(path), "changed": changed})
    lines = [f"{each['file']}: {'written' if each['changed'] else 'unchanged'}" for each in files]
    return tell(asked, {"files": files}, lines)


def _slug(slug: str) -> None:
    if not SLUG.fullmatch(slug):
        raise Trouble(f"{slug} is no slug of a product.", "malformed")


def _write(path: Path, text: str) -> bool:
    """Whether the file changed. It is whole at every moment."""
    try:
        if path.exists() and path.read_bytes() == text.encode():
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_bytes(text.encode())
        beside.replace(path)
    except OSError as failed:
        raise Trouble(f"{path} cannot be written: {failed.strerror}.", "unwritable") from None
    return True


def _opened(server: Server, asked: argparse.Namespace) -> tuple[Profile, str, Json]:
    """The file, its text and its product on the server, which must be of the organization that the file names."""
    profile, text = read(Path(asked.file))
    product, _ = server.ask("GET", f"products/{profile.product}", PRODUCT)
    if product["organization"] != profile.organization:
        raise Trouble(f"The file is of {profile.organization}, and the key of {product['organization']}.", "wrong_key")
    return profile, text, product


def diff(server: Server, asked: argparse.Namespace) -> int:
    profile, _, product = _opened(server, asked)
    number = number_of(product, asked)
    found = differences(source_of(server, product, number), profile.content())
    found, direction = directed(server, profile, "draft" if number is None else number, found)
    tell(asked, {"changes": found, "direction": direction}, _changes(found, direction) or ["Nothing differs."])
    return DIFFERENT if found else SAME


def simulated(server: Server, product: str, **question: Any) -> Json:
    """What the server says that would be; every rule is its own."""
    return server.ask("POST", f"products/{product}/draft/simulate", SIMULATION, question)[0]


def directed(server: Server, profile: Profile, beside: int | str, found: list[Json]) -> tuple[list[Json], str]:
    """Differences with the direction of each, and that of all together.

    A behavior has one direction for its value and what users may change of it. Instructions have no order.
    """
    if not found:
        return found, "same"
    said = simulated(server, profile.product, beside=beside, content=profile.content(), only_changes=True)
    directions = {each["behavior"]: each["direction"] for each in said["changes"]} | {"": "mixed"}
    told = [{**each, "direction": directions.get(each["path"].partition(".")[2], "same")} for each in found]
    return told, str(said["direction"])


def _changes(found: list[Json], direction: str) -> list[str]:
    """A line for each change; of instructions the lines that differ would be noise in a log, so only their sizes."""
    lines = []
    for each in found:
        if each["path"] == "instructions":
            what = f"{len(each['old'])} → {len(each['new'])} characters"
        else:
            what = f"{shown(each['old'])} → {shown(each['new'])}"
        lines.append(f"{each['path']}: {what} ({WORDS.get(each['direction'], each['direction'])})")
    return [*lines, f"Altogether: {WORDS.get(direction, direction)}."] if found else []


def validate(server: Server, asked: argparse.Namespace) -> int:
    profile, text, _ = _opened(server, asked)
    old, etag = server.draft(profile.product)
    _need_seen(server, asked, profile, old)
    try:
        server.ask("PATCH", _draft(profile, dry=True), {}, patch_of(old, profile.content()), If_Match=etag)
    except Trouble as refused:
        return _refused(asked, refused, text)
    return tell(asked, {"valid": True}, [f"{asked.file} is inside all limits."])


def _draft(profile: Profile, *, dry: bool) -> str:
    return f"products/{profile.product}/draft" + ("?dry_run=true" if dry else "")


def _refused(asked: argparse.Namespace, refused: Trouble, text: str, done: str = NOTHING) -> int:
    """A refusal with the line of each behavior; whatever is none of the file's fault goes on as trouble."""
    if refused.status != 422:
        raise refused
    found = [
        {"path": path, "line": line_of(text, path), "sentence": sentence}
        for path, sentences in refused.fields.items()
        for sentence in sentences
    ]
    found.sort(key=lambda each: each["line"] or 0)
    lines = [f"{asked.file}:{each['line'] or 1}: {each['path']}: {each['sentence']}" for each in found]
    said = {"valid": False, "code": refused.code, "refusals": found, "done": done}
    tell(asked, said, [*(lines or [str(refused)]), done])
    return DIFFERENT


def push(server: Server, asked: argparse.Namespace) -> int:
    if asked.submit and not (asked.reason or "").strip():
        raise Trouble("--submit needs --reason: approvers and the trail show it.", "no_reason")
    profile, text, product = _opened(server, asked)
    old, etag = server.draft(profile.product)
    _need_seen(server, asked, profile, old)
    found, direction = directed(server, profile, "draft", differences(old, profile.content()))
    said: Json = {"changes": found, "direction": direction, "version": None}
    lines = _changes(found, direction) or ["Nothing to change."]
    done = NOTHING
    try:
        if found:
            etag = _store(server, profile, old, etag)
            done = "The draft says what the file says, and nothing was submitted."
        if asked.submit:
            said["version"], line = _submit(server, asked, profile, product, etag)
            lines.append(line)
    except Trouble as refused:
        if refused.status == 412:
            raise _overtaken(refused, done) from None
        return _refused(asked, refused, text, done)
    return tell(asked, said, lines)


def _store(server: Server, profile: Profile, old: Json, etag: str) -> str:
    """The tag of the draft as it is now."""
    change = patch_of(old, profile.content())
    _, headers = server.ask("PATCH", _draft(profile, dry=False), {}, change, If_Match=etag)
    return _tag(headers)


def _overtaken(refused: Trouble, done: str) -> Trouble:
    """Somebody changed the draft between reading and writing it: who and when the server says."""
    paths = ", ".join(refused.fields)
    what = f" What changed: {paths}." if paths else ""
    return Trouble(f"{refused}{what} {done}", refused.code, refused.status, refused.fields)


def _need_seen(server: Server, asked: argparse.Namespace, profile: Profile, now: Json) -> None:
    """
    Raises:
        Trouble: the file would undo what somebody else changed and it does not know of. What was pushed earlier with
            the same key came from files too, and is no news.
    """
    differing = {each["path"]: each for each in differences(now, profile.content())}
    if asked.force or not differing:
        return
    knows = profile.revision is not None and profile.revision <= now["revision"]
    last: dict[str, Json] = {}
    since = profile.revision if knows else 0
    for edit in server.items(f"products/{profile.product}/draft/edits?limit=200&since={since}", EDIT):
        last.setdefault(edit["path"], edit)
    theirs = {path: last[path] for path in differing if path in last and not last[path]["yours"]}
    sentences = {
        path: [f"{edit['by']['name']} changed this at {_second(edit['at'])}."] for path, edit in theirs.items()
    }
    if not knows:
        unknown = [path for path, change in differing.items() if change["old"] and path not in last]
        sentences |= {path: ["The draft sets this, and the file was not pulled from it."] for path in unknown}
    if sentences:
        raise _unseen(asked.file, sentences, pulled=knows)


def _second(at: str) -> str:
    """An instant without parts of seconds."""
    return re.sub(r"\.[0-9]+", "", at)


def _unseen(file: str, fields: dict[str, list[str]], *, pulled: bool) -> Trouble:
    why = "The draft changed since this file was pulled" if pulled else "The file was not pulled from this draft"
    told = " ".join(f"{path}: {sentence}" for path, (sentence,) in fields.items())
    return Trouble(
        f"{file}: {why}. {told} {NOTHING} Pull again and bring both together, or give --force to overwrite.",
        "stale_draft",
        412,
        fields,
    )


def _submit(server: Server, asked: argparse.Namespace, profile: Profile, product: Json, etag: str) -> tuple[int, str]:
    """The number of the version that says what the file says, and a sentence. One that waits is not repeated."""
    newest = product["newest_version"]
    if newest:
        version, _ = server.ask("GET", f"products/{profile.product}/versions/{newest}", VERSION)
        is_open = version["state"] in {"waiting", "approved", "active"}
        if is_open and not differences(version, profile.content()):
            return newest, f"Version {newest} already says this; its state is {version['state']}."
    content = [profile.organization, profile.product, newest, profile.content(), asked.reason]
    repeat = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    version, _ = server.ask(
        "POST",
        f"products/{profile.product}/versions",
        {"number": int},
        {"reason": asked.reason},
        If_Match=etag,
        Idempotency_Key=f"brightline-{repeat}",
    )
    number = int(version["number"])
    return number, f"Version {number} was submitted and waits for review; nothing of it is live."


def simulate(server: Server, asked: argparse.Namespace) -> int:
    """What would be if a file, or else the draft or a version of a product, were live; without any, what is active."""
    wishes = dict(map(_wish, asked.preference))
    if asked.file and asked.product:
        raise Trouble("Name a FILE or --product, not both.", "malformed")
    if not asked.file and not asked.product:
        return _simulate_active(server, asked, wishes)
    if asked.of is not None and asked.file:
        raise Trouble("--of names a version of --product; a FILE is simulated as it is.", "malformed")
    question: Json = {"preferences": wishes, "only_changes": asked.changes, **({"at": asked.at} if asked.at else {})}
    text = ""
    name = asked.file or f"the draft of {asked.product}"
    if asked.file:
        profile, text, product = _opened(server, asked)
        question["content"] = profile.content()
    else:
        _slug(asked.product)
        product, _ = server.ask("GET", f"products/{asked.product}", PRODUCT)
        if asked.of is not None:
            question["of"], name = asked.of, f"version {asked.of} of {asked.product}"
    number = number_of(product, asked)
    beside: int | str = number if number is not None else "draft" if asked.draft else "live"
    said = simulated(server, product["slug"], beside=beside, **question)
    _mark_elsewhere(said)
    said["platforms"] = [each for each in said["platforms"] if asked.platform in (None, each["platform"])]
    if not said["platforms"]:
        raise Trouble(f"{product['slug']} runs on: {', '.join(product['platforms'])}.", "not_found")
    tell(asked, said, list(_told(said, name, text)))
    return DIFFERENT if said["refused"] else SAME


def _mark_elsewhere(said: Json) -> None:
    """Of what one platform does not state, tell what another one does: that is set for it, and not in vain."""
    unknown = [
        {each["path"] for each in platform["clamped"] if each["reason"] == "unknown_behavior"}
        for platform in said["platforms"]
    ]
    nowhere = set.intersection(*unknown) if unknown else set()
    for each in (each for platform in said["platforms"] for each in platform["clamped"]):
        each["elsewhere"] = each["reason"] == "unknown_behavior" and each["path"] not in nowhere


def _told(said: Json, name: str, text: str) -> Iterator[str]:
    for each in said["platforms"]:
        yield f"{each['platform']}, by its rulebook of {each['rulebook']['revision']}"
        yield from (f"  {_behavior(key, found)}" for key, found in sorted(each["behaviors"].items()))
        yield from (f"  {key} is not stated any more" for key in each["gone"])
        yield from (f"  {_clamp(clamp)}" for clamp in each["clamped"])
    for each in said["refused"]:
        line = line_of(text, each["path"])
        yield f"{name}:{f'{line}:' if line else ''} {each['path']}: {each['sentence']}"
    version = f"version {said['beside']}" if isinstance(said["beside"], int) else said["beside"]
    beside = f"the {version}" if version == "draft" else version or "the platforms' defaults, since nothing is live"
    yield f"Beside {beside}: {WORDS.get(said['direction'], said['direction'])}."


def _behavior(key: str, found: Json) -> str:
    """A line: the value, what it was, who decided it and why; and what users may choose where only that changes."""
    was = "" if found["before"] == found["value"] else f", was {shown(found['before'])}"
    why = [f"{found['decided_by']}: {found['reason']}"]
    if found["direction"] != "same":
        why.append(found["direction"])
    if found["differs"] and not was:
        window = found["user_window"]
        why.append(f"users may choose {shown(window['floor'])} to {shown(window['ceiling'])}")
    return f"{key} = {shown(found['value'])}{was} ({'; '.join(why)})"


def _clamp(clamp: Json) -> str:
    if clamp["elsewhere"]:
        return f"{clamp['path']} is not stated here"
    wanted, got = shown(clamp["wanted"]), shown(clamp["got"])
    return f"not honored: {clamp['path']} {wanted}, got {got}: {clamp['because']} ({clamp['reason']})"


def _simulate_active(server: Server, asked: argparse.Namespace, wishes: Json) -> int:
    """Needs a client key, which is of one product and environment."""
    if asked.changes or asked.draft or asked.version is not None or asked.of is not None or asked.at:
        raise Trouble("Name a FILE or --product: without them what is active is simulated as it is.", "malformed")
    query = f"?platform={parse.quote(asked.platform, safe='')}" if asked.platform else ""
    profile, _ = server.ask("POST", f"profile/resolve{query}", RESOLVED, {"preferences": wishes})
    if asked.active and profile["environment"] != asked.active:
        raise Trouble(f"The key is of {profile['environment']}, not of {asked.active}.", "wrong_key")
    lines = [
        f"{key} = {shown(each['value'])} ({each['decided_by']}: {each['reason']})"
        for key, each in sorted(profile["behaviors"].items())
    ]
    lines += [
        f"not honored: {each['behavior']} {shown(each['wanted'])}, got {shown(each['got'])}: {each['reason']}"
        for each in profile["clamped"]
    ]
    return tell(asked, profile, lines)


def _wish(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise Trouble(f"{text}: a preference looks like tone.profanity=on.", "malformed")
    if re.fullmatch(r"-?[0-9]{1,15}", value):
        return key, int(value)
    return key, [each for each in value.split(",") if each] if "," in value else value


def tell(asked: argparse.Namespace, machine: Json, lines: list[str]) -> int:
    if asked.json:
        sys.stdout.write(json.dumps(machine, indent=2, sort_keys=True) + "\n")
    else:
        for line in lines:
            say(line)
    return SAME


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        say(f"brightline: {message}", sys.stderr)
        raise SystemExit(FAILED)


def parser() -> argparse.ArgumentParser:
    shared = _Parser(add_help=False)
    shared.add_argument("--url", default=os.environ.get("BRIGHTLINE_URL", ""), help="instead of BRIGHTLINE_URL")
    shared.add_argument("--json", action="store_true", help="answer for programs")
    source = _Parser(add_help=False)
    which = source.add_mutually_exclusive_group()
    which.add_argument("--draft", action="store_true", help="the draft (default)")
    which.add_argument("--version", type=int, metavar="N", help="that version")
    which.add_argument("--active", metavar="ENV", help="what is active there")
    forced = _Parser(add_help=False)
    forced.add_argument("--force", action="store_true", help="also over what others changed since the pull")
    whole = _Parser(prog="brightline", description="Profiles of Brightline as TOML in git. The key: BRIGHTLINE_KEY.")
    commands = whole.add_subparsers(dest="command", required=True)
    here = commands.add_parser("pull", parents=[shared, source], help="write a file for each product, or one")
    here.add_argument("--product")
    here.add_argument("--out", default=".", metavar="FOLDER")
    here.set_defaults(run=pull)
    for name, act, parents, about in (
        ("diff", diff, [shared, source], "what a file says otherwise; exit code 1 if anything"),
        ("validate", validate, [shared, forced], "ask the server whether it would take a file; nothing is stored"),
        ("push", push, [shared, forced], "make the draft say what a file says, whole or not at all"),
    ):
        here = commands.add_parser(name, parents=parents, help=about)
        here.add_argument("file")
        here.set_defaults(run=act)
    here.add_argument("--submit", action="store_true", help="make a version of it, for review")
    here.add_argument("--reason", help="why; approvers and the trail show it")
    _add_simulate(commands.add_parser("simulate", parents=[shared], help="what would be if a file or draft were live"))
    return whole


def _add_simulate(here: argparse.ArgumentParser) -> None:
    here.add_argument(
        "file", nargs="?", help="a file; without it the draft of --product, or by a client key what is active"
    )
    here.add_argument("--product", metavar="P", help="its draft instead of a file")
    here.add_argument("--of", type=int, metavar="N", help="that version of --product, instead of its draft")
    here.add_argument("--platform", metavar="P", help="on that platform alone")
    here.add_argument("--at", metavar="INSTANT", help="what would be then, such as 2027-01-01T00:00:00Z")
    here.add_argument("--preference", action="append", default=[], metavar="BEHAVIOR=VALUE", help="what a user wishes")
    here.add_argument("--changes", action="store_true", help="only what differs")
    which = here.add_mutually_exclusive_group()
    which.add_argument("--draft", action="store_true", help="beside the draft, instead of what is live")
    which.add_argument("--version", type=int, metavar="N", help="beside that version")
    which.add_argument("--active", metavar="ENV", help="beside what is active there; a client key must be of it")
    here.set_defaults(run=simulate)


def run(asked: argparse.Namespace) -> int:
    code = int(asked.run(Server(asked.url, os.environ.get("BRIGHTLINE_KEY", "")), asked))
    sys.stdout.flush()
    return code


def main(arguments: list[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    try:
        return run(asked)
    except Trouble as failed:
        if asked.json:
            said = {"error": {"code": failed.code, "message": str(failed), "fields": failed.fields}}
            sys.stdout.write(json.dumps(said, indent=2, sort_keys=True) + "\n")
        else:
            say(f"brightline: {failed}", sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:  # whoever reads has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception:  # noqa: BLE001 - a fault must not pass for an answer such as 1, "there are differences"
        traceback.print_exc()
        say("brightline: this is a fault of the command itself. Please report it with the lines above.", sys.stderr)
        return FAULT


if __name__ == "__main__":
    raise SystemExit(main())
