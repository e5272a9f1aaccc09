"""How often somebody may ask, in the memory of this process: sliding windows of a minute (library limits)."""

from __future__ import annotations

import math
import time
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

GUESSES = 60
"""Requests per minute from one address that show no credential, or one that is nobody's."""
HANDSHAKES = 60
"""Failed handshakes per minute that are noted, of everybody together: a handshake that fails tells no address."""


class Limits:
    """Counts per key. Every process counts for itself, so a hub in several processes lets through that many times more.

    guesses   requests per minute from one address without a credential that is known here.
    """

    def __init__(self, guesses: int = GUESSES) -> None:
        # Not its moving windows: every request would tidy all keys up in the pool of threads, and wait for that when
        # the pool is busy with the archives of others.
        self._windows = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._guesses = guesses

    async def takes(self, name: str, per_minute: int) -> int | None:
        """Count a request of somebody; seconds to wait when it is one too many, else None."""
        return await self._take(per_minute, "asks", name)

    async def takes_guess(self, address: str) -> int | None:
        """Count a guess from an address; seconds to wait when it is one too many, else None."""
        return await self._take(self._guesses, "guesses", address)

    async def may_guess(self, address: str) -> int | None:
        """Seconds to wait until one more guess may come from an address; None when it may come now. Counts nothing."""
        item = RateLimitItemPerMinute(self._guesses)
        return (
            None if await self._windows.test(item, "guesses", address) else await self._wait(item, "guesses", address)
        )

    async def takes_handshake(self) -> int | None:
        """Count a handshake that failed; None as long as it is to be noted."""
        return await self._take(HANDSHAKES, "handshakes", "all")

    async def is_first(self, who: str) -> bool:
        """Whether this is the first that was too often in a minute."""
        return await self._take(1, "noted", who) is None

    async def _take(self, per_minute: int, *key: str) -> int | None:
        item = RateLimitItemPerMinute(per_minute)
        return None if await self._windows.hit(item, *key) else await self._wait(item, *key)

    async def _wait(self, item: RateLimitItemPerMinute, *key: str) -> int:
        stats = await self._windows.get_window_stats(item, *key)
        return max(1, math.ceil(stats.reset_time - time.time()))


def address_of(host: str | None) -> str:
    """The address that guesses are counted by: of IPv6 the network, which one caller has for itself."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
    return str(address)
