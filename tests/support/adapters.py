"""Envelopes for any adapter, made from what it says it can do; and what must come back of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import msgspec
from hypothesis import strategies as st

from adapters.contract import Adapter, Application, Capabilities, Fault, Notice, Packed, Parcel
from adapters.outgoing import VERSION, ends
from schemas.ijw_3_2.structure import structure
from streams.core.ports import Receipt

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
BSN, NAME = "999900006", "Janneke Jansen"
PERSON = f"{NAME} {BSN}"
RECEIPT = Receipt(envelope_id="0f5e2c0a-5b1d-5c7e-9d55-1c2b3a4d5e6f", received_at=NOW, repeat=False)
REFERENCE, EARLIER = "7d1b3c52-3a4e-4f6d-8b1a-2c3d4e5f6a7b", "0c9a8b7e-6d5f-4e3c-9b2a-1f0e9d8c7b6a"
MESSAGE = b'<?xml version="1.0" encoding="UTF-8"?>\r\n<Bericht>\r\n</Bericht>\r\n'

_AT_NOON = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)).map(  # an hour of local time that never comes twice
    lambda moment: moment.replace(hour=12, microsecond=0, tzinfo=UTC)
)
_UUIDS = st.uuids(version=4).map(str)
_TEXTS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=36)
_BODIES = st.builds(
    lambda start, rest: start + rest,
    st.sampled_from([MESSAGE, b"<", b"<a>\r\n--", b"\xef\xbb\xbf<a/>"]),
    st.binary(max_size=200),
)
_APPLICATIONS = st.builds(
    Application,
    st.text(st.sampled_from("abcXYZ 0"), min_size=3, max_size=50).filter(lambda name: name == name.strip()),
    st.from_regex("[0-9]{4}", fullmatch=True),
    st.from_regex("[0-9]{4}", fullmatch=True),
)
_RELATIONS = st.from_regex("[0-9]{4}:[0-9]{8}", fullmatch=True)
_LATER = sorted(
    ["payload", "not-awaited", "not-as-asked", "remark", "undeliverable", "refused-by-receiver", "closed", "failed"]
)


def references(can: Capabilities) -> st.SearchStrategy[str]:
    """Numbers that a sender may use; what the hub sends has a UUID, whatever the format could take."""
    return _UUIDS if can.references == "uuid4" else _UUIDS | _TEXTS


@st.composite
def parcels(draw: st.DrawFn, can: Capabilities) -> Parcel:
    """Messages with all that an envelope can tell, true to the standard: a return message answers, others do not."""
    bericht = draw(st.sampled_from(sorted(can.berichten)))
    sender, receiver = ends(draw(_RELATIONS), bericht)
    return Parcel(
        body=draw(_BODIES),
        reference=draw(references(can)),
        bericht=bericht,
        version=draw(st.sampled_from(sorted(can.versions))),
        sender=sender,
        receiver=receiver,
        answers=draw(_answers(bericht, can)),
        made_at=draw(_AT_NOON),
        application=draw(st.none() | _APPLICATIONS),
        copy=draw(st.booleans()),
    )


def _answers(bericht: str, can: Capabilities) -> st.SearchStrategy[str | None]:
    if structure().berichten[bericht].heen is not None:
        return references(can)
    return st.none() | references(can) if bericht == "JW325" else st.none()


@st.composite
def notices(draw: st.DrawFn, can: Capabilities) -> Notice:
    """Faults that come later, as the hub tells them, with and without the problem details of its own."""
    kind, about = draw(st.sampled_from(_LATER)), draw(references(can))
    bericht = draw(st.sampled_from(sorted(can.berichten)))
    problem = {
        "type": "urn:ijwhub:fout:geweigerd",
        "title": "No",
        "reference": about,
        "bericht": bericht,
        "soort": kind,
    }
    return Notice(
        fault=Fault(kind=kind, title="It is refused", detail="It is wrong. Correct it and send it again."),
        about=about,
        reference=draw(_UUIDS),
        made_at=draw(_AT_NOON),
        receiver=ends(draw(_RELATIONS), bericht)[0],
        bericht=bericht,
        application=draw(st.none() | _APPLICATIONS),
        problem=draw(st.sampled_from([b"", msgspec.json.encode(problem)])),
    )


def parcel_for(can: Capabilities, bericht: str | None = None, *, size: int | None = None) -> Parcel:
    """One message of this type (any, when None) that this adapter can carry, of so many bytes."""
    bericht = bericht or min(can.berichten)
    sender, receiver = ends("0392:65656001", bericht)
    answers = EARLIER if structure().berichten[bericht].heen is not None else None
    return Parcel(
        body=MESSAGE if size is None else MESSAGE[:-2] + b" " * (size - len(MESSAGE) + 2),
        reference=REFERENCE,
        bericht=bericht,
        version=VERSION,
        sender=sender,
        receiver=receiver,
        answers=answers,
        made_at=NOW,
        application=Application("Zorgpakket", "0002", "0010"),
    )


def carried(adapter: Adapter, outgoing: Parcel | Notice) -> Parcel | Notice | Fault:
    """What the other side unpacks of what this adapter packs."""
    packed = adapter.pack(outgoing)
    assert packed is not None, "there is no word for this in the format"
    return adapter.unpack(packed.body, arrived(packed.headers))


def arrived(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as they arrive: their names in lower case."""
    return {name.lower(): text for name, text in headers.items()}


def texts_of(fault: Fault) -> Iterator[str]:
    """All that a fault could repeat, but the sender's own number."""
    fields = (fault.title, fault.detail, fault.code, fault.sender, fault.receiver, fault.bericht)
    return (text for text in fields if text)


def told(packed: Packed) -> str:
    """All that the other side reads."""
    return packed.body.decode("utf-8", "replace") + "".join(packed.headers.values())
