"""Bytes that are not to be trusted: every limit and every known trap of reading XML."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schemas.ijw_3_2.berichten import jw301, jw305, jw323
from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.reading import Message, Schemas, Unreadable
from schemas.ijw_3_2.safe_xml import MAX_BYTES, UnsafeXml
from schemas.ijw_3_2.sniffing import sniff
from tests.support.attacks import CANARY_BSN, CANARY_NAME, REFUSED, base, with_dtd
from tests.support.claims import declaratie

SCHEMAS = Schemas()


def refused(data: bytes) -> tuple[Finding, ...]:
    found = SCHEMAS.read(data)
    assert isinstance(found, Unreadable), "accepted"
    assert found.findings
    return found.findings


def accepted(data: bytes) -> Message:
    found = SCHEMAS.read(data)
    assert isinstance(found, Message), found
    return found


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_what_is_hostile_or_broken_is_refused_and_tells_no_person(make: Callable[[], bytes]) -> None:
    data = make()
    findings = refused(data)
    told = "\n".join(f"{f.text} {f.path} {f.key}" for f in findings)
    assert CANARY_BSN not in told
    assert CANARY_NAME not in told
    assert "root:" not in told, "a file of this machine was read"
    assert all(f.level == 1 and f.retourcode is None for f in findings)
    assert all(f.text.count(". ") >= 1 and f.text.endswith(".") for f in findings), "what was expected, what to do"


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_neither_does_reading_the_header_alone(make: Callable[[], bytes]) -> None:
    told = ""
    try:
        sniff(make())
    except UnsafeXml as unsafe:
        told = unsafe.text
    assert CANARY_BSN not in told
    assert CANARY_NAME not in told


def test_a_message_over_the_limit_is_refused_before_anything_is_parsed() -> None:
    (finding,) = refused(b"<" * (MAX_BYTES + 1))
    assert finding.rule == "OP179"
    (finding,) = refused(base() + b" " * 26_000_000)
    assert finding.rule == "OP179"


def test_a_message_of_exactly_the_limit_is_read() -> None:
    claim = declaratie(20_000)
    assert accepted(claim + b"\n" * (MAX_BYTES - len(claim))).name == "JW323"


@pytest.mark.parametrize("part", range(1, 20))
def test_a_truncated_message_is_never_accepted(part: int) -> None:
    message = base().rstrip()
    refused(message[: len(message) * part // 20])
    refused(message[:-part])


def test_truncation_inside_a_claim_is_seen_too() -> None:
    claim = declaratie(200)
    cut = claim.rindex(b"<jw323:Client>")
    refused(claim[:cut])


def test_a_byte_order_mark_is_forgiven() -> None:
    assert accepted(b"\xef\xbb\xbf" + base()).bericht == accepted(base()).bericht


def test_a_missing_declaration_means_utf_8() -> None:
    assert accepted(base().partition(b"?>")[2]).bericht == accepted(base()).bericht


def test_other_prefixes_and_a_default_namespace_are_the_same_message() -> None:
    renamed = base().replace(b"jw305:", b"x:").replace(b"xmlns:jw305", b"xmlns:x")
    default = base().replace(b"jw305:", b"").replace(b"xmlns:jw305", b"xmlns")
    assert accepted(renamed).bericht == accepted(default).bericht == accepted(base()).bericht


NUMBER = b"RN00000001"


@pytest.mark.parametrize(
    "written",
    [
        b"RN<!-- -->00000001",
        b"<![CDATA[RN00000001]]>",
        b"RN<![CDATA[0000]]>0001",
        b"RN<?let op?>00000001",
        b"&#82;N00000001",
    ],
)
def test_a_value_is_read_whole_however_it_is_written(written: bytes) -> None:
    bericht = accepted(declaratie(1).replace(NUMBER, written)).bericht
    assert isinstance(bericht, jw323.Bericht)
    (client,) = bericht.Declaratie.Clienten
    assert client.Prestaties[0].ProductReferentie.ReferentieNummer == NUMBER.decode()


def test_what_a_comment_hides_counts_for_the_schema() -> None:
    too_long = declaratie(1).replace(NUMBER, b"RN0000000000<!-- -->00000000000001")
    (finding,) = refused(too_long)
    assert finding.path.endswith("ProductReferentie/ReferentieNummer")


@pytest.mark.parametrize("blank", ["  \r\n\t", "\r\n", " \r ", "\n\n", " "])
def test_a_value_of_blanks_is_a_value(blank: str) -> None:
    bericht = accepted(declaratie(1).replace(NUMBER, blank.encode())).bericht
    assert isinstance(bericht, jw323.Bericht)
    read = bericht.Declaratie.Clienten[0].Prestaties[0].ProductReferentie.ReferentieNummer
    assert read == blank.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("text", ["  \r\n begin", "eind \r\n", "\ttab", "a\r\n\r\nb"])
def test_free_text_keeps_its_blanks(text: str) -> None:
    with_text = base("JW301").replace(
        b"</jw301:ToegewezenProduct>", f"<jw301:Commentaar>{text}</jw301:Commentaar></jw301:ToegewezenProduct>".encode()
    )
    bericht = accepted(with_text).bericht
    assert isinstance(bericht, jw301.Bericht)
    assert bericht.Client.ToegewezenProducten[0].Commentaar == text.replace("\r\n", "\n")


def test_nine_megabytes_of_commentaar_are_no_trouble() -> None:
    text = b"a." * 4_500_000
    made = base("JW301").replace(
        b"</jw301:ToegewezenProduct>",
        b"<jw301:Commentaar>" + text + b"</jw301:Commentaar></jw301:ToegewezenProduct>",
        1,
    )
    bericht = accepted(made).bericht
    assert isinstance(bericht, jw301.Bericht)
    assert bericht.Client.ToegewezenProducten[0].Commentaar == text.decode()


@pytest.mark.parametrize("text", [b" " * 1_000_000, b"\n" * 1_000_000, b" ." * 0 + b"\t" * 500_000])
def test_a_pattern_that_cannot_match_ends_soon(text: bytes) -> None:
    made = base("JW301").replace(
        b"</jw301:ToegewezenProduct>",
        b"<jw301:Commentaar>" + text + b"</jw301:Commentaar></jw301:ToegewezenProduct>",
        1,
    )
    (finding,) = refused(made)
    assert finding.path.endswith("/Commentaar")


def test_one_error_in_ten_thousand_lines_is_found_at_its_place() -> None:
    claim = declaratie(10_000)
    at = claim.index(b"RN00007002")
    wrong = claim[:at] + claim[at:].replace(b"<jw323:Eenheid>04", b"<jw323:Eenheid>05", 1)
    (finding,) = refused(wrong)
    assert finding.path == "Bericht/Declaratie/Clienten/Client[3501]/Prestaties/Prestatie[2]/Eenheid"


def test_one_error_in_many_crowded_groups_is_found_soon() -> None:
    claim = declaratie(2)
    lines = claim[claim.index(b"<jw323:Prestatie>") : claim.index(b"</jw323:Prestaties>")]
    client = claim[claim.index(b"<jw323:Client>") : claim.index(b"</jw323:Clienten>")]
    clients = client.replace(lines, lines * 250) * 40
    at = clients.rindex(b"<jw323:Eenheid>04")
    wrong = claim.replace(client, clients[:at] + clients[at:].replace(b">04<", b">05<", 1))
    (finding,) = refused(wrong)
    assert finding.path == "Bericht/Declaratie/Clienten/Client[40]/Prestaties/Prestatie[500]/Eenheid"


def test_a_claim_wrong_in_every_line_is_explained_by_one() -> None:
    findings = refused(declaratie(5_000).replace(b"<ijw:DebetCredit>D", b"<ijw:DebetCredit>X"))
    assert "Bericht/Declaratie/TotaalIngediendBedrag/DebetCredit" in {f.path for f in findings}


def test_a_crowded_message_without_errors_is_read_whole() -> None:
    bericht = accepted(declaratie(5_000)).bericht
    assert isinstance(bericht, jw323.Bericht)
    assert sum(len(client.Prestaties) for client in bericht.Declaratie.Clienten) == 5_000


@pytest.mark.parametrize("year", ["12026", "-2026", "99999"])
def test_a_year_beyond_reckoning_is_told_as_such(year: str) -> None:
    (finding,) = refused(base().replace(b"<jw305:Begindatum>2026", f"<jw305:Begindatum>{year}".encode()))
    assert "0001-9999" in finding.text


def test_an_ordinary_dtd_free_message_may_speak_of_doctypes() -> None:
    bericht = accepted(base().replace(CANARY_NAME.encode(), b"&lt;!DOCTYPE a&gt;")).bericht
    assert isinstance(bericht, jw305.Bericht)
    assert bericht.Client.Naam.Geslachtsnaam.Achternaam == "<!DOCTYPE a>"


def test_the_header_is_sniffed_without_the_rest() -> None:
    head, _, _ = base().partition(b"<jw305:Client>")
    found = sniff(head + b"<what follows is not looked at")
    assert (found.bericht, found.relation) == ("JW305", "0392:65656001")


@pytest.mark.parametrize("data", [with_dtd(""), b"", b"<a/>", base()[:300], base().replace(b"Afzender", b"Zender")])
def test_what_cannot_be_sniffed_is_told_why(data: bytes) -> None:
    with pytest.raises(UnsafeXml) as caught:
        sniff(data)
    assert caught.value.text.endswith(".")
