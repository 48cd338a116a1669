"""WHEP as a source: a puller for every camera of the site that has such an address."""

from __future__ import annotations

from services.ingest.cameras import Camera
from services.ingest.frames.pipeline import FramePipeline
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.pulling.authority import authority
from services.ingest.sources.pulling.pullers import Pullers, pullers_of
from services.ingest.sources.whep.options import WhepOptions
from services.ingest.sources.whep.way import WhepWay
from services.runtime.clock import Clock
from services.runtime.errors import SettingsError
from services.site.records import Site


def whep_pullers(
    options: WhepOptions,
    site: Site,
    cameras: dict[str, Camera],
    pipeline: FramePipeline,
    metrics: IngestMetrics,
    clock: Clock,
) -> Pullers:
    """The source, which begins with `run`.

    Raises:
        SettingsError: media has fewer ports than such cameras and WHIP's sessions need.
        UnusableFile: the authority's file.
    """
    addresses = {name: where for name in cameras if (where := site.entry(name).whep) is not None}
    if options.ports is not None and options.ports < len(addresses):
        reason = "each camera with a whep address needs a port beside those of max_sessions, lower it or widen"
        raise SettingsError(("VEILWARD_INGEST_MEDIA_PORTS",), reason)
    tls = authority(options.ca)
    ways = [
        (cameras[name], WhepWay(cameras[name], where, tls, options, pipeline, metrics, clock))
        for name, where in addresses.items()
    ]
    return pullers_of(ways, options, metrics, clock)
