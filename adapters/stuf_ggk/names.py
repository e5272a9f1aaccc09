"""The names on the wire: namespaces, roots and SOAP actions, as published with ggk0210 patch 4 and StUF 03.01."""

from __future__ import annotations

from collections.abc import Mapping

GGK = "http://www.stufstandaarden.nl/koppelvlak/ggk0210"
STUF = "http://www.egem.nl/StUF/StUF0301"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
PATCH_3 = "http://www.stufstandaarden.nl/sectormodel/ggk/0210"
"""The namespace of patch 3 and before, whose layout is another one."""
ANY_STUF = "http://www.egem.nl/StUF/"
"""What the namespace of every version of StUF begins with."""

DI01 = f"{{{GGK}}}envelopHeenbericht-ggk_Di01"
DU01 = f"{{{GGK}}}envelopRetourbericht-ggk_Du01"
FO01 = f"{{{STUF}}}Fo01Bericht"
FO03 = f"{{{STUF}}}Fo03Bericht"
BV03 = f"{{{STUF}}}Bv03Bericht"
BV04 = f"{{{STUF}}}Bv04Bericht"
"""The receipt of a node on the way, which promises to bring it: a gemeente may have a gateway in front."""

ACTIONS: Mapping[str, str] = {DI01: f"{GGK}/ggk_Di01", DU01: f"{GGK}/ggk_Du01", FO01: f"{STUF}/Fo01"}
"""The SOAPAction under which each root is brought."""
CODES: Mapping[str, str] = {DI01: "Di01", DU01: "Du01", FO01: "Fo01", FO03: "Fo03", BV03: "Bv03"}
"""The berichtcode of each root."""

PATH = "/stuf/ggk0210"
"""Where the hub listens; the WSDL is at this address with ?wsdl."""

RECEIVING_APPLICATION = "GGk"
"""ontvanger.applicatie, fixed for every message that goes through a GGk."""
HUB = "ijwhub"
"""What this hub calls itself when nothing else is configured."""
EITHER_WAY = "JW325"
"""The one message of which no source tells whether it is a Di01 or a Du01: both are read."""
