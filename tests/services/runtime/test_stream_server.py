"""A server that is closed leaves no connection behind, however far it had come with it."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings
from collections.abc import Awaitable, Callable

import pytest

from services.runtime.gate import TURNS
from services.runtime.stream_server import serve_streams
from tests.support.waiting import PATIENCE_S


def left_open(trial: Callable[[], Awaitable[None]]) -> list[str]:
    """What a loop of its own had not closed when it ended."""

    async def run() -> None:
        await trial()

    gc.collect()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        asyncio.run(run())
        gc.collect()
    return [str(one.message) for one in told]


def dialled(port: int) -> socket.socket:
    """Connected, as far as this machine's kernel is concerned."""
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)


def ended(client: socket.socket) -> bool:
    """Whether the other end is gone."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("turns", range(2 * TURNS))
def test_a_connection_at_any_point_of_its_beginning_ends_with_the_server(turns: int) -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async def trial() -> None:
        async with await serve_streams(silent, "127.0.0.1") as server:
            client = dialled(server.port)
            for _ in range(turns):
                await asyncio.sleep(0)
        with client:
            assert ended(client)

    assert left_open(trial) == []


def test_a_peer_that_does_not_read_is_cut_off() -> None:
    begun = asyncio.Event()

    async def talks(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(1 << 26))
        begun.set()

    async def trial() -> None:
        async with await serve_streams(talks, "127.0.0.1") as server:
            client = dialled(server.port)
            await asyncio.wait_for(begun.wait(), PATIENCE_S)
        client.close()

    assert left_open(trial) == []


async def test_a_handler_that_returns_has_its_connection_closed_after_what_it_wrote() -> None:
    async def greets(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"welcome")

    async with await serve_streams(greets, "127.0.0.1") as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b"welcome"
        writer.close()


async def test_who_is_served_stays_so_when_no_more_are_accepted() -> None:
    async def echoes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(1))
        await server.stop()
        writer.write(await reader.readexactly(1))

    async with await serve_streams(echoes, "127.0.0.1") as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for letter in (b"a", b"b"):
            writer.write(letter)
            assert await asyncio.wait_for(reader.readexactly(1), PATIENCE_S) == letter
        with pytest.raises(OSError):
            dialled(server.port)
        writer.close()


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_handler_that_fails_is_told_of_and_one_that_is_cancelled_is_not(cancelled: bool) -> None:
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))

    async def fails(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"!")
        if cancelled:
            await asyncio.Event().wait()
        raise ValueError("of the test")

    async with await serve_streams(fails, "127.0.0.1") as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.wait_for(reader.readexactly(1), PATIENCE_S)
    writer.close()
    assert told == ([] if cancelled else ["a connection's handler failed"])
