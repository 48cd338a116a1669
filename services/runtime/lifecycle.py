"""A service's life between its start and its end: health, what it does all the time, draining."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping

from services.runtime.health import Health, start_health
from services.runtime.ports import write_port_file
from services.runtime.process import Process
from services.runtime.settings import ServiceSettings

Loop = Callable[[], Coroutine[object, object, None]]
AGAIN_S = 10.0
"""More than a loop needs for what it does at its end."""


async def live(
    process: Process,
    settings: ServiceSettings,
    health: Health,
    *,
    loops: Iterable[Loop],
    drain: Callable[[], Awaitable[None]],
    ports: Mapping[str, int] | None = None,
) -> None:
    """Answer for the service's health and run `loops` until the process is to stop; then drain, then cancel them.

    Args:
        loops: what the service does all the time. One that returns is done; one that raises ends the service.
        drain: finishes what is in hand and takes nothing new; cut off after settings.drain_s seconds.
        ports: the service's own bound ports, told in the port file beside `health`.

    Raises:
        OSError: the health address cannot be bound.
        PortFileError: within an exception group, as whatever a loop raises.
    """
    server = await start_health(health, settings.health_host, settings.health_port, process.metrics)
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(loop()) for loop in loops]
            write_port_file(settings.port_file, {**(ports or {}), "health": server.port})
            await process.stop.wait()
            health.set_draining()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(settings.drain_s):
                    await drain()
            await _end(running)
    finally:
        await server.close()


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel them until they have ended: see `heed`, which not every loop calls."""
    left = {one for one in tasks if not one.done()}
    while left:
        for one in left:
            one.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_S)


def heed() -> None:
    """For a loop that is to end when it is cancelled, also where what it awaits did not.

    asyncio.wait_for of Python 3.11 forgets a cancellation that comes while what it awaits is done already, as after a
    process stood still, and the NATS client one that comes while it writes.
    Raises CancelledError: this task was cancelled.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def every(period_s: float, step: Callable[[], Awaitable[None]]) -> None:
    """Call `step` until cancelled, with a pause of period_s seconds after each."""
    while True:
        await step()
        heed()
        await asyncio.sleep(period_s)
