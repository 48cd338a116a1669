"""Shows after show, until the process is to stop. Whether an alert came of them the ward says, not the probe."""

from __future__ import annotations

import asyncio
import logging

import aiohttp

from services.probe.metrics import ProbeMetrics
from services.probe.settings import ProbeSettings
from services.probe.show import Broken, show
from services.probe.whip_client import CameraError
from services.runtime.errors import UnusableFile
from services.runtime.health import Health
from services.runtime.ice import gather_on
from services.runtime.lifecycle import live
from services.runtime.logging import get_logger, log_event
from services.runtime.process import Process
from video.errors import VideoError
from video.file import pictures

_log = get_logger("probe")


async def run(settings: ProbeSettings, process: Process) -> None:
    """Until the process is to stop. Raises UnusableFile (the clip is no video), OSError and what `live` raises."""
    try:
        await asyncio.to_thread(next, pictures(settings.clip))
    except VideoError as error:
        raise UnusableFile(settings.clip, str(error)) from None
    gather_on()
    metrics = ProbeMetrics(process.metrics)

    async def shows() -> None:
        while True:
            well = await _one(settings, process, metrics)
            await asyncio.sleep(settings.every_s if well else min(settings.retry_s, settings.every_s))

    async def drain() -> None:
        """A show in hand is cut off: the next start begins with one."""

    await live(process, settings, Health(), loops=[shows], drain=drain)


async def _one(settings: ProbeSettings, process: Process, metrics: ProbeMetrics) -> bool:
    try:
        await show(settings, lambda: log_event(_log, "showing"))
        result, why = "shown", ""
    except Broken as error:
        result, why = "broken", str(error)
    except CameraError as error:
        result, why = "refused", str(error)
    except (aiohttp.ClientError, TimeoutError) as error:
        result, why = "unreachable", type(error).__name__
    except (OSError, UnicodeDecodeError) as error:
        result, why = "token", type(error).__name__
    metrics.shows.labels(result).inc()
    if result == "shown":
        metrics.shown_at.set(process.clock.now().wall.timestamp())
        log_event(_log, "shown")
    else:
        log_event(_log, "not_shown", logging.ERROR, result=result, reason=why)
    return result == "shown"
