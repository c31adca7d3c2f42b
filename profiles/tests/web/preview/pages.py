"""Which sample is shown at which address."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from msgspec.structs import replace

from profiles.tests.web.preview import sample_editor, sample_rest, sample_trail

_P = f"/products/{sample_editor.SLUG}/"


@dataclass(frozen=True, slots=True)
class Sample:
    """``name`` is that of its screenshots; ``as_`` tells samples of one address apart."""

    name: str
    path: str
    template: str
    page: object
    current: str = ""
    as_: str = ""
    status: int = 200

    @property
    def fragment(self) -> str:
        """What a filter of this page asks for."""
        return {"profiles/editor.html": "rows", "audits/trail.html": "entries"}.get(self.template, "")


SAMPLES = (
    Sample("editor", _P + "edit/", "profiles/editor.html", sample_editor.PAGE, "profile"),
    Sample("editor-refused", _P + "edit/", "profiles/editor.html", sample_editor.REFUSED, "profile", "refused", 422),
    Sample("editor-unchanged", _P + "edit/", "profiles/editor.html", sample_editor.UNCHANGED, "profile", "unchanged"),
    Sample("trail", "/trail/", "audits/trail.html", sample_trail.PAGE, "trail"),
    Sample("trail-empty", "/trail/", "audits/trail.html", sample_trail.EMPTY, "trail", "empty"),
    Sample("entry", "/trail/12408/", "audits/entry.html", sample_trail.ENTRY, "trail"),
    Sample("version", _P + "versions/15/", "profiles/version.html", sample_rest.VERSION, "versions"),
    Sample(
        "version-refused",
        _P + "versions/15/",
        "profiles/version.html",
        sample_rest.VERSION_REFUSED,
        "versions",
        "refused",
        422,
    ),
    Sample("version-own", _P + "versions/15/", "profiles/version.html", sample_rest.VERSION_OWN, "versions", "own"),
    Sample("diff", _P + "versions/14..15/", "profiles/diff.html", sample_rest.DIFF, "versions"),
    Sample("reviews", "/reviews/", "profiles/reviews.html", sample_rest.REVIEWS, "reviews"),
    Sample("home", "/", "profiles/home.html", sample_rest.HOME, "home"),
    Sample("home-empty", "/", "profiles/home.html", sample_rest.HOME_EMPTY, "home", "empty"),
    Sample("product", _P, "profiles/product.html", sample_rest.PRODUCT_PAGE, "product"),
    Sample("sign-in", "/sign-in/", "profiles/sign_in.html", sample_rest.SIGN_IN),
    Sample("sign-in-refused", "/sign-in/", "profiles/sign_in.html", sample_rest.SIGN_IN_REFUSED, "", "refused", 422),
)


def find(path: str, as_: str = "") -> Sample:
    same = [sample for sample in SAMPLES if sample.path == path] or [SAMPLES[0]]
    return next((sample for sample in same if sample.as_ == as_), same[0])


def context(sample: Sample, request: HttpRequest) -> dict[str, object]:
    shell = replace(sample_rest.SHELL, current=sample.current)
    if sample.current in ("home", "reviews", "trail"):
        shell = replace(shell, product=None)
    return {"page": sample.page, "shell": shell, "theme": request.COOKIES.get("theme", "")}


def answer(request: HttpRequest, key: str) -> HttpResponse:
    """What a write of one behavior answers: its row, and all that changes around it."""
    rows = {row.key: row for group in sample_editor.GROUPS for row in group.rows}
    page = replace(sample_editor.PAGE, seen=sample_editor.PAGE.seen + 1)
    response = render(request, "profiles/editor.html#answer", {"page": page, "row": rows[key], "also": ()})
    response["HX-Trigger"] = '{"say": {"text": "Draft saved"}}'
    return response


def submit(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "profiles/editor.html#changes", {"page": sample_editor.REFUSED}, status=422)


def entry(request: HttpRequest, number: int) -> HttpResponse:
    if request.headers.get("HX-Request-Type") == "partial":
        return render(request, "audits/trail.html#details", {"entry": sample_trail.TODAY[0]})
    sample = find(f"/trail/{number}/")
    return render(request, sample.template, context(sample, request))
