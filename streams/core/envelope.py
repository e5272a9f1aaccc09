"""A message on its way: its bytes, and what the transport knows of them."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date, datetime

from msgspec import Struct

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


def envelope_id(party: str, reference: str, body: bytes) -> str:
    """The id of a delivery: equal exactly when party, reference and bytes are equal."""
    digest = hashlib.sha256(body).hexdigest()
    return str(uuid.uuid5(_NAMESPACE, f"{party}\n{reference}\n{digest}"))


def output_id(envelope: str, number: int) -> str:
    """The id of the n-th output of an envelope: the same again when the step is repeated."""
    return f"{envelope}.{number}"


def identificatie_for(envelope: str) -> str:
    """An Identificatie of 12 characters for a message that the hub makes in answer to an envelope."""
    return hashlib.blake2b(envelope.encode(), digest_size=6).hexdigest()


class Made(Struct, frozen=True, kw_only=True):
    """What identifies an answer: its own Identificatie (12 characters at most) and Dagtekening."""

    identificatie: str
    dagtekening: date
