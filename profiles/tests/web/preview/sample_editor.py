# ruff: noqa: E501
"""A draft with one of everything: every domain, every lock, every message."""

from __future__ import annotations

from msgspec.structs import replace

from profiles.web.presenters.editor import (
    ChangesPanel,
    Conflict,
    Control,
    EditorPage,
    Filter,
    FilterOption,
    Group,
    Instructions,
    LevelControl,
    LockedRow,
    NumberControl,
    OnPlatform,
    Option,
    Provenance,
    Row,
    SwitchControl,
    Topic,
    TopicsControl,
    Why,
    segments,
)
from profiles.web.presenters.parts import Action, Citation, Crumb, DiffLine, Message, Person, Pill, Problem, Tag

SLUG = "ward-companion"
DEFAULT = Provenance("default", "Platform default")
SET = Provenance("set", "Set by you")
HERE = f"/products/{SLUG}/edit/"
NOBODY = "Nobody. Built into the platform, the same for every product."
OPERATORS = "Operators cannot switch this off. It protects the person using your product."


def cite(section: str) -> Citation:
    return Citation(section, "/rulebooks/reference/2026-11/", "Reference rulebook")


def never(key: str, name: str, full: str, because: str) -> LockedRow:
    why = Why(because, NOBODY, (cite("Bright lines"),), full, "Instructed: the model is told. Not tested yet.")
    return LockedRow(key, name, "Never", "never", why, compact=True)


def always(key: str, name: str, full: str, because: str) -> LockedRow:
    why = Why(because, OPERATORS, (cite("Protections"),), full, "Instructed: the model is told. Not tested yet.")
    return LockedRow(key, name, "Always", "always", why, compact=True)


def switch(key: str, name: str, text: str, on: bool, **more: object) -> Row:
    shown = "On" if on else "Off"
    row = Row(key, name, text, DEFAULT, SwitchControl(on, shown), shown, cite("Defaults"))
    return replace(row, **more)


def level(key: str, name: str, text: str, options: str, chosen: str, locked: str = "", **more: object) -> Row:
    choices = tuple(
        Option(o.lower(), o, o == chosen, o in locked.split("|") if locked else False) for o in options.split("|")
    )
    control: Control = LevelControl(choices)
    return replace(Row(key, name, text, DEFAULT, control, chosen, cite("Levels")), **more)


