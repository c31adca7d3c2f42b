from audits.models.check import Check
from audits.models.entry import Entry
from audits.models.recheck import Recheck, RecheckChunk, RecheckResult
from audits.models.untold import Untold

__all__ = ["Check", "Entry", "Recheck", "RecheckChunk", "RecheckResult", "Untold"]
