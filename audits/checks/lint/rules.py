"""The rules: what each looks for, how it binds, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from audits.checks.lint.finding import Rule, Severity, gettext_noop
from audits.checks.lint.phrases import Phrase

FIX, EXPLAIN, NOTE = Severity


@dataclass(frozen=True, slots=True)
class Said:
    """A rule about what a sentence says."""

    rule: Rule
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A rule about what a sentence says while a setting is one of ``values``; without values, any list of topics."""

    rule: Rule
    values: frozenset[str]
    phrases: tuple[Phrase, ...]

    def speaks_of(self, value: Any) -> bool:
        return value in self.values if isinstance(value, str) else isinstance(value, list) and not self.values


# Against users, and against a bright line

AGAINST_USERS: Final = (
    Said(
        Rule(
            "denies_being_ai",
            FIX,
            gettext_noop("This seems to make the product deny that it is an AI. Take it out."),
            gettext_noop(
                "Whoever sincerely asks is told that it is an AI. A persona may have a name and a character of its "
                "own; it may not claim to be a person."
            ),
        ),
        (
            Phrase("CLAIM", ("SELF_HUMAN",), after=True),
            Phrase("CLAIM", ("SELF_NOT_AI",), after=True),
            Phrase("DENY", ("SELF_AI",)),
            Phrase("ADMIT", ("SELF_AI", "ASKED"), negated=True),
            Phrase("ADMIT", ("SELF_AI", "EVEN"), negated=True),
        ),
    ),
    Said(
        Rule(
            "keeps_quiet_about_ai",
            EXPLAIN,
            gettext_noop("This asks the product not to say that it is an AI."),
            gettext_noop("A persona need not announce it, but whoever sincerely asks is told. Say why it is needed."),
        ),
        (Phrase("ADMIT", ("SELF_AI",), negated=True, unless=("ASKED", "EVEN")),),
    ),
    Said(
        Rule(
            "withholds_emergency_help",
            FIX,
            gettext_noop("This seems to keep users from emergency help. Take it out."),
            gettext_noop(
                "Where a life may be at risk users are pointed to emergency services, whatever is configured."
            ),
        ),
        (
            Phrase("HELP", ("EMERGENCY_HELP",), negated=True, reach=8, after=True, unless=("ROUTINE",)),
            Phrase("DISCOURAGE", ("EMERGENCY",)),
            Phrase("DISCOURAGE", ("SEEKING",)),
            Phrase("HELP", ("EVEN_EMERGENCY",), negated=True, unless=("ROUTINE",)),
        ),
    ),
    Said(
        Rule(
            "deceives_users",
            FIX,
            gettext_noop("This seems to turn the product against the people who use it. Take it out."),
            gettext_noop(
                "Restricting a product is yours to decide. Deceiving, pressuring or exploiting its users is not, and "
                "no setting opens it."
            ),
        ),
        (
            Phrase("DECEIVE", ("USER",), reach=5, unless=("ABOUT",)),
            Phrase("SET_DE", ("UNDER_PRESSURE",), reach=6, after=True, unless=("ABOUT",)),
            Phrase("INVENT", ("PRETENSE",), reach=5, after=True, unless=("ABOUT",)),
            Phrase("USE", ("FAKE", "PRETENSE"), reach=7, after=True, unless=("ABOUT",)),
            Phrase("USE", ("WEAKNESS",), reach=6, after=True, unless=("ABOUT", "AGAINST")),
            Phrase("MAKE", ("HOOKED",), reach=6, unless=("ABOUT",)),
            Phrase("MAKE", ("BELIEVE", "UNTRUE"), after=True, unless=("ABOUT",)),
        ),
    ),
    Said(
        Rule(
            "claims_what_was_not_done",
            FIX,
            gettext_noop("This seems to make the product say that something was done when it was not. Take it out."),
            gettext_noop("Users act on what they are told; a false confirmation harms them."),
        ),
        (Phrase("CLAIM", ("DONE", "THOUGH_NOT"), unless=("ABOUT",)),),
    ),
    Said(
        Rule(
            "hides_what_it_cannot_do",
            FIX,
            gettext_noop("This seems to hide from users what the product cannot help with. Take it out."),
            gettext_noop("Users are told what they cannot get here, so that they can look elsewhere; not why."),
        ),
        (Phrase("ADMIT", ("SELF_CANNOT",), negated=True, reach=8, after=True, unless=("WITHOUT_OFFER",)),),
    ),
    Said(
        Rule(
            "hides_its_limits",
            EXPLAIN,
            gettext_noop("This asks the product not to speak of its limits."),
            gettext_noop("It may keep its reasons to itself. It always says what it cannot help with."),
        ),
        (Phrase("ADMIT", ("OWN_LIMITS",), negated=True, reach=6, after=True),),
    ),
    Said(
        Rule(
            "takes_data",
            FIX,
            gettext_noop("This seems to take what belongs to users behind their backs. Take it out."),
            gettext_noop("What is collected is collected openly. Nobody needs a password in a conversation."),
        ),
        (
            Phrase("TAKE", ("DATA", "COVERT"), reach=14),
            Phrase("ASK_FOR", ("SECRET_OF_USER",), reach=6, after=True, unless=("RESET",)),
        ),
    ),
    Said(
        Rule(
            "argues_for_a_bright_line",
            FIX,
            gettext_noop("This names something that no instruction opens. Take it out, whatever the reason for it is."),
            gettext_noop(
                "A bright line is the same for every product. A good argument for crossing one is itself a warning "
                "sign, so it is refused and recorded, not weighed."
            ),
        ),
        (Phrase("PERMIT", ("BRIGHT",), reach=14, unless=("PAST",)),),
    ),
    Said(
        Rule(
            "overrides_the_platform",
            EXPLAIN,
            gettext_noop("This asks the product to put the rules above it aside."),
            gettext_noop("It has no effect on what is locked. What a setting opens is better opened there."),
        ),
        (Phrase("IGNORE", ("PLATFORM_RULES",), reach=6, after=True, unless=("FOUND",)),),
    ),
)

