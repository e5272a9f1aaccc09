"""Where something belongs: the gemeente and the aanbieder of its relation."""

from __future__ import annotations

from msgspec import Struct


class OfRelation(Struct, frozen=True, kw_only=True):
    """Something of one relation, gemeente:aanbieder."""

    relation: str

    @property
    def gemeente(self) -> str:
        """The CBS code."""
        return self.relation.partition(":")[0]

    @property
    def aanbieder(self) -> str:
        """The AGB code."""
        return self.relation.partition(":")[2]
