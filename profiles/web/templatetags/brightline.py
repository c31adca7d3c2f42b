"""Tags of the pages: only what an include would do more slowly or less readably."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

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
    return format_html(
        '<svg class="i {}" aria-hidden="true"><use href="{}#{}"/></svg>',
        css,
        static("icons.svg"),
        ICONS.get(name, name),
    )
