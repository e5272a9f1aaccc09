"""A record on a topic of the party's own: the value is the message, the headers are its envelope. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import msgspec

from adapters.checks import checked, refuse_options
from adapters.contract import Fault, Headers, Notice, Packed, Parcel
from adapters.plain import Plain, notice_body, plain_capabilities, read_notice

REFERENCE, BERICHT, VERSIE, AFZENDER, ONTVANGER = "reference", "bericht", "versie", "afzender", "ontvanger"
ANTWOORD_OP = "antwoord_op"
ID, KIND, FOUT = "id", "kind", "fout"
"""Of a record with kind fout the value is problem details, `reference` names the message at fault, and `id` itself."""

_VERSION = re.compile("([0-9]{1,3})[.]([0-9]{1,3})")


class KafkaDirect(Plain):
    """One message a record. All headers are texts in UTF-8; every one of them may be left out by a sender."""

    name = "kafka_direct"
    capabilities = plain_capabilities("A record on a topic of one's own, with headers", notices=True, addressed=True)

    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        """The value with what its headers say of it; what is no header of ours is passed over."""
        if headers.get(KIND) == FOUT:
            return read_notice(body, headers.get(ID, ""), self.capabilities)
        versie = headers.get(VERSIE)
        version = _VERSION.fullmatch(versie or "")
        if versie is not None and version is None:
            return Fault(
                kind="version",
                title="The version of the standard cannot be read",
                detail=f"The header {VERSIE} holds no version. Expected 3.2; correct it, or leave it out.",
            )
        parcel = Parcel(
            body=body,
            reference=headers.get(REFERENCE),
            bericht=headers.get(BERICHT),
            version=(int(version[1]), int(version[2])) if version else None,
            sender=headers.get(AFZENDER),
            receiver=headers.get(ONTVANGER),
            answers=headers.get(ANTWOORD_OP),
        )
        return checked(parcel, self.capabilities)

    def pack(self, outgoing: Parcel | Notice) -> Packed:
        """The value and its headers; what is not known has no header."""
        if isinstance(outgoing, Notice):
            told = {KIND: FOUT, ID: outgoing.reference, REFERENCE: outgoing.about, BERICHT: outgoing.bericht}
            return Packed(body=notice_body(outgoing), headers=_known(told))
        version = ".".join(map(str, outgoing.version)) if outgoing.version else None
        headers = {
            REFERENCE: outgoing.reference,
            BERICHT: outgoing.bericht,
            VERSIE: version,
            AFZENDER: outgoing.sender,
            ONTVANGER: outgoing.receiver,
            ANTWOORD_OP: outgoing.answers,
        }
        return Packed(body=outgoing.body, headers=_known(headers))

    def refusal(self, fault: Fault, now: datetime) -> Packed:
        """A record for the sender's other topic, with the reference of the refused one when it gave one."""
        told = super().refusal(fault, now)
        return msgspec.structs.replace(told, headers=_known({KIND: FOUT, REFERENCE: fault.reference}))


def _known(headers: Mapping[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in headers.items() if text is not None}


def make(options: Mapping[str, str]) -> KafkaDirect:
    """The adapter; it has no options."""
    refuse_options(options)
    return KafkaDirect()
