"""A listening socket that holds so many connections, under the loop that calls it."""

from __future__ import annotations

import asyncio
from functools import partial

from services.runtime.bounded_listener import BoundedListener
from services.runtime.listen import listen


async def _serve(gone: asyncio.Queue[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until the other end closes, and tells that it is gone."""
    writer.write(b"served")
    await reader.read()
    writer.close()
    await writer.wait_closed()
    gone.put_nowait(None)


async def test_what_is_too_many_is_closed_and_a_place_is_free_again() -> None:
    gone: asyncio.Queue[None] = asyncio.Queue()

    async def ask() -> tuple[bytes, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        return await reader.read(6), writer

    async with await asyncio.start_server(
        partial(_serve, gone), sock=BoundedListener(listen("127.0.0.1", 0), 2)
    ) as server:
        port = server.sockets[0].getsockname()[1]
        asked = [await ask() for _ in range(4)]
        assert [said for said, _ in asked] == [b"served", b"served", b"", b""]
        asked[0][1].close()
        await gone.get()
        asked.append(await ask())
        assert asked[-1][0] == b"served"
        for _, writer in asked:
            writer.close()
        for _ in range(2):
            await gone.get()


async def test_one_address_leaves_places_to_others() -> None:
    gone: asyncio.Queue[None] = asyncio.Queue()

    async def ask(own: str) -> tuple[bytes, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(own, 0))
        return await reader.read(6), writer

    async with await asyncio.start_server(
        partial(_serve, gone), sock=BoundedListener(listen("127.0.0.1", 0), 3, of_one=2)
    ) as server:
        port = server.sockets[0].getsockname()[1]
        asked = [await ask(own) for own in ("127.0.0.2", "127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.3")]
        assert [said for said, _ in asked] == [b"served", b"served", b"", b"served", b""]
        for _, writer in asked:
            writer.close()
        for _ in range(3):
            await gone.get()
