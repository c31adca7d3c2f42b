from audits.models.check import Check
from audits.models.entry import Entry

__all__ = ["Check", "Entry"]
