"""Bringing outputs to the HTTP endpoint of a party, in the format of an adapter."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import httpx
from msgspec import Struct

from adapters.checks import too_large
from adapters.contract import Adapter, Fault, Packed
from adapters.outgoing import outgoing
from connectors.files import Unreachable
from connectors.packing import packed_for
from streams.core.ports import OutputBody

TO_CONNECT = 10
"""Seconds until the party accepts a connection, and between two signs of life after that times three."""
PATIENCE = 120
"""Seconds for a whole exchange: 25 MB, and the party that makes them durable before it answers."""
LARGEST_ANSWER = 1_000_000
"""Bytes of an answer; a receipt or a fault is a few thousand."""


class Endpoint(Struct, frozen=True, kw_only=True):
    """Where a party listens, and how both sides prove who they are.

    ca           the file with the authorities by which the party is trusted; None for those of the machine.
    certificate, certificate_key   the files of the hub's own certificate; None when the party asks for none.
    token_file   the file with a token that is sent as Bearer, read anew for every message; None for no token.
    """

    url: str
    ca: Path | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    token_file: Path | None = None


class PushOutbox:
    """Posts outputs to a party. What it answers is told by the adapter, and never stands in a log.

    After any failure the client is made anew, so that certificates that were replaced are read.
    """

    def __init__(self, endpoint: Endpoint, adapter: Adapter) -> None:
        self._endpoint = endpoint
        self._adapter = adapter
        self._client: httpx.AsyncClient | None = None

    async def bring(self, output: OutputBody) -> Fault | None:
        """Post one output; None when the party has it, else why not. Raises Unreachable."""
        largest = self._adapter.capabilities.largest
        if len(output.body) > largest:  # some drop the connection at it, as if they could not be reached at all
            return too_large(len(output.body), largest)
        packed = packed_for(self._adapter, output)
        return None if packed is None else self._adapter.reply(outgoing(output), await self._posted(packed))

    async def _posted(self, packed: Packed) -> Packed:
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._post(packed)
        except (httpx.HTTPError, OSError) as error:
            await self.close()
            raise Unreachable(f"the party's endpoint failed: {type(error).__name__}") from error
        if 300 <= answer.status < 400:
            raise Unreachable("the party's endpoint answers with a redirect, which is never followed: correct its url")
        return answer

    async def _post(self, packed: Packed) -> Packed:
        if self._client is None:
            self._client = await asyncio.to_thread(_client, self._endpoint)
        headers = {**packed.headers, **await asyncio.to_thread(self._token)}
        async with self._client.stream("POST", self._endpoint.url, content=packed.body, headers=headers) as response:
            body = await _limited(response)
        return Packed(body=body, headers=dict(response.headers), status=response.status_code)

    def _token(self) -> dict[str, str]:
        file = self._endpoint.token_file
        return {} if file is None else {"authorization": f"Bearer {file.read_text(encoding='utf-8').strip()}"}

    async def close(self) -> None:
        """Close the client."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def _client(endpoint: Endpoint) -> httpx.AsyncClient:
    tls = ssl.create_default_context(cafile=endpoint.ca)
    if endpoint.certificate is not None:
        tls.load_cert_chain(endpoint.certificate, endpoint.certificate_key, password="")
    return httpx.AsyncClient(
        verify=tls,
        timeout=httpx.Timeout(3 * TO_CONNECT, connect=TO_CONNECT),
        follow_redirects=False,
        trust_env=False,  # a proxy of the machine must not see messages
        headers={"accept-encoding": "identity"},
    )


async def _limited(response: httpx.Response) -> bytes:
    """The body as it came, decompressed by nobody. Raises Unreachable when it is too large to be an answer."""
    found = bytearray()
    async for some in response.aiter_raw():
        found += some
        if len(found) > LARGEST_ANSWER:
            raise Unreachable("the party's endpoint answers with more than a receipt or a fault can be")
    return bytes(found)
