"""Who gets what: the party that has the code, or its connection, and the CJGs that act for a gemeente."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from streams.core.parties import Directory


class Addressee(Struct, frozen=True):
    """A party that gets a message, or a copy of what another party gets."""

    party: str
    copy: bool


def addressees(directory: Directory, code: str, bericht: str) -> tuple[Addressee, ...]:
    """Everybody who gets a message of this type for this code, the party itself or its connection first.

    Empty when no party has the code: then the message must be refused, never dropped.
    """
    party = directory.by_code(code)
    if party is None:
        return ()
    copies = (Addressee(cjg.id, copy=True) for cjg in directory.copies_for(code, bericht))
    return (Addressee(directory.connection(party).id, copy=False), *copies)


def with_submitter(directory: Directory, found: tuple[Addressee, ...], submitter: str) -> Iterator[Addressee]:
    """The addressees of an answer, and first of all the party that sent what is answered, or its connection.

    A party that sent it long ago may be connected via another since, or be a party no more: then nobody would fetch
    the answer there.
    """
    sent = directory.by_id(submitter)
    if sent is None:
        yield from found
        return
    first = directory.connection(sent).id
    yield Addressee(first, copy=False)
    for addressee in found:
        if addressee.party != first:
            yield Addressee(addressee.party, copy=True)
