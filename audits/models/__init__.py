from audits.models.check import Check
from audits.models.entry import Entry
from audits.models.log import Checkpoint, Leaf, Log, Tile, Unplaced
from audits.models.personal import ActorName, Disclosure
from audits.models.recheck import Recheck, RecheckChunk, RecheckResult
from audits.models.untold import Untold

__all__ = [
    "ActorName",
    "Check",
    "Checkpoint",
    "Disclosure",
    "Entry",
    "Leaf",
    "Log",
    "Recheck",
    "RecheckChunk",
    "RecheckResult",
    "Tile",
    "Unplaced",
    "Untold",
]
