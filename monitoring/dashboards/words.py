"""What labels hold, in the words of who reads a dashboard; only where a series is called by one label."""

from __future__ import annotations

from monitoring.dashboards.building import Words

STATES: Words = {
    "open": "loopt",
    "at_risk": "bijna voorbij",
    "met": "gehaald",
    "late": "te laat",
    "breached": "overschreden",
    "failed": "niet te beantwoorden",
    "void": "vervallen",
}
REWORK: Words = {
    "refusal": "afkeur",
    "correction": "correctie",
    "resend": "opnieuw gestuurd",
    "duplicate": "dubbel gestuurd",
    "late": "te laat",
    "manual": "met de hand",
}
SIGNALS: Words = {
    "starts": "minder starts",
    "ends": "vaker beëindigd door de aanbieder",
    "refused": "vaker afgekeurd",
    "late": "vaker te laat",
    "unclaimed": "vaker niet gedeclareerd",
}
CLAIMED: Words = {"granted": "toegekend", "refused": "afgewezen", "credited": "gecrediteerd", "open": "nog open"}
OUTCOMES: Words = {
    "accepted": "goed",
    "partly": "deels goed",
    "refused": "afgekeurd",
    "quarantined": "terzijde gelegd",
}
OFFERED: Words = {
    "new": "nieuw",
    "repeat": "herhaling",
    "conflict": "conflict",
    "too-large": "te groot",
    "unreadable": "niet te lezen",
    "not-your-message": "niet van deze partij",
    "unknown-sender": "afzender onbekend",
    "unknown-receiver": "ontvanger onbekend",
    "wrong-way": "verkeerde richting",
    "mismatch": "omslag en bericht verschillen",
    "cross-reference": "kruisverwijzing onbekend",
    "closed": "gesloten",
}
ATTEMPTED: Words = {
    "delivered": "bezorgd",
    "unreachable": "niet bereikt",
    "failed": "mislukt",
    "refused": "geweigerd",
}
GOTTEN: Words = {
    "push": "gebracht",
    "folder": "map",
    "sftp": "SFTP",
    "kafka": "topic",
    "mailbox": "postbus",
    "via": "via een ander",
    "unknown": "partij onbekend",
}
UNDELIVERED: Words = {
    "undeliverable": "niet op tijd bereikt",
    "refused-by-receiver": "door ontvanger geweigerd",
}
FOLDED: Words = {
    "folded": "meegeteld",
    "double": "dubbel",
    "poison": "terzijde gelegd",
    "read by itself": "zelf gelezen",
}
NOTED: Words = {
    "read": "gelezen",
    "refused": "geweigerd",
    "released": "vrijgegeven",
    "retried": "opnieuw bezorgd",
    "exported": "uitgevoerd",
}
