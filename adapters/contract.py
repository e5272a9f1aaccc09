"""What every adapter is: pure translation between a partner's envelope and ours. No I/O, no clock, no credential.

A connector brings bytes with headers in, and says who sends them; the adapter says what the envelope says. The other
way round the hub gives a Parcel or a Notice, and a connector carries what the adapter makes of it. One suite
(tests/adapters) runs against every adapter, those of others included.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

from msgspec import Struct

from streams.core.intake import Declared
from streams.core.ports import Receipt

Headers = Mapping[str, str]
"""By name in lower case. A connector without headers gives those that it has: of a file `file-name`."""

Side = Literal["client", "server"]
"""Who can mend a fault: whoever sent the message, or whoever received it (StUF calls it plek)."""

Kind = Literal[
    "unreadable",  # no envelope at all, as far as can be seen
    "envelope",  # the envelope is not as its own schema asks
    "version",  # of the envelope, or of the message standard, another version
    "unknown-function",  # no message type that is known here
    "wrong-kind",  # envelope and message type do not go together: a return message in the envelope of a first message
    "mismatch",  # envelope and header of the message name another sender, receiver, type or version
    "not-authenticated",
    "not-your-message",  # the credential is not that of the sender, and there is no mandate
    "unknown-sender",
    "unknown-receiver",
    "wrong-way",
    "reference",  # the sender's number is no usable number (StUF and VSP: a UUID of version 4, in lower case)
    "reference-used",  # the same number, another content
    "cross-reference",  # answers a number that this party never got, or another message
    "too-large",
    "too-often",
    "zip",
    "zip-many",
    "zip-folder",
    "zip-password",
    "zip-large",
    "zip-empty",
    "closed",  # no messages of this type during a freeze
    "payload",  # the message inside cannot be read, or fails its schema (level 1)
    "ill-formed",  # the message inside is no XML, or none that may be read
    "not-awaited",  # a return message or JW325 that answers nothing that waits
    "not-as-asked",  # a JW325 that is not as the standard asks, and was not passed on
    "remark",  # it was passed on and counts, but is not as the standard asks
    "undeliverable",  # its receiver could not be reached in time; a repeat does not mend that, a new message does
    "refused-by-receiver",  # its receiver refused the envelope
    "unavailable",  # not now: offer it again unchanged
    "failed",
]  # fmt: skip
"""What is wrong, in words of our own; each adapter has a code of its partner's for it."""

SERVER_SIDE: frozenset[Kind] = frozenset(["unavailable", "failed"])


class Application(Struct, frozen=True):
    """The software that made a message: its name without version, and its version in two parts of four digits."""

    name: str
    version: str = "0001"
    subversion: str = "0000"


class Parcel(Struct, frozen=True, kw_only=True):
    """A message as a partner's envelope carries it. What is None is not told by this kind of envelope.

    body         the bytes of the message itself.
    reference    the sender's own number of this delivery; None lets the connector choose one.
    bericht      JW301 … JW325.
    version      of the message standard, as (3, 2).
    sender, receiver   codes: 4 digits of a gemeente, 8 of an aanbieder.
    answers      the reference under which the one who gets this sent or got what this answers.
    made_at      when the envelope was made, with time zone.
    copy         (outgoing) for somebody who is not the receiver itself.
    """

    body: bytes
    reference: str | None = None
    bericht: str | None = None
    version: tuple[int, int] | None = None
    sender: str | None = None
    receiver: str | None = None
    answers: str | None = None
    made_at: datetime | None = None
    application: Application | None = None
    copy: bool = False

    @property
    def declared(self) -> Declared:
        """What the envelope says of the message, to hold against the message's own header."""
        return Declared(
            bericht=self.bericht,
            version=self.version,
            sender=self.sender,
            receiver=self.receiver,
            answers=self.answers,
            software=software_of(self.application),
        )


class Fault(Struct, frozen=True, kw_only=True):
    """Why something is refused. `title` and `detail` are in words of our own and hold no personal data.

    detail     what was found, what was expected, and what to do next.
    code       as the partner gave it, in a fault that came in, or what came in the place of a receipt (HTTP200, Bv03);
               None in ours: an adapter derives it from the kind.
    reference, sender, receiver, bericht   of the refused envelope, as far as they could be read.
    """

    kind: Kind
    title: str
    detail: str
    code: str | None = None
    reference: str | None = None
    sender: str | None = None
    receiver: str | None = None
    bericht: str | None = None

    @property
    def side(self) -> Side:
        """Who can mend it."""
        return "server" if self.kind in SERVER_SIDE else "client"


class Notice(Struct, frozen=True, kw_only=True):
    """A fault that comes later, about a message that was taken in: StUF's Fo01, a .fout.json.

    about      the reference of that message, as whoever gets this notice sent it (or got it from the hub).
    reference  of the notice itself.
    application   the software that made the message that is refused; None when not known.
    problem    (outgoing) the problem details in JSON, with every finding, for formats that can carry them.
    """

    fault: Fault
    about: str
    reference: str
    made_at: datetime | None = None
    sender: str | None = None
    receiver: str | None = None
    bericht: str | None = None
    application: Application | None = None
    problem: bytes = b""


class Packed(Struct, frozen=True, kw_only=True):
    """What a connector carries: bytes with headers; `status` when it is an answer over HTTP."""

    body: bytes
    headers: Mapping[str, str] = {}
    status: int = 200


class Capabilities(Struct, frozen=True, kw_only=True):
    """What an adapter can do; the contract suite holds it to this.

    berichten   the message types it carries; versions: of the standard, as (major, minor).
    largest     bytes of the message inside, at most.
    faults      its code for every kind of fault it can tell; other kinds it tells as "failed".
    notices     whether a fault can be told later, about a message that was taken in.
    addressed   whether its envelope names sender and receiver.
    references  what a reference must look like: uuid4 (lower case), text, or none at all.
    path        where the hub listens for it over HTTP; None: /v1/adapters/<name>.
    request     the JSON Schema of what is posted there, for its description; None: bytes, as the media type tells.
    """

    about: str
    berichten: frozenset[str]
    versions: frozenset[tuple[int, int]]
    largest: int
    faults: Mapping[Kind, str]
    notices: bool
    addressed: bool
    references: Literal["uuid4", "text", "none"]
    path: str | None = None
    request: Mapping[str, Any] | None = None


class Adapter(Protocol):
    """A format. `unpack` and `pack` are inverse for whatever both can carry; none of these ever raises.

    One is made for all requests with the same options, and used by several threads at once: it remembers nothing.
    """

    @property
    def name(self) -> str:
        """As in the configuration: stuf_ggk, vsp_rest, mailbox, file_drop, kafka_direct, or that of an entry point."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        """What came in: a message, a fault about one that we sent, or why it is neither."""

    def pack(self, outgoing: Parcel | Notice) -> Packed | None:
        """The envelope for a partner: the same bytes for the same input. None: this format has no word for it."""

    def receipt(self, incoming: Parcel | Notice, receipt: Receipt) -> Packed:
        """What the partner is told when its message is durable: the same again for a repeat."""

    def refusal(self, fault: Fault, now: datetime) -> Packed:
        """What the partner is told when its message is refused at once."""

    def reply(self, brought: Parcel | Notice, answer: Packed) -> Fault | None:
        """What a partner said to what we brought: None when it has it, else why not.

        None is final, for what is taken is never brought again. So a success that is no receipt of this format, or
        one that names another message, is a fault of the server, after which it is brought again.
        """


class Factory(Protocol):
    """What an entry point of the group `ijwhub.adapters` names."""

    def __call__(self, options: Mapping[str, str]) -> Adapter:
        """The adapter with the options of one party (all str). Raises ValueError for one it does not know."""


def software_of(application: Application | None) -> str | None:
    """An application as one word for the log: name/0002/0010; None when it is not known."""
    if application is None:
        return None
    return f"{application.name}/{application.version}/{application.subversion}"


def application_of(software: str | None) -> Application | None:
    """The application that such a word tells; None when there is none."""
    parts = (software or "").rsplit("/", 2)
    return Application(*parts) if len(parts) == 3 else None
