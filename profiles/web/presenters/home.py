"""The first page: products, what waits for me, what happened last; and the sign-in page."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Action, Check, Message, Person, Pill, Problem, When


class Live(Struct, frozen=True):
    """What one environment serves: ``version`` is "v14", or empty where nothing is active."""

    environment: str
    version: str
    since: When | None = None
    href: str = ""


class ProductCard(Struct, frozen=True):
    slug: str
    name: str
    facts: str  # "Clinicians · web chat · Germany"
    live: tuple[Live, ...]
    check: Check | None = None  # the last limits check
    pills: tuple[Pill, ...] = ()  # "Draft, 3 changes", "Attestation expires in 9 days"
    health: Pill | None = None  # the worst of its checks


class Waiting(Struct, frozen=True):
    """Something that waits for this person. ``why`` is one line: "Loosens 2 settings, asked by Jana Sommer"."""

    title: str
    href: str
    why: str
    when: When
    person: Person | None = None
    pill: Pill | None = None
    more: tuple[Action, ...] = ()  # where else to go


class Activity(Struct, frozen=True):
    person: Person
    text: str  # "approved version 14 of Ward Companion"
    when: When
    href: str


class Step(Struct, frozen=True):
    """A line of the first-run checklist."""

    title: str
    text: str
    done: bool = False
    action: Action | None = None
    next: bool = False  # the first one that is not done


class HomePage(Struct, frozen=True):
    """``steps_title`` over the steps: with it they are places to go, without it the numbered first steps.
    ``has_products`` is False for somebody whose work is not about products: then neither products nor what happened
    to them have a place on the page."""

    organization: str
    lead: str
    products: tuple[ProductCard, ...]
    waiting: tuple[Waiting, ...] = ()
    activity: tuple[Activity, ...] = ()
    alerts: tuple[Message, ...] = ()  # what is live and not reviewed
    steps: tuple[Step, ...] = ()  # shown while there is no product, or until all are done
    eyebrow: str = ""  # the word over the heading; empty: "Organization"
    steps_title: str = ""
    nothing: str = ""  # said where nothing waits; empty: the sentence for members
    has_products: bool = True
    notes: tuple[Waiting, ...] = ()  # what this person should know, and somebody else can do something about
    steps_done: str = ""  # "2 of 7 done"
    can_hide_steps: bool = False
    can_sample: bool = False  # an organization without products may have a sample
    new_product: Action | None = None
    empty: str = ""  # said instead of everything to those for whom there is nothing to see or do yet


class SignInPage(Struct, frozen=True):
    """``email`` is kept after a refused attempt; the password never is."""

    email: str = ""
    next: str = ""
    problems: tuple[Problem, ...] = ()
    email_error: str = ""
    password_error: str = ""
    note: Message | None = None  # "You are signed out.", or where demo accounts are found
