"""What is looked at on a rendered page: accessibility by axe, and width."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "web" / "vendor" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """What axe finds, with every disclosure open."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    found: dict[str, Any] = page.evaluate("tags => axe.run(document, { runOnly: { type: 'tag', values: tags } })", TAGS)
    return [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


# What Tab has reached: its place in the page, and what a person would miss about it.
_FOCUSED = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const id = [...document.querySelectorAll('*')].indexOf(here);
  const found = { id, name: here.outerHTML.slice(0, 120), problems: [] };
  const shown = here.labels?.length && (here.type === 'checkbox' || here.type === 'radio') ? here.labels[0] : here;
  const box = shown.getBoundingClientRect();
  if (!box.width || !box.height) { found.problems.push('has no size'); return found; }
  const inside = [0.5, 0.1, 0.9].flatMap(
    x => [0.5, 0.15, 0.85].map(y => [box.left + box.width * x, box.top + box.height * y]));
  const seen = inside.some(([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return top && (shown.contains(top) || top.contains(shown) || here.contains(top));
  });
  if (!seen) found.problems.push('is hidden below something, or out of sight');
  const around = [here, shown, ...shown.querySelectorAll('*'), here.nextElementSibling, here.parentElement];
  const ring = around.filter(Boolean).some(each => {
    const style = getComputedStyle(each);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow.includes('2px');
  });
  if (!ring) found.problems.push('has no ring');
  return found;
}"""
_MOST_STOPS = 500
_MOST_PARTS = 6

# WCAG 2.5.8 for controls; axe looks after links, which may be lower where there is room around them.
_SMALL = """() => [...document.querySelectorAll('button, a.btn, input:not([type=hidden]), select, textarea, summary')]
  .filter(each => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .map(each => [each, (/checkbox|radio/.test(each.type) ? each.labels[0] ?? each : each).getBoundingClientRect()])
  .filter(([each, box]) => Math.min(box.width, box.height) > 1 && Math.min(box.width, box.height) < 23.5)
  .map(([each, box]) => `${each.outerHTML.slice(0, 100)} is ${box.width.toFixed()} x ${box.height.toFixed()} pixels`)"""


def tab_walk(page: Page) -> list[str]:
    """Go through the page by Tab alone, to its end; what is wrong at the stops."""
    page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
    visited: list[int] = []
    problems: list[str] = []
    for _stop in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        here = page.evaluate(_FOCUSED)
        if here is None or (visited and here["id"] == visited[0] != visited[-1]):
            return problems if visited else ["Tab reaches nothing"]
        # A date is one element with a stop for each of its parts.
        if visited[-_MOST_PARTS:] == [here["id"]] * _MOST_PARTS:
            return [*problems, f"Tab does not get away from {here['name']}"]
        if here["id"] not in visited:
            problems += [f"{here['name']} {problem}" for problem in here["problems"]]
        visited.append(here["id"])
    return [*problems, f"there are more than {_MOST_STOPS} stops"]


def small_targets(page: Page) -> list[str]:
    """Controls of less than 24 pixels."""
    return list(page.evaluate(_SMALL))
