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

Reason = Literal["too-large", "unreadable", "not-your-message", "unknown-sender", "unknown-receiver"]


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
    """Sender in the header and in the credential must agree, and both ends must be known here."""
    if directory.by_code(sniffed.sender) is None:
        return _rejected("unknown-sender", "The sender is not known here", sniffed, "sender", sniffed.sender)
    if not directory.may_send_as(party, sniffed.sender, sniffed.bericht):
        return Rejection(
            reason="not-your-message",
            title="This party may not send this message",
            detail=f"{party.id} offers a {sniffed.bericht} of which {_shown(sniffed.sender)} is the sender. Expected "
            "its own code, or a mandate for that gemeente and message type. Send it with the right credential, or have "
            "the hub's operator add the mandate.",
            bericht=sniffed.bericht,
        )
    if directory.by_code(sniffed.receiver) is None:
        return _rejected("unknown-receiver", "The receiver is not known here", sniffed, "receiver", sniffed.receiver)
    return None


def _rejected(reason: Reason, title: str, sniffed: Sniffed, role: str, code: str) -> Rejection:
    return Rejection(
        reason=reason,
        title=title,
        detail=f"The {role} of this {sniffed.bericht} is {_shown(code)}, which no party of this hub has. Expected the "
        "code of a gemeente (4 digits) or aanbieder (8 digits) in its configuration. Correct the header, or have "
        "the hub's operator add the party; a message set aside can then be released.",
        bericht=sniffed.bericht,
    )


def _shown(code: str) -> str:
    return code if code.isdigit() and len(code) <= 8 else "not a code"
