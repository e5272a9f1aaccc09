"""Every test of the suite runs against every backend."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.backends import BACKENDS, Backend, Opener


@pytest.fixture(params=BACKENDS)
def opened(request: pytest.FixtureRequest) -> Opener:
    return BACKENDS[request.param](request)


@pytest.fixture
async def backend(opened: Opener) -> AsyncIterator[Backend]:
    made = await opened()
    yield made
    await made.close()
