"""A push in VECOZO's form: berichtMetadata and payload, answered by 204 or problem details. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from adapters.checks import refuse_options, too_large
from adapters.contract import Capabilities, Fault, Headers, Notice, Packed, Parcel
from adapters.plain import NO_CONTENT, decoded, fault_in_reply, is_success, no_receipt, plain_capabilities
from adapters.refusals import problem_of
from adapters.vsp_rest.codes import CODES, field_of, kind_of, status_of
from adapters.vsp_rest.describing import METADATA, PAYLOAD, push_schema
from adapters.vsp_rest.metadata import ACTIES, metadata_of
from adapters.vsp_rest.multipart import joined, parts_of
from adapters.vsp_rest.reading import parcel_of, read_metadata
from adapters.zips import unzipped
from streams.core.ports import Receipt

PATH = "/vsp/v1/berichten"
LARGEST_METADATA = 1_000_000
"""Bytes, with all else around a payload; one with as much of everything as is allowed could be larger, and never is."""

_OPTIONS = {f"action_{bericht}": bericht for bericht in ACTIES}


class VspRest:
    """A message, bare or in a zip, with metadata beside it. Later faults are not told: the sender asks the status."""

    name = "vsp_rest"
    capabilities: Capabilities = msgspec.structs.replace(
        plain_capabilities("VECOZO's REST interface: push, pull and status", addressed=True),
        faults=CODES,
        references="uuid4",
        path=PATH,
        request=push_schema(),
    )

    def __init__(self, acties: Mapping[str, str]) -> None:
        self.acties = acties

    def unpack(self, body: bytes, headers: Headers) -> Parcel | Fault:
        """The two parts, checked; a payload in a zip is unpacked."""
        largest = self.capabilities.largest
        if len(body) > largest + LARGEST_METADATA:
            return too_large(len(body), largest)
        parts = parts_of(body, headers.get("content-type", ""))
        if parts is None or sorted(name for name, _ in parts) != [METADATA, PAYLOAD]:
            return _no_push()
        found = dict(parts)
        metadata = read_metadata(found[METADATA])
        if isinstance(metadata, Fault):
            return metadata
        payload = unzipped(found[PAYLOAD], largest)
        return payload if isinstance(payload, Fault) else parcel_of(metadata, payload, self.capabilities)

    def pack(self, outgoing: Parcel | Notice) -> Packed | None:
        """The two parts; None for a notice, and for a parcel without what every push must tell."""
        metadata = metadata_of(outgoing, self.acties) if isinstance(outgoing, Parcel) else None
        if metadata is None or isinstance(outgoing, Notice):
            return None
        told = msgspec.json.encode(metadata)
        content_type, body = joined(
            {METADATA: ("application/json", told), PAYLOAD: ("application/octet-stream", outgoing.body)}
        )
        return Packed(body=body, headers={"Content-Type": content_type})

    def receipt(self, incoming: Parcel | Notice, receipt: Receipt) -> Packed:
        """204, without a body."""
        return Packed(body=b"", status=NO_CONTENT)

    def refusal(self, fault: Fault, now: datetime) -> Packed:
        """Problem details with the code, and the part of the push that is at fault."""
        code, status = CODES[fault.kind], status_of(fault)
        errors = {field_of(fault.kind): [f"{code}: {fault.detail}"]}
        told = {**problem_of(fault), "status": status, "code": code, "errors": errors}
        headers = {"Content-Type": "application/json", **({"Retry-After": "5"} if status in (429, 503) else {})}
        return Packed(body=msgspec.json.encode(told), headers=headers, status=status)

    def reply(self, brought: Parcel | Notice, answer: Packed) -> Fault | None:
        """What the status says, and the code when it is known. Only 204 is a receipt."""
        if is_success(answer.status) and answer.status != NO_CONTENT:
            return no_receipt(answer.status, "204 without a body")
        code = _code_in(answer.body)
        fault = fault_in_reply(answer.status, kind_of(code) if code else None)
        return msgspec.structs.replace(fault, code=code) if fault else None


class _Problem(Struct):
    code: str = ""
    errors: dict[str, list[str]] = {}


def _code_in(body: bytes) -> str | None:
    """The code of a problem, when it is known: a member of its own, or what an error of a field begins with."""
    found = decoded(body, _Problem) or _Problem()
    told = [found.code, *(text.partition(":")[0].strip() for texts in found.errors.values() for text in texts)]
    return next((code for code in told if kind_of(code)), None)


def _no_push() -> Fault:
    return Fault(
        kind="unreadable",
        title="This is no push",
        detail=f"Expected multipart/form-data, complete, with the parts {METADATA} (JSON) and {PAYLOAD} (the message, "
        "or a zip with it), each once and nothing else; send it so.",
    )


def make(options: Mapping[str, str]) -> VspRest:
    """The adapter. Options: action_<type>, such as action_JW301, the word for `actie` in what the hub sends."""
    refuse_options(options, _OPTIONS)
    wrong = [name for name, word in options.items() if not 1 <= len(word) <= 60]
    if wrong:
        raise ValueError(f"{', '.join(sorted(wrong))}: expected a word of 1 to 60 characters; correct it")
    return VspRest({**ACTIES, **{_OPTIONS[name]: word for name, word in options.items()}})
