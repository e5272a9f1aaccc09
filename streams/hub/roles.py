"""What a process of a hub on Kafka can do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """HTTP for parties; the exchange; or the folders and topics of parties. A process may have several."""

    INTAKE = "intake"
    EXCHANGE = "exchange"
    DELIVERY = "delivery"
