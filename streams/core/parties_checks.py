"""What the parties of a file must agree on among themselves, and what is said of each key. Pure, on plain text.

It works on texts, so that one wrong party does not hide what is wrong between the others.
"""

from __future__ import annotations

import os.path
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath, PurePosixPath

Loc = tuple[str | int, ...]
"""A place in a file: the keys and numbers that lead to it."""

TYPES = "JW301|JW302|JW305|JW306|JW307|JW308|JW315|JW316|JW317|JW318|JW319|JW320|JW323|JW325"
_UNIQUE: tuple[Loc, ...] = (
    ("id",), ("code",), ("token_sha256",), ("oin",), ("oauth_client",),
)  # fmt: skip
_OWN = "expected one of its own; change one of the two"
_CONNECTIONS = {"gemeente": "samenwerkingsverband", "aanbieder": "indiener", "gi": "indiener"}
_FILE = "a file that is there; a relative one starts at the folder of this file; write its name"
EXPECTED: Mapping[str, str] = {  # per key: what is expected; what to do next
    "": "one key, parties, with a list under it; start the file with 'parties:'",
    "parties": "a list of id, kind, code, name, answers, delivery, token_sha256, mandates; see deploy/example",
    "id": "a word of a-z, 0-9 and hyphens; choose one and keep it, links and logs use it",
    "kind": "gemeente, aanbieder, gi, cjg, samenwerkingsverband or indiener; write what this party is",
    "code": "4 digits for a gemeente, 8 for an aanbieder or gi, none for others; write its CBS or AGB code",
    "name": "one line of text without spaces around it; write the name people know the party by",
    "answers": "hub or self, and only for a party with a code; choose who answers or remove the key",
    "via": "the id of a samenwerkingsverband for a gemeente, of an indiener for an aanbieder or gi; add that party, "
    "or remove the key",
    "delivery": "soort and what goes with it, and no delivery for a party with via; write it out, or remove the key to "
    "get a mailbox",
    "soort": "mailbox, folder, sftp, kafka or push; choose how this party gets its messages",
    "path": "a folder of the party's own, not the one this file is in; name one",
    "host": "the name or address of the SFTP server; write it without sftp:// and without a port",
    "port": "a number of 1 to 65535; correct it, or remove the key to get 22",
    "username": "the name with which to log in, without spaces; write it",
    "key": f"the private key with which to log in, {_FILE}",
    "known_hosts": f"the public key of the server in the format of OpenSSH, {_FILE}",
    "url": "an address with https://, or with http:// on this very machine, without a user in it; correct it",
    "adapter": "the name of an adapter, a-z, 0-9 and _; write the name of one that is installed",
    "ca": f"the authorities of the partner's certificate (PEM), {_FILE}",
    "certificate": f"the certificate of the hub (PEM), {_FILE}",
    "certificate_key": f"the key of certificate (PEM), together with it or not at all, {_FILE}",
    "token_file": f"the token for the partner's Authorization header, {_FILE}",
    "token_sha256": "64 lower-case hexadecimal digits, and none with via; hash the token again, or remove the key",
    "oin": "20 digits, and none with via; copy the serialNumber of the certificate's subject, or remove the key",
    "oauth_client": "the name of a client without spaces, and none with via; write it as the authorisation server has "
    "it, or remove the key",
    "limits": "per_minute and bytes; write one of them or both, or remove the key",
    "per_minute": "a number of requests from 1; correct it, or remove the key to get 600",
    "bytes": "a number from 1 to 25000000; correct it, or remove the key to get the most",
    "adapters": "a name of an adapter, with options and their text under it; see deploy/example",
    "mandates": "a list of gemeente with berichten for a cjg, of aanbieder with berichten for an indiener, none for "
    "others; add it or remove it",
    "gemeente": "the 4 digits of a gemeente in this file, or aanbieder in its place; add that gemeente or correct the "
    "code",
    "aanbieder": "the 8 digits of an aanbieder or gi in this file; add that aanbieder or correct the code",
    "berichten": f"all, or a list from {TYPES.replace('|', ' ')}; write all without brackets, or the types",
}


