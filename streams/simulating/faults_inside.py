"""What can be wrong inside a message: against its schema (level 1), and against itself (level 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from schemas.ijw_3_2.berichten import basis, jw301, jw307, jw317, jw319
from streams.simulating.faults import Fault

DAY = timedelta(1)
Change = Callable[[Any], Any]

AANVRAAG, GRANTED = "Client.AangevraagdeProducten.0", "Client.ToegewezenProducten.0"
START, STOP = "Client.StartProducten.0", "Client.StopProducten.0"
CONTACT = "Client.Contactgegevens.0"


@dataclass(frozen=True)
class Inside:
    """A way to make a message wrong in itself.

    change   gives the wrong message, or None when this one cannot be made wrong so.
    """

    bericht: str
    rules: tuple[str, ...]
    change: Change
    harmless: bool = False

    def fault(self, bericht: Any) -> Fault | None:
        """The message with this fault; None when it does not fit."""
        wrong = self.change(bericht)
        if wrong is None:
            return None
        return Fault(tuple(sorted(self.rules)), 2, wrong, harmless=self.harmless)


def changed(value: Any, path: str, new: Any) -> Any:
    """A copy with another value at a place (names, numbers, points between); `new` may be a function of the old."""
    step, _, rest = path.partition(".")
    inner = value[int(step)] if step.isdigit() else getattr(value, step)
    put = changed(inner, rest, new) if rest else new(inner) if callable(new) else new
    if step.isdigit():
        return (*value[: int(step)], put, *value[int(step) + 1 :])
    return replace(value, **{step: put})


def at(bericht: Any, path: str) -> Any:
    """What stands at a place."""
    for step in path.split("."):
        bericht = bericht[int(step)] if step.isdigit() else getattr(bericht, step)
    return bericht


def put(path: str, **new: Any) -> Change:
    """Put other values into the class at a place."""
    return lambda bericht: changed(bericht, path, lambda node: replace(node, **new))


def doubled(path: str) -> Change:
    """Say the first of a group twice."""
    return lambda bericht: changed(bericht, path, lambda group: (*group, group[0]))


def dagtekening(bericht: Any) -> date:
    """The Dagtekening of a message."""
    day: date = bericht.Header.BerichtIdentificatie.Dagtekening
    return day


# --- level 1 ---------------------------------------------------------------------------------------

BROKEN: tuple[tuple[bytes, bytes], ...] = (
    (b"<ijw:Dagtekening>20", b"<ijw:Dagtekening>twintig"),
    (b":BerichtSubversie>2<", b":BerichtSubversie>twee<"),
    (b":BerichtVersie>", b":BerichtVersies>"),
    (b"-01</", b"-41</"),
)
"""What is found in the bytes, and what comes in its place: a date, a number, a name, a day that there is not."""


def broken(body: bytes, number: int) -> Fault:
    """A message that fails its schema, in one of several ways."""
    fitting = [(old, new) for old, new in BROKEN if old in body]
    old, new = fitting[number % len(fitting)]
    return Fault(("XSD",), 1, body=body.replace(old, new))


# --- level 2: persons ------------------------------------------------------------------------------


def _wrong_bsn(bericht: Any) -> Any:
    path = "Declaratie.Clienten.0" if hasattr(bericht, "Declaratie") else "Client"
    return changed(bericht, f"{path}.Bsn", lambda bsn: bsn[:-1] + str((int(bsn[-1]) + 1) % 10))


def _born(day: Callable[[Any], date], usage: str | None = None) -> Change:
    def change(bericht: Any) -> Any:
        return put("Client.Geboortedatum", Datum=day(bericht), DatumGebruik=usage)(bericht)

    return change


def _persons() -> Iterator[Inside]:
    for name in ("JW301", "JW305", "JW307", "JW315"):
        yield Inside(name, ("TR002",), _born(lambda _: date(1890, 5, 4)))
        yield Inside(name, ("CS139",), _born(lambda _: date(2012, 5, 17), "2"))
        yield Inside(name, ("TR134",), _born(lambda bericht: dagtekening(bericht) + DAY))
    for name in ("JW301", "JW305", "JW307", "JW315", "JW317", "JW323"):
        yield Inside(name, ("CS002",), _wrong_bsn)


# --- level 2: JW301 --------------------------------------------------------------------------------


def _without_house(contact: jw301.Contact) -> jw301.Contact:
    assert contact.Adres is not None
    return replace(contact, Adres=replace(contact.Adres, Huis=None), Telefoon=TELEFOON)


def _overlapping(group: tuple[jw301.ToegewezenProduct, ...]) -> tuple[jw301.ToegewezenProduct, ...]:
    return (*group, replace(group[0], ToewijzingNummer=89_000_001))


def _ends_before_it_begins(bericht: Any) -> Any:
    return put(GRANTED, Einddatum=at(bericht, GRANTED).Ingangsdatum - DAY)(bericht)


def _on_the_only_line(change: Change) -> Change:
    """More lines could overlap when one changes, and one that is deleted may only end where it begins."""

    def guarded(bericht: jw301.Bericht) -> Any:
        lines = bericht.Client.ToegewezenProducten
        return change(bericht) if len(lines) == 1 and lines[0].RedenWijziging != "13" else None

    return guarded


TELEFOON = basis.Telefoonnummers(Telefoon01=basis.Telefoon(Telefoonnummer="0235550100", Landnummer="31"))
NO_CODE = basis.Product(Categorie="45")
HOURS = basis.Omvang(Volume=2, Eenheid="04", Frequentie="4")


def _assignments() -> Iterator[Inside]:
    def line(*rules: str, **new: Any) -> Inside:
        return Inside("JW301", rules, _on_the_only_line(put(GRANTED, **new)))

    def contact(rule: str, change: Any) -> Inside:
        return Inside("JW301", (rule,), lambda bericht: changed(bericht, CONTACT, change), harmless=True)

    yield Inside("JW301", ("CS050",), put("Client.Naam", NaamGebruik="2"), harmless=True)
    yield Inside("JW301", ("CS318",), put("Client.Naam", NaamGebruik="6"), harmless=True)
    yield Inside("JW301", ("CD007",), put("Client", Communicatie=basis.Communicatie(Vorm="1")), harmless=True)
    yield contact("TR061", lambda one: replace(one, Soort="04"))
    yield contact("TR006", lambda one: replace(one, Soort="02", Adres=None))
    yield contact("CD005", lambda one: replace(one, Adres=replace(one.Adres, LandCode=None)))
    yield contact("CD009", lambda one: replace(one, Periode=basis.OpenPeriode(Begindatum=date(2026, 1, 1))))
    yield contact("CD025", _without_house)
    yield contact("CD034", lambda one: replace(one, Adres=None, Telefoon=TELEFOON))
    yield contact("CS089", lambda one: replace(one, Adres=replace(one.Adres, Postcode="9999 Z")))
    yield Inside("JW301", ("TR101",), doubled("Client.Contactgegevens"), harmless=True)
    yield Inside("JW301", ("TR134",), lambda b: put(GRANTED, Toewijzingsdatum=dagtekening(b) + DAY)(b))
    twice = _on_the_only_line(lambda b: changed(b, "Client.ToegewezenProducten", _overlapping))
    yield Inside("JW301", ("TR302",), twice)
    yield Inside("JW301", ("CS003",), _on_the_only_line(_ends_before_it_begins))
    yield line("CS335", RedenWijziging="13", Einddatum=date(2099, 12, 31))
    yield line("CS336", RedenWijziging="01", Einddatum=date(2099, 12, 31))
    yield line("CD041", Product=basis.Product(Categorie="45", Code="45A04"), Omvang=None, Budget=None)
    yield line("CD075", Product=NO_CODE, Omvang=None, Budget=1000, Einddatum=None)
    yield line("CD076", **_product(replace(HOURS, Frequentie="2")), Einddatum=None)
    yield line("CD077", "CD078", **_product(HOURS, Budget=1000), Einddatum=date(2099, 12, 31))
    yield line("CD079", Product=None, Omvang=None, Budget=None)
    yield line("CD080", Product=NO_CODE, Omvang=HOURS, Budget=None)
    yield line("CS338", **_product(basis.Omvang(Volume=1, Eenheid="14", Frequentie="1")))


def _product(omvang: basis.Omvang, **more: Any) -> dict[str, Any]:
    product = basis.Product(Categorie="45", Code="45A04")
    return {"Product": product, "Omvang": omvang, "Budget": None, **more}


# --- level 2: JW305 and JW307 ----------------------------------------------------------------------


def _deliveries() -> Iterator[Inside]:
    yield Inside("JW305", ("CS058",), put(START, StatusAanlevering="2"))
    yield Inside("JW307", ("CS058",), put(STOP, StatusAanlevering="9"))
    yield Inside("JW305", ("TR101",), doubled("Client.StartProducten"))
    yield Inside("JW307", ("TR101",), doubled("Client.StopProducten"))
    yield Inside("JW307", ("TR018",), lambda b: changed(b, STOP, _ends_first))


def _ends_first(stop: jw307.StopProduct) -> jw307.StopProduct:
    return replace(stop, Einddatum=stop.Begindatum - DAY)


# --- level 2: JW315, JW317 and JW319 ---------------------------------------------------------------


def _requests() -> Iterator[Inside]:
    def line(*rules: str, **new: Any) -> Inside:
        change = put(AANVRAAG, **new)
        return Inside("JW315", rules, lambda b: change(b) if len(b.Client.AangevraagdeProducten) == 1 else None)

    def referrer(rule: str, **new: Any) -> Inside:
        """Of a referrer of that type only: who sees past the mistake reads the type all the same."""
        change = put(AANVRAAG, Verwijzer=basis.Verwijzer(**new))

        def made(bericht: Any) -> Any:
            line = bericht.Client.AangevraagdeProducten[0]
            return change(bericht) if line.Verwijzer.Type == new["Type"] else None

        return Inside("JW315", (rule,), made, harmless=True)

    yield line("CD043", BeschikkingNummer=12)
    yield referrer("CD066", Type="02", Naam="Verzonnen verwijzer", ZorgverlenerCode="01000001")
    yield referrer("CD067", Type="03")
    yield referrer("CD068", Type="06", ZorgverlenerCode="01000001")
    yield Inside("JW315", ("TR101", "TR383", "TR386"), doubled("Client.AangevraagdeProducten"))
    yield Inside("JW315", ("TR386",), lambda b: changed(b, "Client.AangevraagdeProducten", _asked_twice))
    yield line("CD095", Product=NO_CODE, Omvang=HOURS, Budget=None)
    yield line("CS343", **_product(basis.Omvang(Volume=1, Eenheid="16", Frequentie="1")))
    yield line("CD041", Product=basis.Product(Categorie="45", Code="45A04"), Omvang=None, Budget=None)
    yield Inside("JW315", ("CS003",), lambda b: changed(b, AANVRAAG, _asks_backwards))


def _asked_twice(group: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*group, replace(group[0], ReferentieAanbieder=f"{group[0].ReferentieAanbieder}-2"))


def _asks_backwards(line: Any) -> Any:
    return replace(line, ToewijzingEinddatum=line.ToewijzingIngangsdatum - DAY)


VERZOEK = "Client.Verzoek"


def _new(bericht: Any, **other: Any) -> jw317.NieuwProduct:
    begin = dagtekening(bericht) + timedelta(30)
    known = {"Product": basis.Product(Categorie="55", Code="55A01"), "Omvang": HOURS, "GewensteIngangsdatum": begin}
    return jw317.NieuwProduct(**{**known, **other})


def _later(bericht: Any) -> date:
    return dagtekening(bericht) + timedelta(31)


def _asking(*rules: str, **fields: Callable[[Any], Any]) -> Inside:
    def change(bericht: Any) -> Any:
        new = {name: value(bericht) for name, value in fields.items()}
        return put(VERZOEK, **new)(bericht)

    return Inside("JW317", rules, change)


def _with_new(*rules: str, **other: Any) -> Inside:
    return _asking(*rules, NieuweProducten=lambda b: (_new(b, **other),))


def _changes() -> Iterator[Inside]:
    unchanged = (jw317.OngewijzigdProduct(ToewijzingNummer=1),)
    yield _asking(
        "TR352",
        OngewijzigdeProducten=lambda _: (),
        TeWijzigenProducten=lambda _: (),
        NieuweProducten=lambda b: (_new(b),),
    )
    yield _asking(
        "TR353",
        OngewijzigdeProducten=lambda _: unchanged,
        TeWijzigenProducten=lambda _: (),
        NieuweProducten=lambda _: (),
    )
    yield _asking("TR380", NieuweProducten=lambda b: (_new(b, GewensteIngangsdatum=dagtekening(b)),))
    yield _asking("TR410", NieuweProducten=lambda b: (_new(b), _new(b, GewensteIngangsdatum=_later(b))))
    yield _asking("TR101", OngewijzigdeProducten=lambda _: unchanged * 2)
    yield _with_new("CD096", Product=basis.Product(Categorie="55"))
    yield _with_new("CS338", Omvang=basis.Omvang(Volume=1, Eenheid="84", Frequentie="1"))
    yield _with_new("CS003", Einddatum=date(2025, 1, 1))
    yield _with_new("CD076", Omvang=replace(HOURS, Frequentie="2"))


def _answers() -> Iterator[Inside]:
    def said(rule: str, fits: str, **new: Any) -> Inside:
        def change(bericht: jw319.Bericht) -> Any:
            return put("Antwoord", **new)(bericht) if bericht.Antwoord.VerzoekAntwoord == fits else None

        return Inside("JW319", (rule,), change)

    yield said("CD085", "1", RedenAfwijzingVerzoek=None, Woonplaatsbeginsel=None)
    yield said("CD086", "2", RedenAfwijzingVerzoek="3")
    yield said("TR377", "1", RedenAfwijzingVerzoek="8", Woonplaatsbeginsel=None)
    elsewhere = jw319.Woonplaatsbeginsel(Gemeente="0363")
    yield said("TR409", "1", RedenAfwijzingVerzoek="3", Woonplaatsbeginsel=elsewhere)


INSIDE = (*_persons(), *_assignments(), *_deliveries(), *_requests(), *_changes(), *_answers())
"""All ways to make a message wrong in itself, but for claims."""
