from audits.models.alarm import Alarm
from audits.models.budget import Budget
from audits.models.check import Check
from audits.models.check_result import CheckResult, Foretold
from audits.models.destination import Batch, Destination
from audits.models.drift import Drift, Look
from audits.models.endpoint import Endpoint
from audits.models.entry import Entry
from audits.models.health import Halt, Verification
from audits.models.log import Checkpoint, Leaf, Log, Tile, Unplaced
from audits.models.personal import ActorName, Disclosure
from audits.models.recheck import Recheck, RecheckChunk, RecheckResult
from audits.models.retention import LegalHold, Pruning, Retention
from audits.models.run import Finding, Judgement, Protocol, Run, Runs, Trial
from audits.models.run_schedule import Occasion, RunSchedule
from audits.models.saved_search import SavedSearch
from audits.models.stamp import Timestamp
from audits.models.suite import Suite
from audits.models.suite_draft import DraftProbe, SuiteDraft
from audits.models.tally import Tally
from audits.models.untold import Untold
from audits.models.witness import Auditor, CheckpointLetter, Cosignature, Cosigner

__all__ = [
    "ActorName",
    "Alarm",
    "Auditor",
    "Batch",
    "Budget",
    "Check",
    "CheckResult",
    "Checkpoint",
    "CheckpointLetter",
    "Cosignature",
    "Cosigner",
    "Destination",
    "Disclosure",
    "DraftProbe",
    "Drift",
    "Endpoint",
    "Entry",
    "Finding",
    "Foretold",
    "Halt",
    "Judgement",
    "Leaf",
    "LegalHold",
    "Log",
    "Look",
    "Occasion",
    "Protocol",
    "Pruning",
    "Recheck",
    "RecheckChunk",
    "RecheckResult",
    "Retention",
    "Run",
    "RunSchedule",
    "Runs",
    "SavedSearch",
    "Suite",
    "SuiteDraft",
    "Tally",
    "Tile",
    "Timestamp",
    "Trial",
    "Unplaced",
    "Untold",
    "Verification",
]
