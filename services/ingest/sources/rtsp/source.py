"""RTSP as a source: a puller for every camera of the site that has an address."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from services.ingest.cameras import Camera
from services.ingest.frames.pipeline import FramePipeline
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.rtsp.backoff import Backoff
from services.ingest.sources.rtsp.greeting import authority
from services.ingest.sources.rtsp.options import RtspOptions
from services.ingest.sources.rtsp.puller import Puller
from services.runtime.clock import Clock
from services.runtime.errors import SettingsError
from services.site.records import Site


@dataclass
class RtspSource:
    """The pullers of a site."""

    pullers: tuple[Puller, ...]
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self) -> None:
        """Pull every camera, until drained."""
        self._tasks = [asyncio.create_task(puller.run()) for puller in self.pullers]
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            await self.drain()

    async def drain(self) -> None:
        """End every session, and begin none. A thread that still reads ends with its next packet, or its timeout."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def pulling(
    options: RtspOptions,
    site: Site,
    cameras: dict[str, Camera],
    pipeline: FramePipeline,
    metrics: IngestMetrics,
    clock: Clock,
) -> RtspSource:
    """The source, which begins with `run`.

    Raises:
        SettingsError: a camera has an rtsps address, and no authority is named.
        UnusableFile: the authority's file.
    """
    addresses = {name: where for name in cameras if (where := site.entry(name).rtsp) is not None}
    if options.ca is None and any(where.url.startswith("rtsps:") for where in addresses.values()):
        raise SettingsError(("VEILWARD_INGEST_RTSP_CA",), "a camera has an rtsps address, which needs")
    tls = None if options.ca is None else authority(options.ca)
    return RtspSource(
        tuple(
            Puller(
                cameras[name],
                where,
                tls,
                options,
                Backoff(options.retry_first_s, options.retry_limit_s, random.SystemRandom()),
                pipeline,
                metrics,
                clock,
            )
            for name, where in addresses.items()
        )
    )
