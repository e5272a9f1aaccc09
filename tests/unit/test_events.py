"""Events as they travel: one golden file for each type, schemas as published, and no person in any of them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.cli.topics import event_schemas
from streams.core.events import PREFIX, TYPES, Data, Happening, UnknownEvent, encoded, event_of, events_of, masked
from streams.core.happenings import (
    Answered,
    Assigned,
    Bericht,
    Claimed,
    ClaimLine,
    Corrected,
    Decided,
    Late,
    Levered,
    Refused,
    Requested,
    Retracted,
    Returned,
    Withdrawn,
)

GOLDEN = Path(__file__).parent / "golden_events"
KEY = b"a key for tests"
BSN = "999900006"
NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
ENVELOPE = "5f6cf0a7-1f0c-5e0b-9d9f-0d3f5a1c2b3d"

CARE: dict[str, Any] = {
    "relation": "0392:65656001",
    "message": ENVELOPE,
    "bericht": "JW301",
    "received_at": datetime(2026, 3, 5, 9, 29, tzinfo=UTC),
    "geboren": "2012-03",
}
PRODUCT: dict[str, Any] = {"categorie": "45", "code": "45A01", "segment": "ambulant"}
ASSIGNED = Assigned(
    **CARE,
    **PRODUCT,
    toewijzing=300,
    toegewezen_op=datetime(2026, 3, 4, 16, 0),
    ingang=date(2026, 3, 9),
    einde=date(2026, 12, 31),
    referentie="REF-1",
)
START = Levered(**{**CARE, "bericht": "JW305"}, **PRODUCT, toewijzing=300, begin=date(2026, 3, 9))
STOP = msgspec.structs.replace(START, bericht="JW307", eind=date(2026, 6, 30), reden="31")
LINE = ClaimLine(
    referentie="L-1",
    toewijzing=300,
    categorie="45",
    code="45A01",
    van=date(2026, 3, 9),
    tot=date(2026, 3, 31),
    volume=120,
    eenheid="01",
    bedrag=12345,
)
CLAIM: dict[str, Any] = {**CARE, "bericht": "JW323", "geboren": None, "declaratie": "D1", "periode": date(2026, 3, 1)}
MESSAGE: dict[str, Any] = {
    "relation": "0392:65656001",
    "message": ENVELOPE,
    "bericht": "JW307",
    "afzender": "65656001",
    "ontvanger": "0392",
    "received_at": datetime(2026, 3, 5, 9, 29, tzinfo=UTC),
    "identificatie": "M1",
}

SAMPLES: dict[str, Data] = {
    "zorg.requested": Requested(
        **{**CARE, "bericht": "JW315"},
        **PRODUCT,
        referentie="REF-1",
        dagtekening=date(2026, 3, 4),
        ingang=date(2026, 3, 9),
        verwijzer="02",
    ),
    "verzoek.answered": Answered(
        **{**CARE, "bericht": "JW319"}, referentie="REF-1", antwoord="1", reden="8", gemeente="0361"
    ),
    "zorg.assigned": ASSIGNED,
    "zorg.changed": msgspec.structs.replace(ASSIGNED, einde=date(2026, 9, 30), reden="05"),
    "zorg.withdrawn": msgspec.structs.replace(ASSIGNED, einde=date(2026, 3, 9), reden="13"),
    "zorg.started": START,
    "zorg.resumed": msgspec.structs.replace(START, begin=date(2026, 5, 4)),
    "zorg.paused": msgspec.structs.replace(STOP, eind=date(2026, 4, 10), reden="20"),
    "zorg.stopped": STOP,
    "levering.withdrawn": Withdrawn(
        **{**CARE, "bericht": "JW305"}, **PRODUCT, toewijzing=300, begin=date(2026, 3, 9), wat="start"
    ),
    "zorg.claimed": Claimed(**CLAIM, lines=(LINE,)),
    "zorg.granted": Claimed(**CLAIM, lines=(LINE,)),
    "zorg.refused": Claimed(**CLAIM, lines=(msgspec.structs.replace(LINE, codes=("9384",)),)),
    "zorg.retracted": Retracted(**{**CARE, "bericht": "JW302"}, retracts=ENVELOPE),
    "bericht.decided": Decided(
        **MESSAGE,
        outcome="refused",
        level=3,
        rules=("TR056",),
        awaits=False,
        answers=None,
        duplicate=True,
        released=True,
    ),
    "bericht.refused": Refused(**MESSAGE, by="hub", whole=True, level=3, rules=("TR056",), codes=("9056",)),
    "bericht.corrected": Corrected(**MESSAGE, kinds={"stop ingetrokken": 1}),
    "bericht.answered": Returned(**MESSAGE, by="ontvanger", at=NOW, due=date(2026, 3, 10), refused=False),
    "bericht.late": Late(**MESSAGE, rule="OP272", responsible="65656001", due=date(2026, 3, 4), days=1),
}


def made(what: str) -> bytes:
    (event,) = events_of([Happening(what, SAMPLES[what], BSN)], ENVELOPE, KEY, NOW)
    return event.body


@pytest.mark.parametrize("what", TYPES)
def test_travels_as_in_its_golden_file(what: str) -> None:
    expected = json.loads((GOLDEN / f"{what}.json").read_text(encoding="utf-8"))
    assert json.loads(made(what)) == expected


@pytest.mark.parametrize("what", TYPES)
def test_is_read_as_it_was_written(what: str) -> None:
    body = made(what)
    assert encoded(event_of(body)) == body


@pytest.mark.parametrize("what", TYPES)
def test_is_as_its_published_schema_says(what: str) -> None:
    (schema,) = (json.loads(text) for path, text in event_schemas().items() if path.stem == PREFIX + what)
    event = json.loads(made(what))
    assert set(event) == set(schema["required"])
    data = schema["$defs"][TYPES[what].__name__]
    assert set(data["required"]) <= set(event["data"]) <= set(data["properties"])


def test_published_schemas_are_of_now() -> None:
    for path, text in event_schemas().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: make generate"


def test_no_person_travels() -> None:
    bodies = [made(what) for what in TYPES]
    assert not any(BSN.encode() in body for body in bodies)


def test_subject_is_client_or_relation() -> None:
    for what, data in SAMPLES.items():
        subject = event_of(made(what)).subject
        assert (subject == "0392:65656001") == isinstance(data, Bericht), what
        assert isinstance(data, Bericht) or len(subject) == 32


def test_reference_with_a_bsn_in_it_is_masked_the_same_way_everywhere() -> None:
    bad = f"X{BSN}"
    requested = msgspec.structs.replace(SAMPLES["zorg.requested"], referentie=bad)
    assigned = msgspec.structs.replace(ASSIGNED, referentie=bad)
    line = msgspec.structs.replace(LINE, referentie=bad, credit_van=bad)
    happenings = [
        Happening("zorg.requested", requested, BSN),
        Happening("zorg.assigned", assigned, BSN),
        Happening("zorg.claimed", Claimed(**{**CLAIM, "declaratie": bad}, lines=(line,)), BSN),
        Happening("bericht.corrected", Corrected(**{**MESSAGE, "identificatie": bad}, kinds={})),
    ]
    events = events_of(happenings, ENVELOPE, KEY, NOW)
    assert not any(BSN.encode() in event.body for event in events)
    datas: list[Any] = [event_of(event.body).data for event in events]
    assert datas[0].referentie == datas[1].referentie == datas[2].lines[0].credit_van == masked(KEY, bad)
    assert datas[3].identificatie == masked(KEY, bad)


@pytest.mark.parametrize("text", [BSN, f"X{BSN}", f"{BSN}01", f"1{BSN}", "999.900.006", "999 900 006", "999-900-006-A"])
def test_a_bsn_is_masked_however_it_is_written(text: str) -> None:
    assert masked(KEY, text).startswith("x")


@pytest.mark.parametrize("text", ["REF-1", "12345678", "123456789", "V000001", "2026-03-05"])
def test_other_references_stay_as_they_are(text: str) -> None:
    assert masked(KEY, text) == text


def test_another_key_gives_other_pseudonyms() -> None:
    happening = Happening("zorg.started", START, BSN)
    (one,), (other,) = (events_of([happening], ENVELOPE, key, NOW) for key in (KEY, b"another"))
    assert one.key != other.key


def test_unknown_type_is_told_as_such() -> None:
    body = made("zorg.started").replace(b"zorg.started", b"zorg.unheard")
    with pytest.raises(UnknownEvent):
        event_of(body)
