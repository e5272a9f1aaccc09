"""The WSDL and schemas that are served: a kept library (zeep) uses them, and they decide as the official ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import zeep
from lxml import etree
from zeep.exceptions import Fault as SoapFault
from zeep.transports import Transport

from adapters.contract import Fault, Notice, Packed, Parcel
from adapters.stuf_ggk.adapter import make
from adapters.stuf_ggk.names import ACTIONS
from adapters.stuf_ggk.published import element_names, files, first_error, wsdl
from streams.core.ports import Receipt
from tests.support.stuf import EARLIER, NUMBER, bare, bare_fault
from tests.support.stuf_traps import PASSES, REFUSED

ADDRESS = "https://hub.voorbeeld.nl/stuf/ggk0210"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
RECEIPT = Receipt(envelope_id="f7a3e8a2-1f0b-5c56-8d7f-0a1b2c3d4e5f", received_at=NOW, repeat=False)
OFFICIAL = Path(__file__).parents[3] / "shared" / "ggk0210" / "ggk0210" / "ggkberichten"


class Answer:
    """As much of a response as zeep looks at."""

    def __init__(self, packed: Packed) -> None:
        self.status_code, self.content, self.headers = packed.status, packed.body, packed.headers
        self.encoding = "utf-8"


class InMemory(Transport):
    """The endpoint without a network: WSDL and schemas as they would be served, messages to the adapter."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[Parcel | Notice | Fault] = []

    def load(self, url: str) -> bytes:
        parts = urlsplit(url)
        return wsdl(ADDRESS) if parts.query == "wsdl" else files()[parts.path.removeprefix("/stuf/ggk0210/")]

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> Answer:
        assert address == ADDRESS
        adapter = make({})
        found = adapter.unpack(message, {name.lower(): text for name, text in headers.items()})
        self.received.append(found)
        packed = adapter.refusal(found, NOW) if isinstance(found, Fault) else adapter.receipt(found, RECEIPT)
        return Answer(packed)


@pytest.fixture
def transport() -> InMemory:
    return InMemory()


@pytest.fixture
def client(transport: InMemory) -> zeep.Client:
    return zeep.Client(f"{ADDRESS}?wsdl", transport=transport)


def steering(code: str, **more: str) -> dict[str, object]:
    return {
        "berichtcode": code,
        "zender": {"organisatie": "0392", "applicatie": "Zorgpakket"},
        "ontvanger": {"organisatie": "65656001", "applicatie": "GGk"},
        "referentienummer": NUMBER,
        "tijdstipBericht": "20251024132514",
        **more,
    }


def parameters(body: bytes) -> dict[str, object]:
    return {
        "applicatieVersie": "0002",
        "applicatieSubversie": "0010",
        "functieVersie": "0003",
        "functieSubversie": "0002",
        "bericht": {"xmlBestand": body},
    }


def test_a_client_brings_a_message_and_gets_a_receipt(client: zeep.Client, transport: InMemory) -> None:
    answer = client.service.ggk_Di01(stuurgegevens=steering("Di01", functie="JW301"), parameters=parameters(b"<a/>"))
    (found,) = transport.received
    assert isinstance(found, Parcel)
    assert (found.bericht, found.body, found.reference) == ("JW301", b"<a/>", NUMBER)
    assert (answer.berichtcode, answer.crossRefnummer) == ("Bv03", NUMBER)


def test_a_client_brings_an_answer(client: zeep.Client, transport: InMemory) -> None:
    given = steering("Du01", crossRefnummer=EARLIER, functie="JW302")
    client.service.ggk_Du01(stuurgegevens=given, parameters=parameters(b"<a/>"))
    (found,) = transport.received
    assert isinstance(found, Parcel)
    assert (found.bericht, found.answers) == ("JW302", EARLIER)


def test_a_client_tells_a_later_fault(client: zeep.Client, transport: InMemory) -> None:
    fault = {"code": "StUF055", "plek": "client", "omschrijving": "x", "details": "JW301-00020010"}
    answer = client.service.Fo01(stuurgegevens=steering("Fo01", crossRefnummer=EARLIER), body=fault)
    (found,) = transport.received
    assert isinstance(found, Notice)
    assert (found.about, found.bericht) == (EARLIER, "JW301")
    assert answer.crossRefnummer == NUMBER


