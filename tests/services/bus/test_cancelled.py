"""A cancellation ends what it is meant for, also where the library keeps it to itself."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from typing import Any

from localsite.nats_pair import NatsPair
from services.bus import jetstream
from services.bus.errors import BusUnavailable
from services.bus.subjects import STREAM_CROPS
from tests.services.bus.room import crops_of, lost_by, room
from tests.support.waiting import PATIENCE_S, eventually


class Deaf:
    """A pull whose library takes a cancellation for the end of its wait."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def fetch(self, batch: int, timeout: float) -> list[Any]:  # noqa: ASYNC109
        self.asked.set()
        try:
            await asyncio.sleep(timeout)
        except asyncio.CancelledError:
            raise TimeoutError from None
        raise TimeoutError

    async def consumer_info(self) -> object:
        return None

    async def unsubscribe(self) -> None:
        """Nothing."""


async def test_a_cancellation_that_the_library_keeps_to_itself_ends_the_work() -> None:
    """Or a process that is told to stop waits for a crop that never comes."""
    pull = Deaf()

    async def work() -> None:
        while True:
            await jetstream.fetch(pull, 1, STREAM_CROPS, jetstream.Denials())

    task = asyncio.create_task(work())
    await pull.asked.wait()
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=PATIENCE_S)
    assert done and task.cancelled()


async def test_work_ends_when_it_is_cancelled_while_the_server_is_away(fresh_pair: NatsPair) -> None:
    """Also where the library kept that to itself, or a process that is told to stop asks for ever."""
    async with room(fresh_pair) as (_, client):

        async def work() -> None:
            asyncio.create_task(asyncio.sleep(0)).add_done_callback(lambda _: task.cancel())
            with contextlib.suppress(asyncio.CancelledError):  # kept by the library
                await asyncio.Event().wait()
            async for _ in crops_of(client):
                pass

        fresh_pair.leaf.kill()
        await eventually(lost_by(client))
        task = asyncio.create_task(work())
        done, _ = await asyncio.wait([task], timeout=PATIENCE_S)
        assert done and task.cancelled()


async def test_a_request_that_failed_as_its_maker_was_cancelled_is_not_complained_of() -> None:
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    asked = asyncio.Event()

    async def request() -> None:
        asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:  # its answer has come meanwhile: what asyncio.wait_for makes of the two
            raise BusUnavailable("refused") from None

    maker = asyncio.create_task(jetstream.Denials().unless_denied("ward.lease", request()))
    await asked.wait()
    maker.cancel()
    await asyncio.wait([maker])
    assert maker.cancelled()
    del maker
    await asyncio.sleep(0)
    gc.collect()
    assert complaints == []
