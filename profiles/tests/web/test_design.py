"""The look: vendored files are what they claim, colors can be read, templates keep the policy, references hold."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template import Engine

ROOT = Path(__file__).resolve().parents[3]
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"
VENDORED = (STATIC / "vendor", Path(__file__).parent / "vendor")
TEXT, GRAPHIC = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11

templates = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
# A file that is taken away and has to stand by itself; its English is that of the entries that it repeats.
FOR_ELSEWHERE = {"audits/evidence_report.html"}
stylesheets = sorted((STATIC / "css").glob("*.css"))

# --- vendored files ----------------------------------------------------------------------------------------------


def listed(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "MANIFEST.toml").open("rb") as manifest:
        return {entry["path"]: entry for entry in tomllib.load(manifest)["file"]}


@pytest.mark.parametrize("folder", VENDORED, ids=["static", "tests"])
def test_every_vendored_file_has_the_digest_of_the_manifest(folder):
    for name, entry in listed(folder).items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"], name


@pytest.mark.parametrize("folder", VENDORED, ids=["static", "tests"])
def test_nothing_lies_beside_the_manifest(folder):
    present = {path.name for path in folder.iterdir() if path.is_file()}
    assert present - {"MANIFEST.toml", "vendor.py"} == set(listed(folder))


@pytest.mark.parametrize("folder", VENDORED, ids=["static", "tests"])
def test_every_package_comes_with_its_license(folder):
    entries = listed(folder).values()
    packages = {entry["package"] for entry in entries}
    assert packages == {entry["package"] for entry in entries if entry["path"].endswith(".LICENSE")}


# --- colors ------------------------------------------------------------------------------------------------------

TOKENS = dict(
    re.findall(r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\)", (STATIC / "css/tokens.css").read_text(encoding="utf-8"))
)
WORDS = ("ok", "warn", "bad", "lock", "care", "att")
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "ink-2", "ink-3") for ground in ("bg", "surface", "sunken")),
    *(("accent", ground, TEXT) for ground in ("bg", "surface", "sunken", "accent-soft")),
    *(("accent-hi", ground, TEXT) for ground in ("bg", "surface", "sunken")),
    *((word, ground, TEXT) for word in WORDS for ground in (f"{word}-soft", "surface")),
    *(("ink", f"{word}-soft", TEXT) for word in WORDS),
    *(("ink-2", ground, TEXT) for ground in ("ok-soft", "warn-soft")),
    *((word, "sunken", TEXT) for word in ("ok", "warn", "bad")),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-hi", TEXT),
    ("on-bad", "bad", TEXT),
    *(("edge", ground, GRAPHIC) for ground in ("bg", "surface", "sunken")),
    *((mark, "surface", GRAPHIC) for mark in ("stone", "chart", "bad")),
    *((mark, "bg", GRAPHIC) for mark in ("stone", "chart", "lock", "accent", "att", "care")),
]


def luminance(color: str) -> float:
    channels = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_a_color_can_be_told_from_its_ground(front, back, least, theme):
    colors = [TOKENS[name].split(", ")[theme] for name in (front, back)]
    assert contrast(*colors) >= least


def test_colors_stand_in_the_tokens_only():
    for path in stylesheets:
        if path.name != "tokens.css":
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?=[;,) ])", path.read_text(encoding="utf-8")), path.name


# --- templates ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine() -> Engine:
    libraries = {
        "brightline": "profiles.web.templatetags.brightline",
        "i18n": "django.templatetags.i18n",
        "partials": "template_partials.templatetags.partials",
        "static": "django.templatetags.static",
        "tz": "django.templatetags.tz",
    }
    return Engine(dirs=[str(TEMPLATES)], libraries=libraries)


def source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", templates)
def test_a_template_parses(engine, name):
    assert engine.get_template(name).origin.template_name == name


@pytest.mark.parametrize("name", templates)
def test_a_template_keeps_to_the_content_security_policy(name):
    text = source(name)
    assert (
        name in FOR_ELSEWHERE or name.startswith("mail/") or not re.search(r"<style|\sstyle=", text)
    )  # mail has no policy and no stylesheet
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"\son\w+=|hx-on|javascript:|[\"']js:|hx-vals='?js", text)
    assert "<noscript" not in text, "htmx parses it without scripts, so its fields would be sent: use class no-script"


@pytest.mark.parametrize("name", templates)
def test_a_template_is_short(name):
    assert len(source(name).splitlines()) < 150


@pytest.mark.parametrize("name", templates)
def test_every_form_that_posts_carries_a_token(name):
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", source(name), re.DOTALL):
        assert "{% csrf_token %}" in form


@pytest.mark.parametrize("name", sorted(set(templates) - FOR_ELSEWHERE))
def test_the_words_of_a_template_can_be_translated(name):
    """What is left when tags, variables and markup are taken away is punctuation, the product's name and units."""
    text = re.sub(r"{#.*?#}|{% blocktranslate.*?endblocktranslate %}", " ", source(name), flags=re.S)
    text = re.sub(r"{%.*?%}|{{.*?}}", "", text)
    text = re.sub(r"<(svg|code|kbd)[^>]*>.*?</\1>|<[^>]*>", " ", text, flags=re.S)
    assert not set(re.findall(r"[A-Za-z]{2,}", text)) - {"Brightline"}


