"""The client of one scenario: who exchanges, which days and numbers are used, and what was exchanged so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count, islice
from typing import Any, Literal

from schemas.ijw_3_2.berichten import basis, jw301
from streams.simulating.letters import Head
from streams.simulating.region import FIRST_NAMES, SURNAMES, Youth, bsns

Role = Literal["gemeente", "aanbieder"]
"""What the vendor's system is; the kit plays the other."""

FROM_GEMEENTE = frozenset({"JW301", "JW319", "JW325"})
_BSNS = 8_000
"""So many clients are taken in turn; the range for tests holds some 9,000."""


@dataclass(frozen=True)
class Run:
    """One run of the kit: it gives numbers that no earlier run gave, as a vendor's system may remember those.

    started   with time zone.
    """

    role: Role
    gemeente: str
    aanbieder: str
    started: datetime
    _numbers: Iterator[int] = field(default_factory=lambda: count(1), repr=False, compare=False)

    @property
    def seconds(self) -> int:
        """The start in whole seconds: what tells runs apart."""
        return int(self.started.timestamp())

    @property
    def own_code(self) -> str:
        """The code of the kit."""
        return self.gemeente if self.role == "aanbieder" else self.aanbieder

    @property
    def vendor_code(self) -> str:
        """The code of the system under test."""
        return self.aanbieder if self.role == "aanbieder" else self.gemeente

    @property
    def tag(self) -> str:
        """Six letters that tell runs apart: with digits a number could look like a BSN."""
        return "".join(chr(ord("A") + int(digit, 16)) for digit in f"{self.seconds % 16**6:06x}")

    def identificatie(self) -> str:
        """The next Identificatie: 11 characters."""
        return f"K{self.tag}{next(self._numbers):04d}"

    def casus(self, number: int, today: date) -> Casus:
        """The client of the n-th scenario."""
        place = (self.seconds * 17 + number * 3) % _BSNS
        youth = Youth(
            bsn=next(islice(bsns(), place, None)),
            geboren=date(today.year - 8 - number % 6, 3, 1 + number % 28),
            achternaam=SURNAMES[number % len(SURNAMES)],
            voornamen=FIRST_NAMES[number % len(FIRST_NAMES)],
            geslacht="21"[number % 2],
            gemeente=self.gemeente,
        )
        return Casus(run=self, number=number, today=today, youth=youth)


@dataclass
class Casus:
    """What builders of messages go by.

    exchanged   what was sent and received so far, by the name that a step gives it.
    """

    run: Run
    number: int
    today: date
    youth: Youth
    exchanged: dict[str, Any] = field(default_factory=dict)

    # --- days: care began in the month before this one, and that month can be claimed ----------------

    @property
    def month(self) -> basis.GeslotenPeriode:
        """The whole month before this one."""
        last = self.today.replace(day=1) - timedelta(days=1)
        return basis.GeslotenPeriode(Begindatum=last.replace(day=1), Einddatum=last)

    @property
    def ingang(self) -> date:
        """The first day of an assignment."""
        return self.month.Begindatum

    @property
    def einde(self) -> date:
        """The last day of an assignment."""
        return self.ingang + timedelta(days=180)

    @property
    def begin(self) -> date:
        """The day on which care really began."""
        return self.ingang + timedelta(days=2)

    # --- numbers -------------------------------------------------------------------------------------

    def nummer(self, place: int = 1) -> int:
        """A ToewijzingNummer of eight digits, so that it is no BSN. Another one in a run that begins 5 s later."""
        return 10_000_000 + self.run.seconds // 5 % 296_000 * 300 + self.number * 10 + place

    def referentie(self, place: int = 1) -> str:
        """A ReferentieAanbieder, DeclaratieNummer or ReferentieNummer: 12 characters at most, no sign in it."""
        return f"K{self.run.tag}{self.number:02d}{place:02d}"

    def head(self, bericht: str, days: int = 0) -> Head:
        """The header of the kit's next message; `days` from now it is dated."""
        codes = (self.run.gemeente, self.run.aanbieder)
        ends = codes if bericht in FROM_GEMEENTE else codes[::-1]
        return Head(*ends, self.run.identificatie(), self.today + timedelta(days=days))

    # --- what was exchanged --------------------------------------------------------------------------

    @property
    def toegewezen(self) -> jw301.ToegewezenProduct:
        """The assignment that the vendor made: that of the last JW301 called toewijzing."""
        bericht = self.exchanged["toewijzing"]
        assert isinstance(bericht, jw301.Bericht)
        products = bericht.Client.ToegewezenProducten
        return next((one for one in products if one.ReferentieAanbieder), products[0])

    @property
    def facts(self) -> Mapping[str, date | str]:
        """What the vendor must know to make what is asked for. No person is in it."""
        return {
            "nummer": str(self.nummer()),
            "referentie": self.referentie(),
            "ingang": self.ingang,
            "einde": self.einde,
            "begin": self.begin,
            "dag_later": self.begin + timedelta(days=1),
            "maandeinde": self.month.Einddatum,
            "maand": f"{self.ingang:%m-%Y}",
        }

    def told(self, text: str) -> str:
        """A text of a step with its numbers and days filled in."""
        shown = {name: f"{fact:%d-%m-%Y}" if isinstance(fact, date) else fact for name, fact in self.facts.items()}
        return text.format(**shown)
