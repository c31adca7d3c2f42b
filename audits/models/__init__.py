from audits.models.check import Check
from audits.models.entry import Entry
from audits.models.log import Checkpoint, Leaf, Log, Tile, Unplaced
from audits.models.recheck import Recheck, RecheckChunk, RecheckResult
from audits.models.saved_search import SavedSearch
from audits.models.tally import Tally
from audits.models.untold import Untold

__all__ = [
    "Check",
    "Checkpoint",
    "Entry",
    "Leaf",
    "Log",
    "Recheck",
    "RecheckChunk",
    "RecheckResult",
    "SavedSearch",
    "Tally",
    "Tile",
    "Unplaced",
    "Untold",
]
