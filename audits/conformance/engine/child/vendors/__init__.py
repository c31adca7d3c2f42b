"""One module for each vendor's format; only the one that is needed is imported."""
