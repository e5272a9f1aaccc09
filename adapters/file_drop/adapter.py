"""A file as envelope: a message in XML, the municipal envelope around one, or a zip with one of these. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from adapters.checks import refuse_options, too_large
from adapters.contract import Fault, Headers, Notice, Packed, Parcel
from adapters.file_drop.files import FAULT_ENDING, fault_name, message_name
from adapters.plain import PROBLEM_TYPE, Plain, notice_body, plain_capabilities, read_notice
from adapters.stuf_ggk.envelopes import read_envelope
from adapters.zips import unzipped
from schemas.ijw_3_2.safe_xml import UnsafeXml, root_tag

FILE_NAME = "file-name"
"""The header with the name of the file, without its folder."""

_ENVELOPES = (
    "{http://www.stufstandaarden.nl/koppelvlak/ggk0210}",
    "{http://www.egem.nl/StUF/StUF0301}",
    "{http://schemas.xmlsoap.org/soap/envelope/}",
)


class FileDrop(Plain):
    """A message, or a fault about an earlier one, in a file; refusals stand beside the file as .fout.json."""

    name = "file_drop"
    capabilities = msgspec.structs.replace(
        plain_capabilities("A file: XML, the municipal envelope, or a zip with one of these", notices=True),
        references="none",
    )

    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        """A file by its content, or by the ending of its name (.fout.json). Without an envelope only the body is told.

        What is no XML is a Parcel too: intake tells what is wrong with it.
        """
        if len(body) > self.capabilities.largest:
            return too_large(len(body), self.capabilities.largest)
        if headers.get(FILE_NAME, "").endswith(FAULT_ENDING):
            return read_notice(body, "", self.capabilities)
        content = unzipped(body, self.capabilities.largest)
        if isinstance(content, Fault):
            return content
        return read_envelope(content) if _has_envelope(content) else Parcel(body=content)

    def pack(self, outgoing: Parcel | Notice) -> Packed:
        """The bare message, or the problem details of a notice, and the name of the file."""
        if isinstance(outgoing, Notice):
            headers = {FILE_NAME: fault_name(outgoing.reference), "Content-Type": PROBLEM_TYPE}
            return Packed(body=notice_body(outgoing), headers=headers)
        headers = {FILE_NAME: message_name(outgoing), "Content-Type": "application/xml"}
        return Packed(body=outgoing.body, headers=headers)


def _has_envelope(content: bytes) -> bool:
    try:
        return root_tag(content).startswith(_ENVELOPES)
    except UnsafeXml:
        return False


def make(options: Mapping[str, str]) -> FileDrop:
    """The adapter; it has no options."""
    refuse_options(options)
    return FileDrop()
