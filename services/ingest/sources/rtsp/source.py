"""RTSP as a source: a puller for every camera of the site that has such an address."""

from __future__ import annotations

from services.ingest.cameras import Camera
from services.ingest.frames.pipeline import FramePipeline
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.pulling.authority import authority
from services.ingest.sources.pulling.pullers import Pullers, pullers_of
from services.ingest.sources.rtsp.options import RtspOptions
from services.ingest.sources.rtsp.way import RtspWay
from services.runtime.clock import Clock
from services.runtime.errors import SettingsError
from services.site.records import Site


def rtsp_pullers(
    options: RtspOptions,
    site: Site,
    cameras: dict[str, Camera],
    pipeline: FramePipeline,
    metrics: IngestMetrics,
    clock: Clock,
) -> Pullers:
    """The source, which begins with `run`.

    Raises:
        SettingsError: a camera has an rtsps address, and no authority is named.
        UnusableFile: the authority's file.
    """
    addresses = {name: where for name in cameras if (where := site.entry(name).rtsp) is not None}
    if options.ca is None and any(where.url.startswith("rtsps:") for where in addresses.values()):
        raise SettingsError(("VEILWARD_INGEST_RTSP_CA",), "a camera has an rtsps address, which needs")
    tls = None if options.ca is None else authority(options.ca)
    ways = [
        (cameras[name], RtspWay(cameras[name], where, tls, options, pipeline, metrics, clock))
        for name, where in addresses.items()
    ]
    return pullers_of(ways, options, metrics, clock)
