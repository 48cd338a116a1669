"""The running service: crops in, levels and states out, until told to stop; then the crop in hand is finished."""

from __future__ import annotations

import contextlib
from functools import partial

from services.bus.nats_bus import Bus, ensure_streams
from services.bus.states import LOOK_S, StateReporter
from services.runtime.certificates import RenewedContext, export
from services.runtime.health import Health
from services.runtime.lifecycle import Loop, every, live
from services.runtime.process import Process
from services.site.records import Site
from services.snni_client.clips import FORGET_S, Clips
from services.snni_client.condition import ScoringConditions
from services.snni_client.connection import clip_parties, edge_context
from services.snni_client.edge import Edge
from services.snni_client.metrics import SnniClientMetrics
from services.snni_client.probe import Probe, probe_of
from services.snni_client.scorer import Scorer
from services.snni_client.settings import SnniClientSettings
from snni.errors import HandshakeError
from snni.inference import InferenceSession


def check_crops(site: Site, session: InferenceSession, probe: Probe | None = None) -> None:
    """Every camera's crop and every known picture must be what the plan takes, and it must end in the four levels.

    Raises:
        HandshakeError: field "input"; says what to set where.
    """
    wanted = session.plan.crop_format
    for camera in site.camera_ids:
        sent = site.entry(camera).crop
        if sent != wanted:
            raise HandshakeError(
                "input",
                f"camera {camera} sends {sent} crops, the network {session.plan.name} takes {wanted}: "
                f"set `crop: {wanted}` for it in site.yaml and start keyframe and snni_client again",
            )
    if probe is not None and probe.shape != session.plan.input_shape:
        raise HandshakeError("input", f"known pictures are {probe.shape}, the network takes {session.plan.input_shape}")
    if session.plan.levels != 4:
        raise HandshakeError("input", f"the network has {session.plan.levels} levels, pain has 4")


async def run(settings: SnniClientSettings, site: Site, bus: Bus, process: Process) -> None:
    """Serve until the process is to stop, then drain. Raises UnusableFile, BusError and what `live` raises."""
    clock = process.clock
    context = edge_context(settings)  # first: a wrong file must not look like an edge that is away
    export(process.metrics, "snni_client", context)
    metrics = SnniClientMetrics(process.metrics, site.camera_ids, settings.mode)
    probe = probe_of(settings, metrics)
    await ensure_streams(bus, crop_max_age_s=settings.crop_max_age_s)
    edge = Edge(settings, metrics, lambda session: check_crops(site, session, probe), context)
    clips = _clips(settings, bus, metrics, process, context)
    refs = {camera: site.camera(camera) for camera in site.camera_ids}
    scorer = Scorer(settings, bus, edge, metrics, clock, refs, probe, clips)
    conditions = ScoringConditions(edge, scorer, clock)
    reporter = StateReporter("snni_client", refs, conditions.of, bus, metrics.states, clock, settings.heartbeat_s)
    health = Health()
    health.add_check("bus", lambda: bus.connected)
    health.add_check("edge", lambda: edge.status in ("scoring", "filling"))
    with contextlib.ExitStack() as open_ones:
        open_ones.enter_context(contextlib.closing(edge))
        edge.start()
        loops: list[Loop] = [partial(scorer.run, process.stop), partial(every, LOOK_S, reporter.tick)]
        if clips is not None:
            open_ones.enter_context(contextlib.closing(clips))
            loops += [clips.run, partial(every, FORGET_S, clips.forget)]
        await live(process, settings, health, loops=loops, drain=scorer.wait_idle)


def _clips(
    settings: SnniClientSettings, bus: Bus, metrics: SnniClientMetrics, process: Process, context: RenewedContext
) -> Clips | None:
    """What classifies clips, where that is set."""
    if settings.clip_every_s is None:
        return None
    return Clips(settings, settings.clip_every_s, bus, clip_parties(settings, context), metrics, process.clock)
