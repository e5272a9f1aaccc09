"""Kit and vendor as the two parties of a hub in memory: it takes messages in, judges them, and answers for the kit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from schemas.ijw_3_2.dossier.rows import Key, Row
from schemas.ijw_3_2.reading import Schemas
from streams.conformance.casus import Role, Run
from streams.core.effects import Effect, Effects, Remember
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange
from streams.core.intake import Declared, Rejection, admit
from streams.core.parties import Directory, Party
from streams.core.ports import Receipt, ReferenceUsed

KIT, VENDOR = "kit", "leverancier"
E = TypeVar("E", bound=Effect)

Took = Receipt | Rejection | ReferenceUsed


Adapters = Mapping[str, Mapping[str, str]]
"""Options by the name of an adapter."""


def directory_of(run: Run, token_sha256: str | None, adapters: Adapters) -> Directory:
    """The two parties. The hub answers for the kit; the vendor answers for itself.

    token_sha256   lets the vendor in, where it must show a token.
    adapters       the options of the vendor.
    """
    other: Role = "gemeente" if run.role == "aanbieder" else "aanbieder"
    kit = Party(id=KIT, kind=other, code=run.own_code, name="ijwhub conformance", answers="hub")
    vendor = Party(
        id=VENDOR,
        kind=run.role,
        code=run.vendor_code,
        name="Het systeem dat beproefd wordt",
        answers="self",
        token_sha256=token_sha256,
        adapters={name: dict(options) for name, options in adapters.items()},
    )
    return Directory((kit, vendor))


@dataclass
class Counterpart:
    """The hub in memory.

    deliveries   per party and reference: the envelope, to know a repeat from a reference that is used again.
    decided      per envelope, what came of it.
    """

    exchange: Exchange
    rows: dict[str, dict[Key, Row]] = field(default_factory=dict)
    deliveries: dict[tuple[str, str], Envelope] = field(default_factory=dict)
    decided: dict[str, Effects] = field(default_factory=dict)

    def take(
        self, party_id: str, body: bytes, reference: str, now: datetime, declared: Declared | None = None
    ) -> tuple[Took, Effects]:
        """Take a message in; the effects are empty when it was there already, or may not enter."""
        party = self.exchange.directory.by_id(party_id)
        assert party is not None
        earlier = self.deliveries.get((party_id, reference))
        if earlier is not None:
            return _known(earlier, body), ()
        directory = self.exchange.directory
        admitted = admit(body, party, directory, source="conformance", reference=reference, now=now, declared=declared)
        if isinstance(admitted, Rejection):
            return admitted, ()
        self.deliveries[party_id, reference] = admitted
        effects = self.decided[admitted.id] = self._decide(admitted, now)
        return Receipt(envelope_id=admitted.id, received_at=now, repeat=False), effects

    def _decide(self, envelope: Envelope, now: datetime) -> Effects:
        rows = self.rows.setdefault(envelope.relation, {})
        effects = self.exchange.process(envelope, rows, now)
        for effect in of_kind(effects, Remember):
            rows.update(effect.rows)
        return effects


def counterpart(
    run: Run, schemas: Schemas, token_sha256: str | None = None, adapters: Adapters = MappingProxyType({})
) -> Counterpart:
    """A hub in memory for a run."""
    return Counterpart(Exchange(schemas, directory_of(run, token_sha256, adapters)))


def of_kind(effects: Effects, kind: type[E]) -> tuple[E, ...]:
    """The effects of one kind, in order."""
    return tuple(effect for effect in effects if isinstance(effect, kind))


def _known(earlier: Envelope, body: bytes) -> Receipt | ReferenceUsed:
    if earlier.body == body:
        return Receipt(envelope_id=earlier.id, received_at=earlier.received_at, repeat=True)
    return ReferenceUsed(reference=earlier.reference, envelope_id=earlier.id)
