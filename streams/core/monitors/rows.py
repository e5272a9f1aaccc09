"""What monitors read: the rows of the three folds, those of all partitions of the events together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from streams.core.folds.berichten import Berichten
from streams.core.folds.care import Client
from streams.core.folds.claims import Claims


class Rows(Struct, frozen=True):
    """Every row.

    clients    by pseudonym.
    claims     with the pseudonym of the youth.
    berichten  of each relation, message type and day.
    """

    clients: Mapping[str, Client] = {}
    claims: tuple[tuple[str, Claims], ...] = ()
    berichten: tuple[Berichten, ...] = ()

    def known_since(self) -> Mapping[str, date]:
        """By aanbieder, the day of the first message known here to or from it.

        What it has to tell of months that began before may have gone another way.
        """
        found: dict[str, date] = {}
        for row in self.berichten:
            aanbieder = row.relation.partition(":")[2]
            found[aanbieder] = min(found.get(aanbieder, row.day), row.day)
        return found


def rows_from(
    care: Iterable[tuple[str, Client]], claims: Iterable[tuple[str, Claims]], berichten: Iterable[tuple[str, Berichten]]
) -> Rows:
    """Rows from what a FoldStore gives, with their keys; a key stands in one partition of the events only."""
    return Rows(
        clients=dict(care),
        claims=tuple((key.partition("|")[0], row) for key, row in claims),
        berichten=tuple(row for _, row in berichten),
    )
