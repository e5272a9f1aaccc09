"""Tables for Dutch spreadsheets: CSV in UTF-8 with a byte order mark, semicolons, and commas in numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from decimal import Decimal
from io import StringIO
from typing import Any

MEDIA_TYPE = "text/csv; charset=utf-8"
DESCRIBED: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
"""Such a file, as the description of an interface says what comes."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(rows: Iterable[Iterable[object]]) -> bytes:
    """The rows, headers first, as a file; None becomes an empty field."""
    file = StringIO()
    csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(rows)
    return file.getvalue().encode("utf-8-sig")


def as_text(value: str) -> str:
    """A text as text: names come from the configuration and from partners, and spreadsheets work formulas out."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def euros(cents: int) -> str:
    """An amount to the cent: 1234,05."""
    return f"{Decimal(cents).scaleb(-2):.2f}".replace(".", ",")
