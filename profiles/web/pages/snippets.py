"""Programs that fetch a profile, with a product's own values. A test runs each of them as it stands here.

``@NAME@`` is a place for a value. Values are slugs, keys of behaviors and the installation's address, none of which can
end a string.
"""

from __future__ import annotations

import json
from typing import Any, Final

from msgspec import Struct

from profiles.rulebook.domains import Domain, Number, Switch, Topics

VARIABLE: Final = "BRIGHTLINE_KEY"  # which holds the key; its text is known to whoever created it


class Example(Struct, frozen=True):
    """A behavior of the product, which snippets read."""

    key: str
    domain: Domain

    @property
    def flag_type(self) -> str:
        """What OpenFeature calls its values."""
        if isinstance(self.domain, Switch):
            return "Boolean"
        if isinstance(self.domain, Number):
            return "Number"
        return "Object" if isinstance(self.domain, Topics) else "String"

    @property
    def strictest(self) -> Any:
        """What a program falls back to where nothing answers, as a flag."""
        raw = self.domain.dump(self.domain.strictest)
        return raw == "on" if isinstance(self.domain, Switch) else raw


class Values(Struct, frozen=True):
    base: str  # the installation's address, without a slash at its end
    platform: str  # empty where the product runs on one
    example: Example

    @property
    def address(self) -> str:
        query = f"?platform={self.platform}" if self.platform else ""
        return f"{self.base}/api/v1/profile{query}"

    def into(self, text: str) -> str:
        found = {
            "ADDRESS": self.address,
            "BASE": self.base,
            "VARIABLE": VARIABLE,
            "BEHAVIOR": self.example.key,
            "PY_TYPE": {"Number": "integer"}.get(self.example.flag_type, self.example.flag_type.lower()),
            "JS_TYPE": self.example.flag_type,
            "PY_STRICTEST": repr(self.example.strictest),
            "JS_STRICTEST": json.dumps(self.example.strictest),
            "QUERY": f"?platform={self.platform}" if self.platform else "",
            "PY_PLATFORM": f', "Brightline-Platform": "{self.platform}"' if self.platform else "",
            "JS_PLATFORM": f', ["Brightline-Platform", "{self.platform}"]' if self.platform else "",
        }
        for name, value in found.items():
            text = text.replace(f"@{name}@", value)
        return text.strip("\n")


# --fail leaves the file alone when the answer is an error.
CURL: Final = """
curl --fail --silent --show-error \\
  --header "Authorization: Bearer $@VARIABLE@" \\
  --etag-compare profile.etag --etag-save profile.etag \\
  --output profile.json \\
  "@ADDRESS@"
"""

EVENTS: Final = """
curl --no-buffer --silent --show-error \\
  --header "Authorization: Bearer $@VARIABLE@" \\
  --header "Accept: text/event-stream" \\
  "@BASE@/api/v1/profile/events@QUERY@"
"""

PYTHON: Final = '''
import json
import os
import re
import time
from datetime import datetime, timezone
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ADDRESS = "@ADDRESS@"
held = {}  # the last document, its ETag, and until when it need not be asked for


def profile():
    """The profile that holds now. Never one past its valid_until: raises instead."""
    if not (_holds() and time.monotonic() < held["ask_at"]):
        _ask()
    if not _holds():
        raise RuntimeError("No profile holds now.")
    return held["document"]


def _holds():
    if not held:
        return False
    end = held["document"]["valid_until"]
    return end is None or datetime.now(timezone.utc) < datetime.fromisoformat(end.replace("Z", "+00:00"))


def _ask():
    request = Request(ADDRESS, headers={"Authorization": f"Bearer {os.environ['@VARIABLE@']}"})
    if held:
        request.add_header("If-None-Match", held["etag"])
    try:
        with urlopen(request, timeout=5) as answer:
            held.update(document=json.load(answer), etag=answer.headers["ETag"], ask_at=_fresh_until(answer.headers))
    except HTTPError as error:
        if error.code == 304:  # the copy is still good
            held["ask_at"] = _fresh_until(error.headers)
        elif error.code != 429 and error.code < 500:  # revoked, or nothing is active any more
            held.clear()
            raise
    except OSError:  # not reachable: the copy is used as long as it holds
        pass


def _fresh_until(headers):
    found = re.search(r"max-age=(\\d+)", headers.get("Cache-Control", ""))
    return time.monotonic() + (int(found[1]) if found else 0)


print(profile()["behaviors"]["@BEHAVIOR@"]["value"])
'''

JAVASCRIPT: Final = """
const ADDRESS = "@ADDRESS@";
let held = null; // the last document, its ETag, and until when it need not be asked for

/** The profile that holds now. Never one past its valid_until: throws instead. */
export async function profile() {
  if (!holds() || Date.now() >= held.askAt) await ask();
  if (!holds()) throw new Error("No profile holds now.");
  return held.document;
}

function holds() {
  const end = held?.document.valid_until;
  return held !== null && (end === null || Date.now() < Date.parse(end));
}

async function ask() {
  const headers = { Authorization: `Bearer ${process.env.@VARIABLE@}` };
  if (held) headers["If-None-Match"] = held.etag;
  let answer;
  try {
    answer = await fetch(ADDRESS, { headers, signal: AbortSignal.timeout(5000) });
    const maxAge = Number(answer.headers.get("Cache-Control")?.match(/max-age=(\\d+)/)?.[1] ?? 0);
    const askAt = Date.now() + maxAge * 1000;
    if (answer.status === 304) held.askAt = askAt; // the copy is still good
    if (answer.ok) held = { document: await answer.json(), etag: answer.headers.get("ETag"), askAt };
  } catch {
    return; // not reachable: the copy is used as long as it holds
  }
  if (answer.status >= 400 && answer.status !== 429 && answer.status < 500) {
    held = null; // revoked, or nothing is active any more
    throw new Error((await answer.json()).error.message);
  }
}

console.log((await profile()).behaviors["@BEHAVIOR@"].value);
"""

OPENFEATURE_PYTHON: Final = """
import os

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

api.set_provider(
    OFREPProvider(
        "@BASE@",
        headers_factory=lambda: {"Authorization": f"Bearer {os.environ['@VARIABLE@']}"@PY_PLATFORM@},
    )
)
client = api.get_client()
# Of one user: their preferences are members of the context, such as "preferences.@BEHAVIOR@".
context = EvaluationContext(attributes={})
# The second argument is what holds where nothing answers: the strictest value.
print(client.get_@PY_TYPE@_value("@BEHAVIOR@", @PY_STRICTEST@, context))
"""

OPENFEATURE_WEB: Final = """
import { OpenFeature } from "@openfeature/web-sdk";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";

const provider = new OFREPWebProvider({
  baseUrl: "@BASE@",
  headers: [["Authorization", `Bearer ${keyOfThisApp}`]@JS_PLATFORM@],
  cacheMode: "network-first", // its own default serves a stored copy for up to 30 days
  pollInterval: 60_000,
});
await OpenFeature.setProviderAndWait(provider, {});
// The second argument is what holds where nothing answers: the strictest value.
console.log(OpenFeature.getClient().get@JS_TYPE@Value("@BEHAVIOR@", @JS_STRICTEST@));
"""
