"""As much of a store as deliveries need, in memory, and a party that does what a test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from adapters.contract import Fault, Kind
from streams.core.envelope import output_id, wire_reference
from streams.core.ports import OutputBody, OutputHead, OutputKind, OutputState, Told, Trace

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
Answer = Fault | Exception | None


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class MemoryBooks:
    """The outputs of one party, in order. Methods keep the contracts of streams.core.ports."""

    clock: Clock
    heads: dict[str, OutputHead] = field(default_factory=dict)
    told: dict[str, Told | None] = field(default_factory=dict)
    asked: int = 0

    def add(self, relation: str, kind: OutputKind = "bericht", copy: bool = False) -> str:
        """One more output that waits, made now."""
        id = output_id(f"envelope-{len(self.heads)}", 1)
        self.heads[id] = OutputHead(
            id=id,
            envelope_id=id.rpartition(".")[0],
            receiver="zorg",
            kind=kind,
            bericht="JW301",
            copy=copy,
            created_at=self.clock.now,
            delivered_at=None,
            acknowledged_at=None,
            relation=relation,
            reference=wire_reference(id),
        )
        return id

    def waiting(self) -> list[str]:
        return [head.id for head in self.heads.values() if head.delivered_at is head.undeliverable_at is None]

    async def outputs(self, receiver: str, not_yet: OutputState, limit: int) -> tuple[OutputHead, ...]:
        assert (receiver, not_yet) == ("zorg", "delivered")
        self.asked += 1
        return tuple(self.heads[id] for id in self.waiting()[:limit])

    async def output(self, receiver: str, id: str) -> OutputBody | None:
        return OutputBody(head=self.heads[id], body=b"<a/>")

    async def mark(self, receiver: str, id: str, state: OutputState, at: datetime) -> bool:
        assert self.heads[id].undeliverable_at is None
        acknowledged_at = at if state == "acknowledged" else None
        self.heads[id] = replace(self.heads[id], delivered_at=at, acknowledged_at=acknowledged_at)
        return True

    async def failed(self, id: str, at: datetime, reason: str) -> None:
        head = self.heads[id]
        self.heads[id] = replace(head, attempts=head.attempts + 1, reason=reason)

    async def give_up(self, id: str, at: datetime, reason: str, told: Told | None) -> bool:
        if self.heads[id].undeliverable_at is not None:
            return False
        self.heads[id] = replace(self.heads[id], undeliverable_at=at, reason=reason)
        self.told[id] = told
        return True

    async def trace(self, envelope_id: str) -> Trace:
        return Trace(
            partition=0,
            position=1,
            id=envelope_id,
            received_at=self.clock.now,
            source="test",
            party="haarlem",
            reference=f"of {envelope_id}",
            bericht="JW301",
            relation="0392:65656001",
            decided_at=self.clock.now,
            judged=None,
            reason=None,
            outputs=tuple(head for head in self.heads.values() if head.envelope_id == envelope_id),
        )


@dataclass
class Partner:
    """An outbox whose party answers as a test says, and what it got and was offered, in order."""

    answer: Callable[[OutputHead], Answer] = lambda _: None
    got: list[str] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)

    async def bring(self, output: OutputBody) -> Fault | None:
        self.offered.append(output.head.id)
        answer = self.answer(output.head)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            self.got.append(output.head.id)
        return answer

    async def close(self) -> None:
        pass


def fault(kind: Kind, code: str | None = None, detail: str = "made by a test") -> Fault:
    return Fault(kind=kind, title="A fault", detail=detail, code=code)
