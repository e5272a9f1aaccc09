"""Until when the certificates in a file hold."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography import x509


def expires_at(path: Path) -> datetime:
    """The moment at which the first of the certificates in this file (PEM) runs out; a key beside them does not matter.

    Raises OSError, or ValueError when there is none in it.
    """
    try:
        return min(one.not_valid_after_utc for one in x509.load_pem_x509_certificates(path.read_bytes()))
    except x509.InvalidVersion as error:
        raise ValueError("a certificate of a version that is none") from error