def texts(data: object, loc: Loc = ()) -> Iterator[tuple[Loc, str]]:
    """Every text and number in a structure of lists and dicts, with its place."""
    if isinstance(data, str | int):
        yield loc, str(data)
    elif isinstance(data, dict | list):
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from texts(value, (*loc, step))


def clashes(found: Mapping[Loc, str], base: Path) -> Iterator[tuple[Loc, str]]:
    """Places where parties clash, or name what is not there, with what is wrong; relative folders start at `base`."""
    yield from _doubles(found)
    yield from _overlaps(found, base)
    codes = {text for loc, text in found.items() if loc[2:] == ("code",)}
    for loc, text in found.items():
        unknown = loc[2:3] == ("mandates",) and loc[4:] in (("gemeente",), ("aanbieder",)) and text not in codes
        if unknown or (loc[2:] == ("via",) and not _is_connection(found, loc, text)):
            yield loc, f"found {shown(text)}; expected {EXPECTED[str(loc[-1])]}"


def _doubles(found: Mapping[Loc, str]) -> Iterator[tuple[Loc, str]]:
    seen: dict[tuple[Loc, str], str | int] = {}
    for loc, text in found.items():
        if loc[2:] in _UNIQUE:
            first = seen.setdefault((loc[2:], text), loc[1])
            if first != loc[1]:
                yield loc, f"is that of parties[{first}] too; {_OWN}"


def _overlaps(found: Mapping[Loc, str], base: Path) -> Iterator[tuple[Loc, str]]:
    """A folder inside that of another party: what is for the one would lie where the other reads and writes."""
    first: dict[tuple[str, PurePath], str | int] = {}
    above: dict[tuple[str, PurePath], str | int] = {}
    for loc, text in found.items():
        if loc[2:] != ("delivery", "path"):
            continue
        there, own = _folder(found, loc[:-1], text, base)
        here, outer = (there, own), [(there, one) for one in own.parents]
        if here in first:
            yield loc, f"is that of parties[{first[here]}] too; {_OWN}"
            continue
        yield from ((loc, f"lies inside that of parties[{first[one]}]; {_OWN}") for one in outer if one in first)
        if here in above:
            yield loc, f"holds that of parties[{above[here]}]; {_OWN}"
        first[here] = loc[1]
        above.update((one, loc[1]) for one in outer if one not in above)


def _folder(found: Mapping[Loc, str], delivery: Loc, path: str, base: Path) -> tuple[str, PurePath]:
    """What a folder is on, empty for this machine and else whose it is on which server, and its path there."""
    if found.get((*delivery, "soort")) != "sftp":
        return "", PurePath(os.path.normpath(base / path))
    host, port, username = (found.get((*delivery, key), "") for key in ("host", "port", "username"))
    return f"{username}@{host}:{port or 22}", PurePosixPath(posixpath.normpath(path))


def _is_connection(found: Mapping[Loc, str], loc: Loc, id: str) -> bool:
    wanted = _CONNECTIONS.get(found.get((*loc[:2], "kind"), ""))
    connections = (place[:2] for place, text in found.items() if place[2:] == ("id",) and text == id)
    # the model says it when this kind of party has no connection at all
    return wanted is None or any(found.get((*place, "kind")) == wanted for place in connections)


def shown(text: str) -> str:
    """A text from a file as an error shows it."""
    return repr(text) if len(text) <= 24 else f"a text of {len(text)} characters"


def where(loc: Loc) -> str:
    """A place as an error shows it: parties[1].delivery.path."""
    steps = (f"[{s}]" if isinstance(s, int) else f".{s if s.isidentifier() else shown(s)}" for s in loc)
    return "".join(steps).lstrip(".") or "the file"
