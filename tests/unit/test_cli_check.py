"""`ijwhub check`: the verdict on files in order, for people and for machines, and never stopped by one bad file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from typer.testing import CliRunner, Result

from schemas.ijw_3_2.findings import passes_elfproef
from schemas.ijw_3_2.reading import OWN_SCHEMAS, Message, Schemas
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from schemas.ijw_3_2.structure import structure
from streams.cli import checking
from streams.cli.app import app
from streams.cli.journeys import Step, journeys
from streams.cli.scene import PEOPLE

TODAY = date(2026, 11, 23)
STEPS = [step for journey in journeys(TODAY, 4711) for step in journey.steps]
REFERENCE = re.compile(rb"\s*<jw301:ReferentieAanbieder>[^<]*</jw301:ReferentieAanbieder>")
GOOD = REFERENCE.sub(b"", next(step.body for step in STEPS if step.bericht == "JW301"))
FIELDS = ["file", "message", "accepted", "level", "findings", "retour", "not_checked"]


def check(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def written(folder: Path, bodies: list[bytes]) -> list[Path]:
    files = [folder / f"{number:02}.xml" for number in range(len(bodies))]
    for file, body in zip(files, bodies, strict=True):
        file.write_bytes(body)
    return files


def of(bericht: str, outcome: str = "accepted") -> Step:
    return next(step for step in STEPS if step.bericht == bericht and step.ending.outcome == outcome)


# --- verdicts --------------------------------------------------------------------------------------


def test_journeys_end_here_as_they_end_in_the_hub(tmp_path: Path) -> None:
    played = [step for step in STEPS if step.ending.outcome in ("accepted", "refused")]

    result = check("--json", *written(tmp_path, [step.body for step in played]))

    assert result.exit_code == 1
    for step, line in zip(played, lines(result), strict=True):
        assert (line["message"], line["accepted"]) == (step.bericht, step.ending.outcome == "accepted"), line
        assert line["level"] == step.ending.level
        assert [finding["rule"] for finding in line["findings"]] == list(step.ending.rules)


def test_line_has_the_fields_of_the_contract_in_their_order(tmp_path: Path) -> None:
    files = written(tmp_path, [GOOD, of("JW307", "refused").body])

    accepted, refused = lines(check("--json", *files))

    assert list(accepted) == FIELDS
    assert accepted["file"] == str(files[0])
    assert (accepted["accepted"], accepted["level"], accepted["findings"]) == (True, None, [])
    (finding,) = refused["findings"]
    assert list(finding) == ["rule", "retourcode", "class", "key", "path", "text"]
    assert (finding["rule"], finding["retourcode"], finding["class"]) == ("TR018", "0001", "StopProduct")
    assert finding["path"] == "Bericht/Client/StopProducten/StopProduct[1]/Einddatum"


@pytest.mark.parametrize("bericht", ["JW301", "JW305", "JW307", "JW315", "JW323"])
def test_answer_is_valid_and_dated_on_the_date_of_receipt(tmp_path: Path, bericht: str) -> None:
    before = [step.body for step in STEPS[: STEPS.index(of(bericht))]]
    result = check("--json", "--as-of", "2026-11-24", *written(tmp_path, [*before, of(bericht).body]))

    retour = lines(result)[-1]["retour"].encode()

    answer = Schemas(OWN_SCHEMAS).read(retour)
    assert isinstance(answer, Message)
    assert answer.name == ("JW325" if bericht == "JW323" else structure().berichten[bericht].retour)
    assert b"2026-11-24" in retour


def test_refused_message_has_an_answer_with_its_codes(tmp_path: Path) -> None:
    start = of("JW305")

    (line,) = lines(check("--json", *written(tmp_path, [start.body])))

    assert (line["accepted"], line["level"]) == (False, 3)
    codes = {element.text for element in etree.fromstring(line["retour"].encode()).iter("{*}RetourCode")}
    assert codes == {"0200", "9019"}


def test_all_accepted_is_exit_code_0(tmp_path: Path) -> None:
    assert check(*written(tmp_path, [GOOD])).exit_code == 0


# --- memory ----------------------------------------------------------------------------------------


def test_an_accepted_message_is_remembered_for_the_next_file(tmp_path: Path) -> None:
    assigned, started = GOOD, STEPS[2].body

    assert [line["accepted"] for line in lines(check("--json", *written(tmp_path, [assigned, started])))] == [True] * 2
    assert [line["accepted"] for line in lines(check("--json", *written(tmp_path, [started, assigned])))] == [
        False,
        True,
    ]


def test_a_refused_message_leaves_no_trace(tmp_path: Path) -> None:
    assigned, started = GOOD, STEPS[2].body
    no_bsn = re.sub(rb"Bsn>\d{9}<", b"Bsn>111111111<", assigned)

    result = lines(check("--json", *written(tmp_path, [no_bsn, started, assigned])))

    assert [line["accepted"] for line in result] == [False, False, True]


def test_another_relation_has_another_memory(tmp_path: Path) -> None:
    assigned, started = GOOD, STEPS[2].body
    elsewhere = assigned.replace(b">65656005<", b">65656099<")

    result = lines(check("--json", *written(tmp_path, [elsewhere, started])))

    assert [line["accepted"] for line in result] == [True, False]


def test_an_identificatie_stays_used_however_often_it_is_refused(tmp_path: Path) -> None:
    result = lines(check("--json", *written(tmp_path, [GOOD, GOOD, GOOD])))

    assert [line["accepted"] for line in result] == [True, False, False]
    assert [finding["retourcode"] for line in result[1:] for finding in line["findings"]] == ["9056", "9056"]
    # Two deliveries of the same bytes are two messages: each answer has an Identificatie of its own.
    assert len({line["retour"] for line in result}) == 3


def test_return_messages_are_checked_on_level_1_alone(tmp_path: Path) -> None:
    retour = of("JW302").body
    broken = retour.replace(b"<jw302:DagtekeningRetour>2", b"<jw302:DagtekeningRetour>x")
    assert broken != retour

    good, bad = lines(check("--json", *written(tmp_path, [retour, broken])))

    assert (good["message"], good["accepted"], good["retour"]) == ("JW302", True, None)
    assert (bad["message"], bad["accepted"], bad["level"], bad["retour"]) == ("JW302", False, 1, None)


# --- input of every bad kind -----------------------------------------------------------------------


def bad_inputs() -> Iterator[tuple[str, bytes, str | None]]:
    declaration, rest = GOOD.split(b"\r\n", 1)
    yield "empty", b"", None
    yield "blank", b" \r\n ", None
    yield "not XML", b"Geachte heer, mevrouw", None
    yield "truncated", GOOD[: len(GOOD) // 2], None
    yield "two messages", GOOD + rest, None
    yield "UTF-16", GOOD.decode().encode("utf-16"), None
    yield "declared as another encoding", GOOD.replace(b'"UTF-8"', b'"ISO-8859-1"'), None
    yield "bytes that are no UTF-8", GOOD.replace(b"Nergenslaan", b"N\xe9rgenslaan"), None
    yield "DTD", declaration + b'\r\n<!DOCTYPE a [<!ENTITY b "c">]>\r\n' + rest, None
    yield "26 MB", GOOD.replace(b"</", b" " * 26_000_000 + b"</", 1), None
    yield "unknown root", b"<Bericht xmlns='urn:somewhere'/>", None
    yield "release 3.1", GOOD.replace(b"/ijw/3_2/", b"/ijw/3_1/"), None
    yield "wrong BerichtCode", GOOD.replace(b"BerichtCode>436", b"BerichtCode>438"), "JW301"
    yield "date that does not exist", of("JW315", "refused").body, "JW315"


@pytest.mark.parametrize(("kind", "body", "message"), list(bad_inputs()), ids=lambda value: str(value)[:30])
def test_bad_input_is_refused_on_level_1_and_the_next_file_goes_on(
    tmp_path: Path, kind: str, body: bytes, message: str | None
) -> None:
    result = check("--json", *written(tmp_path, [body, GOOD]))

    bad, good = lines(result)
    assert (bad["message"], bad["accepted"], bad["level"], bad["retour"]) == (message, False, 1, None), kind
    assert all(finding["retourcode"] is None and finding["text"] for finding in bad["findings"])
    assert bad["findings"]
    assert good["accepted"]
    assert result.exit_code == 1


def test_size_is_told_as_it_is(tmp_path: Path) -> None:
    (line,) = lines(check("--json", *written(tmp_path, [b" " * (MAX_BYTES + 12)])))

    assert "25,000,012 bytes" in line["findings"][0]["text"]


def test_what_cannot_be_read_is_exit_code_2_and_the_others_are_told(tmp_path: Path) -> None:
    good, bad = written(tmp_path, [GOOD, b""])

    result = check("--json", tmp_path / "absent.xml", good, tmp_path, bad)

    assert [(line["file"], line["accepted"]) for line in lines(result)] == [(str(good), True), (str(bad), False)]
    assert result.exit_code == 2
    assert "absent.xml cannot be read: No such file or directory" in result.stderr
    assert "Is a directory" in result.stderr


def test_a_fault_of_ours_on_one_message_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trip(data: bytes, *rest: Any, **named: Any) -> Any:
        if data == b"trip":
            raise RuntimeError("it holds 999900006")
        return judge(data, *rest, **named)

    judge = checking.judge
    monkeypatch.setattr(checking, "judge", trip)

    result = check("--json", *written(tmp_path, [b"trip", GOOD]))

    assert [line["accepted"] for line in lines(result)] == [True]
    assert result.exit_code == 2
    assert "RuntimeError in test_cli_check.py" in result.stderr
    assert "999900006" not in result.stderr


def test_schemas_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    result = check("--schemas", tmp_path, *written(tmp_path, [GOOD]))

    assert result.exit_code == 2
    assert "basisschema.xsd" in result.stderr
    assert "Traceback" not in result.output


def test_other_schemas_may_be_given(tmp_path: Path) -> None:
    for schema in OWN_SCHEMAS.glob("*.xsd"):
        (tmp_path / schema.name).write_bytes(schema.read_bytes())

    assert check("--schemas", tmp_path, *written(tmp_path, [GOOD])).exit_code == 0


# --- for people ------------------------------------------------------------------------------------


def test_text_names_outcome_rule_code_path_and_where_to_read_on(tmp_path: Path) -> None:
    files = written(tmp_path, [GOOD, of("JW307", "refused").body])

    result = check(*files)

    assert result.stdout.splitlines() == [
        f"✓ {files[0]}  JW301  accepted",
        "    TR381  not checked: needs the product code list that the parties use",
        f"✗ {files[1]}  JW307  refused on level 2, 1 finding",
        "    TR018 0001  Bericht/Client/StopProducten/StopProduct[1]/Einddatum",
        "        ToewijzingNummer=471130 Product=46/46A01 Begindatum=2026-10-05 RedenBeeindiging=31 "
        "Einddatum=2026-10-04",
        "        A stop does not end before it began. Found: Einddatum 2026-10-04, Begindatum 2026-10-05. "
        "Correct this and send the message again with a new Identificatie.",
        "    More: ijwhub explain TR018",
        "2 files: 1 accepted, 1 refused",
    ]


def test_no_personal_data_is_printed_but_in_the_answer(tmp_path: Path) -> None:
    no_bsn = re.sub(rb"Bsn>\d{9}<", b"Bsn>111111111<", GOOD)
    long_name = GOOD.replace(b"Fictema", b"Fictema" * 40)
    files = written(tmp_path, [*(step.body for step in STEPS), no_bsn, long_name, GOOD.replace(b"Bsn>", b"Bsm>")])

    told = check(*files).output
    for line in lines(check("--json", *files)):
        told += json.dumps({**line, "retour": None})

    assert_no_person(told)
    assert "111111111" not in told


def assert_no_person(text: str) -> None:
    assert not [name for person in PEOPLE for name in person.split() if name in text]
    assert not [number for number in re.findall(r"(?<!\d)\d{9}(?!\d)", text) if number.startswith("9999")]
    assert not [n for n in re.findall(r"Bsn\D{0,3}(\d{9})", text) if passes_elfproef(n)]


def test_output_that_is_not_a_terminal_has_no_colours(tmp_path: Path) -> None:
    assert "\x1b" not in check(*written(tmp_path, [GOOD, b""])).output


def test_a_file_name_cannot_steer_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "a\x1b[2Jb.xml"
    file.write_bytes(b"")

    assert "a?[2Jb.xml" in check(file).stdout
