"""Taking a message in: may it enter, from whom, for whom. What may not is set aside with its reason."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Literal

from msgspec import Struct

from schemas.ijw_3_2.findings import without_bsn
from schemas.ijw_3_2.safe_xml import MAX_BYTES, UnsafeXml
from schemas.ijw_3_2.sniffing import Sniffed, sniff
from schemas.ijw_3_2.structure import structure
from streams.core.envelope import Envelope, envelope_id
from streams.core.freezes import Freeze, closed
from streams.core.parties import BERICHTEN, Directory, Party
from streams.core.workdays import DUTCH_TIME

VERSION = (3, 2)
"""Of the message standard."""
NO_XML = "XML"
"""What stands in the place of a rule where there is no XML, or none that may be read."""

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
    """A message that could not be taken in. `detail` says what was found, what is expected and what to do.

    `ill_formed`: what is unreadable is no XML, or none that may be read.
    """

    reason: Reason
    title: str
    detail: str
    bericht: str | None = None
    ill_formed: bool = False


def admit(
    body: bytes,
    party: Party,
    directory: Directory,
    *,
    source: str,
    reference: str,
    now: datetime,
    declared: Declared | None = None,
    freezes: Collection[Freeze] = (),
) -> Envelope | Rejection:
    """The envelope to append to the log, or why this message cannot be taken in.

    `party` is whoever's credential was verified. `now` is the transport's moment of receipt, with time zone. `declared`
    is what the partner's envelope says of the message; None when there is none.
    """
    try:
        sniffed = sniff(body)
    except UnsafeXml as unsafe:
        return _unreadable(unsafe, body)
    declared = declared or Declared()
    rejection = _mismatch(sniffed, declared) or _wrong_parties(sniffed, party, directory)
    rejection = rejection or _frozen(sniffed, freezes, now)
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
        software=declared.software,
    )


def _unreadable(unsafe: UnsafeXml, body: bytes) -> Rejection:
    too_large = len(body) > MAX_BYTES
    return Rejection(
        reason="too-large" if too_large else "unreadable",
        title="The message is too large" if too_large else "This is no iJw 3.2 message that can be read",
        detail=without_bsn(unsafe.text),
        ill_formed=unsafe.rule == NO_XML,
    )


def _mismatch(sniffed: Sniffed, declared: Declared) -> Rejection | None:
    """What a partner's envelope tells must be what the header of the message tells."""
    for what, said, found in _both(sniffed, declared):
        if said not in (None, found):
            return Rejection(
                reason="mismatch",
                title="Envelope and message do not agree",
                detail=f"The envelope names {_shown(said)} as {what}, the message inside {_shown(found)}. "
                "Expected the same in both; correct the one that is wrong. A return message copies the header of what "
                "it answers, and its envelope names who really sends and receives it.",
                bericht=sniffed.bericht,
            )
    return None


def _both(sniffed: Sniffed, declared: Declared) -> Iterator[tuple[str, str | None, str]]:
    """What is told, by the envelope (None: not told) and by the message."""
    version = "{}.{}".format(*declared.version) if declared.version else None
    yield "type", declared.bericht, sniffed.bericht
    yield "version", version, "{}.{}".format(*VERSION)
    yield "sender", declared.sender, sniffed.sender
    yield "receiver", declared.receiver, sniffed.receiver


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
        "its own code, that of a party which is connected via it, or a mandate for that code and message type. Send "
        "it with the right credential, or have the hub's operator add the mandate.",
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


def _frozen(sniffed: Sniffed, freezes: Collection[Freeze], now: datetime) -> Rejection | None:
    freeze = closed(freezes, sniffed.bericht, sniffed.relation.partition(":")[0], now)
    if freeze is None:
        return None
    until = freeze.until.astimezone(DUTCH_TIME)
    return Rejection(
        reason="closed",
        title="Messages of this type are not taken in now",
        detail=f"This {sniffed.bericht} came in a freeze ({freeze.name}), which lasts until {until:%Y-%m-%d %H:%M} in "
        "the Netherlands. Expected after that moment; send it again then, unchanged and under the same reference.",
        bericht=sniffed.bericht,
    )


def crossed(envelope: Envelope, answered: tuple[str, str] | None) -> Rejection | None:
    """Why a message cannot answer what its envelope refers to; None when it can.

    `answered` is type and relation of what the party sent, or got, under that number; None when that is nothing.
    """
    # a JW325 has no message of which it is the return message, and yet answers one
    asked = "JW323" if envelope.bericht == "JW325" else structure().berichten[envelope.bericht].heen
    if answered is not None and answered[1] == envelope.relation and asked in (None, answered[0]):
        return None
    return Rejection(
        reason="cross-reference",
        title="The message that this answers is not known here",
        detail=f"The envelope of this {envelope.bericht} refers to a number under which its sender has no "
        f"{asked or 'message'} in this relation. Expected the number of the message that it answers; take it from the "
        "envelope of that message.",
        bericht=envelope.bericht,
    )


def _shown(said: str | None) -> str:
    """A code, type or version; whatever else callers made up is not repeated."""
    known = said is not None and (said in BERICHTEN or re.fullmatch(r"[0-9]{1,8}|[0-9]{1,4}\.[0-9]{1,4}", said))
    return str(said) if known else "(not shown)"
