"""The hub with its fence taken down, for the control of the fault test: what guards a batch must be missed.

    python -m tests.support.unfenced run --role exchange ...          # nothing guards
    python -m tests.support.unfenced --keys run --role exchange ...   # the primary keys still do

The compare-and-set of the position is the fence. Behind it the primary keys of verdict, output and outbox refuse what
was decided before; to see the fence alone missed, that second net is taken down too.
"""

from __future__ import annotations

import sys

from connectors import postgres_store

_FENCE = " AND p.position = e.was"
_KEYS = {
    "), dossiers AS (": ("envelope_id", ("decided_at", "judged", "reason")),
    "), outputs_queued AS (": (
        "id",
        ("partition", "position", "number", "receiver", "kind", "bericht", "copy", "body"),
    ),
    ")\nSELECT 1 /": ("partition, position, number", ("id", "topic", "key")),
    "), published AS (": ("partition, position, number", ("id", "topic", "key", "value")),
}
"""Of each insert: what follows it, its key, and what is overwritten."""


def without_fence(statement: str) -> str:
    """The statement of a batch that sets the positions whatever they were."""
    assert statement.count(_FENCE) == 1, "the compare-and-set is written otherwise by now: correct _FENCE"
    return statement.replace(_FENCE, "")


def without_keys(statement: str) -> str:
    """The statement of a batch that overwrites what was decided before."""
    for following, (key, columns) in _KEYS.items():
        assert statement.count(following) == 1, f"{following} is not in the statement any more: correct _KEYS"
        overwritten = ", ".join(f"{column} = excluded.{column}" for column in columns)
        statement = statement.replace(following, f"  ON CONFLICT ({key}) DO UPDATE SET {overwritten}\n{following}")
    return statement


def main() -> None:
    """Run the command line of the hub on the weakened statement."""
    from streams.cli import main as hub

    statement = without_fence(postgres_store._COMMIT)
    if sys.argv[1:2] == ["--keys"]:
        del sys.argv[1]
    else:
        statement = without_keys(statement)
    postgres_store._COMMIT = statement
    hub()


if __name__ == "__main__":
    main()
