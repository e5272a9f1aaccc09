"""Taking a message in: may it enter, from whom, for whom. What may not is set aside with its reason."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from schemas.ijw_3_2.findings import without_bsn
from schemas.ijw_3_2.safe_xml import MAX_BYTES, UnsafeXml
from schemas.ijw_3_2.sniffing import Sniffed, sniff
from streams.core.envelope import Envelope, envelope_id
from streams.core.parties import Directory, Party

Reason = Literal[
    "too-large",
    "unreadable",
    "not-your-message",
    "unknown-sender",
    "unknown-receiver",
    "wrong-way",
    "mismatch",
    "cross-reference",
    "closed",
]


class Declared(Struct, frozen=True, kw_only=True):
    """What a partner's envelope says of the message in it. None: this kind of envelope does not tell.

    sender, receiver   codes (4 digits of a gemeente, 8 of an aanbieder) of who really sends and receives it.
    answers   the number under which its sender got, from the hub, or sent what this answers.
    software  what made the message: name/0002/0010.
    """

    bericht: str | None = None
    version: tuple[int, int] | None = None
    sender: str | None = None
    receiver: str | None = None
    answers: str | None = None
    software: str | None = None


class Rejection(Struct, frozen=True, kw_only=True):
    """A message that could not be taken in. `detail` says what was found, what is expected and what to do."""

    reason: Reason
    title: str
    detail: str
    bericht: str | None = None


def admit(
    body: bytes, party: Party, directory: Directory, *, source: str, reference: str, now: datetime
) -> Envelope | Rejection:
    """The envelope to append to the log, or why this message cannot be taken in.

    `now` is the transport's moment of receipt, with time zone.
    """
    try:
        sniffed = sniff(body)
    except UnsafeXml as unsafe:
        return _unreadable(unsafe, body)
    rejection = _wrong_parties(sniffed, party, directory)
    if rejection is not None:
        return rejection
    return Envelope(
        id=envelope_id(party.id, reference, body),
        received_at=now,
        source=source,
        party=party.id,
        reference=reference,
        bericht=sniffed.bericht,
        relation=sniffed.relation,
        receiver=sniffed.receiver,
        body=body,
    )


def _unreadable(unsafe: UnsafeXml, body: bytes) -> Rejection:
    too_large = len(body) > MAX_BYTES
    return Rejection(
        reason="too-large" if too_large else "unreadable",
        title="The message is too large" if too_large else "This is no iJw 3.2 message that can be read",
        detail=without_bsn(unsafe.text),
    )


def _wrong_parties(sniffed: Sniffed, party: Party, directory: Directory) -> Rejection | None:
    """Both ends must be known here, fit the direction of the message, and the credential must be the sender's."""
    sender, receiver = directory.by_code(sniffed.sender), directory.by_code(sniffed.receiver)
    if sender is None:
        return _unknown("unknown-sender", "sender", sniffed, sniffed.sender)
    if not directory.may_send_as(party, sniffed.sender, sniffed.bericht):
        return _not_yours(sniffed, party)
    if receiver is None:
        return _unknown("unknown-receiver", "receiver", sniffed, sniffed.receiver)
    from_gemeente = sniffed.sent_by_gemeente
    if (sender.kind == "gemeente") != from_gemeente or (receiver.kind == "gemeente") == from_gemeente:
        return _wrong_way(sniffed)
    return None


def _not_yours(sniffed: Sniffed, party: Party) -> Rejection:
    return Rejection(
        reason="not-your-message",
        title="This party may not send this message",
        detail=f"{party.id} offers a {sniffed.bericht} of which {_shown(sniffed.sender)} is the sender. Expected "
        "its own code, or a mandate for that gemeente and message type. Send it with the right credential, or have "
        "the hub's operator add the mandate.",
        bericht=sniffed.bericht,
    )


def _wrong_way(sniffed: Sniffed) -> Rejection:
    ends = ("gemeente", "aanbieder") if sniffed.sent_by_gemeente else ("aanbieder", "gemeente")
    return Rejection(
        reason="wrong-way",
        title="A message of this type does not travel this way",
        detail=f"This {sniffed.bericht} goes from {_shown(sniffed.sender)} to {_shown(sniffed.receiver)}. Expected "
        f"from {ends[0]} to {ends[1]}. Correct Afzender and Ontvanger; a return message copies them unchanged.",
        bericht=sniffed.bericht,
    )


def _unknown(reason: Reason, role: str, sniffed: Sniffed, code: str) -> Rejection:
    return Rejection(
        reason=reason,
        title=f"The {role} is not known here",
        detail=f"The {role} of this {sniffed.bericht} is {_shown(code)}, which no party of this hub has. Expected the "
        "code of a gemeente (4 digits) or aanbieder (8 digits) in its configuration. Correct the header, or have "
        "the hub's operator add the party; a message set aside can then be released.",
        bericht=sniffed.bericht,
    )


def _shown(code: str) -> str:
    return code if code.isdigit() and len(code) <= 8 else "not a code"
