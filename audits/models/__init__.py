from audits.models.check import Check
from audits.models.destination import Batch, Destination
from audits.models.entry import Entry
from audits.models.log import Checkpoint, Leaf, Log, Tile, Unplaced
from audits.models.recheck import Recheck, RecheckChunk, RecheckResult
from audits.models.untold import Untold

__all__ = [
    "Batch",
    "Check",
    "Checkpoint",
    "Destination",
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
