"""VECOZO's fault codes (BRS) for our kinds of fault, and where in a push each kind belongs. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.contract import SERVER_SIDE, Fault, Kind
from adapters.plain import KINDS

_PUBLISHED: Mapping[Kind, str] = {
    "unknown-sender": "BRS01",
    "not-your-message": "BRS03",
    "unknown-receiver": "BRS04",
    "wrong-way": "BRS05",
    "too-large": "BRS06",
    "payload": "BRS13",
    "ill-formed": "BRS14",
    "zip": "BRS15",
    "zip-many": "BRS16",
    "zip-password": "BRS17",
    "zip-large": "BRS19",
    "zip-empty": "BRS21",
    "zip-folder": "BRS29",
    "undeliverable": "BRS33",
    "reference-used": "BRS114",
}
CODES: Mapping[Kind, str] = {kind: _PUBLISHED.get(kind, kind) for kind in KINDS}
"""Where VECOZO has no code for a kind, the word of ours stands."""

_OTHERS: Mapping[str, Kind] = {
    "BRS02": "not-your-message",
    "BRS12": "payload",
    "BRS18": "payload",
    "BRS20": "payload",
    "BRS28": "payload",
}
_KIND_OF: Mapping[str, Kind] = {**{code: kind for kind, code in CODES.items()}, **_OTHERS}

_BAD_REQUEST: frozenset[Kind] = frozenset(["unreadable", "envelope", "reference", "version", "unknown-function"])
_STATUS: Mapping[Kind, int] = {"not-authenticated": 401, "too-often": 429}

_FIELDS: Mapping[Kind, str] = {
    "reference": "berichtMetadata.referentiegegevens",
    "reference-used": "berichtMetadata.referentiegegevens.traceerId",
    "cross-reference": "berichtMetadata.referentiegegevens.alsAntwoordOp",
    "wrong-kind": "berichtMetadata.referentiegegevens.alsAntwoordOp",
    "unknown-sender": "berichtMetadata.routeringgegevens.afzender",
    "not-your-message": "berichtMetadata.routeringgegevens.afzender",
    "unknown-receiver": "berichtMetadata.routeringgegevens.geadresseerden",
    "wrong-way": "berichtMetadata.routeringgegevens",
    "version": "berichtMetadata.routeringgegevens.berichtstroom",
    "unknown-function": "berichtMetadata.routeringgegevens.berichtstroom",
    "closed": "berichtMetadata.routeringgegevens.berichtstroom",
    "envelope": "berichtMetadata",
    "mismatch": "berichtMetadata",
}
_OF_PAYLOAD: frozenset[Kind] = frozenset(
    [
        "too-large", "zip", "zip-many", "zip-folder", "zip-password", "zip-large", "zip-empty", "payload",
        "ill-formed", "not-awaited", "not-as-asked",
    ]
)  # fmt: skip


def kind_of(code: str) -> Kind | None:
    """The kind that a code tells; None for one that is not known here."""
    return _KIND_OF.get(code)


def status_of(fault: Fault) -> int:
    """400 for metadata that cannot be read, 422 for what must not be sent again as it is, 503 for what may."""
    if fault.kind in SERVER_SIDE:
        return 503
    return _STATUS.get(fault.kind, 400 if fault.kind in _BAD_REQUEST else 422)


def field_of(kind: Kind) -> str:
    """The part of a push that this kind of fault is about; empty for the push as a whole."""
    return "payload" if kind in _OF_PAYLOAD else _FIELDS.get(kind, "")
