"""The keys of rows, and which rows a message needs.

`rows_needed` tells beforehand what can be told from the message alone, so that whoever holds the rows can fetch them
for a whole batch in one go. The few that only another row names (the assignments of a client, the lines of a claim)
are asked for while deciding, with RowsWanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from msgspec import Struct

from schemas.ijw_3_2.berichten import Bericht, basis, jw301, jw305, jw307, jw315, jw317, jw319, jw323, jw325
from schemas.ijw_3_2.dossier.rows import Key
from schemas.ijw_3_2.reading import Message

Levering = jw305.StartProduct | jw307.StopProduct
"""The classes that report care."""

SUBMITTED = Key("submitted")


def received_key(name: str, bericht: Bericht) -> Key:
    """Sender, type and Identificatie of a message."""
    header = bericht.Header
    return Key(f"received {header.Afzender} {name} {header.BerichtIdentificatie.Identificatie}")


def claim_message_key(bericht: jw325.Bericht) -> Key:
    """The JW323 that a JW325 answers, by its DeclaratieIdentificatie."""
    header = bericht.Header
    return Key(f"received {header.Ontvanger} JW323 {header.DeclaratieIdentificatie.Identificatie}")


def assignment_key(number: int) -> Key:
    """An assignment; gemeente and aanbieder are those of the relation."""
    return Key(f"assignment {number}")


def deliveries_key(bsn: str, levering: Levering) -> Key:
    """The deliveries of a client on one assignment, or on one product where there is no assignment."""
    if levering.ToewijzingNummer is not None:
        return Key(f"deliveries {bsn} {levering.ToewijzingNummer}")
    product = levering.Product or basis.Product(Categorie="")
    return Key(f"deliveries {bsn} {product.Categorie}/{product.Code or ''}")


def client_key(bsn: str) -> Key:
    """A client."""
    return Key(f"client {bsn}")


def request_key(referentie: str) -> Key:
    """A request, by ReferentieAanbieder."""
    return Key(f"request {referentie}")


def claim_key(nummer: str) -> Key:
    """A claim, by DeclaratieNummer."""
    return Key(f"claim {nummer}")


def line_key(nummer: str) -> Key:
    """A claim line, by ReferentieNummer."""
    return Key(f"line {nummer}")


def slot_key(prestatie: jw323.Prestatie) -> Key:
    """The one debit that may stand for an assignment, product and ProductPeriode; days as their number."""
    p, period = prestatie, prestatie.ProductPeriode
    days = f"{period.Begindatum.toordinal()} {period.Einddatum.toordinal()}"
    return Key(f"slot {p.ToewijzingNummer} {days} {p.ProductCategorie} {p.ProductCode}")


class LineKeys(Struct, frozen=True, gc=False):
    """The rows that one claim line reads and changes. `debit` is the line that it credits, None for a debit."""

    line: Key
    assignment: Key
    slot: Key
    debit: Key | None


def keys_of_line(prestatie: jw323.Prestatie) -> LineKeys:
    """The rows of a claim line."""
    number, reference = prestatie.ToewijzingNummer, prestatie.ProductReferentie
    credited = reference.VorigReferentieNummer
    return LineKeys(
        Key(f"line {reference.ReferentieNummer}"),
        Key(f"assignment {number}"),
        slot_key(prestatie),
        None if credited is None else Key(f"line {credited}"),
    )


@dataclass(frozen=True, slots=True)
class Needed:
    """The rows that a message begins with: all of them, and for a claim those of each line in document order."""

    keys: tuple[Key, ...]
    lines: tuple[LineKeys, ...] = ()


def rows_needed(message: Message) -> Needed:
    """The rows that checking and remembering this message begins with."""
    first = received_key(message.name, message.bericht)
    if isinstance(message.bericht, jw323.Bericht):
        return _of_claim(message.bericht.Declaratie, first)
    return Needed((first, *_keys_of_content(message.bericht)))


def _keys_of_content(bericht: Bericht) -> Iterable[Key]:
    match bericht:
        case jw301.Bericht():
            return _of_assignments(bericht.Client)
        case jw305.Bericht():
            return _of_deliveries(bericht.Client.Bsn, bericht.Client.StartProducten)
        case jw307.Bericht():
            return _of_deliveries(bericht.Client.Bsn, bericht.Client.StopProducten)
        case jw315.Bericht():
            requests = (request_key(line.ReferentieAanbieder) for line in bericht.Client.AangevraagdeProducten)
            return (client_key(bericht.Client.Bsn), *requests)
        case jw317.Bericht():
            return _of_change(bericht.Client)
        case jw319.Bericht():
            return (request_key(bericht.Antwoord.ReferentieAanbieder),)
        case jw325.Bericht():
            return _of_claim_answer(bericht)
    return ()


def _of_assignments(client: jw301.Client) -> Iterator[Key]:
    yield client_key(client.Bsn)
    for product in client.ToegewezenProducten:
        yield assignment_key(product.ToewijzingNummer)
        if product.ReferentieAanbieder is not None:
            yield request_key(product.ReferentieAanbieder)


def _of_deliveries(bsn: str, leveringen: Iterable[Levering]) -> Iterator[Key]:
    for levering in leveringen:
        yield deliveries_key(bsn, levering)
        if levering.ToewijzingNummer is not None:
            yield assignment_key(levering.ToewijzingNummer)


def _of_change(client: jw317.Client) -> Iterator[Key]:
    verzoek = client.Verzoek
    yield client_key(client.Bsn)
    yield request_key(verzoek.ReferentieAanbieder)
    for number in numbers_in(verzoek):
        yield assignment_key(number)


def numbers_in(verzoek: jw317.Verzoek) -> list[int]:
    """The ToewijzingNummers that a request for change builds on."""
    unchanged = [line.ToewijzingNummer for line in verzoek.OngewijzigdeProducten]
    return unchanged + [line.ToewijzingNummer for line in verzoek.TeWijzigenProducten]


def _of_claim(declaratie: jw323.Declaratie, first: Key) -> Needed:
    lines = tuple([keys_of_line(p) for client in declaratie.Clienten for p in client.Prestaties])
    of_lines = {key: None for one in lines for key in all_keys(one)}
    return Needed((first, claim_key(declaratie.DeclaratieNummer), SUBMITTED, *of_lines), lines)


def lines_by_id(bericht: Bericht, needed: Needed) -> Mapping[int, LineKeys]:
    """The keys of each claim line, by the identity of the line: computed once, looked up often."""
    if not isinstance(bericht, jw323.Bericht):
        return {}
    lines = chain.from_iterable([client.Prestaties for client in bericht.Declaratie.Clienten])
    return dict(zip(map(id, lines), needed.lines, strict=True))


def all_keys(line: LineKeys) -> tuple[Key, ...]:
    """The keys of a line, one after the other."""
    keys = (line.line, line.assignment, line.slot)
    return keys if line.debit is None else (*keys, line.debit)


def _of_claim_answer(bericht: jw325.Bericht) -> Iterator[Key]:
    yield claim_message_key(bericht)
    antwoord = bericht.DeclaratieAntwoord
    if antwoord is not None:
        yield claim_key(antwoord.DeclaratieNummer)
        for client in antwoord.Clienten:
            for prestatie in client.Prestaties:
                yield line_key(prestatie.ProductReferentie.ReferentieNummer)
