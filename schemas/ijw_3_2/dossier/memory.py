"""What a dossier keeps of a message: while it is checked, while it waits for an answer, and when that comes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from schemas.ijw_3_2.berichten import Bericht, jw323
from schemas.ijw_3_2.dossier.claims import remember_claim, remember_line
from schemas.ijw_3_2.dossier.facts import KeyedFact, added, doubted, facts, let_stand, taken_away
from schemas.ijw_3_2.dossier.keys import LineKeys
from schemas.ijw_3_2.dossier.rows import STANDS, Draft, Key, Line, Outcome, Waiting, Withdrawn

Remember = Callable[[Struct, bool], None]
Lines = Mapping[int, LineKeys]


def remembering(draft: Draft, bericht: Bericht, lines: Lines, waits_as: str = STANDS) -> Remember:
    """Remembers a message class by class, as told: the class, and whether it is at fault.

    `lines` are the keys of each claim line. `waits_as` is the id of a message that its receiver must still answer.
    """
    if isinstance(bericht, jw323.Bericht):
        return _ClaimMemory(draft, lines, waits_as)
    bsn = client_bsn(bericht)

    def remember(node: Struct, at_fault: bool) -> None:
        if not at_fault:
            for keyed in facts(node, bsn):
                _add(draft, keyed, waits_as)

    return remember


def _add(draft: Draft, keyed: KeyedFact, by: str) -> None:
    key, fact = keyed
    known = draft.get(key)
    row = added(known, fact, by)
    if row is not known:
        draft.put(key, row)


def client_bsn(bericht: Bericht) -> str:
    """The Bsn of the one client of a message; empty where a message has none or several."""
    client: Any = getattr(bericht, "Client", None)
    return client.Bsn if client is not None else ""


# --- messages that wait for their return message ---------------------------------------------------


def all_facts(bericht: Bericht) -> tuple[KeyedFact, ...]:
    """Everything that a message tells, whatever is wrong with it; withdrawals first (IV008)."""
    bsn = client_bsn(bericht)
    told = [keyed for node in _structs(bericht) for keyed in facts(node, bsn)]
    return tuple(sorted(told, key=lambda keyed: not isinstance(keyed[1], Withdrawn)))


def doubt(draft: Draft, told: Iterable[KeyedFact], by: str) -> None:
    """Keep the place of what a message tells that the hub found wrong, until its receiver answers."""
    for key, fact in told:
        row = doubted(draft.get(key), fact, by)
        if row is not None:
            draft.put(key, row)


def settle(draft: Draft, waiting: Waiting, refused: bool) -> None:
    """Let a message that waited be what its return message says: as it was sent, or as never sent (OP286)."""
    draft.need(key for key, _ in waiting.facts)
    for key, fact in waiting.facts:
        known = draft.get(key)
        if waiting.counted or doubted(None, fact, waiting.envelope_id) is not None:
            change = taken_away if refused else let_stand
            draft.put(key, change(known, fact, waiting.envelope_id))
        elif not refused:
            draft.put(key, added(known, fact))


def content_digest(bericht: Struct) -> bytes:
    """A digest of what stands below the header, which a return message repeats unchanged, RetourCodes aside."""
    content = [_plain(getattr(bericht, name)) for name in bericht.__struct_fields__ if name != "Header"]
    return hashlib.blake2b(msgspec.msgpack.encode(content), digest_size=16).digest()


def _plain(value: object) -> object:
    if isinstance(value, Struct):
        return [_plain(getattr(value, name)) for name in value.__struct_fields__ if name != "RetourCodes"]
    return [_plain(member) for member in value] if isinstance(value, tuple) else value


def _structs(node: Struct) -> Iterator[Struct]:
    yield node
    for name in node.__struct_fields__:
        inner = getattr(node, name)
        for member in inner if isinstance(inner, tuple) else (inner,):
            if isinstance(member, Struct):
                yield from _structs(member)


# --- claims ----------------------------------------------------------------------------------------


class _ClaimMemory:
    """Remembers a claim line by line: granted or refused, or waiting for the gemeente."""

    def __init__(self, draft: Draft, lines: Lines, waits_as: str) -> None:
        self._draft = draft
        self._lines = lines
        self._waits_as = waits_as
        self._fine: Outcome = "granted" if waits_as == STANDS else "waits"
        self._bsn: dict[int, str] = {}

    def __call__(self, node: Struct, at_fault: bool) -> None:
        if isinstance(node, jw323.Prestatie):
            self._line(node, self._bsn[id(node)], at_fault)
        elif isinstance(node, jw323.Client):
            self._client(node, at_fault)
        elif isinstance(node, jw323.Declaratie) and not at_fault:
            remember_claim(self._draft, node, self._waits_as)

    def _client(self, client: jw323.Client, at_fault: bool) -> None:
        for prestatie in client.Prestaties:
            self._bsn[id(prestatie)] = client.Bsn
            if at_fault:
                self._line(prestatie, client.Bsn, at_fault)

    def _line(self, prestatie: jw323.Prestatie, bsn: str, at_fault: bool) -> None:
        keys = self._lines[id(prestatie)]
        if not at_fault:
            remember_line(self._draft, bsn, prestatie, keys, self._fine)
        elif self._waits_as == STANDS and not self._is_known(keys.line):
            remember_line(self._draft, bsn, prestatie, keys, "refused")

    def _is_known(self, key: Key) -> bool:
        """Whether its ReferentieNummer is that of an earlier line that was not refused, which must stay as it is."""
        known = self._draft.row(key, Line)
        return known is not None and known.counts
