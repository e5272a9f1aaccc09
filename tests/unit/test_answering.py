"""Answers, for every message and every case of IV028, IV032 and IV087 that level 2 and 3 can make."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.reading import Message, Schemas
from schemas.ijw_3_2.rules.walking import walk
from schemas.ijw_3_2.structure import structure
from streams.core.answer_codes import class_path
from streams.core.answering import AnswerInvalid, answer, answer_name
from streams.core.envelope import Made

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "tests" / "cases" / "messages"
OFFICIAL = ROOT.parent / "shared" / "ijw" / "xsd_usable"
SCHEMAS = Schemas()
MADE = Made(identificatie="R00000000001", dagtekening=date(2026, 5, 7))
WITH_RETOUR = ("JW301", "JW305", "JW307", "JW315", "JW317", "JW319")


def heen(name: str) -> Message:
    found = SCHEMAS.read((MESSAGES / f"{name}.xml").read_bytes())
    assert isinstance(found, Message), found
    return found


def finding(path: str, klasse: str, code: str, level: int = 3) -> Finding:
    return Finding(
        rule="TR000", level=level, retourcode=code, klasse=klasse, path=path, key=None, text="is not as it should be"
    )


def made(message: Message, *findings: Finding) -> etree._Element:
    """The answer as a tree, valid against our schema and, where it is there, the official one."""
    body = answer(message, findings, MADE, SCHEMAS)
    name = answer_name(message.name)
    root = etree.fromstring(body)
    if OFFICIAL.exists():
        etree.XMLSchema(etree.parse(OFFICIAL / f"{name}.xsd")).assertValid(root)
    assert isinstance(SCHEMAS.read(body), Message)
    return root


def codes(root: etree._Element) -> dict[str, list[str]]:
    """The codes of each class of an answer, by path."""
    found: dict[str, list[str]] = {}
    for group in root.iter("{*}RetourCodes"):
        found[_path(group.getparent())] = [code.text or "" for code in group]
    return found


def _path(element: etree._Element | None) -> str:
    assert element is not None
    steps = []
    for one in (element, *element.iterancestors()):
        same = [s for s in (one.getparent() if one.getparent() is not None else [one]) if s.tag == one.tag]
        group = one.getparent() is not None and _local(one.getparent()) not in structure_classes(one)
        steps.append(_local(one) + (f"[{same.index(one) + 1}]" if group else ""))
    return "/".join(reversed(steps))


def structure_classes(element: etree._Element) -> set[str]:
    name = etree.QName(element.getroottree().getroot()).namespace.split("/")[-2].upper()
    return set(structure().berichten[name].klassen)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def heen_header(message: Message) -> list[tuple[str, str]]:
    return [(_local(e), e.text or "") for e in message.tree[0].iter() if len(e) == 0]


@pytest.mark.parametrize("name", WITH_RETOUR)
def test_without_errors_the_answer_is_a_header_without_codes(name: str) -> None:
    message = heen(name)
    root = made(message)
    assert [_local(part) for part in root] == ["Header"]
    assert codes(root) == {}
    copied = [(_local(e), e.text or "") for e in root[0].iter() if len(e) == 0]
    assert copied[0] == ("BerichtCode", structure().berichten[answer_name(name) or ""].code)
    assert copied[1 : len(heen_header(message))] == heen_header(message)[1:], "Afzender and Ontvanger stay unswapped"
    assert dict(copied[len(heen_header(message)) :]) == {
        "IdentificatieRetour": "R00000000001",
        "DagtekeningRetour": "2026-05-07",
        "BasisschemaXsdVersie": "0.1.0",
        "BerichtXsdVersie": "0.1.0",
    }


@pytest.mark.parametrize("name", WITH_RETOUR)
def test_level_2_gives_0001_in_the_header_and_nothing_else(name: str) -> None:
    message = heen(name)
    path, klasse = list(_classes(message))[-1]
    root = made(message, finding(path, klasse, "0001", level=2), finding("Bericht/Header", "Header", "0001", level=2))
    assert codes(root) == {"Bericht/Header": ["0001"]}
    assert len(root) == 1


@pytest.mark.parametrize("name", WITH_RETOUR)
def test_a_fault_in_the_header_gives_its_code_and_nothing_else(name: str) -> None:
    message = heen(name)
    path, klasse = list(_classes(message))[-1]
    own = finding("Bericht/Header/BerichtIdentificatie/Identificatie", "Header", "9056")
    root = made(message, finding(path, klasse, "9019"), own, own)
    assert codes(root) == {"Bericht/Header": ["9056"]}
    assert len(root) == 1


def _classes(message: Message) -> Iterator[tuple[str, str]]:
    for node, path in walk(message.bericht):
        if path not in ("Bericht", "Bericht/Header"):
            yield path, type(node).__name__


@pytest.mark.parametrize("name", WITH_RETOUR)
def test_a_fault_in_a_class_gives_its_code_there_0233_below_and_0200_everywhere_else(name: str) -> None:
    message = heen(name)
    everywhere = [path for path, _ in _classes(message)]
    for path, klasse in _classes(message):
        root = made(message, finding(f"{path}/Bsn", klasse, "9019"))
        below = [p for p in everywhere if p.startswith(f"{path}/")]
        # The products of a Verzoek are assessed by themselves, as the published example of a JW318 shows.
        code = "0200" if klasse == "Verzoek" else "0233"
        expected = {p: ["0200"] for p in ("Bericht/Header", *everywhere)} | {p: [code] for p in below}
        assert codes(root) == expected | {path: ["9019"]}


@pytest.mark.parametrize("name", WITH_RETOUR)
def test_several_codes_stand_together_and_each_once(name: str) -> None:
    message = heen(name)
    path, klasse = list(_classes(message))[-1]
    faults = [finding(path, klasse, code) for code in ("9074", "9326", "9074")]
    assert codes(made(message, *faults))[path] == ["9074", "9326"]


@pytest.mark.parametrize("name", WITH_RETOUR)
def test_the_content_is_copied_unchanged(name: str) -> None:
    message = heen(name)
    path, klasse = list(_classes(message))[-1]
    root = made(message, finding(path, klasse, "9019"))
    assert _values(root[1]) == _values(message.tree[1])


def _values(part: etree._Element) -> list[tuple[str, str]]:
    return [(_local(e), e.text or "") for e in part.iter() if len(e) == 0 and _local(e) != "RetourCode"]


def test_copied_text_is_not_normalised() -> None:
    body = (MESSAGES / "JW301.xml").read_bytes()
    odd = body.replace(b"<jw301:ToewijzingNummer>", b"<jw301:ToewijzingNummer> 00", 1)
    message = SCHEMAS.read(odd)
    assert isinstance(message, Message)
    path, klasse = list(_classes(message))[-1]
    root = made(message, finding(path, klasse, "9332"))
    assert _values(root[1]) == _values(message.tree[1])


def test_a_claim_without_errors_is_granted_whole() -> None:
    claim = heen("JW323")
    root = made(claim)
    assert codes(root) == {"Bericht/Header": ["0200"], "Bericht/DeclaratieAntwoord": ["8001"]}
    declared = claim.bericht.Declaratie.TotaalIngediendBedrag  # type: ignore[union-attr]
    amounts = [e.text for e in root[1].iter("{*}TotaalBedrag")]
    assert amounts == [str(declared.TotaalBedrag)] * 2
    assert root[1].find("{*}Clienten") is None


def test_the_answer_to_a_claim_has_a_header_of_its_own() -> None:
    claim = heen("JW323")
    header = made(claim)[0]
    ends = [header.findtext(f"{{*}}{name}") for name in ("Afzender", "Ontvanger")]
    assert ends == [claim.bericht.Header.Ontvanger, claim.bericht.Header.Afzender]
    assert header.findtext("{*}BerichtIdentificatie/{*}Identificatie") == "R00000000001"
    asked = claim.bericht.Header.BerichtIdentificatie
    assert header.findtext("{*}DeclaratieIdentificatie/{*}Identificatie") == asked.Identificatie
    assert header.findtext("{*}DeclaratieIdentificatie/{*}Dagtekening") == asked.Dagtekening.isoformat()


@pytest.mark.parametrize(("level", "code"), [(2, "0001"), (3, "9056")])
def test_a_claim_refused_as_a_whole_is_answered_with_a_header(level: int, code: str) -> None:
    root = made(heen("JW323"), finding("Bericht/Header", "Header", code, level=level))
    assert codes(root) == {"Bericht/Header": [code]}
    assert len(root) == 1


@pytest.mark.parametrize("name", ["JW325"])
def test_what_has_no_answer_gets_none(name: str) -> None:
    assert answer_name(name) is None
    with pytest.raises(ValueError, match=name):
        answer(heen(name), (), MADE, SCHEMAS)


def test_an_answer_that_would_be_invalid_never_leaves() -> None:
    too_long = Made(identificatie="longer than 12", dagtekening=date(2026, 5, 7))
    with pytest.raises(AnswerInvalid, match="JW302"):
        answer(heen("JW301"), (), too_long, SCHEMAS)


def test_the_path_of_a_class_leaves_out_the_element() -> None:
    at = finding("Bericht/Client/Relaties/Relatie[2]/Contact/Adres/Postcode", "Contact", "0001")
    assert class_path(at) == "Bericht/Client/Relaties/Relatie[2]/Contact"
