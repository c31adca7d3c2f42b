"""Entries on their way out: as files of a search, and to where an organization wants them sent."""
