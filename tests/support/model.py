"""Level 3 decided by scanning lists of what was exchanged before: what the real dossier and rules are held against.

Written from the facts of the standard (ids, codes, what each rule looks at), not from the rules in schemas/.

Readings where the standard is silent: a refused message leaves no trace, nor do refused claim lines; within a message
what takes back comes first, and each class that is fine counts for the next; below a class at fault nothing is judged,
save below a Verzoek; of an assignment the version with the latest moment of deciding counts; a credit is held against
its debit, not against its assignment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace
from datetime import date
from typing import Any

from schemas.ijw_3_2.berichten import basis, jw301, jw305, jw307, jw315, jw317, jw319, jw323
from tests.support.model_claims import line_faults
from tests.support.model_lists import (
    DOUBTED,
    PENDING,
    REFUSED,
    STANDING,
    Levering,
    Line,
    Told,
    ends,
    full_key,
    same_care,
    same_product,
)

Found = set[tuple[str, str]]
Places = Iterator[tuple[str, str]]
Faults = Iterator[str]

CLIENT, VERZOEK, DECLARATIE = "Bericht/Client", "Bericht/Client/Verzoek", "Bericht/Declaratie"

GROUPS = {
    "ToegewezenProduct": "ToegewezenProducten",
    "StartProduct": "StartProducten",
    "StopProduct": "StopProducten",
    "AangevraagdProduct": "AangevraagdeProducten",
    "OngewijzigdProduct": "OngewijzigdeProducten",
    "TeWijzigenProduct": "TeWijzigenProducten",
    "NieuwProduct": "NieuweProducten",
    "Client": "Clienten",
    "Prestatie": "Prestaties",
}


def members(path: str, klasse: str, group: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """The members of a group, each with its path."""
    return ((f"{path}/{GROUPS[klasse]}/{klasse}[{place}]", one) for place, one in enumerate(group, 1))


class Model(Told):
    """A hub that keeps lists."""

    # --- receiving and being answered --------------------------------------------------------------

    def receive(self, number: int, name: str, bericht: Any, inside: bool = False, waits: bool = False) -> Found:
        """What is wrong with a message on level 3; what counts of it is noted. `inside`: level 2 refused it already.

        `waits`: its receiver answers later, and may grant what is wrong.
        """
        trial = self._trial(number, PENDING if waits else STANDING)
        found = set() if inside else trial._judge(number, name, bericht)
        refused = inside or (
            bool(found) if name != "JW323" else any(path in ("Bericht/Header", DECLARATIE) for _, path in found)
        )
        if not refused:
            self.__dict__.update(trial.__dict__)
        elif waits:
            self.__dict__.update(self._doubting(number, name, bericht).__dict__)
        return found

    def settle(self, number: int, refused: bool) -> None:
        """A return message came for this message."""
        self.counts[number] = REFUSED if refused else STANDING

    def settle_claim(self, number: int, refused: bool, refused_lines: set[str]) -> None:
        """A JW325 came for this claim, and returned these lines; `refused`: the claim as a whole."""
        self.settle(number, refused)
        for place, line in enumerate(self.lines):
            if line.by == number:
                outcome = REFUSED if refused or line.number in refused_lines else STANDING
                self.lines[place] = replace(line, outcome=outcome)

    def _trial(self, number: int, status: str) -> Model:
        trial = copy(self)
        for name, value in self.__dict__.items():
            setattr(trial, name, copy(value))
        trial.counts[number] = status
        return trial

    def _doubting(self, number: int, name: str, bericht: Any) -> Model:
        doubted = self._trial(number, DOUBTED)
        doubted._note(number, name, bericht)
        return doubted

    def _note(self, number: int, name: str, bericht: Any) -> None:
        """Note all that a message tells, without a look at what is wrong with it."""
        self.ids.append((number, name, bericht.Header.BerichtIdentificatie.Identificatie))
        if name == "JW323":
            self.claims.append(
                (number, bericht.Declaratie.DeclaratieNummer, bericht.Declaratie.DeclaratiePeriode.Begindatum)
            )
            for client in bericht.Declaratie.Clienten:
                self.lines += [Line(number, client.Bsn, line, DOUBTED) for line in client.Prestaties]
        elif name == "JW319":
            self.answered.append((number, bericht.Antwoord.ReferentieAanbieder, bericht.Antwoord.VerzoekAntwoord))
        else:
            self._note_client(number, name, bericht.Client)

    def _note_client(self, number: int, name: str, client: Any) -> None:
        match name:
            case "JW301":
                self.sent += [(number, client.Bsn, product) for product in client.ToegewezenProducten]
            case "JW305":
                self.delivered += [(number, client.Bsn, start) for start in client.StartProducten]
            case "JW307":
                self.delivered += [(number, client.Bsn, stop) for stop in client.StopProducten]
            case "JW315":
                self.asked += [(number, client.Bsn, one.ReferentieAanbieder) for one in client.AangevraagdeProducten]
            case "JW317":
                self.asked.append((number, client.Bsn, client.Verzoek.ReferentieAanbieder))

    # --- judging -----------------------------------------------------------------------------------

    def _judge(self, number: int, name: str, bericht: Any) -> Found:
        identificatie = bericht.Header.BerichtIdentificatie.Identificatie
        if any((n, i) == (name, identificatie) and self.is_counted(by) for by, n, i in self.ids):
            return {("TR056", "Bericht/Header")}
        self.ids.append((number, name, identificatie))
        return set(getattr(self, f"_{name.lower()}")(number, bericht))

    def _jw301(self, number: int, bericht: jw301.Bericht) -> Places:
        bsn = bericht.Client.Bsn
        # Several products may grant one request, so it is open or not for all of them.
        open_before = self.open_requests(bsn)
        for path, product in members(CLIENT, "ToegewezenProduct", bericht.Client.ToegewezenProducten):
            faults = list(self._product_faults(bsn, product, open_before))
            yield from ((fault, path) for fault in faults)
            if not faults:
                self.sent.append((number, bsn, product))

    def _product_faults(self, bsn: str, new: jw301.ToegewezenProduct, open_before: list[str]) -> Faults:
        for owner, known in self.versions(new.ToewijzingNummer)[-1:]:
            if (owner, known.Product, known.Ingangsdatum) != (bsn, new.Product, new.Ingangsdatum):
                yield "TR332"
        if new.ReferentieAanbieder is not None and new.ReferentieAanbieder not in open_before:
            yield "TR379"
        if new.RedenWijziging == "13" and any(
            one.outcome == STANDING and not one.credits and not self.is_credited(one, (STANDING,))
            for one in self.claimed(new.ToewijzingNummer)
        ):
            yield "TR385"

    def _jw305(self, number: int, bericht: jw305.Bericht) -> Places:
        return self._leveringen(number, bericht.Client.Bsn, "StartProduct", bericht.Client.StartProducten)

    def _jw307(self, number: int, bericht: jw307.Bericht) -> Places:
        return self._leveringen(number, bericht.Client.Bsn, "StopProduct", bericht.Client.StopProducten)

    def _leveringen(self, number: int, bsn: str, klasse: str, all_of_them: Iterable[Levering]) -> Places:
        placed = members(CLIENT, klasse, all_of_them)
        for path, one in sorted(placed, key=lambda member: member[1].StatusAanlevering != "3"):
            check = self._withdrawal_faults if one.StatusAanlevering == "3" else self._levering_faults
            faults = list(check(one, self.standing(bsn)))
            yield from ((fault, path) for fault in faults)
            if not faults:
                self.delivered.append((number, bsn, one))

    def _withdrawal_faults(self, one: Levering, standing: list[Levering]) -> Faults:
        if full_key(one) not in map(full_key, standing):
            yield "TR063"
        if isinstance(one, jw305.StartProduct) and any(ends(stop, one) for stop in standing):
            yield "TR071"

    def _levering_faults(self, one: Levering, standing: list[Levering]) -> Faults:
        if one.ToewijzingNummer is not None and not self.versions(one.ToewijzingNummer):
            yield "TR019"
        if full_key(one) in map(full_key, standing):
            yield "TR074"
        if isinstance(one, jw307.StopProduct):
            yield from self._stop_faults(one, standing)
            return
        starts = [start for start in standing if isinstance(start, jw305.StartProduct) and same_care(start, one)]
        if any(not any(ends(stop, start) for stop in standing) for start in starts):
            yield "TR326"

    def _stop_faults(self, new: jw307.StopProduct, standing: list[Levering]) -> Faults:
        if not any(ends(new, start) for start in standing):
            yield "TR382"
        stops = [one for one in standing if isinstance(one, jw307.StopProduct) and same_care(one, new)]
        earlier = [one for one in stops if one.Begindatum == new.Begindatum]
        if new.RedenBeeindiging == "20" and any(one.RedenBeeindiging == "20" for one in earlier):
            yield "TR413"
        if any(new.Einddatum < one.Einddatum for one in earlier):
            yield "TR414"
        if any(one.RedenBeeindiging != "20" for one in earlier):
            yield "TR415"

    # --- requests ----------------------------------------------------------------------------------

    def _jw315(self, number: int, bericht: jw315.Bericht) -> Places:
        client = bericht.Client
        if self.open_requests(client.Bsn):
            yield "TR374", CLIENT
            return
        for path, one in members(CLIENT, "AangevraagdProduct", client.AangevraagdeProducten):
            if one.ReferentieAanbieder in self.references():
                yield "TR347", path
            else:
                self.asked.append((number, client.Bsn, one.ReferentieAanbieder))

    def _jw317(self, number: int, bericht: jw317.Bericht) -> Places:
        bsn, verzoek = bericht.Client.Bsn, bericht.Client.Verzoek
        at_client = [("TR374", CLIENT)] if self.open_requests(bsn) else []
        named = [one.ToewijzingNummer for one in (*verzoek.OngewijzigdeProducten, *verzoek.TeWijzigenProducten)]
        if any(self.owner(nummer) not in (bsn, None) for nummer in named):
            at_client.append(("TR304", CLIENT))
        yield from at_client
        if at_client:
            return
        day, path = bericht.Header.BerichtIdentificatie.Dagtekening, VERZOEK
        if verzoek.ReferentieAanbieder in self.references():
            yield "TR347", path
        if any(self._is_current(nummer, day) and nummer not in named for nummer in self.numbers_of(bsn)):
            yield "TR349", path
        yield from self._clashes(verzoek)
        for place, unchanged in members(path, "OngewijzigdProduct", verzoek.OngewijzigdeProducten):
            if not self._is_current(unchanged.ToewijzingNummer, day):
                yield "TR350", place
        for place, change in members(path, "TeWijzigenProduct", verzoek.TeWijzigenProducten):
            if not self._is_current(change.ToewijzingNummer, day):
                yield "TR351", place
            known = self.current(change.ToewijzingNummer)
            yield from ((fault, place) for fault in (self._change_faults(change, known, day) if known else ()))
        self.asked.append((number, bsn, verzoek.ReferentieAanbieder))

    def _is_current(self, nummer: int, day: date) -> bool:
        known = self.current(nummer)
        if known is None or (known.Einddatum == known.Ingangsdatum and known.RedenWijziging in ("13", "01")):
            return False
        return known.Einddatum is None or known.Einddatum >= day or known.Ingangsdatum > day

    def _change_faults(self, new: jw317.TeWijzigenProduct, known: jw301.ToegewezenProduct, day: date) -> Faults:
        begins_with_it = new.GewensteIngangsdatum == known.Ingangsdatum
        if new.GewensteIngangsdatum <= day and not begins_with_it:
            yield "TR357"
        in_total = known.Omvang is not None and known.Omvang.Frequentie == "6"
        changed = new.Budget != known.Budget or (in_total and new.Omvang != known.Omvang)
        if changed and not begins_with_it:
            yield "TR373"
        has_code = known.Product is not None and known.Product.Code is not None
        if known.Product is None and new.Omvang:
            yield "TR375"
        if has_code and not new.Omvang:
            yield "TR411"
        if not has_code and new.Omvang:
            yield "TR412"

    def _clashes(self, verzoek: jw317.Verzoek) -> Places:
        """TR361 at the second of two that have a day in common; what was deleted is left out, as TR302 says."""
        wanted: list[tuple[str, basis.Product | None, date, date]] = []
        for path, one in members(VERZOEK, "OngewijzigdProduct", verzoek.OngewijzigdeProducten):
            if (known := self.current(one.ToewijzingNummer)) and known.RedenWijziging != "13":
                wanted.append((path, known.Product, known.Ingangsdatum, known.Einddatum or date.max))
        for path, one in members(VERZOEK, "TeWijzigenProduct", verzoek.TeWijzigenProducten):
            if (known := self.current(one.ToewijzingNummer)) and known.RedenWijziging != "13":
                wanted.append((path, known.Product, one.GewensteIngangsdatum, one.Einddatum or date.max))
        for path, one in members(VERZOEK, "NieuwProduct", verzoek.NieuweProducten):
            wanted.append((path, one.Product, one.GewensteIngangsdatum, one.Einddatum or date.max))
        # The standard does not say which of two is at fault; here it is the one that begins later, or stands later.
        wanted.sort(key=lambda one: one[2])
        for place, (path, product, first, _) in enumerate(wanted):
            if any(same_product(product, other) and first <= last for _, other, _, last in wanted[:place]):
                yield "TR361", path

    def _jw319(self, number: int, bericht: jw319.Bericht) -> Places:
        antwoord = bericht.Antwoord
        faults = list(self._answer_faults(antwoord.ReferentieAanbieder, antwoord.VerzoekAntwoord))
        if not faults:
            self.answered.append((number, antwoord.ReferentieAanbieder, antwoord.VerzoekAntwoord))
        return ((fault, "Bericht/Antwoord") for fault in faults)

    def _answer_faults(self, referentie: str, said: str) -> Faults:
        earlier = self.answers(referentie)
        if referentie not in self.references():
            yield "TR355"
        if referentie in self.granted():
            yield "TR359"
        if said == "2" and earlier:
            yield "TR360"
        if any(one != "2" for one in earlier):
            yield "TR365"

    # --- claims ------------------------------------------------------------------------------------

    def _jw323(self, number: int, bericht: jw323.Bericht) -> Places:
        declaratie = bericht.Declaratie
        faults = list(self._claim_faults(declaratie))
        yield from ((fault, DECLARATIE) for fault in faults)
        if faults:
            return
        self.claims.append((number, declaratie.DeclaratieNummer, declaratie.DeclaratiePeriode.Begindatum))
        placed: list[tuple[str, str, jw323.Prestatie]] = []
        for path, client in members(DECLARATIE, "Client", declaratie.Clienten):
            if any(self.owner(line.ToewijzingNummer) not in (client.Bsn, None) for line in client.Prestaties):
                yield "TR304", path
                self._doubt(number, client.Bsn, client.Prestaties)
            else:
                placed += [(p, client.Bsn, line) for p, line in members(path, "Prestatie", client.Prestaties)]
        for path, bsn, line in sorted(placed, key=lambda one: one[2].IngediendBedrag.DebetCredit):
            faults = list(line_faults(self, line, declaratie))
            yield from ((fault, path) for fault in faults)
            if faults:
                self._doubt(number, bsn, [line])
            else:
                self.lines.append(Line(number, bsn, line, self.counts[number]))

    def _doubt(self, number: int, bsn: str, lines: Iterable[jw323.Prestatie]) -> None:
        if self.counts[number] == PENDING:
            self.lines += [Line(number, bsn, line, DOUBTED) for line in lines]

    def _claim_faults(self, declaratie: jw323.Declaratie) -> Faults:
        earlier = [(nummer, period) for by, nummer, period in self.claims if self.is_counted(by)]
        if declaratie.DeclaratieNummer in [nummer for nummer, _ in earlier]:
            yield "TR333"
        if any(declaratie.DeclaratiePeriode.Begindatum < period for _, period in earlier):
            yield "TR318"
