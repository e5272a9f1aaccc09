"""Waiting list (wachtlijst): who waits, for how long, and whether norms are met, for every region."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from monitoring.dashboards.building import Block, Query, bars, board, lines, variable
from monitoring.dashboards.figures import figure, largest

FASE = 'fase="$fase"'


def waiting() -> Dashboard:
    """For whoever follows waiting in several regions; the phase is chosen."""
    says = (
        "Wie wacht van verzoek tot toewijzing, van toewijzing tot start en over beide samen. Wat berichten niet "
        "vertellen, zoals het wachten tussen verwijzing en verzoek, staat hier niet."
    )
    fase = variable("fase", "Fase", "ijwhub_wachtenden_region")
    return board("waiting", "Wachtlijst", says, (_stock(), _norms(), _where()), (fase,))


def _stock() -> Block:
    return Block(
        "Wie wacht",
        (
            lines(
                "Wachtenden per regio",
                "Wie vandaag wacht, ook als er intussen andere hulp loopt (bruto).",
                Query('region_fase:ijwhub_wachtenden:max{fase="$fase"}', "{{region}}"),
            ),
            lines(
                "Wachtenden zonder overbrugging",
                "Wie vandaag wacht terwijl er geen andere hulp loopt (netto).",
                Query(figure("ijwhub_wachtenden_netto_region", "region", FASE), "{{region}}"),
            ),
            lines(
                "Mediane wachttijd",
                "De wachttijd waar de helft onder blijft, waarin ook meetelt wie nog wacht (Kaplan-Meier).",
                Query(figure("ijwhub_wachttijd_mediaan_dagen_region", "region", FASE), "{{region}}"),
                unit="d",
            ),
        ),
    )


def _norms() -> Block:
    return Block(
        "Normen",
        (
            lines(
                "Wacht langer dan de norm",
                "Welk deel van wie vandaag wacht, al langer wacht dan de norm in weken.",
                Query(
                    'region_fase_weken:ijwhub_wachtenden_boven_norm:ratio{fase="$fase"}', "{{region}}, {{weken}} weken"
                ),
                unit="percentunit",
            ),
            lines(
                "Binnen de norm geholpen",
                "Welk deel van het wachten dat in 91 dagen eindigde, binnen de norm in weken bleef.",
                Query('region_fase_weken:ijwhub_binnen_norm:ratio{fase="$fase"}', "{{region}}, {{weken}} weken"),
                unit="percentunit",
            ),
        ),
    )


def _where() -> Block:
    return Block(
        "Waar",
        (
            bars(
                "Per gemeente",
                "De gemeenten waar de meesten wachten.",
                Query(largest(figure("ijwhub_wachtenden_gemeente", "gemeente", FASE)), "{{gemeente}}"),
            ),
            bars(
                "Per segment",
                "Wie wacht, naar soort hulp, over alle regio's samen.",
                Query(largest(figure("ijwhub_wachtenden_segment", "segment", FASE)), "{{segment}}"),
            ),
            bars(
                "Per aanbieder",
                "De aanbieders waar de meesten op wachten, opgeteld over de regio's waar het er genoeg zijn.",
                Query(largest(figure("ijwhub_wachtenden_aanbieder", "aanbieder", FASE)), "{{aanbieder}}"),
            ),
        ),
    )
