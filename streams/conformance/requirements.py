"""What is asked of a vendor, in words: the rules of the standard, and what exchange itself asks (transport)."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.ijw_3_2.rules.coverage import coverage

OWN: Mapping[str, str] = {
    "XSD": "Het bericht voldoet aan zijn schema (niveau 1).",
    "aanlevering": "Een bericht dat aan het schema voldoet wordt technisch aangenomen.",
    "technische-fout": "Een bericht buiten het schema krijgt een technische fout, en geen retourbericht.",
    "afgemeld": "Wat opgehaald is wordt afgemeld; een bestand wordt uit out/ weggenomen.",
    "een-retour": "Op elk bericht volgt precies één retourbericht, en op een JW323 precies één JW325.",
    "identificatie-retour": "Elk retourbericht heeft een eigen IdentificatieRetour.",
    "dagtekening-retour": "De DagtekeningRetour ligt niet na de dag van ontvangst.",
    "herhaling": "Dezelfde aanlevering nog eens wordt aangenomen, en geeft geen tweede retourbericht.",
    "kenmerk": "Een andere inhoud onder een kenmerk dat al gebruikt is wordt met een fout geweigerd.",
    "opnieuw": "Wat zonder ontvangstbevestiging bleef, of op een storing stuitte, wordt opnieuw aangeboden.",
    "ongewijzigd": "Wat opnieuw aangeboden wordt heeft hetzelfde kenmerk en dezelfde inhoud.",
    "gevraagd": "Het systeem kan dit bericht maken, en maakt het zo dat het wordt aangenomen.",
    "antwoord-ontvangen": "Het antwoord op een eigen bericht wordt technisch aangenomen.",
    "envelop": "Wat verstuurd wordt is leesbaar, en de envelop zegt hetzelfde als de Header.",
}


def asked(rule: str) -> str:
    """What a rule of the standard or a requirement of exchange asks; empty for one that is not known."""
    if rule in OWN:
        return OWN[rule]
    known = coverage().get(rule)
    return known.says if known else ""


def is_of_standard(rule: str) -> bool:
    """Whether a text is a paraphrase of the standard, which is written in English."""
    return rule not in OWN
