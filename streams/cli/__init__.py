"""The command line: `ijwhub run`, `demo`, `check`, `explain`, `trace`, `quarantine`, `token`."""

from streams.cli.app import main

__all__ = ["main"]