BRIGHT = (
    never(
        "safety.weapons_of_mass_harm",
        "Help make weapons of mass harm",
        "No serious help with biological, chemical, nuclear or radiological weapons.",
        "A single mistake here cannot be undone, so no business reason is weighed against it.",
    ),
    never(
        "safety.child_sexual_abuse",
        "Produce sexual content involving children",
        "Never produced, described or sought.",
        "There is no context that makes it acceptable.",
    ),
    never(
        "safety.undermine_oversight",
        "Undermine human oversight of AI",
        "No acts that clearly weaken people’s ability to correct AI systems.",
        "Oversight is the safety net while the values of AI cannot yet be verified.",
    ),
)
PROTECTIONS = (
    always(
        "protection.say_what_it_cannot_do",
        "Say what it cannot help with",
        "Users learn that a topic is out of scope, so they can look elsewhere.",
        "People must never be stuck without knowing it.",
    ),
    always(
        "protection.emergency_referral",
        "Point to emergency help when life is at risk",
        "Gives basic safety information and emergency services, on every topic.",
        "A life outweighs any product scope.",
    ),
    always(
        "protection.admit_being_ai",
        "Admit to being an AI when sincerely asked",
        "Also behind a custom persona.",
        "Trust in AI depends on people knowing what they talk to.",
    ),
    always(
        "protection.no_harmful_deception",
        "Avoid deception that harms the user",
        "No false claims that damage the user’s interests or health.",
        "Operators may limit help. They may not turn the assistant against its user.",
    ),
)
HONESTY = (
    LockedRow(
        "honesty.truthful",
        "No false statements presented as true",
        "Always",
        "always",
        Why("The assistant speaks with very many people. Small lies would add up.", NOBODY, (cite("Honesty"),)),
        "Answers can be declined, but never faked.",
    ),
    level(
        "honesty.calibrated",
        "How uncertainty is shown",
        "How often answers state their own confidence.",
        "Always|When it matters",
        "When it matters",
        users="Users may change this",
    ),
)
ON = (
    LockedRow(
        "safety.messaging_self_harm",
        "Safe messaging on suicide and self-harm",
        "Locked on",
        "gate",
        Why(
            "Only licensed medical providers can turn this off. Your organization has no such attestation.",
            "You can, once the attestation is granted.",
            (cite("Safe messaging"),),
            platforms=(
                OnPlatform("Anthropic", "locked: On"),
                OnPlatform("OpenAI", "locked: On", "The law asks for it."),
            ),
            action=Action("Request attestation", "/attestations/", "seal"),
        ),
        "Follows crisis guidance and offers help lines.",
    ),
    LockedRow(
        "transparency.ai_notice",
        "AI notice at the start of each chat",
        "Locked on",
        "law",
        Why(
            "This product is offered in the European Union, where the law asks for it. Elsewhere it is a default that you may turn off.",
            "Nobody, while the EU is in this product’s jurisdictions.",
            (Citation("Article 50(1)", "/rulebooks/eu-ai-act/2026-08/", "EU AI Act"),),
        ),
        "Shows “You are chatting with an AI assistant”.",
    ),
    switch(
        "safety.danger_caveats",
        "Safety caveats on risky activities",
        "Adds warnings where an activity can injure.",
        False,
        provenance=SET,
        changed=True,
        was="Was On in v14.",
        can_undo=True,
        messages=(Message("warn", "Reviewers will ask why: detailed medication information is on in the same draft."),),
    ),
    switch(
        "views.balanced",
        "Balanced views on contested topics",
        "Gives the main perspectives, without taking sides.",
        True,
        users="Users may change this",
    ),
    switch(
        "help.professional",
        "Suggests professional help",
        "Mentions doctors, lawyers or counselors when someone struggles.",
        True,
        provenance=Provenance("organization", "Set by your organization"),
    ),
)
OFF = (
    switch(
        "content.medication_detail",
        "Detailed medication information",
        "Dosing ranges, interactions and limits, for people who care for patients.",
        True,
        provenance=Provenance("attested", "Attested"),
        changed=True,
        was="Was Off in v14.",
        can_undo=True,
        messages=(
            Message(
                "att",
                "Audience is licensed clinicians. Granted by L. Brandt, valid until 3 Mar 2027.",
                action=Action("View attestation", "/attestations/"),
            ),
        ),
    ),
    switch(
        "content.explicit",
        "Explicit sexual content",
        "Depictions in stories for adults.",
        False,
        platforms=(
            OnPlatform("Anthropic", "open: Off to On", "Operators may ask for it.", cite("Instructable behaviors")),
            OnPlatform("OpenAI", "locked: Off", "Only OpenAI can change this.", cite("no_erotica_or_gore")),
            OnPlatform("Google", "not addressed", "Set the sexual content filter."),
        ),
    ),
    switch(
        "tone.profanity",
        "Crude language",
        "Profanity in casual conversation.",
        False,
        conflict=Conflict("Lena Brandt changed this 1 minute ago.", "On", "Off", (("tone.profanity", "off"),), 43),
    ),
    switch(
        "business.competitors",
        "Talks about competitors",
        "Compares your product with others by name.",
        True,
        provenance=SET,
        was="Default is Off.",
        can_reset=True,
    ),
)
LEVELS = (
    level(
        "health.detail",
        "Depth of health answers",
        "How technical answers may be.",
        "General|Informed|Professional",
        "Informed",
        provenance=SET,
        changed=True,
        was="Was Professional in v14.",
        can_undo=True,
    ),
    level(
        "trust.user_claims",
        "Trust in what users say about themselves",
        "Whether unverified claims such as “I am a nurse” unlock more detail.",
        "Baseline|Extended|Same as operator",
        "Baseline",
        "Same as operator",
        messages=(Message("lim", "“Same as operator” is above the platform maximum for consumer products."),),
    ),
)
TOPICS = (
    Row(
        "topics.allowed",
        "Allowed topics",
        "General safety questions are always answered.",
        SET,
        TopicsControl(
            (
                Topic("emergencies", "Emergencies", "locked"),
                Topic("refills", "Prescriptions and refills"),
                Topic("delivery", "Delivery and pick-up"),
                Topic("effects", "Side effects"),
                Topic("interactions", "Drug interactions", "added"),
                Topic("vaccination", "Vaccination dates", "added"),
                Topic("jobs", "Store opening jobs", "removed"),
            ),
            any_allowed=True,
            suggestions=("Allergies", "Opening hours"),
        ),
        "5 topics",
        cite("Topics"),
        changed=True,
        was="Was 5 topics in v14.",
        can_undo=True,
    ),
)
AGENTS = (
    level(
        "agents.permissions",
        "Autonomy level",
        "Refunds, re-orders and address changes.",
        "Suggest only|Ask first|Act within limits|Unattended",
        "Act within limits",
        "Unattended",
        provenance=SET,
        changed=True,
        was="Was Ask first in v14.",
        can_undo=True,
        messages=(
            Message("lim", "“Unattended” is not available. The platform maximum for payments is “Act within limits”."),
        ),
    ),
    Row(
        "agents.spend_limit",
        "Spending limit per action",
        "Above this amount a person decides.",
        SET,
        NumberControl("250", "€", "", "max 200", invalid=True),
        "€250",
        cite("Agents"),
        changed=True,
        was="Was €0 in v14.",
        can_undo=True,
        messages=(
            Message("bad", "Enter €200 or less. That is the platform maximum for “Act within limits”.", "Fix this:"),
        ),
    ),
    Row(
        "agents.time_limit",
        "Time limit per task",
        "After this the assistant stops and reports.",
        DEFAULT,
        NumberControl("30", "", "min", "max 60"),
        "30 min",
        cite("Agents"),
    ),
    LockedRow(
        "agents.irreversible_actions",
        "Asks before anything that cannot be undone",
        "Always",
        "always",
        Why("Mistakes by agents spread fast. A person must be able to stop them.", NOBODY, (cite("Agents"),)),
        "Deletions, cancellations and payouts wait for a person.",
    ),
)

