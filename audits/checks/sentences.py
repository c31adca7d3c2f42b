"""The sentences of checks, by the code of a point. English, and marked for translation: pages translate them when they
show them. What the lint of instructions says stands with its rules."""

from __future__ import annotations

from typing import Final

from audits.checks.lint import RULES
from audits.checks.lint.finding import gettext_noop

_OWN: Final[dict[str, str]] = {
    # limits
    "inside_windows": gettext_noop("Every setting is inside its window: %(passed)d of %(total)d."),
    "nothing_is_set": gettext_noop("Nothing is set, so nothing can be outside its window."),
    "outside_window": gettext_noop("%(behavior)s is set to %(wanted)s and outside its window: clients get %(got)s."),
    "limits_waiting": gettext_noop("Its limits are being checked."),
    "limits_failed": gettext_noop("Its limits could not be checked: the worker gave up."),
    "limits_never": gettext_noop("Its limits were not checked yet."),
    # instructions
    "no_instructions": gettext_noop("It has no instructions of its own."),
    "nothing_stands_out": gettext_noop(
        "Nothing stands out in the words of its instructions. That proves nothing about what a model does with them."
    ),
    # behavior
    "kept": gettext_noop(
        "Of the commitments tested for %(platform)s on the model %(model)s these pass: %(passed)d of %(total)d."
    ),
    "broken": gettext_noop("%(behavior)s fails for %(platform)s: %(passed)d of %(trials)d trials passed."),
    "undecided": gettext_noop("%(behavior)s is inconclusive for %(platform)s: %(passed)d of %(trials)d trials passed."),
    "not_run": gettext_noop("Not tested for %(platform)s: no run is complete."),
    "rehearsed": gettext_noop(
        "Not tested for %(platform)s. Run %(run)d was a rehearsal: its answers are canned, so it says nothing about a "
        "model."
    ),
    "other_instructions": gettext_noop(
        "Not tested for %(platform)s. Run %(run)d, of version %(version)d, told the model something else."
    ),
    "other_model": gettext_noop(
        "Not tested for %(platform)s. Run %(run)d asked the model %(asked)s, and the product names %(model)s."
    ),
    # serving
    "as_approved": gettext_noop("On %(platform)s clients get version %(version)d, byte for byte as it was published."),
    "signature_holds": gettext_noop(
        "On %(platform)s the signature of the served bytes verifies with the published key."
    ),
    "not_signed": gettext_noop("On %(platform)s nothing is signed: this installation has no signing key."),
    "stored_bytes_changed": gettext_noop("On %(platform)s the stored bytes are not those of their digest."),
    "not_in_the_trail": gettext_noop("On %(platform)s the trail knows no publication of the digest that is stored."),
    "other_bytes": gettext_noop("On %(platform)s clients get other bytes than those that were published."),
    "other_version": gettext_noop("On %(platform)s clients get version %(got)d, while version %(version)d is active."),
    "past_its_end": gettext_noop("On %(platform)s clients get a document that was valid until %(ended_at)s."),
    "kept_past_its_end": gettext_noop("On %(platform)s clients may keep a copy for longer than it is valid."),
    "signature_fails": gettext_noop("On %(platform)s the signature of the served bytes does not verify."),
    "signature_missing": gettext_noop("On %(platform)s the served bytes lack the signature that is stored."),
    "key_not_published": gettext_noop("On %(platform)s the signature names a key that is not published."),
    "nothing_holds": gettext_noop("On %(platform)s nothing is published that holds now."),
    "no_answer": gettext_noop("On %(platform)s nothing could be measured: %(address)s did not answer."),
    "answer_unusable": gettext_noop("On %(platform)s nothing could be measured: the answer was %(status)d."),
    "served_from_memory": gettext_noop(
        "On %(platform)s a copy was served while the database was away, which may be an older one."
    ),
    "just_changed": gettext_noop("On %(platform)s it was published anew while it was measured."),
    "clients_behind": gettext_noop(
        "Clients that hold a superseded version, as far as their last fetch says: %(behind)d of %(clients)d."
    ),
    "clients_current": gettext_noop("Clients whose last fetch is what holds now: %(clients)d."),
    "clients_unknown": gettext_noop("No client has fetched it yet."),
    # expiry
    "nothing_ends": gettext_noop("Nothing ends within %(days)d days."),
    "attestation_ends": gettext_noop("The attestation %(name)s ends on %(ends_at)s."),
    "attestation_ended": gettext_noop("The attestation %(name)s ended on %(ends_at)s. What it opened fell back."),
    "law_begins": gettext_noop("The law pack %(name)s comes into force on %(ends_at)s."),
    "law_ends": gettext_noop("The law pack %(name)s is no longer in force from %(ends_at)s on."),
    "key_ends": gettext_noop("The API key %(name)s ends on %(ends_at)s."),
    "key_ended": gettext_noop("The API key %(name)s ended on %(ends_at)s."),
    "activation_due": gettext_noop("Version %(version)d becomes active on %(ends_at)s."),
    "document_ends": gettext_noop(
        "What is published on %(platform)s is valid until %(ends_at)s; what follows is ready."
    ),
    "nothing_follows": gettext_noop(
        "What is published on %(platform)s is valid until %(ends_at)s, and nothing follows."
    ),
    "changes_then": gettext_noop("On %(ends_at)s these change for clients: %(behaviors)s."),
    # drift
    "newest_rulebooks": gettext_noop("It was made against the newest revision of each of its rulebooks."),
    "model_not_compared": gettext_noop(
        "Whether the model changed was not measured: no run on a model is there, or nothing to compare it with yet."
    ),
    "drifted_model": gettext_noop("The model called itself %(before)s when it was tested, and now %(now)s."),
    "drifted_fingerprint": gettext_noop(
        "The endpoint’s fingerprint was %(before)s when it was tested, and is now %(now)s."
    ),
    "drifted_answers": gettext_noop(
        "Of %(before)s fixed questions %(now)s are answered otherwise than when it was tested."
    ),
    "newer_rulebook": gettext_noop(
        "%(platform)s has a newer rulebook, of %(revision)s, than this version was made against."
    ),
    # any
    "not_looked_at": gettext_noop("It was not measured yet."),
    "could_not_look": gettext_noop("It could not be measured: the program failed in it, and its log says how."),
}
SENTENCES: Final[dict[str, str]] = {**_OWN, **{name: rule.sentence for name, rule in RULES.items()}}
