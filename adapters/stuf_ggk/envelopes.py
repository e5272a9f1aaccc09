"""A StUF envelope as it lies in a file: with SOAP around it, or without."""

from __future__ import annotations

from adapters.contract import Fault, Notice, Parcel
from adapters.stuf_ggk.codes import List
from adapters.stuf_ggk.reading import message_in
from adapters.stuf_ggk.soap import is_soap, unwrapped
from adapters.stuf_ggk.trees import tree_of
from adapters.stuf_ggk.wrong import Wrong


def read_envelope(body: bytes, codes: List = "2025") -> Parcel | Notice | Fault:
    """What a Di01, Du01 or Fo01 says; `codes` is the list by which its sender tells faults. Never raises."""
    try:
        root = tree_of(body)
        return message_in(unwrapped(root) if is_soap(root) else root, codes)
    except Wrong as wrong:
        return wrong.fault
