"""From an output of the hub to what an adapter packs. Pure."""

from __future__ import annotations

import msgspec

from adapters.contract import Fault, Kind, Notice, Parcel, application_of
from schemas.ijw_3_2.sniffing import sent_by_gemeente
from streams.core.ports import OutputBody, OutputHead

VERSION = (3, 2)
"""Of the message standard."""


class _Problem(msgspec.Struct):
    """What the hub tells of a refused message (streams.core.exchange), as far as an envelope can carry it."""

    title: str
    soort: Kind = "payload"
    detail: str = ""


def outgoing(output: OutputBody) -> Parcel | Notice:
    """The message with what its envelope says of it, or the notice of a fault about an earlier message."""
    return _notice(output) if output.head.kind == "fout" else _parcel(output)


def _parcel(output: OutputBody) -> Parcel:
    head = output.head
    assert head.bericht is not None, "a message without a type"
    sender, receiver = ends(head.relation, head.bericht)
    return Parcel(
        body=output.body,
        reference=head.reference,
        bericht=head.bericht,
        version=VERSION,
        sender=sender,
        receiver=receiver,
        answers=head.answers_reference,
        made_at=head.created_at,
        application=application_of(head.software) if head.kind == "bericht" else None,
        copy=head.copy,
    )


def _notice(output: OutputBody) -> Notice:
    head = output.head
    told = msgspec.json.decode(output.body, type=_Problem)
    return Notice(
        fault=Fault(kind=told.soort, title=told.title, detail=told.detail or told.title),
        about=_about(head),
        reference=head.reference,
        made_at=head.created_at,
        receiver=ends(head.relation, head.bericht)[0] if head.bericht else None,
        bericht=head.bericht,
        application=application_of(head.software),
        problem=output.body,
    )


def _about(head: OutputHead) -> str:
    """The number of the message that the fault is about, as its sender knows it."""
    return head.answers_reference or head.envelope_id


def ends(relation: str, bericht: str) -> tuple[str, str]:
    """The codes of who sends and who receives messages of this type in a relation (gemeente:aanbieder)."""
    gemeente, _, aanbieder = relation.partition(":")
    return (gemeente, aanbieder) if sent_by_gemeente(bericht) else (aanbieder, gemeente)
