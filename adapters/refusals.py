"""What a partner is told of a message that could not be taken in, as problem details (RFC 9457). Pure."""

from __future__ import annotations

from streams.core.intake import Rejection
from streams.core.ports import ReferenceUsed


def problem(refused: Rejection | ReferenceUsed, used_before: tuple[str, str], **where: str) -> dict[str, str]:
    """The problem. `used_before` is title and detail of a reference that was used; `where` tells which message."""
    if isinstance(refused, ReferenceUsed):
        (title, detail), kind = used_before, "reference-used"
    else:
        title, detail, kind = refused.title, refused.detail, refused.reason
    return {"type": f"urn:ijwhub:fout:{kind}", "title": title, "detail": detail, **where}
