"""The JSON Schema of every type of event, made from the structures that travel. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from streams.core.events import PREFIX, TYPES
from streams.core.happenings import Bericht

Document = dict[str, Any]

ABOUT: Mapping[str, str] = {
    "zorg.requested": "An aanbieder asked for care for a client (JW315), or for a change of it (JW317).",
    "verzoek.answered": "A gemeente answered a request (JW319).",
    "zorg.assigned": "A gemeente assigned care (JW301).",
    "zorg.changed": "A gemeente changed an assignment (JW301).",
    "zorg.withdrawn": "A gemeente deleted an assignment: it counts as never made (JW301, RedenWijziging 13).",
    "zorg.started": "Care began (JW305).",
    "zorg.resumed": "Care went on after a temporary stop (JW305).",
    "zorg.paused": "Care stopped for a time (JW307, RedenBeeindiging 20).",
    "zorg.stopped": "Care ended (JW307).",
    "levering.withdrawn": "A start or stop was withdrawn: it counts as never sent (StatusAanlevering 3).",
    "zorg.claimed": "Care given was claimed (JW323).",
    "zorg.granted": "Claim lines were granted (JW325).",
    "zorg.refused": "Claim lines were refused (JW325).",
    "zorg.retracted": "A message that counted was refused by its receiver: what it told counts as never sent.",
    "bericht.decided": "The hub decided on a message.",
    "bericht.refused": "A message was refused, by the hub or by its receiver.",
    "bericht.corrected": "A message puts right what an earlier one said.",
    "bericht.answered": "A message was answered with its return message or JW325.",
    "bericht.late": "An answer, or a stop message, came after its term.",
}


def schema_of(what: str) -> Document:
    """The JSON Schema of an event of this type (a key of events.TYPES), complete in itself."""
    _, definitions = msgspec.json.schema_components([TYPES[what]], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": PREFIX + what,
        "description": ABOUT[what],
        **_attributes(what, f"#/$defs/{TYPES[what].__name__}"),
        "$defs": definitions,
    }


def components() -> tuple[Mapping[str, Document], Mapping[str, Document]]:
    """The events by type as payloads of one document, and the schemas of its components that they refer to."""
    reference = "#/components/schemas/{name}"
    _, schemas = msgspec.json.schema_components(list(dict.fromkeys(TYPES.values())), ref_template=reference)
    payloads = {what: _attributes(what, reference.format(name=data.__name__)) for what, data in TYPES.items()}
    return payloads, msgspec.json.decode(msgspec.json.encode(schemas))  # plain: defaults are tuples otherwise


def _attributes(what: str, data: str) -> Document:
    subject = "The relation, gemeente:aanbieder." if issubclass(TYPES[what], Bericht) else "The client's pseudonym."
    properties: Document = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "description": "The same again when it is published again."},
        "source": {"const": "urn:nld:ijwhub"},
        "type": {"const": PREFIX + what},
        "time": {"type": "string", "format": "date-time", "description": "When the hub decided."},
        "subject": {"type": "string", "description": subject},
        "datacontenttype": {"const": "application/json"},
        "data": {"$ref": data},
    }
    return {"type": "object", "required": list(properties), "properties": properties}
