"""Tags of the pages: only what an include would do more slowly or less readably."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from django import template
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from profiles.web.presenters.editor import LockedRow, Row

register = template.Library()
_INDENT: Final = re.compile(r"\s*\n\s*")

ICONS = {
    "bad": "stop",
    "warn": "warn",
    "note": "info",
    "att": "seal",
    "lim": "lock",
    "ok": "check",
    "neutral": "info",
    "never": "lock",
    "always": "shield",
}


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A drawing of ``static/icons.svg``; always beside a word, so hidden from screen readers."""
    return _icon(name, css)


@lru_cache(maxsize=256)
def _icon(name: str, css: str) -> SafeString:
    return format_html(
        '<svg class="i {}" aria-hidden="true"><use href="{}#{}"/></svg>',
        css,
        static("icons.svg"),
        ICONS.get(name, name),
    )


@register.simple_tag(takes_context=True)
def behavior_row(context: template.Context, row: Row | LockedRow) -> SafeString:
    """A row of the editor. Most rows of a page are those of the page before, so they are rendered once for as long as
    they say the same; one with forms of its own belongs to a request."""
    slug = context["page"].slug
    if row.is_plain:
        return _rendered_row(row, slug, get_language() or "")
    more = {name: context[name] for name in ("page", "csrf_token")}
    return _render_row(row, slug, more)


@lru_cache(maxsize=4096)
def _rendered_row(row: Row | LockedRow, slug: str, _language: str) -> SafeString:
    # Lines begin where they begin in the templates; no text of a row spans several.
    return mark_safe(_INDENT.sub("\n", _render_row(row, slug, {})))  # noqa: S308 - a rendered template


def _render_row(row: Row | LockedRow, slug: str, more: dict[str, Any]) -> SafeString:
    name = "profiles/_locked.html" if row.locked else "profiles/_row.html"
    return mark_safe(get_template(name).render({"row": row, "slug": slug, **more}))  # noqa: S308 - a rendered template
