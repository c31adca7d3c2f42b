"""The logs in the database: giving entries their places, signing what came of it, and reading it."""
