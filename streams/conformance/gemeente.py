"""The scenarios for the system of a gemeente: the kit plays the aanbieder."""

from __future__ import annotations

from typing import Any

from streams.conformance import building
from streams.conformance.both_roles import delivery
from streams.conformance.building import NOBODYS, declaratie, line, start, stop, verzoek
from streams.conformance.casus import Casus
from streams.conformance.scenarios import Ask, Scenario, Send


def _grants(casus: Casus, bericht: Any) -> bool:
    """The assignment that was asked for, of care that began."""
    return any(
        one.ReferentieAanbieder == casus.referentie() and one.Ingangsdatum <= casus.begin
        for one in bericht.Client.ToegewezenProducten
    )


def _grants_change(casus: Casus, bericht: Any) -> bool:
    return any(one.ReferentieAanbieder == casus.referentie(9) for one in bericht.Client.ToegewezenProducten)


def _rejects(casus: Casus, bericht: Any) -> bool:
    antwoord = bericht.Antwoord
    return bool(antwoord.ReferentieAanbieder == casus.referentie() and antwoord.VerzoekAntwoord == "1")


REQUESTED = Send(
    bericht="JW315",
    says="Een verzoek om acht uur per maand.",
    build=verzoek(),
    called="verzoek",
)
GRANT = Ask(
    bericht="JW301",
    wish="toewijzing",
    says="Wijs met een JW301 toe wat verzoek {referentie} vraagt: ingaand {ingang}, tot en met {einde}.",
    called="toewijzing",
    fits=_grants,
    term="OP274",
)
STARTED = Send(bericht="JW305", says="De zorg is begonnen.", build=start())

WHOLE_STORY = Scenario(
    id="verzoek-tot-declaratie",
    title="Van verzoek tot declaratie",
    why="De gewone gang van zaken: gevraagd, toegewezen, begonnen, beëindigd en gedeclareerd.",
    steps=(
        REQUESTED,
        GRANT,
        STARTED,
        Send(bericht="JW307", says="De zorg is geëindigd.", build=stop()),
        Send(bericht="JW323", says="Eén uur gedeclareerd.", build=declaratie(line())),
    ),
)
REJECTED = Scenario(
    id="verzoek-afgewezen",
    title="Een verzoek dat afgewezen wordt",
    why="Een afwijzing is een JW319 met VerzoekAntwoord 1 en haar reden.",
    steps=(
        REQUESTED,
        Ask(
            bericht="JW319",
            wish="afwijzing",
            says="Wijs verzoek {referentie} af met een JW319.",
            fits=_rejects,
            term="OP274",
        ),
    ),
)
CHANGE = Scenario(
    id="verzoek-om-wijziging",
    title="Een verzoek om wijziging",
    why="De gevraagde Einddatum komt onder hetzelfde ToewijzingNummer, met de ReferentieAanbieder van het verzoek.",
    steps=(
        REQUESTED,
        GRANT,
        Send(bericht="JW317", says="Gevraagd: een maand langer.", build=building.wijziging),
        Ask(
            bericht="JW301",
            wish="wijziging-toewijzen",
            says="Wijs met een JW301 de langere periode toe die met de JW317 bij verzoek {referentie} gevraagd is.",
            fits=_grants_change,
            term="OP346",
        ),
    ),
)
CORRECTED = Scenario(
    id="start-gecorrigeerd",
    title="Een start ingetrokken en opnieuw gemeld",
    why="Een ingetrokken start telt als niet gemeld; een start die al loopt wordt niet nog eens gemeld.",
    steps=(
        REQUESTED,
        GRANT,
        STARTED,
        Send(
            bericht="JW305",
            says="Dezelfde start nog eens, in een nieuw bericht.",
            build=start(),
            rules=("TR074", "TR326"),
        ),
        Send(bericht="JW305", says="De start ingetrokken.", build=start(status="3")),
        Send(
            bericht="JW305",
            says="Nog eens ingetrokken: er is niets meer om in te trekken.",
            build=start(status="3"),
            rules=("TR063",),
        ),
        Send(bericht="JW305", says="De start opnieuw gemeld, een dag later.", build=start(days=1)),
    ),
)
CLAIMS = Scenario(
    id="declaratie-per-regel",
    title="Declaraties waarvan een deel niet klopt",
    why="Een declaratie wordt per regel beoordeeld; de totalen tellen op wat is toegekend.",
    steps=(
        REQUESTED,
        GRANT,
        Send(
            bericht="JW323",
            says="Drie regels: een goede, een met een andere productcategorie, en een op een onbekende toewijzing.",
            build=declaratie(line(1), line(2, ProductCategorie="41"), line(3, ToewijzingNummer=NOBODYS), place=1),
            rules=("TR338", "TR339"),
        ),
        Send(
            bericht="JW323",
            says="Een tweede regel over dezelfde maand.",
            build=declaratie(line(4), place=2),
            rules=("TR389",),
        ),
        Send(
            bericht="JW323",
            says="Een regel van een andere cliënt.",
            build=declaratie(line(5), place=3, other_client=True),
            rules=("TR304",),
        ),
        Send(
            bericht="JW323",
            says="Een DeclaratieNummer dat al gebruikt is.",
            build=declaratie(line(6), place=1),
            rules=("TR333",),
        ),
    ),
)
WRONG = (
    Scenario(
        id="verzoek-fout-in-zichzelf",
        title="Een verzoek dat in zichzelf niet klopt",
        why="Niveau 2: het hele bericht wordt afgekeurd met 0001, zonder verdere inhoud.",
        steps=(
            Send(
                bericht="JW315",
                says="Een verzoek om zorg die eindigt voor zij begint.",
                build=building.wrong_verzoek,
                rules=("CS003",),
            ),
        ),
    ),
    Scenario(
        id="declaratie-fout-in-zichzelf",
        title="Een declaratie en een stop die in zichzelf niet kloppen",
        why="Niveau 2: ook van een declaratie wordt dan alles afgekeurd, met 0001 in de Header.",
        steps=(
            REQUESTED,
            GRANT,
            Send(
                bericht="JW307",
                says="Een stop voor het begin.",
                build=stop(before=1),
                rules=("TR018",),
            ),
            Send(
                bericht="JW323",
                says="Een totaal dat niet de som van de regels is.",
                build=declaratie(line(), too_much=100),
                rules=("TR358",),
            ),
        ),
    ),
    Scenario(
        id="twee-verzoeken-open",
        title="Een tweede verzoek terwijl het eerste open staat",
        why="De fout staat bij de Client; onder die klasse is niets beoordeeld, en dat zegt 0233.",
        steps=(
            REQUESTED,
            Send(
                bericht="JW315",
                says="Nog een verzoek voor dezelfde cliënt.",
                build=verzoek(2),
                rules=("TR374",),
            ),
        ),
    ),
    Scenario(
        id="onbekende-toewijzing",
        title="Een start en een stop op een toewijzing die er niet is",
        why="Niveau 3: de code staat bij het product, en de rest is 0200.",
        steps=(
            Send(
                bericht="JW305", says="Een start op een onbekend nummer.", build=start(nummer=NOBODYS), rules=("TR019",)
            ),
            Send(
                bericht="JW307",
                says="Een stop op een onbekend nummer.",
                build=stop(nummer=NOBODYS),
                rules=("TR019", "TR382"),
            ),
        ),
    ),
)
SCENARIOS = (
    WHOLE_STORY,
    REJECTED,
    CHANGE,
    CORRECTED,
    CLAIMS,
    *WRONG,
    *delivery("JW315", verzoek(), verzoek(2, Product=building.AMBULANT)),
)
