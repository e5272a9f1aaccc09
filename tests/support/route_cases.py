"""For every route of the hub: who may use it, by what it asks for something, and how that is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute

from adapters.contract import Fault, Notice, Packed, Parcel
from adapters.outgoing import VERSION
from adapters.registry import adapter, names
from schemas.ijw_3_2.structure import structure
from streams.core.access import Role
from streams.hub.serving import OTHER_WAYS
from tests.support.neighbours import HAARLEM, HEEMSKERK, JB, KLEIN, VELSEN, ZORG, Of, message, uuid4_for

VSP = "/vsp/v1/berichten"
RETOURS: Mapping[str, tuple[str, str, str]] = {
    "haarlem": ("JW316", HAARLEM, ZORG),
    "velsen": ("JW306", VELSEN, ZORG),
    "joint": ("JW316", HEEMSKERK, JB),
    "cjg": ("JW316", HAARLEM, ZORG),
    "zorg": ("JW302", ZORG, HAARLEM),
    "office": ("JW302", KLEIN, HEEMSKERK),
    "jb": ("JW302", JB, HAARLEM),
}
"""A return message that each party may send, with the codes of who sends it and for whom; it got one to answer so."""


@dataclass(frozen=True)
class Ask:
    """One request, without its credential."""

    method: str
    url: str
    content: bytes = b""
    headers: Mapping[str, str] | None = None

    async def by(self, client: httpx.AsyncClient, credential: Mapping[str, str]) -> httpx.Response:
        """What the hub says to it."""
        headers = {**(self.headers or {}), **credential}
        return await client.request(self.method, self.url, content=self.content, headers=headers)


Asks = Callable[[str, str], Iterator[Ask]]
"""What a party (its id, or the name of a user) asks about something (an id or number)."""


@dataclass(frozen=True)
class Case:
    """A route. role: None for a route that is open to all. of: None for one that asks for nothing by id or number."""

    role: Role | None
    of: Of | None
    asks: Asks
    also: frozenset[Role] = frozenset()

    def allows(self, role: Role | None) -> bool:
        """Whether somebody of this role may use it; None: of nobody."""
        return self.role in (None, role) or role in self.also


def routes_of(app: FastAPI) -> Iterator[str]:
    """Every route of an app: its method and path."""
    for route in _flat(app.routes):
        assert isinstance(route, APIRoute), f"{route}: of another kind, so its methods and path are not known here"
        yield from (f"{method} {route.path}" for method in route.methods)


def _flat(routes: Any) -> Iterator[Any]:
    for route in routes:
        inside = getattr(route, "original_router", None)
        yield from [route] if inside is None else _flat(inside.routes)


# --- what is asked ---------------------------------------------------------------------------------


def _plain(method: str, url: str) -> Asks:
    """A request in which {} is the id or number."""

    def asks(who: str, id: str) -> Iterator[Ask]:
        yield Ask(method, url.format(id))

    return asks


def _hand_in(who: str, id: str) -> Iterator[Ask]:
    """A message of its own with the number of another as its key, for nobody that is known: so that nothing enters."""
    _, sender, _ = RETOURS.get(who, RETOURS["haarlem"])
    body = message("JW301", sender, "12345678") if len(sender) == 4 else message("JW315", sender, "9999")
    yield Ask("POST", "/v1/berichten", body, {"Content-Type": "application/xml", "Idempotency-Key": id})


def _search(who: str, id: str) -> Iterator[Ask]:
    for member in ("conversatieId", "alsAntwoordOp"):
        told = {"zoekpadType": f"ZoekpadOp{member[0].upper()}{member[1:]}", member: id}
        yield Ask("POST", f"{VSP}/zoeken", json.dumps(told).encode(), {"Content-Type": "application/json"})


def _vsp_status(who: str, id: str) -> Iterator[Ask]:
    yield Ask("GET", f"/vsp/v1/berichtstatussen?traceerId={id}")
    yield Ask("GET", f"/vsp/v1/berichtstatussen?conversatieId={id}")


def path_of(name: str) -> str:
    """Where a format is handed in."""
    return adapter(name).capabilities.path or f"/v1/adapters/{name}"


def handing_in(name: str, packed: Packed) -> Ask:
    """An envelope brought to the endpoint of its format."""
    return Ask("POST", path_of(name), packed.body, packed.headers)


def _adapter(name: str) -> Asks:
    """A fault about the number of another, and a return message that answers it."""

    def asks(who: str, id: str) -> Iterator[Ask]:
        for outgoing in (fault_about(id), answer_to(id, who)):
            packed = adapter(name).pack(outgoing)
            if packed is not None and id.encode() in packed.body + str(dict(packed.headers)).encode():
                yield handing_in(name, packed)

    return asks


def fault_about(number: str) -> Notice:
    """A later fault about a number."""
    fault = Fault(kind="refused-by-receiver", title="No", detail="It is wrong. Correct it.")
    return Notice(fault=fault, about=number, reference=uuid4_for(f"fault {number}"), sender=HAARLEM, receiver=ZORG)


def answer_to(number: str, who: str) -> Parcel:
    """A return message of a party that answers a number; of a user, one of haarlem."""
    bericht, sender, receiver = RETOURS.get(who, RETOURS["haarlem"])
    return Parcel(
        # The header of a return message is that of what it answers, so its sender stands there as receiver (IV028).
        body=_retour(bericht, receiver, sender),
        reference=uuid4_for(f"answer {number} {who}"),
        bericht=bericht,
        version=VERSION,
        sender=sender,
        receiver=receiver,
        answers=number,
    )


@cache
def _retour(bericht: str, afzender: str, ontvanger: str) -> bytes:
    """A return message as far as intake looks: made of the message that it answers."""
    answered = structure().berichten[bericht].heen
    assert answered is not None
    body = message(answered, afzender, ontvanger).replace(answered.lower().encode(), bericht.lower().encode())
    code = structure().berichten[bericht].code
    return re.sub(rb"(BerichtCode>)[^<]*", rb"\g<1>" + code.encode(), body, count=1)


# --- all of them -----------------------------------------------------------------------------------

_OPEN = ("/", "/health/live", "/health/ready", "/v1/openapi.json")
_FIGURES = ("/v1/beelden", "/beelden")
_LEDGERS = ("/v1/termijnen", "/v1/termijnen.csv", "/v1/declaraties", "/v1/declaraties.csv")

CASES: Mapping[str, Case] = {
    **{f"GET {path}": Case(None, None, _plain("GET", path)) for path in _OPEN},
    "GET /stuf/ggk0210": Case(None, None, _plain("GET", "/stuf/ggk0210?wsdl")),
    "GET /stuf/ggk0210/{bestand}": Case(None, "number", _plain("GET", "/stuf/ggk0210/{}")),
    "GET /metrics": Case(Role.SCRAPER, None, _plain("GET", "/metrics")),
    **{f"GET {path}": Case(Role.VIEWER, None, _plain("GET", path)) for path in _FIGURES},
    "GET /v1/beelden/{regio}": Case(Role.VIEWER, "message", _plain("GET", "/v1/beelden/{}")),
    "GET /v1/beelden/{regio}/{tabel}.csv": Case(Role.VIEWER, "message", _plain("GET", "/v1/beelden/{}/in-zorg.csv")),
    "GET /beelden/{regio}": Case(Role.VIEWER, "message", _plain("GET", "/beelden/{}")),
    **{
        f"GET {path}": Case(Role.PARTY, None, _plain("GET", path), frozenset([Role.OPERATOR, Role.AUDITOR]))
        for path in _LEDGERS
    },
    "GET /v1/beheer/berichten/{id}": Case(Role.OPERATOR, "message", _plain("GET", "/v1/beheer/berichten/{}")),
    "GET /v1/beheer/bezorging": Case(Role.OPERATOR, None, _plain("GET", "/v1/beheer/bezorging")),
    "POST /v1/beheer/bezorging/{id}/opnieuw": Case(
        Role.OPERATOR, "output", _plain("POST", "/v1/beheer/bezorging/{}/opnieuw")
    ),
    "GET /v1/beheer/wachtend": Case(Role.OPERATOR, None, _plain("GET", "/v1/beheer/wachtend")),
    "GET /v1/beheer/wachtend/{partij}": Case(Role.OPERATOR, None, _plain("GET", "/v1/beheer/wachtend/zorg")),
    "GET /v1/beheer/onbeantwoord": Case(Role.OPERATOR, None, _plain("GET", "/v1/beheer/onbeantwoord")),
    "GET /v1/beheer/sluitingen": Case(Role.OPERATOR, None, _plain("GET", "/v1/beheer/sluitingen")),
    "GET /v1/audit": Case(Role.AUDITOR, None, _plain("GET", "/v1/audit")),
    "POST /v1/berichten": Case(Role.PARTY, "number", _hand_in),
    "GET /v1/berichten/{id}": Case(Role.PARTY, "message", _plain("GET", "/v1/berichten/{}")),
    "GET /v1/postbus": Case(Role.PARTY, None, _plain("GET", "/v1/postbus")),
    "GET /v1/postbus/{id}": Case(Role.PARTY, "output", _plain("GET", "/v1/postbus/{}")),
    "DELETE /v1/postbus/{id}": Case(Role.PARTY, "output", _plain("DELETE", "/v1/postbus/{}")),
    f"GET {VSP}": Case(Role.PARTY, None, _plain("GET", VSP)),
    f"POST {VSP}/zoeken": Case(Role.PARTY, "number", _search),
    f"GET {VSP}/{{traceerId}}/payload": Case(Role.PARTY, "number", _plain("GET", VSP + "/{}/payload")),
    f"DELETE {VSP}/{{traceerId}}": Case(Role.PARTY, "number", _plain("DELETE", VSP + "/{}")),
    "GET /vsp/v1/berichtstatussen": Case(Role.PARTY, "number", _vsp_status),
    **{
        f"POST {path_of(name)}": Case(Role.PARTY, "number", _adapter(name))
        for name in names()
        if name not in OTHER_WAYS
    },
}

GIVING_BYTES = frozenset(["GET /v1/postbus/{id}", f"GET {VSP}/{{traceerId}}/payload"])
"""The routes that give the bytes of a message."""
