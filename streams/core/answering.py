"""Answers: the return message (IV028, IV032) and the claim answer JW325 (IV087), built from the findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache

from lxml import etree

from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.reading import Message, Schemas
from schemas.ijw_3_2.rules.checking import is_assessed_below
from schemas.ijw_3_2.structure import BASIS_NAMESPACE, structure
from schemas.ijw_3_2.writing import INDENT, canonical, empty_message
from streams.core.answer_codes import NO_REMARK, NOT_ASSESSED, codes_by_class, header_codes
from streams.core.claim_answering import jw325_for
from streams.core.envelope import Made


class AnswerInvalid(Exception):
    """The hub built an answer that does not satisfy its own schema: a fault of ours, never sent."""


def answer_name(bericht: str) -> str | None:
    """The message that answers this one; None for a return message and for JW325, which get no answer."""
    return "JW325" if bericht == "JW323" else structure().berichten[bericht].retour


def answer(message: Message, findings: Sequence[Finding], made: Made, schemas: Schemas) -> bytes:
    """The answer to a message that passed level 1, as bytes.

    Raises AnswerInvalid when the result does not satisfy its schema, and ValueError for a message that
    gets no answer.
    """
    name = answer_name(message.name)
    if name is None:
        raise ValueError(f"{message.name} gets no answer")
    root = jw325_for(message, findings, made, schemas) if name == "JW325" else _retour(message, findings, made, schemas)
    if not schemas.accepts(name, root):
        raise AnswerInvalid(f"{name} for {message.name} does not satisfy its schema")
    return canonical(root)


# --- return messages -------------------------------------------------------------------------------


def _retour(heen: Message, findings: Sequence[Finding], made: Made, schemas: Schemas) -> etree._Element:
    name = structure().berichten[heen.name].retour
    assert name is not None
    root = _retour_header(heen, name, made, schemas)
    codes = header_codes(findings)
    if not codes:
        return root
    _append_codes(root[0], codes, name)
    if codes == (NO_REMARK,):
        by_path = codes_by_class(findings)
        for part in heen.tree.iterchildren():
            if _local(part) != "Header":
                _copy_with_codes(part, root, name, f"Bericht/{_local(part)}", by_path)
    etree.indent(root, INDENT)
    return root


def _retour_header(heen: Message, name: str, made: Made, schemas: Schemas) -> etree._Element:
    """A message with nothing but its header: that of the heenbericht, and four elements of its own."""
    root = deepcopy(_empty_retour(name))
    header = heen.bericht.Header
    texts = (
        structure().berichten[name].code,
        str(header.BerichtVersie),
        str(header.BerichtSubversie),
        header.Afzender,
        header.Ontvanger,
        header.BerichtIdentificatie.Identificatie,
        header.BerichtIdentificatie.Dagtekening.isoformat(),
        header.XsdVersie.BasisschemaXsdVersie,
        header.XsdVersie.BerichtXsdVersie,
        made.identificatie,
        made.dagtekening.isoformat(),
        *schemas.xsd_versie(name),
    )
    elements = list(root[0].iter())
    for place, text in zip(_leaf_places(name), texts, strict=True):
        elements[place].text = text
    return root


@cache
def _leaf_places(name: str) -> tuple[int, ...]:
    """Which elements of an empty header hold a value, in document order."""
    return tuple(n for n, element in enumerate(_empty_retour(name)[0].iter()) if len(element) == 0)


@cache
def _empty_retour(name: str) -> etree._Element:
    """The header of a return message with every element in place and no values: copied, not built, per answer."""
    root = empty_message(name)
    header = etree.SubElement(root, _tag(name, "Header"))
    for element in structure().berichten[name].klassen["Header"]:
        if not element.optional:
            part = etree.SubElement(header, _tag(name, element.name))
            for inner in structure().composites.get(element.type, ()):
                etree.SubElement(part, f"{{{BASIS_NAMESPACE}}}{inner.name}")
    etree.indent(root, INDENT)
    return root


def _copy_with_codes(
    source: etree._Element,
    parent: etree._Element,
    name: str,
    path: str,
    codes: Mapping[str, tuple[str, ...]],
    otherwise: str = NO_REMARK,
) -> None:
    """Copy a class or a group of classes, and give every class its codes: below one at fault nothing was assessed."""
    target = etree.SubElement(parent, _tag(name, _local(source)))
    klassen = structure().berichten[name].klassen
    elements = {element.name: element for element in klassen.get(_local(source), ())}
    own = codes.get(path, (otherwise,))
    below = NOT_ASSESSED if path in codes and not is_assessed_below(_local(source)) else otherwise
    for number, child in enumerate(source, 1):
        local = _local(child)
        if _local(source) not in klassen:
            _copy_with_codes(child, target, name, f"{path}/{local}[{number}]", codes, below)
        elif elements[local].group or elements[local].type in klassen:
            _copy_with_codes(child, target, name, f"{path}/{local}", codes, below)
        else:
            _copy(child, target, name)
    if _local(source) in klassen:
        _append_codes(target, own, name)


def _copy(source: etree._Element, parent: etree._Element, name: str) -> None:
    """Copy an element as it stands; those of the message's own namespace move to that of the answer."""
    in_basis = etree.QName(source).namespace == BASIS_NAMESPACE
    target = etree.SubElement(parent, source.tag if in_basis else _tag(name, _local(source)))
    if len(source) == 0:
        target.text = source.text
    for child in source:
        _copy(child, target, name)


def _append_codes(target: etree._Element, codes: tuple[str, ...], name: str) -> None:
    group = etree.SubElement(target, _tag(name, "RetourCodes"))
    for code in codes:
        _text(group, name, "RetourCode", code)


def _text(parent: etree._Element, name: str, local: str, text: str) -> None:
    etree.SubElement(parent, _tag(name, local)).text = text


def _tag(name: str, local: str) -> str:
    return f"{{{structure().berichten[name].namespace}}}{local}"


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname
