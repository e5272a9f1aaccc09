"""One region (regio): care, waiting, continuity, claims and terms of its gemeenten."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from monitoring.dashboards.building import Block, Query, bars, board, lines, number, variable
from monitoring.dashboards.figures import figure, largest
from monitoring.dashboards.words import CLAIMED, STATES

REGION = 'region="$region"'


def region() -> Dashboard:
    """For the people of one region; the region is chosen."""
    says = (
        "De stand in één regio. Tellingen van minder dan 10 jeugdigen ontbreken; wat berichten niet vertellen ook: "
        "wachten tussen verwijzing en verzoek, taakgerichte zorg zonder toewijzing en zorg buiten de berichten om."
    )
    blocks = (_now(), _care(), _waiting(), _continuity(), _money(), _terms())
    return board("region", "Regio", says, blocks, (variable("region", "Regio", "ijwhub_jeugdigen_in_zorg_region"),))


def _now() -> Block:
    return Block(
        "Vandaag",
        (
            number(
                "Jeugdigen in zorg",
                "Jeugdigen van wie vandaag een traject loopt of tijdelijk stilligt.",
                f"region:ijwhub_jeugdigen_in_zorg:max{{{REGION}}}",
            ),
            number(
                "Wacht op een start",
                "Toewijzingen waarop nog geen hulp is begonnen.",
                f'region_fase:ijwhub_wachtenden:max{{{REGION},fase="start"}}',
            ),
            number(
                "Geen start",
                "Toewijzingen die langer op een start wachten dan is afgesproken.",
                figure("ijwhub_geen_start_region", "region", REGION),
            ),
            number(
                "Open pauzes",
                "Trajecten die langer stilliggen dan is afgesproken.",
                figure("ijwhub_pauzes_open_region", "region", REGION),
            ),
        ),
    )


def _care() -> Block:
    return Block(
        "In zorg",
        (
            lines(
                "Per segment",
                "Jeugdigen in zorg, naar soort hulp; wie twee soorten krijgt telt bij beide.",
                Query(figure("ijwhub_jeugdigen_in_zorg_segment", "segment", REGION), "{{segment}}"),
            ),
            lines(
                "Per gemeente",
                "Jeugdigen in zorg, naar gemeente.",
                Query(figure("ijwhub_jeugdigen_in_zorg_gemeente", "gemeente", REGION), "{{gemeente}}"),
            ),
            bars(
                "Per gemeente en segment",
                "Jeugdigen in zorg vandaag; kleine groepen ontbreken.",
                Query(
                    largest(figure("ijwhub_jeugdigen_in_zorg", "gemeente, segment", REGION)), "{{gemeente}} {{segment}}"
                ),
            ),
        ),
    )


def _waiting() -> Block:
    return Block(
        "Wachtlijst",
        (
            lines(
                "Wachtenden per fase",
                "Wie wacht van verzoek tot toewijzing, van toewijzing tot start, en over beide samen (totaal).",
                Query(f"region_fase:ijwhub_wachtenden:max{{{REGION}}}", "{{fase}}"),
            ),
            lines(
                "Mediane wachttijd",
                "De wachttijd waar de helft onder blijft, waarin ook meetelt wie nog wacht (Kaplan-Meier).",
                Query(figure("ijwhub_wachttijd_mediaan_dagen_region", "fase", REGION), "{{fase}}"),
                unit="d",
            ),
            lines(
                "Wacht langer dan de norm",
                "Welk deel van wie wacht, al langer wacht dan de norm in weken.",
                Query(f"region_fase_weken:ijwhub_wachtenden_boven_norm:ratio{{{REGION}}}", "{{fase}}, {{weken}} weken"),
                unit="percentunit",
            ),
            bars(
                "Wacht op een start, per gemeente",
                "Toewijzingen waarop nog geen hulp is begonnen.",
                Query(
                    largest(figure("ijwhub_wachtenden_gemeente", "gemeente", f'{REGION},fase="start"')), "{{gemeente}}"
                ),
            ),
        ),
    )


def _continuity() -> Block:
    return Block(
        "Continuïteit in 91 dagen",
        (
            lines(
                "Breuken, overstappen, terugkeer",
                "Hulp die afbrak en weer begon, verhuisde naar een andere aanbieder, of na een einde terugkwam.",
                Query(figure("ijwhub_breuken_region", "region", REGION), "breuken"),
                Query(figure("ijwhub_overstappen_region", "region", REGION), "overstappen"),
                Query(figure("ijwhub_terugkeer_region", "region", REGION), "terugkeer"),
            ),
            lines(
                "Vroegtijdig beëindigd, door wie",
                "Hulp die voor het einde van het plan ophield.",
                Query(figure("ijwhub_voortijdig_region", "door", REGION), "{{door}}"),
            ),
        ),
    )


def _money() -> Block:
    return Block(
        "Declaraties in 91 dagen",
        (
            lines(
                "Wat ervan is geworden",
                "Gedeclareerde bedragen: toegekend, afgewezen, gecrediteerd of nog open; samen het gedeclareerde.",
                Query(figure("ijwhub_declaraties_euro_region", "uitkomst", REGION), "{{uitkomst}}"),
                unit="currencyEUR",
                words=CLAIMED,
            ),
            bars(
                "Toegekend per segment",
                "Toegekende bedragen, naar soort hulp.",
                Query(
                    largest(figure("ijwhub_declaraties_euro_segment", "segment", f'{REGION},uitkomst="granted"')),
                    "{{segment}}",
                ),
                unit="currencyEUR",
            ),
        ),
    )


def _terms() -> Block:
    return Block(
        "Gemeenten",
        (
            bars(
                "Termijnen van gemeenten",
                "Termijnen waar de gemeenten voor staan, naar stand.",
                Query(largest(figure("ijwhub_termijnen_partij_gemeente", "state", REGION)), "{{state}}"),
                words=STATES,
            ),
            bars(
                "In één keer goed",
                "Welk deel van de berichten van een gemeente in één keer goed was.",
                Query(figure("ijwhub_in_een_keer_goed_ratio_gemeente", "gemeente", REGION), "{{gemeente}}"),
                unit="percentunit",
            ),
            bars(
                "Herstelwerk",
                "Minuten herstelwerk van de berichten van een gemeente.",
                Query(largest(figure("ijwhub_herstelwerk_minuten_gemeente", "gemeente", REGION)), "{{gemeente}}"),
                unit="m",
            ),
        ),
    )