def test_a_client_is_told_a_fault_that_it_can_read(client: zeep.Client) -> None:
    with pytest.raises(SoapFault) as told:
        client.service.ggk_Di01(stuurgegevens=steering("Di01", functie="WMO301"), parameters=parameters(b"<a/>"))
    assert told.value.code == "soap:Client"
    fault = client.wsdl.types.deserialize(told.value.detail[0])
    assert (fault.body.code, fault.body.plek) == ("StUF034", "client")
    assert fault.stuurgegevens.crossRefnummer == NUMBER


def test_the_operations_are_the_published_ones(client: zeep.Client) -> None:
    (binding,) = client.wsdl.bindings.values()
    found = {operation.soapaction: operation.input.body.type for operation in binding.all().values()}
    assert sorted(found) == sorted(ACTIONS.values())
    (port_type,) = client.wsdl.port_types
    assert port_type == "{http://www.stufstandaarden.nl/koppelvlak/ggk0210}OntvangAsynchroon"


def test_the_files_are_usable_where_they_lie(tmp_path: Path) -> None:
    """A vendor may keep them: the WSDL beside a folder with the schemas."""
    (tmp_path / "ggk0210").mkdir()
    (tmp_path / "hub.wsdl").write_bytes(wsdl(ADDRESS))
    for name, schema in files().items():
        (tmp_path / "ggk0210" / name).write_bytes(schema)
    assert zeep.Client(str(tmp_path / "hub.wsdl")).service._binding_options["address"] == ADDRESS


@pytest.mark.parametrize("address", ["http://127.0.0.1:8320/stuf/ggk0210", 'https://hub/a?b="1"&c=<2>'])
def test_the_address_is_filled_in(address: str) -> None:
    (found,) = etree.fromstring(wsdl(address)).iterfind(".//{http://schemas.xmlsoap.org/wsdl/soap/}address")
    assert found.get("location") == address


def test_names_are_those_of_the_schemas() -> None:
    assert {"stuurgegevens", "functieSubversie", "xmlBestand", "Fo01Bericht", "detailsXML"} <= element_names()


@pytest.mark.parametrize("trap", [name for name, (_, kind, _) in REFUSED.items() if kind == "reference"])
def test_a_reference_that_is_none_is_told_by_the_schema_itself(trap: str) -> None:
    assert first_error(etree.fromstring(REFUSED[trap][0](bare()))) is not None


# --- beside the official schemas -------------------------------------------------------------------


def official() -> etree.XMLSchema | None:
    file = OFFICIAL / "ggk0210_msg_ggkberichten.xsd"
    return etree.XMLSchema(etree.parse(file)) if file.exists() else None


def probes() -> dict[str, str]:
    """Every trap and probe; good envelopes of each kind, and these with one element left out or doubled."""
    changed = {name: change(bare()) for name, (change, _, _) in REFUSED.items()}
    changed |= {name: change(bare()) for name, change in PASSES.items()}
    good = {"Di01": bare(), "Du01": bare("JW302", "Du01"), "Fo01": bare_fault(details="<StUF:details>x</StUF:details>")}
    changed |= good
    changed |= {"Fo03": bare_fault().replace("Fo01", "Fo03")}
    for name, message in good.items():
        for place in range(1, len(list(etree.fromstring(message).iter()))):
            changed[f"{name} without element {place}"] = _edited(message, place, doubled=False)
            changed[f"{name} with element {place} twice"] = _edited(message, place, doubled=True)
    return changed


def _edited(message: str, place: int, *, doubled: bool) -> str:
    root = etree.fromstring(message)
    element = list(root.iter())[place]
    parent = element.getparent()
    assert parent is not None
    if doubled:
        element.addnext(etree.fromstring(etree.tostring(element, with_tail=False)))
    else:
        parent.remove(element)
    return etree.tostring(root, encoding="unicode")


def test_our_schema_decides_as_the_official_one_where_that_is_there() -> None:
    oracle = official()
    verdicts = {True: 0, False: 0}
    for name, message in probes().items():
        root = etree.fromstring(message)
        ours = first_error(root) is None
        verdicts[ours] += 1
        assert oracle is None or oracle.validate(root) == ours, name
    assert min(verdicts.values()) > 20
