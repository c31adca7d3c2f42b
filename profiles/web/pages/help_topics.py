"""What the help says: one topic for each idea of the product, in its own words."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy
from msgspec import Struct

from profiles.web.pages.help_health import CHECKS, RULES_EXPLAINED

Text = str | Promise


class Topic(Struct, frozen=True):
    """``sections`` are a heading and its paragraphs; ``see`` names other topics, ``page`` the page that it is about."""

    title: Text
    summary: Text
    sections: tuple[tuple[Text, tuple[Text, ...]], ...] = ()
    see: tuple[str, ...] = ()
    page: str = ""


TOPICS: Final[dict[str, Topic]] = {
    "start": Topic(
        lazy("What Brightline is for"),
        lazy("Deciding how AI products behave, inside limits that nobody here can cross, and proving it to others."),
        (
            (
                lazy("Who takes part"),
                (
                    lazy("A platform publishes a rulebook: what its models always do, never do, and leave to others."),
                    lazy(
                        "An organization sets its own baseline and, for each product, a profile. Users may have preferences."
                    ),
                    lazy("Each layer only narrows what the layer above it leaves open. No setting can widen anything."),
                ),
            ),
            (
                lazy("What a setting does"),
                (
                    lazy(
                        "A setting becomes a sentence in the instructions of the model, or a threshold of the vendor's filter."
                    ),
                    lazy(
                        "An instruction is not an enforcement. The pages say how far something is known to hold: instructed, filtered or tested."
                    ),
                ),
            ),
        ),
        see=("publishing", "limits", "glossary"),
        page="home",
    ),
    "product": Topic(
        lazy("Products"),
        lazy("A product is one deployment: for whom it is, where it is offered, and on which platforms it runs."),
        (
            (
                lazy("Facts"),
                (
                    lazy(
                        "Audience, countries and the place of use are facts. Rules and laws look at them, so a fact can lock a behavior."
                    ),
                    lazy("Changing a fact or a platform shows first what it would narrow."),
                ),
            ),
            (
                lazy("Environments"),
                (
                    lazy(
                        "Each environment, such as staging and production, has its own active version and its own number of approvals."
                    ),
                ),
            ),
        ),
        see=("publishing", "limits"),
    ),
    "editor": Topic(
        lazy("The editor"),
        lazy("Every behavior of a product, in groups. What you change goes into the draft and is live nowhere."),
        (
            (
                lazy("Reading a row"),
                (
                    lazy(
                        "The column in the middle says who decided: the platform, a law, your organization, an attestation, or this product."
                    ),
                    lazy(
                        "A locked behavior is a sentence, not a switch. “Why locked?” gives the reason, the source, and who could change it."
                    ),
                    lazy(
                        "Where a product runs on several platforms, a row says where the same setting is open and where it is locked."
                    ),
                ),
            ),
            (
                lazy("Changing something"),
                (
                    lazy(
                        "Each change is saved at once and can be undone by itself. Several people can work on one draft."
                    ),
                    lazy(
                        "If somebody changed the same behavior in the meantime, you see both values and choose which one stays."
                    ),
                    lazy(
                        "The panel of changes lists what is new, what loosens, and what has to be fixed before you submit."
                    ),
                ),
            ),
        ),
        see=("publishing", "direction", "window", "keyboard"),
    ),
    "publishing": Topic(
        lazy("From draft to activation"),
        lazy("A change goes four steps: draft, version, review, activation. Each one is an entry in the trail."),
        (
            (lazy("Draft"), (lazy("The one working copy of a product. It is saved as you go and can be discarded."),)),
            (
                lazy("Version"),
                (
                    lazy(
                        "Submitting a draft freezes it as a numbered version. A version never changes, and its digest stands for all of it."
                    ),
                ),
            ),
            (
                lazy("Review"),
                (
                    lazy(
                        "Somebody other than the author approves, asks for changes, or declines. Nobody approves their own work, administrators included."
                    ),
                    lazy("An approval is of one digest. If anything changes, it no longer counts."),
                    lazy(
                        "A version that was made on top of an older active one is stale: it has to be brought up to date first."
                    ),
                ),
            ),
            (
                lazy("Activation"),
                (
                    lazy(
                        "An approved version becomes active in one environment, now or at a time that you choose. From then on clients get it."
                    ),
                    lazy(
                        "Going back is a new version that says which one it restores. The difference is shown before."
                    ),
                ),
            ),
        ),
        see=("direction", "break-glass", "trail"),
        page="reviews",
    ),
    "direction": Topic(
        lazy("Stricter and looser"),
        lazy("Every value of a behavior has its place between strict and permissive, so every change has a direction."),
        (
            (
                lazy("What the direction decides"),
                (
                    lazy("A change that loosens needs approvals before it becomes active."),
                    lazy(
                        "A change that only becomes stricter can go live at once where the environment allows it, and is reviewed afterwards."
                    ),
                    lazy("A change that does both is treated like one that loosens."),
                ),
            ),
            (
                lazy("Strict means protective"),
                (
                    lazy(
                        "Strict is not the same as silent: for a referral to emergency services the strictest value is On."
                    ),
                ),
            ),
        ),
        see=("window", "publishing"),
    ),
    "break-glass": Topic(
        lazy("Break-glass"),
        lazy("Activating without an approval, when waiting would do harm."),
        (
            (
                lazy("When it is possible"),
                (
                    lazy(
                        "Only for a version that is stricter than the active one, or that restores an earlier one. It can never loosen."
                    ),
                    lazy("It asks for a reason, tells everybody concerned at once, and has to be reviewed afterwards."),
                ),
            ),
        ),
        see=("publishing", "direction", "hold"),
    ),
    "limits": Topic(
        lazy("Where limits come from"),
        lazy("Platform, law, organization, product, user: each layer only narrows what the one above leaves open."),
        (
            (
                lazy("Kinds of behaviors"),
                (
                    lazy(
                        "A bright line is changed by nobody. A protection guards the person who uses the product: no operator can take it away."
                    ),
                    lazy(
                        "A default is adjustable inside its window. A filter is the vendor's own threshold beside the model."
                    ),
                    lazy(
                        "Where a rulebook is silent, or leaves something to the model's judgement, there is advice and no switch."
                    ),
                ),
            ),
            (
                lazy("When limits change"),
                (lazy("What tightens from above holds at once. What loosens waits for a version of yours."),),
            ),
        ),
        see=("window", "rulebook", "baseline", "hold", "attestation"),
    ),
    "window": Topic(
        lazy("Windows and locks"),
        lazy(
            "A window is the part of a behavior's values that a layer may use, from its strictest to its most permissive."
        ),
        (
            (
                lazy("Reading a window"),
                (
                    lazy("The values outside of a window stay visible, with a lock and the reason."),
                    lazy("A window of one value is a lock: there is nothing to choose."),
                    lazy(
                        "A stored value that lies outside of its window is cut to the nearest permitted one, and the page says why."
                    ),
                ),
            ),
        ),
        see=("limits", "attestation"),
    ),
    "rulebook": Topic(
        lazy("Rulebooks"),
        lazy("One dated revision of what a platform has published, as data, with the source of every line."),
        (
            (
                lazy("Reading and comparing"),
                (
                    lazy("A rulebook never changes: a new text is a new revision with its own digest."),
                    lazy("Behaviors have the same key in every rulebook, so platforms can be compared side by side."),
                    lazy(
                        "Law packs hold what a law demands, with the days and the places in which it applies. They are no legal advice."
                    ),
                ),
            ),
            (
                lazy("New revisions"),
                (
                    lazy(
                        "A steward imports the vendor's document, settles each behavior that rests on what changed, and publishes."
                    ),
                    lazy(
                        "No active profile changes by that. Every product is looked at again, and its people are told."
                    ),
                ),
            ),
        ),
        see=("limits", "glossary"),
        page="rulebooks",
    ),
    "baseline": Topic(
        lazy("The baseline"),
        lazy("What an organization sets and narrows for all of its products."),
        (
            (
                lazy("What it does"),
                (
                    lazy(
                        "A value of the baseline holds wherever a product sets none. A narrowed window binds every product at once."
                    ),
                    lazy("Before you narrow something, the page shows which products that would change."),
                ),
            ),
        ),
        see=("limits", "hold"),
        page="settings_baseline",
    ),
    "hold": Topic(
        lazy("Holds"),
        lazy("A hold narrows one behavior at once, for one organization or for everybody, with a reason."),
        (
            (
                lazy("When to use it"),
                (
                    lazy("For a danger that cannot wait for versions and reviews. It only ever narrows."),
                    lazy(
                        "What is served to clients becomes stricter at once. Lifting a hold gives nothing back that a version did not have."
                    ),
                ),
            ),
        ),
        see=("baseline", "break-glass"),
        page="settings_holds",
    ),
    "attestation": Topic(
        lazy("Attestations"),
        lazy(
            "A claim with evidence, such as being a licensed medical provider, that opens a wider window for one product."
        ),
        (
            (
                lazy("How it works"),
                (
                    lazy(
                        "An editor requests it with evidence. A steward of the installation grants or declines it, with a day on which it ends."
                    ),
                    lazy("When it ends or is revoked, values fall back by themselves, everywhere and at that instant."),
                    lazy("Clients are told beforehand until when their profile is valid."),
                ),
            ),
        ),
        see=("window", "limits"),
        page="attestations",
    ),
    "simulate": Topic(
        lazy("Simulating"),
        lazy(
            "What would a client or a user get, and why: every layer's part in the value, and what would have to change."
        ),
        (
            (
                lazy("Asking"),
                (
                    lazy(
                        "Choose a version or the draft, a platform, a moment and a user's preferences. Nothing is stored."
                    ),
                    lazy(
                        "Asked the other way round, it says what would make a value possible: an attestation, an approval, another platform, or nothing."
                    ),
                ),
            ),
        ),
        see=("limits", "window", "api"),
    ),
    "trail": Topic(
        lazy("The audit trail"),
        lazy("Who did what, when, why and under which rule. The database refuses to change or delete an entry."),
        (
            (
                lazy("Searching"),
                (
                    lazy(
                        "Write words, or qualifiers: actor:, action:, product:, behavior:, outcome:, after: and before: a day. Quotes keep words together, and a minus in front excludes."
                    ),
                    lazy(
                        "Words are found whole, in what an entry is about and in the keys of behaviors; names of people, products, behaviors and actions are found by any part of them."
                    ),
                    lazy(
                        "Every filter has its own address, so a search can be sent to somebody. You can also save it under a name, for yourself or for everybody who reads the trail; sharing it is on record."
                    ),
                    lazy(
                        "A count that ends with a plus is only known to be more. Where counting by day would take long, the chart says so instead of guessing."
                    ),
                    lazy("Days and times are those of your own time zone. Evidence carries them in UTC."),
                ),
            ),
            (
                lazy("Taking entries with you"),
                (
                    lazy(
                        "Export gives you what a search finds as a file, however much it is. That you did stands in the trail."
                    ),
                    lazy(
                        "Administrators can have every entry sent on as it is signed, to a webhook or a bucket: Settings, Destinations of the trail."
                    ),
                ),
            ),
            (
                lazy("Refusals"),
                (
                    lazy("What was refused is on record as well, with the reason that was given."),
                    lazy("So is whoever opened a page that is not theirs: once in ten minutes for the same page."),
                ),
            ),
            (
                lazy("Personal data"),
                (
                    lazy(
                        "Names and what people wrote stand beside the entries. An administrator erases them from one entry, or for a person from all; the entries and their proofs stay."
                    ),
                    lazy("Erasing is itself on record, without what was erased."),
                ),
            ),
            (
                lazy("Evidence"),
                (
                    lazy(
                        "Within seconds each entry has its place in a log, and a checkpoint of the log is signed. Whoever keeps a checkpoint can tell later whether anything before it was changed or left out."
                    ),
                    lazy(
                        "An evidence bundle holds entries without a gap, of everything or of one product, version or time, and a program that checks them without Brightline. Taking one is itself on record."
                    ),
                    lazy(
                        "The page of the log shows whether all is well: what was signed, who cosigned it, and what the nightly verification found. Administrators and compliance name auditors there, who get checkpoints or cosign them without an account."
                    ),
                    lazy(
                        "“Witnessed 1 of 2” at an entry says how many of those who cosign the log have cosigned a checkpoint that holds it. A witness cosigns only what continues what it saw before."
                    ),
                    lazy(
                        "On the page of an entry your browser can verify it by itself: the hash, the way to the checkpoint, the signature, and that nothing before the checkpoint of your last visit was changed. It says what it cannot know."
                    ),
                    lazy(
                        "Entries are kept for ever, unless an administrator sets a retention of six months or more. What is kept long enough is pruned at night; its hash stays, so proofs hold. A legal hold, placed by administrators or compliance, stops pruning and erasing until it is released."
                    ),
                    lazy(
                        "What a bundle cannot show: a history that was rewritten and signed anew is only noticed by somebody who kept an older checkpoint."
                    ),
                ),
            ),
        ),
        see=("glossary", "publishing"),
        page="trail",
    ),
    "health": Topic(
        lazy("Health and its checks"),
        lazy("Six checks run in the background against what is active. Each says what it found, when, and what to do."),
        CHECKS,
        see=("limits", "conformance", "instructions"),
    ),
    "instructions": Topic(
        lazy("The check of instructions"),
        lazy(
            "A look at the words of the operator's own text, in English and German. It can be wrong and it can miss "
            "something: that nothing stands out proves nothing about a model."
        ),
        RULES_EXPLAINED,
        see=("health", "editor"),
    ),
    "conformance": Topic(
        lazy("Conformance"),
        lazy("A profile instructs a model; it enforces nothing. Runs find out whether the model does what it is told."),
        (
            (
                lazy("Before the first request"),
                (
                    lazy(
                        "A protocol says what will be asked, of which model, how often and what counts as kept. It is in a signed checkpoint of the trail before anything is asked, so nobody can choose it by the result."
                    ),
                    lazy(
                        "The page that starts a run says beforehand how many requests it takes, and what it does not test."
                    ),
                ),
            ),
            (
                lazy("How a reply is decided"),
                (
                    lazy(
                        "Rules come first. What they leave open a judge decides, another model, if the protocol names one; it must quote the reply, and answers labelled replies before its votes count."
                    ),
                    lazy(
                        "What is left is unclear, and waits for a person. Their word stands beside the program's, with its reason."
                    ),
                ),
            ),
            (
                lazy("What a finding says"),
                (
                    lazy(
                        "Pass and fail are only said where there are enough trials. Otherwise it is inconclusive, which is neither; and what no probe tests is not covered."
                    ),
                    lazy(
                        "A bright line fails with one crossing. Without any, the finding says how often it might still be crossed."
                    ),
                    lazy(
                        "Outages, refused keys and answers that never came say nothing about a model, and count as such."
                    ),
                ),
            ),
            (
                lazy("What follows from it"),
                (
                    lazy(
                        "An environment can ask for a passing run that is fresh enough before a version goes live there. A run counts if it was complete, asked a real model, and told it exactly what the version tells it now."
                    ),
                    lazy(
                        "A model that breaks a bright line or a protection of what is active raises an alarm. It stays until a later run passes, another version is active, or somebody answers it with a reason."
                    ),
                ),
            ),
            (
                lazy("Runs that start by themselves"),
                (
                    lazy(
                        "A schedule starts runs every so many days, when a version is submitted, or when something drifted: the model calls itself something else, most of a few fixed questions are answered otherwise, or a rulebook was revised. What was compared is said, and too little is no drift."
                    ),
                    lazy(
                        "A run that could not start is shown with the reason. Limits of an organization are on the page of its budget, and whoever was served least recently comes next."
                    ),
                ),
            ),
            (
                lazy("What runs cost"),
                (
                    lazy(
                        "Tokens are counted as endpoints report them, the judge's too. Where an administrator gave an endpoint prices, a protocol states what its run costs, and a run may have a cap: no request begins that could pass it, and what is left is skipped with that reason."
                    ),
                    lazy(
                        "Without prices nothing is said of money. An endpoint that was removed is asked again by its old protocols once one with the same address, model and format is added."
                    ),
                ),
            ),
            (
                lazy("Rehearsals"),
                (
                    lazy(
                        "The demo asks a responder with canned answers. Every page that shows its results says so: they tell how Brightline works, and nothing about a model."
                    ),
                ),
            ),
        ),
        see=("trail", "limits"),
        page="conformance",
    ),
    "suites": Topic(
        lazy("Suites of your own"),
        lazy(
            "A suite is an immutable, numbered set of probes. Some ship with the program; your organization can write others."
        ),
        (
            (
                lazy("Writing one"),
                (
                    lazy(
                        "Begin an empty one, copy a suite or single probes that are here, or import a file. What you get is a draft: several people can edit it at once, and nothing of it can be run."
                    ),
                    lazy(
                        "Two people at two probes do not disturb each other. If both change the same one, the second keeps what they typed and chooses which stays."
                    ),
                ),
            ),
            (
                lazy("A probe"),
                (
                    lazy(
                        "It says which behavior it tests and in which direction, what the user says in several ways, and what decides a reply: first what fails it, then what passes it, then a judge."
                    ),
                    lazy(
                        "It carries replies with the grade that they must get. While you type, the page says whether they do, and marks the words that decide. A suite is published only when all of them grade right."
                    ),
                    lazy("Every trial counts once. How much a probe counts is how often its conversations are held."),
                ),
            ),
            (
                lazy("Publishing"),
                (
                    lazy(
                        "Compliance and administrators publish. The suite gets its next number and a digest, and that number stays as it is; the draft is there for the next one."
                    ),
                    lazy(
                        "Two numbers can be laid side by side: which probes are new, gone, or other ones, and in what."
                    ),
                ),
            ),
            (
                lazy("Files"),
                (
                    lazy(
                        "Suites come in and go out in our own form, as datasets of Inspect and as tests of promptfoo; the examples of an imported source document can become probes too. What cannot be taken over is told with its line."
                    ),
                ),
            ),
        ),
        see=("conformance", "limits"),
        page="suites",
    ),
    "members": Topic(
        lazy("People and roles"),
        lazy("What somebody may do comes from their role in the organization."),
        (
            (
                lazy("Roles"),
                (
                    lazy(
                        "Editors write drafts and submit them. Approvers review what somebody else wrote. Compliance reads everything and runs checks."
                    ),
                    lazy(
                        "An auditor is an outsider with a view that ends on a given day. An administrator manages people, keys and environments."
                    ),
                    lazy(
                        "A steward looks after the whole installation: rulebooks, attestations and holds for everybody."
                    ),
                ),
            ),
        ),
        see=("publishing",),
        page="settings_members",
    ),
    "notifications": Topic(
        lazy("Being told"),
        lazy(
            "What concerns you stands in your inbox, and comes by e-mail if you want it. Programs are told by webhooks."
        ),
        (
            (
                lazy("Webhooks"),
                (
                    lazy(
                        "Each delivery is signed and repeated until it is taken. The log shows every attempt, and any of them can be sent again."
                    ),
                ),
            ),
        ),
        see=("api", "members"),
    ),
    "api": Topic(
        lazy("Programs and keys"),
        lazy("Clients fetch the published profile of one product and one environment over HTTP."),
        (
            (
                lazy("Keys"),
                (
                    lazy(
                        "A client key opens one published profile and nothing else. Its text is shown once, when it is made."
                    ),
                    lazy("Keep the ETag and send it along: the answer is 304 until something changes."),
                    lazy("valid_until says when a profile stops holding, for example because an attestation ends."),
                ),
            ),
        ),
        see=("clients", "simulate", "notifications"),
        page="api_docs",
    ),
    "clients": Topic(
        lazy("Clients"),
        lazy("A client is a program that fetches a product's active profile; each key counts as one."),
        (
            (
                lazy("Connecting"),
                (
                    lazy(
                        "The page Clients of a product has programs to copy, with its own address, platform and a behavior of its own."
                    ),
                    lazy(
                        "Each reads its key from a variable of its surroundings. No page shows the text of a key again."
                    ),
                    lazy("Try it answers as a client would be answered, and shows how the value came about."),
                ),
            ),
            (
                lazy("Receipts"),
                (
                    lazy(
                        "A receipt says which key was handed which published profile: when first, when last, how often whole, and how often its copy was confirmed."
                    ),
                    lazy("It does not say that the client uses it: that cannot be known here."),
                    lazy(
                        "A client that still holds a superseded version gets the new one with its next request; one that asks no more keeps what it has."
                    ),
                ),
            ),
        ),
        see=("api", "publishing"),
    ),
    "account": Topic(
        lazy("Your account"),
        lazy("Your name, your language, your time zone and your shortcuts."),
        (
            (
                lazy("Language and time"),
                (
                    lazy(
                        "Pages come in your language, and all times in your zone. Names of behaviors and quotations of rulebooks stay in English."
                    ),
                    lazy("Light and dark follow your system until you choose one with the button at the top."),
                ),
            ),
        ),
        see=("keyboard",),
        page="account",
    ),
    "keyboard": Topic(
        lazy("Keyboard"),
        lazy("Everything can be done with the keyboard, and nothing by a shortcut alone."),
        see=("editor", "account"),
    ),
    "glossary": Topic(
        lazy("Glossary"),
        lazy("The words of the product and what they mean. They mean the same on every page and in the API."),
        see=("start", "limits", "publishing"),
    ),
}

# The words of the glossary, each with the topic that says more.
TERMS: Final[tuple[tuple[str, Text, Text, str], ...]] = (
    ("activation", lazy("Activation"), lazy("The act that makes a version the active one of an environment."), "publishing"),
    ("attestation", lazy("Attestation"), lazy("A claim with evidence and an end that opens a wider window."), "attestation"),
    ("baseline", lazy("Baseline"), lazy("What an organization sets and narrows for all of its products."), "baseline"),
    ("behavior", lazy("Behavior"), lazy("One thing that a model does or does not do, with its possible values."), "limits"),
    ("bright-line", lazy("Bright line"), lazy("A behavior that nobody changes."), "limits"),
    ("break-glass", lazy("Break-glass"), lazy("Activating what is stricter without an approval, with a reason."), "break-glass"),
    ("checkpoint", lazy("Checkpoint"), lazy("A signed statement of how many entries a log has, and of which."), "trail"),
    ("client", lazy("Client"), lazy("A program that fetches a published profile with a key."), "api"),
    ("default", lazy("Default"), lazy("A behavior that can be adjusted inside its window; also its value where nobody set one."), "limits"),
    ("digest", lazy("Digest"), lazy("A fingerprint of a text. Two texts with the same digest are the same."), "publishing"),
    ("draft", lazy("Draft"), lazy("The one working copy of a product's settings."), "publishing"),
    ("entry", lazy("Entry"), lazy("One fact in the trail: who did what, when, and with which outcome."), "trail"),
    ("environment", lazy("Environment"), lazy("A place where a version is active, such as staging or production."), "product"),
    ("evidence-bundle", lazy("Evidence bundle"), lazy("A file for outsiders: entries, checkpoint, and what checks them."), "trail"),
    ("filter", lazy("Filter"), lazy("A vendor's own threshold on what comes out. It tells the model nothing."), "limits"),
    ("hold", lazy("Hold"), lazy("A narrowing of one behavior that holds at once, with a reason."), "hold"),
    ("instructions", lazy("Instructions"), lazy("The operator's own text. Together with the sentences of all behaviors it is what the model is told."), "editor"),
    ("law-pack", lazy("Law pack"), lazy("What a law demands, as a layer of its own below the platform."), "rulebook"),
    ("lock", lazy("Lock"), lazy("A window of one value: there is nothing to choose."), "window"),
    ("log", lazy("Log"), lazy("The entries of an organization in one order that can be checked from outside."), "trail"),
    ("proof", lazy("Proof"), lazy("What shows that a log holds an entry, to anybody who has the log's key."), "trail"),
    ("protection", lazy("Protection"), lazy("A behavior that guards the user. No operator can take it away."), "limits"),
    ("published-profile", lazy("Published profile"), lazy("The bytes that clients get for a product, an environment and a platform."), "api"),
    ("review", lazy("Review"), lazy("An approval, a request for changes or a refusal by somebody other than the author."), "publishing"),
    ("rulebook", lazy("Rulebook"), lazy("One dated revision of what a platform has published."), "rulebook"),
    ("steward", lazy("Steward"), lazy("Whoever looks after the installation: rulebooks, attestations and holds."), "members"),
    ("trail", lazy("Trail"), lazy("All entries of an organization, in an order that cannot be changed."), "trail"),
    ("version", lazy("Version"), lazy("An immutable, numbered snapshot of a product's profile."), "publishing"),
    ("window", lazy("Window"), lazy("The part of a behavior's values that a layer may use."), "window"),
    ("witness", lazy("Witness"), lazy("An outsider who cosigns checkpoints, and only those that continue what they saw before."), "trail"),
)  # fmt: skip

# Which topic a page links to. A page that is not named here leads to the list of topics.
OF_PAGES: Final[dict[str, str]] = {
    "home": "start",
    "sign_in": "start",
    "search": "keyboard",
    **dict.fromkeys(("product", "product_place", "products"), "product"),
    "product_edit": "editor",
    "product_health": "health",
    **dict.fromkeys(("version", "version_diff", "reviews", "versions", "version_restore"), "publishing"),
    **dict.fromkeys(("simulate", "product_simulate"), "simulate"),
    **dict.fromkeys(
        ("trail", "trail_entry", "trail_log", "verify", "erasure", "entry_erasure", "settings_retention"), "trail"
    ),
    **dict.fromkeys(("evidence", "settings_destinations", "settings_destination"), "trail"),
    **dict.fromkeys(("rulebooks", "rulebook", "rulebook_diff", "rulebooks_compare"), "rulebook"),
    **dict.fromkeys(("sources", "source", "source_diff", "revision", "revision_behavior", "recheck"), "rulebook"),
    **dict.fromkeys(("attestations", "attestation_request"), "attestation"),
    **dict.fromkeys(("conformance", "conformance_start", "run", "run_trials", "run_trial", "alarm"), "conformance"),
    **dict.fromkeys(("settings_endpoints", "settings_budget", "run_schedules", "run_schedule"), "conformance"),
    **dict.fromkeys(("product_commitments", "commitments"), "conformance"),
    **dict.fromkeys(("run_comparison", "product_trend"), "conformance"),
    **dict.fromkeys(("suites", "suite", "suite_probe", "suite_diff", "suite_draft"), "suites"),
    **dict.fromkeys(("suite_probe_new", "suite_probe_edit", "suite_import"), "suites"),
    "settings_members": "members",
    **dict.fromkeys(("settings_api_keys", "api_docs"), "api"),
    **dict.fromkeys(("settings_baseline", "settings_baseline_behavior"), "baseline"),
    **dict.fromkeys(("settings_holds", "settings_hold"), "hold"),
    "account": "account",
    **dict.fromkeys(("help", "help_topic", "settings"), "start"),
    **dict.fromkeys(("forgotten_password", "set_password", "password_change"), "account"),
    **dict.fromkeys(("organizations", "organization_new"), "members"),
    "notice": "notifications",
    "product_possible": "simulate",
    **dict.fromkeys(("product_clients", "product_try", "product_receipts"), "clients"),
    **dict.fromkeys(("product_history", "product_at"), "publishing"),
}
# What others' pages are called is not known here; the words in their names are.
_BY_WORD: Final = {
    "simulat": "simulate",
    "webhook": "notifications",
    "notif": "notifications",
    "inbox": "notifications",
    "member": "members",
    "invit": "members",
    "environment": "product",
    "polic": "publishing",
    "key": "api",
    "version": "publishing",
    "review": "publishing",
    "draft": "editor",
    "product": "product",
}


def topic_of(page: str) -> str:
    """The topic that a page links to, by the name of its address; empty: the list of all topics."""
    return OF_PAGES.get(page) or next((topic for word, topic in _BY_WORD.items() if word in page), "")
