"""The WSDL and the schemas, written anew for this hub: what is served to partners, and what decides on an envelope."""

from __future__ import annotations

import html
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from lxml import etree

_WSDL = Path(__file__).parent / "wsdl" / "ggk0210.wsdl"
_SCHEMAS = _WSDL.parent / "ggk0210"
_ADDRESS_IN_FILE = "http://localhost/stuf/ggk0210"


def wsdl(address: str) -> bytes:
    """The WSDL of the endpoint at this address (a URL).

    It names its schemas as ggk0210/<file>, from wherever it was fetched: at /stuf/ggk0210?wsdl this is
    /stuf/ggk0210/<file>.
    """
    return _file(_WSDL).replace(_ADDRESS_IN_FILE.encode(), html.escape(address).encode())


def files() -> Mapping[str, bytes]:
    """The schemas by file name, to be served beside the WSDL."""
    return {path.name: _file(path) for path in sorted(_SCHEMAS.iterdir())}


@cache
def element_names() -> frozenset[str]:
    """The names of all elements that the schemas know."""
    trees = [etree.fromstring(schema) for schema in files().values()]
    return frozenset(found.get("name", "") for tree in trees for found in tree.iter("{*}element"))


@cache
def _file(path: Path) -> bytes:
    return path.read_bytes()


class _Compiled(threading.local):
    """One for each thread: a compiled schema keeps the errors of its last validation."""

    def __init__(self) -> None:
        self.schema = etree.XMLSchema(etree.parse(_SCHEMAS / "ggk0210.xsd"))


_compiled = _Compiled()


def first_error(message: etree._Element) -> etree._LogEntry | None:
    """Where a Di01, Du01, Fo01, Fo03 or Bv03 first differs from its schema; None when it is valid."""
    if _compiled.schema.validate(message):
        return None
    return next(iter(_compiled.schema.error_log))  # type: ignore[call-overload]