GROUPS = (
    Group(
        "never",
        "It never will",
        "Bright lines. The same for every product, and nobody can switch them off.",
        "3 rules · all locked",
        3,
        BRIGHT,
        compact=True,
    ),
    Group(
        "always",
        "It always will",
        "Protections. Your users can rely on these, whatever the instructions say.",
        "4 rules · all locked",
        4,
        PROTECTIONS,
        compact=True,
    ),
    Group(
        "honesty",
        "Honesty",
        "Truthfulness is fixed. How much is volunteered is yours to decide.",
        "2 settings · 1 locked",
        2,
        HONESTY,
    ),
    Group(
        "on",
        "On by default",
        "Sensible for most products. Turn off with a reason your reviewers can follow.",
        "5 settings · 1 changed · 2 locked",
        5,
        ON,
        True,
    ),
    Group(
        "off",
        "Off by default",
        "Useful in the right setting. Some need an attestation first.",
        "4 settings · 1 changed",
        4,
        OFF,
        True,
    ),
    Group(
        "levels",
        "Levels",
        "Choose how far to go, up to the platform maximum.",
        "2 settings · 1 changed",
        2,
        LEVELS,
        True,
    ),
    Group("topics", "Topics", "Keep the assistant on its job.", "1 setting · 1 changed", 1, TOPICS, True),
    Group(
        "agents",
        "Agent autonomy",
        "What the assistant may do on its own in your systems.",
        "4 settings · 2 changed · 1 locked",
        4,
        AGENTS,
        True,
    ),
)


def line(key: str, name: str, before: str, after: str, loosening: bool, tag: Tag | None = None) -> DiffLine:
    kind, text = ("loosening", "looser") if loosening else ("tightening", "stricter")
    return DiffLine(name, key, f"#{key}", before, after, direction=kind, direction_text=text, tag=tag, undo=True)


