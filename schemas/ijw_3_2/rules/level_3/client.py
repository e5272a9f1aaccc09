"""Whose data a message refers to."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.ijw_3_2.berichten import jw317, jw323, jw325
from schemas.ijw_3_2.dossier.history import History
from schemas.ijw_3_2.dossier.keys import numbers_in
from schemas.ijw_3_2.rules.registry import rule


@rule(
    "TR304",
    level=3,
    code="8187",
    element="Bsn",
    says="The Bsn is that of the client whom the assignments or Prestaties referred to are about.",
)
def _(client: jw317.Client | jw323.Client | jw325.Client, history: History) -> bool:
    # What is not known is refused by the rules about the reference itself.
    if isinstance(client, jw325.Client):
        return all(_is_of(client, prestatie, history) for prestatie in client.Prestaties)
    return all(bsn in (None, client.Bsn) for bsn in _clients_assigned(client, history))


def _clients_assigned(client: jw317.Client | jw323.Client, history: History) -> Iterable[str | None]:
    if isinstance(client, jw323.Client):
        return map(history.client_of_line, client.Prestaties)
    return (history.client_of(number) for number in numbers_in(client.Verzoek))


def _is_of(client: jw325.Client, prestatie: jw325.Prestatie, history: History) -> bool:
    sent = history.lines_sent(prestatie.ProductReferentie.ReferentieNummer)
    return not sent or client.Bsn in [line.bsn for line in sent]