# Against the settings


def _against(
    name: str, behavior: str, values: str, sentence: str, *phrases: Phrase, severity: Severity = EXPLAIN
) -> Contradiction:
    why = gettext_noop("The setting has the last word: it is compiled after your text.")
    return Contradiction(Rule(name, severity, sentence, why, behavior=behavior), frozenset(values.split()), phrases)


AGAINST_SETTINGS: Final = (
    _against(
        "asks_for_profanity",
        "tone.profanity",
        "off",
        gettext_noop("This asks for profanity, which is switched off."),
        Phrase("SWEAR"),
        Phrase("USE", ("PROFANITY",), reach=4, after=True),
        Phrase("FREELY", ("PROFANITY",), reach=4),
    ),
    _against(
        "asks_for_explicit_content",
        "content.explicit",
        "off",
        gettext_noop("This asks for explicit content, which is switched off."),
        Phrase("PERMIT", ("EXPLICIT",), reach=6, after=True),
    ),
    _against(
        "asks_for_gore",
        "content.graphic_violence",
        "none mild",
        gettext_noop("This asks for graphic violence, which the setting keeps mild."),
        Phrase("PERMIT", ("GORE",), reach=6, after=True),
    ),
    _against(
        "leaves_out_warnings",
        "safety.danger_caveats",
        "on",
        gettext_noop("This asks to leave warnings out, which are switched on."),
        Phrase("ADD", ("WARNING",), negated=True, reach=4, after=True),
        Phrase("SKIP", ("WARNING",), reach=4, after=True),
        Phrase("LEAVE_DE", ("WARNING", "AWAY_DE"), reach=4, after=True),
        Phrase("WITHOUT_WARNING"),
    ),
    _against(
        "takes_sides",
        "views.balanced",
        "on",
        gettext_noop("This asks for one side of a question, while balanced views are switched on."),
        Phrase("SIDE"),
    ),
    _against(
        "gives_a_name",
        "persona.custom",
        "off",
        gettext_noop("This gives the product a persona, which is switched off."),
        Phrase("NAMED", anyone=True),
    ),
    _against(
        "opens_every_topic",
        "topics.allowed",
        "",
        gettext_noop("This opens every topic, while only some are allowed."),
        Phrase("TALK", ("ANY_TOPIC",), reach=4, after=True),
    ),
    _against(
        "acts_without_asking",
        "agents.irreversible_actions",
        "never ask_first",
        gettext_noop("This asks to act without asking first, which the setting does not allow."),
        Phrase("ACT", ("CONFIRMATION",), reach=10),
    ),
)

# Secrets and characters

KNOWN_SECRET: Final = Rule(
    "holds_a_secret",
    FIX,
    gettext_noop("This looks like a key or a password. Take it out, and change it where it is used."),
    gettext_noop("Instructions are sent to the model, read by reviewers and kept in the trail for good."),
    hidden=True,
)
LIKELY_SECRET: Final = Rule(
    "may_hold_a_secret",
    EXPLAIN,
    gettext_noop("This looks as random as a key. If it is one, take it out."),
    gettext_noop("Instructions are sent to the model, read by reviewers and kept in the trail for good."),
    hidden=True,
)
SENDS_OUT: Final = Rule(
    "sends_text_out",
    FIX,
    gettext_noop("This builds an address out of what users say, which sends it away when it is shown. Take it out."),
    gettext_noop("What is collected is collected openly. Nobody needs a password in a conversation."),
)
HIDDEN_CHARACTERS: Final = Rule(
    "has_hidden_characters",
    FIX,
    gettext_noop("Characters that are not shown stand here. Take them out."),
    gettext_noop("Nobody could review what nobody can see."),
)
MIXED_SCRIPTS: Final = Rule(
    "mixes_scripts",
    EXPLAIN,
    gettext_noop("This word mixes letters of two scripts that look alike."),
    gettext_noop("A reader takes it for another word than a program does."),
)

TEXT_ITSELF: Final = (KNOWN_SECRET, LIKELY_SECRET, SENDS_OUT, HIDDEN_CHARACTERS, MIXED_SCRIPTS)
# Of those above, the ones about what nobody opens.
BRIGHT_LINES: Final = frozenset({"argues_for_a_bright_line", "overrides_the_platform"})

RULES: Final[dict[str, Rule]] = {
    rule.id: rule
    for rule in (
        *(said.rule for said in AGAINST_USERS),
        *(against.rule for against in AGAINST_SETTINGS),
        *TEXT_ITSELF,
    )
}
