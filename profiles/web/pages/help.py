"""Help: the topics as pages, the glossary and the shortcuts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.errors import NotFound
from profiles.web.pages.help_topics import TERMS, TOPICS, Text, Topic
from profiles.web.presenters.help import HelpLink, HelpPage, HelpSection, Shortcut, Term
from profiles.web.presenters.parts import Crumb

# After "g". The letters are the same in every language, so that a habit survives a change of it.
GO: Final[tuple[tuple[str, str, Text], ...]] = (
    ("h", "home", gettext_lazy("Home")),
    ("r", "reviews", gettext_lazy("Reviews")),
    ("t", "trail", gettext_lazy("Audit trail")),
    ("b", "rulebooks", gettext_lazy("Rulebooks")),
    ("c", "rulebooks_compare", gettext_lazy("Compare platforms")),
    ("a", "attestations", gettext_lazy("Attestations")),
    ("s", "search", gettext_lazy("Search")),
)


def help_page() -> HelpPage:
    """All topics."""
    return HelpPage(
        title=_("Help"),
        lead=_("Short answers, one for each idea. Every page leads to its own from the same place at the top."),
        topics=tuple(_links("")),
    )


def topic_page(slug: str) -> HelpPage:
    """
    Raises:
        NotFound: there is no such topic.
    """
    topic = TOPICS.get(slug)
    if topic is None:
        raise NotFound(_("There is no such help topic."))
    return HelpPage(
        title=str(topic.title),
        lead=str(topic.summary),
        topics=tuple(_links(slug)),
        sections=tuple(_sections(topic)),
        terms=tuple(_terms()) if slug == "glossary" else (),
        shortcuts=shortcuts() if slug == "keyboard" else (),
        see=tuple(_see(topic)),
        crumbs=(Crumb(_("Help"), reverse("help")),),
    )


def topic_href(slug: str) -> str:
    return reverse("help_topic", args=[slug]) if slug else reverse("help")


def _links(current: str) -> Iterable[HelpLink]:
    for slug, topic in TOPICS.items():
        yield HelpLink(str(topic.title), topic_href(slug), str(topic.summary), slug == current)


def _sections(topic: Topic) -> Iterable[HelpSection]:
    for number, (title, paragraphs) in enumerate(topic.sections, 1):
        yield HelpSection(f"s{number}", str(title), tuple(str(each) for each in paragraphs))


def _see(topic: Topic) -> Iterable[HelpLink]:
    if topic.page:
        yield HelpLink(_("Open the page"), reverse(topic.page))
    for slug in topic.see:
        yield HelpLink(str(TOPICS[slug].title), topic_href(slug))


def _terms() -> Iterable[Term]:
    """By the words of the language that they are read in."""
    found = (Term(slug, str(word), str(meaning), topic_href(topic)) for slug, word, meaning, topic in TERMS)
    return sorted(found, key=lambda term: term.word.casefold())


def shortcuts(product: str = "") -> tuple[Shortcut, ...]:
    """
    Args:
        product: the slug of the one that is looked at: its pages have letters too.
    """
    go = [Shortcut(("g", key), str(text), key, reverse(name)) for key, name, text in GO]
    if product:
        go.insert(1, Shortcut(("g", "o"), _("Overview of the product"), "o", reverse("product", args=[product])))
        go.insert(2, Shortcut(("g", "p"), _("Profile of the product"), "p", reverse("product_edit", args=[product])))
    return (
        Shortcut(("Ctrl K",), _("Search or jump to anything; on a Mac ⌘ K")),
        Shortcut(("/",), _("Go to the filter of the page")),
        Shortcut(("j",), _("In the trail: the entry below, or the older one")),
        Shortcut(("k",), _("In the trail: the entry above, or the newer one")),
        Shortcut(("?",), _("Show this list")),
        *go,
    )
