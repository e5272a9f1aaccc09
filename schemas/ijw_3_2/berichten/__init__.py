"""The typed structures of the 14 messages, one module each, generated from structure.yaml."""
from __future__ import annotations
from collections.abc import Callable
from schemas.ijw_3_2.berichten import basis, jw301, jw302, jw305, jw306, jw307, jw308, jw315, jw316, jw317, jw318, jw319, jw320, jw323, jw325

Bericht = jw301.Bericht | jw302.Bericht | jw305.Bericht | jw306.Bericht | jw307.Bericht | jw308.Bericht | jw315.Bericht | jw316.Bericht | jw317.Bericht | jw318.Bericht | jw319.Bericht | jw320.Bericht | jw323.Bericht | jw325.Bericht
READERS: dict[str, Callable[[basis.Element], Bericht]] = {
    "JW301": jw301.read,
    "JW302": jw302.read,
    "JW305": jw305.read,
    "JW306": jw306.read,
    "JW307": jw307.read,
    "JW308": jw308.read,
    "JW315": jw315.read,
    "JW316": jw316.read,
    "JW317": jw317.read,
    "JW318": jw318.read,
    "JW319": jw319.read,
    "JW320": jw320.read,
    "JW323": jw323.read,
    "JW325": jw325.read,
}
MODULES = {
    "JW301": jw301,
    "JW302": jw302,
    "JW305": jw305,
    "JW306": jw306,
    "JW307": jw307,
    "JW308": jw308,
    "JW315": jw315,
    "JW316": jw316,
    "JW317": jw317,
    "JW318": jw318,
    "JW319": jw319,
    "JW320": jw320,
    "JW323": jw323,
    "JW325": jw325,
}
__all__ = ['MODULES', 'READERS', 'Bericht', 'basis', 'jw301', 'jw302', 'jw305', 'jw306', 'jw307', 'jw308', 'jw315', 'jw316', 'jw317', 'jw318', 'jw319', 'jw320', 'jw323', 'jw325']
