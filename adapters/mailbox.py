"""The hub's own interface: the message itself over HTTP, with an Idempotency-Key; documented in OpenAPI. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.checks import checked, refuse_options
from adapters.contract import Fault, Headers, Notice, Packed, Parcel
from adapters.plain import PROBLEM_TYPE, Plain, media_type, notice_body, plain_capabilities, read_notice

KEY = "idempotency-key"


class Mailbox(Plain):
    """Bare XML in and out; a later fault travels as problem details."""

    name = "mailbox"
    capabilities = plain_capabilities("The message as it is, over HTTP, with an Idempotency-Key", notices=True)

    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        """The body is the message; with the media type of problem details it is a fault about an earlier one."""
        envelope = checked(Parcel(body=body, reference=headers.get(KEY)), self.capabilities)
        if isinstance(envelope, Fault) or media_type(headers) != PROBLEM_TYPE:
            return envelope
        return read_notice(body, envelope.reference or "", self.capabilities)

    def pack(self, outgoing: Parcel | Notice) -> Packed:
        """The message, or the problem details of a notice, under its reference."""
        is_notice = isinstance(outgoing, Notice)
        headers = {"Content-Type": PROBLEM_TYPE if is_notice else "application/xml"}
        if outgoing.reference is not None:
            headers["Idempotency-Key"] = outgoing.reference
        return Packed(body=notice_body(outgoing) if isinstance(outgoing, Notice) else outgoing.body, headers=headers)


def make(options: Mapping[str, str]) -> Mailbox:
    """The adapter; it has no options."""
    refuse_options(options)
    return Mailbox()
