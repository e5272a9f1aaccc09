"""`python -m streams.cli` is the same as `ijwhub`."""

from streams.cli import main

main()
