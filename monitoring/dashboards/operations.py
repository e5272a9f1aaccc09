"""Operations (bedrijfsvoering): does the hub take in, process and pass on."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from monitoring.dashboards.building import Block, Query, bars, board, lines, number
from monitoring.dashboards.words import ATTEMPTED, FOLDED, GOTTEN, NOTED, OFFERED, OUTCOMES, UNDELIVERED


def operations() -> Dashboard:
    """For whoever keeps the hub running; looks back six hours."""
    says = "Neemt de hub berichten aan, verwerkt hij ze en geeft hij ze door? Wat te doen staat in deploy/runbook.md."
    blocks = (_now(), _traffic(), _waiting(), _delivering(), _access(), _faults(), _monitor())
    return board("operations", "Bedrijfsvoering", says, blocks, since="now-6h")


def _now() -> Block:
    return Block(
        "Nu",
        (
            number(
                "Processen die antwoorden",
                "Processen van hub en monitor waar Prometheus antwoord van krijgt.",
                'sum(up{job=~"ijwhub.*"})',
            ),
            number(
                "Oudste wachtende bericht",
                "Hoe lang het oudste bericht wacht dat nog niet is verwerkt.",
                "max(ijwhub_oldest_waiting_seconds)",
                unit="s",
                alarm=300,
            ),
            number(
                "Stilstand",
                "Hoe lang een partitie stilstaat terwijl er berichten wachten.",
                "max(ijwhub_stalled_seconds)",
                unit="s",
                alarm=120,
            ),
            number(
                "Nog niet gepubliceerd",
                "Uitgaande berichten en gebeurtenissen die besloten zijn en nog niet op Kafka staan.",
                "sum(ijwhub_outbox)",
                alarm=500,
            ),
        ),
    )


def _traffic() -> Block:
    return Block(
        "Berichtenverkeer",
        (
            lines(
                "Verwerkte berichten",
                "Berichten per seconde, naar uitkomst.",
                Query("sum by (outcome) (bericht_outcome:ijwhub_messages:rate5m)", "{{outcome}}"),
                unit="reqps",
                words=OUTCOMES,
            ),
            lines(
                "Aan de deur",
                "Aangeboden berichten per seconde, naar wat ermee gebeurde: nieuw, herhaling, conflict of geweigerd.",
                Query("sum by (result) (rate(ijwhub_intake_total[5m]))", "{{result}}"),
                unit="reqps",
                words=OFFERED,
            ),
            lines(
                "Afgeleverd",
                "Berichten, antwoorden en foutmeldingen per seconde, naar soort.",
                Query("sum by (kind) (rate(ijwhub_outputs_delivered_total[5m]))", "{{kind}}"),
                unit="reqps",
            ),
        ),
    )


def _waiting() -> Block:
    return Block(
        "Wachten en verwerken",
        (
            lines(
                "Wachtende berichten",
                "Berichten die in een partitie op verwerking wachten.",
                Query("max by (partition) (ijwhub_waiting)", "partitie {{partition}}"),
            ),
            lines(
                "Verwerkingstijd",
                "Binnen welke tijd 95 % van de berichten is verwerkt, per berichttype.",
                Query("bericht:ijwhub_processing_seconds:p95_5m", "{{bericht}}"),
                unit="s",
            ),
            bars(
                "Partities per proces",
                "Aan hoeveel partities van het log een proces werkt.",
                Query("sort_desc(ijwhub_partitions)", "{{instance}}"),
            ),
        ),
    )


def _delivering() -> Block:
    return Block(
        "Bezorgen",
        (
            lines(
                "Pogingen",
                "Pogingen per seconde om iets bij een partij te bezorgen, naar hoe het afliep.",
                Query("sum by (outcome) (rate(ijwhub_delivery_attempts_total[5m]))", "{{outcome}}"),
                unit="reqps",
                words=ATTEMPTED,
            ),
            lines(
                "Wachtende post",
                "Wat partijen nog niet hebben, naar hoe zij het krijgen.",
                Query("max by (way) (ijwhub_mail_waiting)", "{{way}}"),
                words=GOTTEN,
            ),
            number(
                "Niet bereikbaar",
                "Partijen die de hub nu niet bereikt; wat voor hen is wacht.",
                'sum(ijwhub_circuits{state!="closed"})',
                alarm=1,
            ),
            lines(
                "Onbestelbaar",
                "Wat per dag niet bezorgd kon worden, naar de reden.",
                Query("sum by (reason) (increase(ijwhub_undeliverable_total[1d]))", "{{reason}}"),
                words=UNDELIVERED,
            ),
        ),
    )


def _access() -> Block:
    return Block(
        "Toegang",
        (
            lines(
                "Vastgelegd",
                "Wat het auditlog per seconde vastlegt, naar soort.",
                Query("sum by (action) (rate(ijwhub_audited_total[5m]))", "{{action}}"),
                unit="reqps",
                words=NOTED,
            ),
            lines(
                "Geweigerd",
                "Geweigerde pogingen per kwartier, naar de reden zoals de partner die krijgt.",
                Query('sum by (reason) (increase(ijwhub_audited_total{action="refused"}[15m]))', "{{reason}}"),
            ),
        ),
    )


def _faults() -> Block:
    return Block(
        "Storingen",
        (
            lines(
                "Storingen van opslag",
                "Fouten van database, broker of map die opnieuw geprobeerd worden, per tien minuten.",
                Query("sum by (instance) (increase(ijwhub_store_errors_total[10m]))", "{{instance}}"),
            ),
            lines(
                "Prijsgegeven reeksen",
                "Reeksen berichten die een proces opgaf omdat een ander de partitie had overgenomen, per kwartier.",
                Query("sum by (instance) (increase(ijwhub_fenced_total[15m]))", "{{instance}}"),
            ),
        ),
    )


def _monitor() -> Block:
    return Block(
        "Monitor",
        (
            lines(
                "Achterstand",
                "Gebeurtenissen die de monitor nog moet meetellen.",
                Query("sum by (instance) (ijwhub_monitor_lag)", "{{instance}}"),
            ),
            lines(
                "Gebeurtenissen",
                "Meegeteld, dubbel gekomen of terzijde gelegd, per seconde.",
                Query("sum by (result) (rate(ijwhub_monitor_events_total[5m]))", "{{result}}"),
                unit="reqps",
                words=FOLDED,
            ),
            number(
                "Ouderdom van de cijfers",
                "Hoe lang geleden een proces cijfers heeft gemaakt: dat waarvan ze het oudst zijn.",
                "time() - min(ijwhub_figures_made_timestamp_seconds)",
                unit="s",
                alarm=7200,
            ),
            number(
                "Weggelaten cijfers",
                "Cijfers die niet worden verteld omdat een kenmerk iets bevat dat er niet hoort.",
                "max(ijwhub_figures_left_out)",
                alarm=1,
            ),
            bars(
                "Wacht op eigen antwoord",
                "Berichten die wachten op het retourbericht van een partij die zelf antwoordt.",
                Query("sort_desc(max by (bericht) (ijwhub_open_returns))", "{{bericht}}"),
            ),
        ),
    )
