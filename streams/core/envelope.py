"""A message on its way: its bytes, and what the transport knows of them."""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import date, datetime

from msgspec import Struct

UNDELIVERED = 1_000_000
"""Added to the number of an output that could not be delivered, for the number of the fault that tells so."""
RELEASED = "cli"
"""The source of what an operator released from quarantine."""
RELEASE = re.compile(r"(?P<first>.*)/vrijgave-(?P<number>[0-9]{1,6})", re.DOTALL)
"""The reference of what is released after the exchange set it aside: it was in the log already."""
_NAMESPACE = uuid.UUID("6b1b36b8-53c3-5f0b-9a52-a5f1f2d3a032")


class Envelope(Struct, frozen=True, kw_only=True):
    """A message as it was taken in.

    id           derived from party, reference and bytes, so a redelivery has the same one.
    received_at  the transport's moment of receipt, with time zone; terms run from it, never from Dagtekening.
    source       the connector it came through: http, folder, cli.
    party        the id of the authenticated party that sent it.
    reference    the sender's own number for this delivery; the same one with other bytes is an error.
    bericht      JW301 ... JW325, as sniffed.
    relation     gemeente:aanbieder, the unit of order; no person is in it.
    receiver     the code of the party it is for.
    software     what made it, as its envelope tells: name/0002/0010; None when it does not.
    body         the bytes as received.
    """

    id: str
    received_at: datetime
    source: str
    party: str
    reference: str
    bericht: str
    relation: str
    receiver: str
    body: bytes
    software: str | None = None

    @property
    def let_in(self) -> bool:
        """Whether intake refused it, and an operator released it."""
        return self.source == RELEASED and RELEASE.fullmatch(self.reference) is None


def envelope_id(party: str, reference: str, body: bytes) -> str:
    """The id of a delivery: equal exactly when party, reference and bytes are equal."""
    digest = hashlib.sha256(body).hexdigest()
    return str(uuid.uuid5(_NAMESPACE, f"{party}\n{reference}\n{digest}"))


def output_id(envelope: str, number: int) -> str:
    """The id of the n-th output of an envelope: the same again when the step is repeated."""
    return f"{envelope}.{number}"


def undelivered_id(output: str) -> str:
    """The id of the fault that tells that an output could not be delivered."""
    envelope, _, number = output.rpartition(".")
    return output_id(envelope, UNDELIVERED + int(number))


def wire_reference(output: str) -> str:
    """The number under which a receiver gets an output: a UUID of version 4 in form, the same for each attempt."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"reference {output}".encode()).digest()[:16], version=4))


def identificatie_for(envelope: str) -> str:
    """An Identificatie of 12 characters for a message that the hub makes in answer to an envelope."""
    return hashlib.blake2b(envelope.encode(), digest_size=6).hexdigest()


class Made(Struct, frozen=True, kw_only=True):
    """What identifies an answer: its own Identificatie (12 characters at most) and Dagtekening."""

    identificatie: str
    dagtekening: date