@pytest.mark.parametrize("name", templates)
def test_what_an_attribute_says_can_be_translated(name):
    """In the attributes that people hear or see."""
    text = re.sub(r"{% blocktranslate.*?endblocktranslate %}", "", source(name), flags=re.S)
    text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", text, flags=re.S)
    said = re.findall(r'\b(?:aria-label|title|placeholder|alt|data-copied|data-failed)="([^"]*)"', text)
    assert not [each for each in said if re.search(r"[A-Za-z]{2,}", each)]


@pytest.mark.parametrize("name", templates)
def test_every_icon_of_a_template_is_drawn(name):
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    from profiles.web.templatetags.brightline import ICONS

    assert set(ICONS.values()) <= drawn
    assert set(re.findall(r'{% icon "([a-z]+)"', source(name))) <= drawn | set(ICONS)
    assert set(re.findall(r'icon_name="([a-z]+)"', source(name))) <= drawn


@pytest.mark.parametrize("name", templates)
def test_every_static_file_of_a_template_exists(name):
    for path in re.findall(r"{% static ['\"]([^'\"]+)['\"] %}", source(name)):
        assert (STATIC / path).is_file(), path


# --- stylesheets and script --------------------------------------------------------------------------------------


def references(text: str) -> Iterator[str]:
    for path in re.findall(r"url\(\"?([^\")]+)\"?\)", text):
        if not path.startswith("data:"):
            yield path


@pytest.mark.parametrize("path", stylesheets, ids=lambda path: path.name)
def test_every_file_that_a_stylesheet_names_exists(path):
    for reference in references(path.read_text(encoding="utf-8")):
        assert (path.parent / reference).resolve().is_file(), reference


@pytest.mark.parametrize("path", stylesheets, ids=lambda path: path.name)
def test_a_stylesheet_is_complete(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert text.count("{") == text.count("}")
    used = set(re.findall(r"var\(--([\w-]+)\)", text))
    assert used <= set(re.findall(r"--([\w-]+):", (STATIC / "css/tokens.css").read_text(encoding="utf-8")))


def test_every_stylesheet_is_loaded_in_a_layer():
    entry = (STATIC / "css/brightline.css").read_text(encoding="utf-8")
    layers = re.search(r"@layer ([\w, ]+);", entry)
    assert layers
    imported = re.findall(r'@import url\("([\w.]+)"\) layer\((\w+)\);', entry)
    assert {name for name, _layer in imported} == {path.name for path in stylesheets} - {"brightline.css"}
    assert {layer for _name, layer in imported} == set(layers[1].split(", "))


@pytest.mark.parametrize(("name", "most"), [("brightline", 6), ("palette", 4), ("verify", 16)])
def test_the_script_stays_small_and_keeps_to_the_policy(name, most):
    script = (STATIC / f"js/{name}.js").read_text(encoding="utf-8")
    assert len(script.encode()) <= most * 1024
    assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", script)
