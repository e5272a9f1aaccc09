"""A task that is cancelled while it looks at something on Kafka ends, at whatever moment of stopping that is.

aiokafka swallows a cancellation that comes while a consumer stops; the hub would go on looking, and never stop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import pytest
from aiokafka import AIOKafkaConsumer

from connectors.kafka_client import KafkaConnection
from connectors.kafka_groups import ends
from deploy.servers import Kafka
from streams.core.topics import EVENTS
from tests.contract.backends import BACKENDS

TURNS = 12
"""Of the event loop; a consumer has stopped by then."""


def after(turns: int, then: Callable[[], object]) -> None:
    """Call it in a later turn of the event loop."""
    loop = asyncio.get_running_loop()
    loop.call_soon(then if turns == 0 else lambda: after(turns - 1, then))


@pytest.mark.parametrize("what", ["the log", "how far folds are"])
async def test_a_look_that_is_cancelled_is_the_last(
    what: str, request: pytest.FixtureRequest, kafka: Kafka, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = await BACKENDS["kafka"](request)()
    connection = KafkaConnection(servers=kafka.address, prefix=prefix)
    once = backend.archive.waiting if what == "the log" else partial(ends, connection, [EVENTS])
    stop = AIOKafkaConsumer.stop

    async def look(turns: int) -> None:
        async def stopped(consumer: AIOKafkaConsumer) -> None:
            after(turns, looking.cancel)
            await stop(consumer)

        looking = asyncio.current_task()
        assert looking is not None
        monkeypatch.setattr(AIOKafkaConsumer, "stop", stopped)
        await once()
        await asyncio.sleep(0.1)
        went_on.append(turns)

    went_on: list[int] = []
    for turns in range(TURNS):
        looking = asyncio.create_task(look(turns))
        await asyncio.wait([looking])
        assert looking.cancelled() or turns in went_on, looking
    await backend.close()
    assert went_on == []
