"""Claims: every claim line of one assignment, from JW323 through its answer to its credit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from streams.core.events import CloudEvent
from streams.core.happenings import Claimed, ClaimLine

Outcome = Literal["claimed", "granted", "refused"]


class Line(Struct, frozen=True, array_like=True, gc=False):
    """A claim line. `message` is that of its JW323; a refused ReferentieNummer may come again in another one.

    bedrag       in cents, negative for a credit; `credit_van` is the line that a credit undoes.
    answered_at  when it was granted or refused; None while that is open.
    """

    message: str
    referentie: str
    declaratie: str
    periode: date
    categorie: str
    code: str
    van: date
    tot: date
    bedrag: int
    credit_van: str | None
    outcome: Outcome
    claimed_at: datetime
    answered_at: datetime | None
    codes: tuple[str, ...]


class Claims(Struct, frozen=True, array_like=True):
    """The lines of one assignment of one client, by (message, referentie)."""

    relation: str
    toewijzing: int
    lines: tuple[Line, ...] = ()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Claims)
_OUTCOMES: Mapping[str, Outcome] = {"zorg.claimed": "claimed", "zorg.granted": "granted", "zorg.refused": "refused"}


class ClaimsFold:
    """Keeps the contract Fold (streams.core.folding). A row's key is pseudonym|relation|toewijzing."""

    name = "claims"

    def keys(self, event: CloudEvent) -> Collection[str]:
        """The rows of the assignments that are claimed on (contract: Fold)."""
        data = event.data
        if not isinstance(data, Claimed):
            return ()
        return {_key(event.subject, data.relation, line.toewijzing) for line in data.lines}

    def fold(self, event: CloudEvent, rows: Mapping[str, Claims]) -> Mapping[str, Claims]:
        """Add the lines, or note what became of them (contract: Fold)."""
        data = event.data
        if not isinstance(data, Claimed):
            return {}
        changed: dict[str, Claims] = {}
        for number in sorted({line.toewijzing for line in data.lines}):
            key = _key(event.subject, data.relation, number)
            known = rows.get(key, Claims(data.relation, number))
            lines = [line for line in data.lines if line.toewijzing == number]
            changed[key] = _with_lines(known, data, lines, _OUTCOMES[event.what], event.time)
        return changed

    def encode(self, row: Claims) -> bytes:
        """A row as it is kept (contract: Fold)."""
        return _encoder.encode(row)

    def decode(self, row: bytes) -> Claims:
        """A row from what is kept (contract: Fold)."""
        return _decoder.decode(row)

    def totals(self, rows: Sequence[tuple[str, Claims]]) -> Mapping[str, int]:
        """How many lines are known, and how many are open (contract: Fold)."""
        lines = [line for _, row in rows for line in row.lines]
        return {"lines": len(lines), "open": sum(line.outcome == "claimed" for line in lines)}


def _with_lines(known: Claims, data: Claimed, lines: Sequence[ClaimLine], outcome: Outcome, at: datetime) -> Claims:
    by_place = {(line.message, line.referentie): line for line in known.lines}
    for line in lines:
        place = (data.message, line.referentie)
        by_place[place] = _line(by_place.get(place), data, line, outcome, at)
    return replace(known, lines=tuple(by_place[place] for place in sorted(by_place)))


def _line(known: Line | None, data: Claimed, line: ClaimLine, outcome: Outcome, at: datetime) -> Line:
    return Line(
        message=data.message,
        referentie=line.referentie,
        declaratie=data.declaratie,
        periode=data.periode,
        categorie=line.categorie,
        code=line.code,
        van=line.van,
        tot=line.tot,
        bedrag=line.bedrag,
        credit_van=line.credit_van,
        outcome=outcome,
        claimed_at=known.claimed_at if known else data.received_at,
        answered_at=None if outcome == "claimed" else at,
        codes=line.codes,
    )


def _key(subject: str, relation: str, toewijzing: int) -> str:
    return f"{subject}|{relation}|{toewijzing}"
