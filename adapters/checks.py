"""What every envelope is held to, whatever its format: usable references, known types, codes, sizes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from adapters.contract import Capabilities, Fault, Kind, Parcel

UUID4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
"""The pattern of a UUID of version 4 in lower case."""

_UUID4 = re.compile(UUID4)
LONGEST_REFERENCE = 200
_ANY_TEXT = f"1 to {LONGEST_REFERENCE} printable characters"
_EXPECTED = {"uuid4": "a UUID of version 4 in lower case", "text": _ANY_TEXT, "none": _ANY_TEXT}
_CODE = re.compile("[0-9]{4}|[0-9]{8}")

_Wrong = tuple[Kind, str, str]
"""Kind, title and detail of a fault."""


def checked(parcel: Parcel, can: Capabilities) -> Parcel | Fault:
    """The parcel, when all that its envelope says can be true; else the fault, with as much as could be read."""
    wrong = next(_wrong(parcel, can), None)
    return parcel if wrong is None else refused(parcel, can, *wrong)


def refused(parcel: Parcel, can: Capabilities, kind: Kind, title: str, detail: str) -> Fault:
    """The fault of an envelope, with as much of what it says as is safe to repeat."""
    return Fault(
        kind=kind,
        title=title,
        detail=detail,
        reference=parcel.reference if is_reference(parcel.reference, can) else None,
        sender=parcel.sender if is_code(parcel.sender) else None,
        receiver=parcel.receiver if is_code(parcel.receiver) else None,
        bericht=parcel.bericht if parcel.bericht in can.berichten else None,
    )


def is_reference(text: str | None, can: Capabilities) -> bool:
    """Whether this can be a reference in this format."""
    if text is None:
        return False
    if can.references == "uuid4":
        return is_uuid4(text)
    return 0 < len(text) <= LONGEST_REFERENCE and text.isprintable()


def is_uuid4(text: str) -> bool:
    """Whether this is a UUID of version 4 in lower case."""
    return _UUID4.fullmatch(text) is not None


def refuse_options(options: Mapping[str, str], known: Iterable[str] = ()) -> None:
    """Raise ValueError when there is an option other than the known ones."""
    unknown = len(set(options) - set(known))
    if unknown:
        expected = ", ".join(sorted(known)) or "none"
        raise ValueError(f"found {unknown} that it does not know; expected {expected}; correct or remove them")


def too_large(size: int, largest: int) -> Fault:
    """The fault of a message of so many bytes where so many are allowed."""
    return Fault(
        kind="too-large",
        title="The message is too large",
        detail=f"Found {size:,} bytes or more; expected at most {largest:,}. Divide it over several messages.",
    )


def is_code(text: str | None) -> bool:
    """Whether this can be the code of a gemeente (4 digits) or an aanbieder (8 digits)."""
    return text is not None and _CODE.fullmatch(text) is not None


def _wrong(parcel: Parcel, can: Capabilities) -> Iterator[_Wrong]:
    """What is wrong. Nothing that was found is repeated: whoever made it up could have put a person in it."""
    yield from _wrong_references(parcel, can)
    yield from _wrong_stream(parcel, can)
    yield from _wrong_ends(parcel)
    if len(parcel.body) > can.largest:
        large = too_large(len(parcel.body), can.largest)
        yield large.kind, large.title, large.detail


def _wrong_references(parcel: Parcel, can: Capabilities) -> Iterator[_Wrong]:
    expected = _EXPECTED[can.references]
    for found, whose in ((parcel.reference, "of this message"), (parcel.answers, "of the message that it answers")):
        if found is not None and not is_reference(found, can):
            yield (
                "reference",
                "A reference cannot be used",
                f"Found, as the reference {whose}, {len(found)} characters that are none. Expected {expected}; "
                "correct it and send the message again.",
            )


def _wrong_stream(parcel: Parcel, can: Capabilities) -> Iterator[_Wrong]:
    if parcel.bericht is not None and parcel.bericht not in can.berichten:
        yield (
            "unknown-function",
            "This type of message is not known here",
            f"Found a type that is none of those here. Expected one of {', '.join(sorted(can.berichten))}; correct it.",
        )
    if parcel.version is not None and parcel.version not in can.versions:
        versions = ", ".join(f"{major}.{minor}" for major, minor in sorted(can.versions))
        yield (
            "version",
            "This version of the standard is not spoken here",
            f"Found {parcel.version[0]}.{parcel.version[1]}; expected {versions}. Send the message in that version.",
        )


def _wrong_ends(parcel: Parcel) -> Iterator[_Wrong]:
    ends: tuple[tuple[Kind, str, str | None], ...] = (
        ("unknown-sender", "sender", parcel.sender),
        ("unknown-receiver", "receiver", parcel.receiver),
    )
    for kind, role, code in ends:
        if code is not None and not is_code(code):
            yield (
                kind,
                f"The {role} has no code",
                f"Found, as the {role}, what is no code. Expected the 4 digits of a gemeente or the 8 of an aanbieder; "
                "correct the envelope.",
            )
