"""What a push must look like, as a JSON Schema made of the very structures that read it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from adapters.contract import Application, Parcel
from adapters.outgoing import VERSION
from adapters.vsp_rest.metadata import ACTIES, BerichtMetadata, metadata_of

METADATA, PAYLOAD = "berichtMetadata", "payload"
"""The two parts of a push."""
_SAMPLE = Parcel(
    body=b"",
    reference="4f8d2a6e-1c3b-4d5f-9a7e-6b0c1d2e3f4a",
    bericht="JW305",
    version=VERSION,
    sender="65656001",
    receiver="0392",
    application=Application("Zorgpakket", "0002", "0010"),
)


def push_schema() -> dict[str, Any]:
    """The schema of a whole push, with an example of its metadata."""
    _, named = msgspec.json.schema_components([BerichtMetadata], ref_template="{name}")
    sample = msgspec.to_builtins(metadata_of(_SAMPLE, ACTIES))
    payload = {"type": "string", "format": "binary", "description": "The message, bare or as the one file of a zip"}
    return {
        "type": "object",
        "required": [METADATA, PAYLOAD],
        "properties": {METADATA: {**_whole(named["BerichtMetadata"], named), "examples": [sample]}, PAYLOAD: payload},
        "additionalProperties": False,
    }


def _whole(schema: Any, named: Mapping[str, Any]) -> Any:
    """A schema with what it refers to in its place, so that it can stand in any document."""
    if isinstance(schema, list):
        return [_whole(one, named) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _whole(named[schema["$ref"]], named)
    return {name: _whole(value, named) for name, value in schema.items()}
