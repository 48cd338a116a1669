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
            for one in running:
                one.cancel()
    finally:
        await server.close()


async def every(period_s: float, step: Callable[[], Awaitable[None]]) -> None:
    """Call `step` for ever, with a pause of period_s seconds after each.

    Ends when it is cancelled, also where the step did not: asyncio.wait_for of Python 3.11 forgets a cancellation that
    comes while what it awaits is done already, as after a process stood still.
    """
    task = asyncio.current_task()
    while True:
        await step()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError
        await asyncio.sleep(period_s)
