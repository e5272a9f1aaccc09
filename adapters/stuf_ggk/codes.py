"""Which code says what is wrong: in a refusal at once (Fo03), and later (Fo01) by either of the two published lists.

The lists give the same code to different faults (IB007 and IB009 among others), so a code means something only
together with its list. Where a list has no code for what is wrong, its nearest is used, and the table says so.

A code with the side server makes a partner offer the same again. So in a Fo03, what only the sender can mend has a
code with the side client, even where the standard has a narrower one with the side server (StUF007, StUF040). The same
goes for what could not be delivered in time: offering it again under its old number brings its old receipt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

from adapters.contract import SERVER_SIDE, Kind, Side

List = Literal["2018", "2025"]
LISTS: tuple[List, ...] = get_args(List)
REFERENCE_USED = "StUF016"

_SERVER_CODES = frozenset(
    f"StUF{number}" for number in ("001", "004", "007", "025", "031", "037", "040", "046", "049", "058")
)
_PUBLISHED = re.compile("(StUF|IB|CC|BRS|RIN)[0-9]{2,3}")

_STUF: Mapping[str, str] = {
    "StUF001": "the version of StUF is not supported",
    "StUF004": "the sector model is not supported",
    "StUF007": "the version of the sector model is not supported",
    "StUF010": "the receiver is not known",
    "StUF013": "the sender is not known",
    "StUF016": "the sender used this number before, for something else",
    "StUF019": "it was made no later than one before it",
    "StUF022": "this kind of envelope is not known",
    "StUF025": "this kind of envelope is not supported",
    "StUF028": "the type of entity is not known",
    "StUF031": "the type of entity is not supported",
    "StUF034": "the function is not known",
    "StUF037": "the function is not supported",
    "StUF040": "this kind of envelope and function do not go together",
    "StUF043": "the number that it answers is not known",
    "StUF046": "it cannot be stored now",
    "StUF049": "the process behind it is missing",
    "StUF052": "the sender may not do this",
    "StUF055": "it is not valid against its schema",
    "StUF058": "processing it failed",
}
_MEANINGS: Mapping[List, Mapping[str, str]] = {
    "2018": {
        **_STUF,
        "BRS02": "who offers it lacks the role for it",
        "BRS03": "who offers it has no consent of the sender",
        "BRS04": "the receiver is not connected",
        "BRS05": "the receiver lacks the role for it",
        "BRS06": "there is no consent for the receiver",
        "CC02": "the message inside is not valid against its schema",
        "CC03": "it is larger than 25 MB",
        "CC04": "the reference is no UUID of version 4",
        "CC05": "a first message has another number than its conversation",
        "CC06": "it does not tell which application made it",
        "CC07": "it belongs to no earlier message",
        "CC08": "the sender used this number before",
        "CC09": "the envelope names another receiver than the message inside",
        "CC11": "this claim was answered before",
        "IB002": "this organisation may not use the service",
        "IB007": "it is larger than 25 MB",
        "IB009": "a reference is no UUID of version 4",
        "IB101": "no contract covers this organisation and type of message",
        "IB102": "there is no route to the receiver",
        "IB103": "messages of this type are not taken in for now; to be sent again afterwards",
        "IB210": "the receiver is not known",
        "IB213": "the sender is not known",
        "IB216": "the sender used this number before",
        "IB234": "this organisation may not send messages of this type",
        "IB240": "this type of message does not go in this kind of envelope",
        "IB798": "the version of StUF is another one",
        "RIN001": "the envelope is not valid",
    },
    "2025": {
        **_STUF,
        "IB001": "it is not valid against its schema",
        "IB002": "this organisation may not use the service",
        "IB003": "it is larger than 25 MB",
        "IB004": "messages of this type are not supported",
        "IB005": "the code of the gemeente is not known",
        "IB006": "this type of message may not come from here in this kind of envelope",
        "IB007": "this organisation may not send messages of this type",
        "IB008": "who offers it lacks the role for it",
        "IB009": "who offers it has no consent of the sender",
        "IB010": "the receiver is not connected, or its code is wrong",
        "IB011": "the receiver lacks the role for it",
        "IB012": "the message inside is larger than 25 MB",
        "IB013": "a virus was found in it",
        "IB014": "the message inside is not valid against its schema",
        "IB015": "it holds a person who may not be in a test",
        "IB016": "the sender used this number before",
        "IB017": "what it tells of the application that made it is missing or wrong",
        "IB018": "what it tells of the application that made it is missing or wrong",
        "IB019": "this claim was answered before",
        "IB020": "this claim was answered before",
        "IB021": "it does not tell which message it answers",
        "IB022": "it does not tell which message it answers",
        "IB023": "messages of this type are not active now",
        "IB901": "the zip is not valid",
        "IB902": "the zip holds too many files",
        "IB903": "the zip has a password",
        "IB904": "the file in the zip is too large",
        "IB905": "the zip is empty",
    },
}

_CHOSEN: Mapping[Kind, tuple[str, str, str]] = {  # at once, later by the list of 2018, later by that of 2025
    "payload": ("StUF055", "StUF055", "IB014"),
    "ill-formed": ("StUF055", "StUF055", "IB014"),
    "envelope": ("StUF055", "RIN001", "IB001"),
    "unreadable": ("StUF055", "RIN001", "IB001"),
    "version": ("StUF055", "IB798", "IB004"),  # nearest: at once, 2025
    "unknown-function": ("StUF034", "IB240", "IB004"),  # nearest: 2018
    "wrong-kind": ("StUF022", "IB240", "IB006"),  # nearest: at once, 2025
    "mismatch": ("StUF055", "CC09", "IB001"),  # nearest: all
    "not-authenticated": ("StUF052", "IB002", "IB002"),
    "not-your-message": ("StUF052", "BRS03", "IB009"),
    "unknown-sender": ("StUF013", "IB213", "IB005"),
    "unknown-receiver": ("StUF010", "IB210", "IB010"),
    "undeliverable": ("StUF010", "IB102", "IB010"),  # nearest: all
    "wrong-way": ("StUF052", "IB234", "IB007"),  # nearest: at once
    "reference": ("StUF055", "IB009", "IB001"),  # nearest: 2025
    "reference-used": (REFERENCE_USED, "IB216", "IB016"),
    "cross-reference": ("StUF043", "CC07", "IB021"),  # nearest: 2025
    "too-large": ("StUF055", "IB007", "IB003"),  # nearest: at once
    "closed": ("StUF052", "IB103", "IB023"),  # nearest: at once; a freeze outlasts what a partner repeats by itself
    "too-often": ("StUF046", "IB103", "IB023"),  # nearest: all; a server code, since the same may be offered again soon
    "not-awaited": ("StUF043", "CC07", "IB019"),  # nearest: 2025
    "not-as-asked": ("StUF055", "CC02", "IB014"),  # nearest: 2018, 2025
    "refused-by-receiver": ("StUF055", "RIN001", "IB001"),  # nearest: all
    "zip": ("StUF055", "CC02", "IB901"),  # of all that is wrong with a zip, nearest: at once, 2018
    "zip-many": ("StUF055", "CC02", "IB902"),
    "zip-folder": ("StUF055", "CC02", "IB901"),  # nearest: 2025 too
    "zip-password": ("StUF055", "CC02", "IB903"),
    "zip-large": ("StUF055", "CC03", "IB904"),
    "zip-empty": ("StUF055", "CC02", "IB905"),
    "unavailable": ("StUF046", "StUF046", "StUF046"),
    "failed": ("StUF058", "StUF058", "StUF058"),
}
AT_ONCE: Mapping[Kind, str] = {kind: at_once for kind, (at_once, _, _) in _CHOSEN.items()}
"""The code of a kind in a Fo03: one of StUF itself, since those of the lists are for later faults."""
_LATER: Mapping[List, Mapping[Kind, str]] = {
    "2018": {kind: code for kind, (_, code, _) in _CHOSEN.items()},
    "2025": {kind: code for kind, (_, _, code) in _CHOSEN.items()},
}


def at_once(kind: Kind) -> str:
    """The code of a fault that is told at once; "remark" is never told so and counts as failed."""
    return AT_ONCE.get(kind, AT_ONCE["failed"])


def later(kind: Kind, codes: List) -> str:
    """The code by one of the lists of a fault that is told later."""
    return _LATER[codes].get(kind, AT_ONCE["failed"])


def side_of(kind: Kind, code: str) -> Side:
    """Who can mend it: as published for a code of StUF itself; the lists do not tell, so by what is wrong."""
    if code in _STUF:
        return "server" if code in _SERVER_CODES else "client"
    return "server" if kind in SERVER_SIDE else "client"


def kind_of(code: str, side: Side, codes: List) -> Kind:
    """What a code that came in says, as far as it agrees with the side that came with it."""
    known = (*_LATER[codes].items(), *AT_ONCE.items())
    fitting = (kind for kind, own in known if own == code and (kind in SERVER_SIDE) == (side == "server"))
    return next(fitting, "failed" if side == "server" else "refused-by-receiver")


def meaning(code: str, codes: List) -> str:
    """What a code says, in words of our own."""
    return _MEANINGS[codes].get(code, f"a code that the list of {codes} does not have")


def is_published(code: str) -> bool:
    """Whether it looks like a code of one of the publishers; anything else could hold a person, and is not repeated."""
    return _PUBLISHED.fullmatch(code) is not None
