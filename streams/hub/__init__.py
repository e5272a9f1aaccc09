"""The embedded runtime: performs the effects of the core with one SQLite file on one machine."""