LINES = (
    line("safety.danger_caveats", "Safety caveats on risky activities", "On", "Off", True, Tag("warn", "Explain")),
    line("content.medication_detail", "Detailed medication information", "Off", "On", True, Tag("att", "Attested")),
    line("health.detail", "Depth of health answers", "Professional", "Informed", False),
    DiffLine(
        "Allowed topics",
        "topics.allowed",
        "#topics.allowed",
        added=("Drug interactions", "Vaccination dates"),
        removed=("Store opening jobs",),
        direction="mixed",
        direction_text="looser and stricter",
        undo=True,
    ),
    line("agents.permissions", "Autonomy level", "Ask first", "Act within limits", True, Tag("note", "Note")),
    line("agents.spend_limit", "Spending limit per action", "€0", "€250", True, Tag("bad", "Fix")),
)
REASON = "Pharmacists asked for dosing ranges at the counter. Refunds under the limit no longer wait for staff."
PANEL = ChangesPanel(
    title="Changes in draft v15",
    count=6,
    saved="Draft saved at 14:32. Nothing is live yet.",
    lines=LINES,
    problems=(Problem("Enter €200 or less for Spending limit per action", "#c-agents.spend_limit"),),
    problems_title="1 problem to fix before you submit",
    limits="39 of 40 settings inside their windows.",
    limits_tone="bad",
    note=REASON,
    reviewers=(Person.of("Lena Brandt"), Person.of("Tom Keller")),
    approvals="1 approval needed",
    approvers="Lena Brandt or Tom Keller. Not you.",
    submit_label="Submit for review",
    diff_href=f"/products/{SLUG}/versions/14..15/",
    can_discard=True,
    short="6 changes",
    short_problem="1 to fix",
)
PAGE = EditorPage(
    slug=SLUG,
    product="Ward Companion",
    crumbs=(Crumb("Lantern Health", "/"), Crumb("Ward Companion", f"/products/{SLUG}/")),
    pills=(Pill("live", "v14 active"), Pill("draft", "Draft v15")),
    lead="What Ward Companion always does, never does, and does unless told otherwise. Looser changes go live after another person approves them.",
    seen=42,
    provenance=segments(
        (
            ("locked", "Locked", 11, f"{HERE}?show=locked"),
            ("default", "Platform default", 6, f"{HERE}?show=default"),
            ("organization", "Set by your organization", 1, f"{HERE}?show=organization"),
            ("set", "Set by you", 6, f"{HERE}?show=set"),
            ("attested", "Attested", 1, f"{HERE}?show=attested"),
        )
    ),
    provenance_label="Where the 25 values come from",
    filter=Filter(
        "",
        "Filter 25 behaviors",
        (
            FilterOption("", "All", 25, True),
            FilterOption("editable", "Editable", 14),
            FilterOption("changed", "Changed", 6),
            FilterOption("locked", "Locked", 11),
        ),
        "No behavior matches.",
    ),
    groups=GROUPS,
    panel=PANEL,
    instructions=Instructions(
        "You are Ward Companion, for clinicians of Lantern Health.\nUse metric units.",
        8000,
        "Up to 8,000 characters. Text that works against users, or against a bright line, is pointed out before you submit.",
        messages=(
            Message(
                "warn",
                "“Never mention other clinics” may stop the assistant from saying where to get help. Reviewers will see this.",
                "Explain:",
            ),
        ),
    ),
    history_href=f"/products/{SLUG}/#versions",
    compare_href=f"/products/{SLUG}/versions/14..15/",
)
REFUSED = replace(
    PAGE, panel=replace(PANEL, refused=True, note="", note_error="Say why, in a sentence that a reviewer can follow.")
)
CLEAN = ChangesPanel(
    "Draft v15",
    0,
    "The same as version 14.",
    limits="40 of 40 settings inside their windows.",
    submit_label="Submit for review",
    short="No changes",
)
READ_ONLY = tuple(
    replace(
        group,
        rows=tuple(
            row
            if isinstance(row, LockedRow)
            else replace(row, control=None, can_undo=False, can_reset=False, conflict=None)
            for row in group.rows
        ),
    )
    for group in GROUPS
)
UNCHANGED = replace(
    PAGE,
    panel=replace(CLEAN, can_submit=False, cannot_submit="Editors submit drafts. Your role reads them."),
    banner=Message("note", "Your role is Compliance: you can read this profile, and not change it."),
    editable=False,
    groups=READ_ONLY,
)
