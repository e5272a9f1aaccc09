"""StUF envelopes written by hand, as a partner of the GGk writes them: nothing of our own writer is in them."""

from __future__ import annotations

import base64
from datetime import datetime

from adapters.contract import Fault, Notice, Parcel
from adapters.stuf_ggk.adapter import make
from adapters.stuf_ggk.names import ACTIONS, DI01, DU01, FO01
from streams.core.workdays import DUTCH_TIME

NUMBER = "9c0f7b90-5c69-41e5-a837-0800200c9a66"
EARLIER = "11111111-2222-4333-8444-555555555555"
MADE_AT = datetime(2025, 10, 24, 13, 25, 14, tzinfo=DUTCH_TIME)
PAYLOAD = b'<?xml version="1.0" encoding="UTF-8"?>\r\n<Bericht/>\r\n'
HEADERS = {"content-type": "text/xml; charset=utf-8"}

_STEERING = """  <GGK:stuurgegevens>
    <StUF:berichtcode>{code}</StUF:berichtcode>
    <StUF:zender><StUF:organisatie>0392</StUF:organisatie><StUF:applicatie>Zorgpakket</StUF:applicatie></StUF:zender>
    <StUF:ontvanger><StUF:organisatie>65656001</StUF:organisatie><StUF:applicatie>GGk</StUF:applicatie></StUF:ontvanger>
    <StUF:referentienummer>{number}</StUF:referentienummer>
    <StUF:tijdstipBericht>20251024132514</StUF:tijdstipBericht>{cross}
    <StUF:functie>{functie}</StUF:functie>
  </GGK:stuurgegevens>
"""
_PARAMETERS = """  <GGK:parameters>
    <GGK:applicatieVersie>0002</GGK:applicatieVersie>
    <GGK:applicatieSubversie>0010</GGK:applicatieSubversie>
    <GGK:functieVersie>0003</GGK:functieVersie>
    <GGK:functieSubversie>0002</GGK:functieSubversie>
    <GGK:bericht>{bericht}</GGK:bericht>
  </GGK:parameters>
"""
_SPACES = 'xmlns:GGK="http://www.stufstandaarden.nl/koppelvlak/ggk0210" xmlns:StUF="http://www.egem.nl/StUF/StUF0301"'
_ROOTS = {"Di01": "envelopHeenbericht-ggk_Di01", "Du01": "envelopRetourbericht-ggk_Du01"}


def bare(functie: str = "JW301", code: str = "Di01", payload: bytes = PAYLOAD) -> str:
    """A Di01 or Du01 without SOAP around it."""
    cross = f"\n    <StUF:crossRefnummer>{EARLIER}</StUF:crossRefnummer>" if code == "Du01" else ""
    steering = _STEERING.format(code=code, number=NUMBER, cross=cross, functie=functie)
    inside = f"<GGK:xmlBestand>{base64.b64encode(payload).decode()}</GGK:xmlBestand>"
    root = f"GGK:{_ROOTS[code]}"
    return f"<{root} {_SPACES}>\n{steering}{_PARAMETERS.format(bericht=inside)}</{root}>"


def bare_fault(code: str = "StUF055", plek: str = "client", about: str = EARLIER, details: str = "") -> str:
    """A Fo01 without SOAP around it."""
    return f"""<StUF:Fo01Bericht {_SPACES}>
  <StUF:stuurgegevens>
    <StUF:berichtcode>Fo01</StUF:berichtcode>
    <StUF:zender><StUF:organisatie>IB</StUF:organisatie><StUF:applicatie>GGKWebservice</StUF:applicatie></StUF:zender>
    <StUF:ontvanger><StUF:organisatie>0392</StUF:organisatie><StUF:applicatie>GGk</StUF:applicatie></StUF:ontvanger>
    <StUF:referentienummer>{NUMBER}</StUF:referentienummer>
    <StUF:tijdstipBericht>20251024132514</StUF:tijdstipBericht>
    <StUF:crossRefnummer>{about}</StUF:crossRefnummer>
  </StUF:stuurgegevens>
  <StUF:body>
    <StUF:code>{code}</StUF:code>
    <StUF:plek>{plek}</StUF:plek>
    <StUF:omschrijving>Janneke Jansen, 999900006, is niet bekend</StUF:omschrijving>{details}
  </StUF:body>
</StUF:Fo01Bericht>"""


def soap(message: str) -> bytes:
    """The message as it is brought."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<s:Body>{message}</s:Body></s:Envelope>"
    ).encode()


def action(message: str) -> str:
    """The SOAPAction for a message."""
    root = next((name for name in (DI01, DU01, FO01) if name.partition("}")[2] in message), DI01)
    return f'"{ACTIONS[root]}"'


def unpacked(message: str, **options: str) -> Parcel | Notice | Fault:
    """What the adapter makes of a message that is brought in the right way."""
    return make(options).unpack(soap(message), {**HEADERS, "soapaction": action(message)})
