"""VECOZO's REST interface: the list that is pulled, searching in it, and where messages stand."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from adapters.checks import is_uuid4
from adapters.contract import Fault
from adapters.vsp_rest.metadata import ACTIES
from adapters.vsp_rest.pulling import Zoekpad, finds, read_search, waiting
from adapters.vsp_rest.states import state_of, statuses
from schemas.ijw_3_2.findings import Finding
from streams.core.effects import Judged, Outcome
from streams.core.ports import OutputHead, Trace
from tests.support.adapters import EARLIER, MESSAGE, NOW, REFERENCE

LATER = NOW + timedelta(hours=1)

OUTPUT = OutputHead(
    id="0f5e2c0a-5b1d-5c7e-9d55-1c2b3a4d5e6f.1",
    envelope_id="0f5e2c0a-5b1d-5c7e-9d55-1c2b3a4d5e6f",
    receiver="zorg",
    kind="bericht",
    bericht="JW302",
    copy=False,
    created_at=NOW,
    delivered_at=None,
    acknowledged_at=None,
    relation="0392:65656001",
    reference=REFERENCE,
    answers_reference=EARLIER,
    software="Zorgpakket/0002/0010",
    size=len(MESSAGE),
    sha256=hashlib.sha256(MESSAGE).hexdigest(),
)


def changed(**fields: Any) -> OutputHead:
    return msgspec.structs.replace(OUTPUT, **fields)


def test_what_waits_is_listed_with_where_its_bytes_are() -> None:
    one = waiting(OUTPUT, "https://hub/vsp/v1/berichten/x/payload", ACTIES)
    assert one is not None
    listed = json.loads(msgspec.json.encode(one))
    assert listed["basisgegevens"]["payload"] == {
        "url": "https://hub/vsp/v1/berichten/x/payload",
        "grootte": len(MESSAGE),
        "checksum": {"algoritme": "SHA256", "waarde": hashlib.sha256(MESSAGE).hexdigest()},
    }
    route = listed["routeringgegevens"]
    assert (route["afzender"], route["geadresseerden"]) == (
        {"rol": "Instelling", "code": "65656001"},
        [{"rol": "Gemeente", "code": "0392"}],
    )
    assert listed["referentiegegevens"] == {"conversatieId": EARLIER, "traceerId": REFERENCE, "alsAntwoordOp": EARLIER}
    assert {"sleutel": "Applicatie", "waarde": ["Zorgpakket"]} in listed["verwerkingscontext"]


def test_a_reference_from_elsewhere_that_is_no_uuid_becomes_one_and_stays_it() -> None:
    texts = changed(reference="order 12", answers_reference="order 11")
    one, again = waiting(texts, "u", ACTIES), waiting(texts, "u", ACTIES)
    assert one is not None
    assert one == again
    numbers = one.referentiegegevens
    assert is_uuid4(numbers.traceerId)
    assert is_uuid4(numbers.alsAntwoordOp or "")
    assert numbers.conversatieId == numbers.alsAntwoordOp != numbers.traceerId


def test_a_fault_is_no_message_and_is_not_listed() -> None:
    assert waiting(changed(kind="fout"), "u", ACTIES) is None


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW"}, True),
        ({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW", "berichtsubtype": "JW302"}, True),
        ({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW", "berichtsubtype": "JW301"}, False),
        ({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW", "geadresseerdeCode": "0392"}, True),
        ({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW", "geadresseerdeCode": "0393"}, False),
        ({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW", "berichtsubversie": 0}, False),
        ({"zoekpadType": "ZoekpadOpConversatieId", "conversatieId": EARLIER}, True),
        ({"zoekpadType": "ZoekpadOpConversatieId", "conversatieId": REFERENCE}, False),
        ({"zoekpadType": "ZoekpadOpAlsAntwoordOp", "alsAntwoordOp": EARLIER}, True),
        ({"zoekpadType": "ZoekpadOpAlsAntwoordOp", "alsAntwoordOp": REFERENCE}, False),
    ],
)
def test_what_waits_is_found_by_what_is_published(search: dict[str, Any], found: bool) -> None:
    asked, one = read_search(json.dumps(search).encode()), waiting(OUTPUT, "u", ACTIES)
    assert isinstance(asked, Zoekpad)
    assert one is not None
    assert finds(asked, one) is found


@pytest.mark.parametrize("body", [b"", b"{}", b'{"zoekpadType": "Bsn"}', b'{"zoekpadType": "ZoekpadOpConversatieId"}'])
def test_a_search_that_is_none_is_refused(body: bytes) -> None:
    assert isinstance(read_search(body), Fault)


# --- states ----------------------------------------------------------------------------------------

FINDING = Finding(
    rule="XSD", level=1, retourcode=None, klasse="Header", path="Bericht/Header", key=None, text="It is 999900006."
)


def trace(outcome: Outcome | None, *outputs: OutputHead, level: int | None = None, **fields: Any) -> Trace:
    findings = (FINDING,) if level else ()
    judged = Judged(outcome=outcome, bericht="JW301", level=level, findings=findings) if outcome else None
    decided = {"decided_at": LATER if outcome else None, "judged": judged, "outputs": outputs, **fields}
    return Trace(
        **{
            "partition": 0, "position": 1, "id": OUTPUT.envelope_id, "received_at": NOW, "source": "vsp_rest",
            "party": "haarlem", "reference": EARLIER, "bericht": "JW301", "relation": "0392:65656001", "reason": None,
            **decided,
        }
    )  # fmt: skip


SENT = changed(bericht="JW301", answers_reference=None)


@pytest.mark.parametrize(
    ("expected", "since", "found"),
    [
        ("Ontvangen", NOW, trace(None, partition=None, position=None)),
        ("WordtVerwerkt", NOW, trace(None)),
        ("WordtVerwerkt", LATER, trace("quarantined")),
        ("AfgekeurdDoorDienst", LATER, trace("refused", changed(kind="fout", receiver="haarlem"), level=1)),
        ("VerwerkingVoltooid", LATER, trace("refused", changed(kind="antwoord", receiver="haarlem"), level=3)),
        ("WordtAangeboden", NOW, trace("accepted", SENT)),
        ("WordtAangeboden", NOW, trace("accepted", msgspec.structs.replace(SENT, copy=True, delivered_at=LATER), SENT)),
        ("AanbiedenMislukt", NOW, trace("accepted", msgspec.structs.replace(SENT, attempts=2))),
        ("Bezorgd", LATER, trace("accepted", msgspec.structs.replace(SENT, delivered_at=LATER, attempts=2))),
        ("Bezorgd", LATER, trace("accepted", msgspec.structs.replace(SENT, acknowledged_at=LATER))),
        ("Bezorgd", LATER, trace("accepted", changed(kind="fout"), msgspec.structs.replace(SENT, delivered_at=LATER))),
        ("BezorgingAfgebroken", LATER, trace("accepted", msgspec.structs.replace(SENT, undeliverable_at=LATER))),
    ],
)  # fmt: skip
def test_our_states_are_told_in_theirs(expected: str, since: object, found: Trace) -> None:
    assert state_of(found) == (expected, since)


def test_a_status_tells_why_without_a_person() -> None:
    (status,) = statuses(trace("refused", changed(kind="fout"), level=1), ACTIES)
    assert status.meldingen is not None
    assert [(melding.code, melding.omschrijving) for melding in status.meldingen] == [("BRS13", "Rule XSD")]
    assert b"999900006" not in msgspec.json.encode(status)
    given_up = msgspec.structs.replace(SENT, undeliverable_at=LATER, reason="No connection in five days.")
    (status,) = statuses(trace("accepted", given_up), ACTIES)
    assert status.meldingen is not None
    assert [(one.code, one.toelichting) for one in status.meldingen] == [("BRS33", "No connection in five days.")]


def test_answers_to_the_sender_stand_in_the_list_and_those_to_others_do_not() -> None:
    answers = (
        changed(receiver="haarlem"),
        changed(receiver="cjg", copy=True),
        changed(receiver="haarlem", kind="fout"),
    )
    own, *others = statuses(trace("accepted", SENT, answered_by=answers), ACTIES)
    assert own.referentiegegevens.traceerId == EARLIER
    assert [one.referentiegegevens.alsAntwoordOp for one in others] == [EARLIER]
    assert [one.berichtstroom.berichtsubtype for one in others] == ["JW302"]
