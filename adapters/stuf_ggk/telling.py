"""What a partner tells in a Fo01 or Fo03, in words of our own."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from adapters.contract import Fault, Side
from adapters.stuf_ggk.codes import REFERENCE_USED, List, is_published, kind_of, meaning
from adapters.stuf_ggk.trees import text_at

_NEXT: Mapping[Side, str] = {
    "client": "correct the message and send it anew.",
    "server": "the same message can be offered again.",
}


def fault_told(
    message: etree._Element, codes: List, *, reference: str | None = None, bericht: str | None = None
) -> Fault:
    """What a Fo01 or Fo03 tells. Its words are its maker's and could name a person: only code and side are used."""
    found = text_at(message, "body/code") or ""
    mendable = found == REFERENCE_USED or text_at(message, "body/plek") == "client"
    side: Side = "client" if mendable else "server"
    code = found if is_published(found) else None
    says = f"the code {code}: {meaning(code, codes)}" if code else "a code of no list that is known here"
    return Fault(
        kind=kind_of(found, side, codes),
        title="The receiver refuses the message",
        detail=f"It answered with {says}; to be mended by the {side}. Ask whoever operates the receiving system for "
        "its full text; " + _NEXT[side],
        code=code,
        reference=reference,
        bericht=bericht,
    )
