"""WHIP as a source: an HTTPS endpoint and its sessions."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

from services.ingest.cameras import Camera
from services.ingest.frames.pipeline import FramePipeline
from services.ingest.https_server import serving
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.webrtc.media import receive_on
from services.ingest.sources.whip.endpoint import Endpoint
from services.ingest.sources.whip.options import WhipOptions
from services.ingest.sources.whip.sessions import Sessions
from services.runtime.certificates import CertificateFiles, RenewedContext
from services.runtime.clock import Clock
from services.runtime.errors import UnusableFile
from services.runtime.lifecycle import every
from services.site.records import Site

SWEEP_S = 1.0


@dataclass(frozen=True)
class WhipSource:
    """port: of the endpoint. context: its TLS, with the certificate that holds now."""

    sessions: Sessions
    port: int
    context: ssl.SSLContext

    async def run(self) -> None:
        """End the sessions that are due, for ever."""
        await every(SWEEP_S, self.sessions.sweep)

    async def drain(self) -> None:
        """Take no more sessions and end every one."""
        await self.sessions.drain()


@contextlib.asynccontextmanager
async def listening(
    options: WhipOptions,
    site: Site,
    cameras: dict[str, Camera],
    pipeline: FramePipeline,
    metrics: IngestMetrics,
    clock: Clock,
) -> AsyncIterator[WhipSource]:
    """The endpoint, listening until the block ends.

    Raises:
        UnusableFile: the certificate or key.
        OSError: the address cannot be bound.
    """
    files = CertificateFiles("web", options.tls_cert, options.tls_key)
    context = RenewedContext(files, partial(tls_context, options))
    metrics.certificate(context)
    receive_on(options.media)
    async with asyncio.TaskGroup() as tasks:
        sessions = Sessions(cameras, options.liveness, pipeline, metrics, clock, tasks)
        endpoint = Endpoint(site, sessions, options.endpoint, metrics, clock)
        async with serving(endpoint.application(), options.host, options.port, context) as port:
            yield WhipSource(sessions, port, context)


def tls_context(options: WhipOptions) -> ssl.SSLContext:
    """HTTPS from TLS 1.2 on: cameras' clients are not all new. Raises UnusableFile."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(options.tls_cert, options.tls_key)
    except OSError as error:
        raise UnusableFile(options.tls_cert, f"no PEM with its key: {type(error).__name__}") from None
    return context
