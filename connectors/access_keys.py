"""The public keys of an issuer of tokens: read from its address or a file, kept, and read anew when need be."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from monitoring.faults import kind_and_place
from streams.core.ports import StoreError

PATIENCE = 5.0
"""Seconds that an issuer gets to answer."""
LARGEST = 1_000_000
"""Bytes of keys that are read at most."""
OLDEST = 3600.0
"""Seconds after which keys are read anew, so that one that was withdrawn is not trusted for long."""
REST = 60.0
"""Seconds between two readings: whoever makes up ids of keys cannot make the hub flood the issuer."""

Read = Callable[[], Awaitable[bytes]]
logger = structlog.get_logger()


class Keys:
    """The keys of one issuer. `seconds` is a clock that never goes back."""

    def __init__(self, read: Read, seconds: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._seconds = seconds
        self._keys: KeySet | None = None
        self._read_at = self._tried_at = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def holding(self, kid: str | None) -> KeySet | None:
        """The keys when one of them has this id (None: when there is one only); None when none has.

        Raises StoreError when no keys could be read yet.
        """
        async with self._one_at_a_time:
            if self._is_due(kid):
                await self._renew()
            if self._keys is None:
                raise StoreError("the keys of the issuer of tokens cannot be read")
            return self._keys if _holds(self._keys, kid) else None

    def _is_due(self, kid: str | None) -> bool:
        now = self._seconds()
        wanted = self._keys is None or not _holds(self._keys, kid) or now - self._read_at > OLDEST
        return wanted and now - self._tried_at >= REST

    async def _renew(self) -> None:
        self._tried_at = self._seconds()
        try:
            self._keys = KeySet.import_key_set(json.loads(await self._read()))
            self._read_at = self._tried_at
        except (httpx.HTTPError, OSError, JoseError, ValueError, TypeError, KeyError) as error:
            logger.error("keys of the issuer of tokens cannot be read", error=kind_and_place(error))


def _holds(keys: KeySet, kid: str | None) -> bool:
    return len(keys.keys) == 1 if kid is None else any(key.kid == kid for key in keys)


def reader(where: str) -> Read:
    """What reads the keys at an address or in a file."""
    return _from_address(where) if "://" in where else _from_file(Path(where))


def _from_file(path: Path) -> Read:
    async def read() -> bytes:
        return await asyncio.to_thread(path.read_bytes)

    return read


def _from_address(address: str) -> Read:
    async def read() -> bytes:
        body = bytearray()
        async with httpx.AsyncClient(timeout=PATIENCE) as client, client.stream("GET", address) as response:
            response.raise_for_status()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST:
                    raise ValueError("more keys than can be true")
        return bytes(body)

    return read
