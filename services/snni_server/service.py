"""The running service: SNNI sessions of the rooms' clients, until told to stop; then inferences in flight end.

Network I/O and cryptography run on threads (native code releases the GIL); the event loop serves health and signals.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from functools import partial

import numpy as np
from numpy.typing import NDArray

from services.runtime.certificates import RenewedContext, export
from services.runtime.errors import SettingsError, UnusableFile
from services.runtime.health import Health
from services.runtime.lifecycle import every, live
from services.runtime.listen import listen
from services.runtime.logging import get_logger, log_event
from services.runtime.metrics import Metrics
from services.runtime.process import Process
from services.snni_server.certificates import asked_by, dials_by
from services.snni_server.events import ProtocolEvents
from services.snni_server.metrics import SnniServerMetrics
from services.snni_server.settings import SnniServerSettings
from services.snni_server.share_server import make_share_server
from snni.errors import BundleError, ParameterError
from snni.model.bundle import Bundle
from snni.multiparty.session.server import ShareServer
from snni.session.budget import InferenceBudget
from snni.session.lifetime import Lifetime
from snni.twoparty.server_model import check_rows, server_model
from snni.twoparty.session.parameters import ServerLimits
from snni.twoparty.session.server import Server
from snni.twoparty.session.suspects import Suspects
from snni.twoparty.threads import use_threads

LOOK_S = 0.5
BUDGET_LOG_S = 3600.0

_log = get_logger("snni_server")


def make_server(settings: SnniServerSettings, events: ProtocolEvents, metrics: Metrics) -> Server | ShareServer:
    """Load the certificates and the bundle or share. Raises UnusableFile, SettingsError (no such device)."""
    context, dialling = asked_by(settings), dials_by(settings)
    for one in (context, dialling):
        if one is not None:
            export(metrics, "snni_server", one)
    if dialling is not None:
        return make_share_server(settings, context, dialling, events.event, events.error)
    return _edge(settings, context, events)


def _edge(settings: SnniServerSettings, context: RenewedContext, events: ProtocolEvents) -> Server:
    if settings.bundle is None:
        raise ValueError("settings of another role")  # SnniServerSettings refuses them
    try:
        bundle = Bundle.load(settings.bundle)
    except BundleError as error:
        raise UnusableFile(settings.bundle, str(error)) from None
    try:
        model = server_model(bundle, settings.device, _selection(settings))
    except ParameterError as error:
        raise SettingsError(("VEILWARD_SNNI_SERVER_DEVICE",), str(error)) from None
    use_threads(settings.threads)
    limits = ServerLimits(
        max_sessions=settings.max_sessions,
        max_batch=settings.max_batch,
        max_prepared=settings.max_prepared,
        max_inferences_per_day=settings.max_inferences_per_day,
        lifetime=Lifetime(age_s=settings.session_max_age_s),
        allow_scores=settings.allow_scores,
        ot=settings.ot_offered,
        audit=settings.audit,
    )
    try:
        suspects = Suspects(limits.max_unanswered, settings.locked_file)
    except BundleError as error:
        raise UnusableFile(settings.locked_file or settings.bundle, str(error)) from None
    return Server(model, context, settings.client_ids, events.event, limits, events.error, suspects)


def _selection(settings: SnniServerSettings) -> NDArray[np.int8] | None:
    """The rows, where there are any. Raises UnusableFile."""
    if settings.selection is None:
        return None
    try:
        rows: NDArray[np.int8] = np.load(settings.selection, allow_pickle=False)
        check_rows(rows)
    except (ValueError, OSError, EOFError) as error:
        raise UnusableFile(settings.selection, str(error)) from None
    return rows


async def run(settings: SnniServerSettings, process: Process) -> None:
    """Serve until the process is to stop, then drain. Raises UnusableFile, OSError and what `live` raises."""
    metrics = SnniServerMetrics(process.metrics)
    metrics.sessions_limit.set(settings.max_sessions)
    server = make_server(settings, ProtocolEvents(metrics), process.metrics)
    listener = listen(settings.listen_host, settings.listen_port)
    port = listener.getsockname()[1]
    accepting = threading.Thread(target=server.serve, args=(listener,), name="snni-accept", daemon=True)
    health = Health()
    health.add_check("accepting", accepting.is_alive)

    async def drain() -> None:
        server.drain()
        await asyncio.to_thread(server.wait_idle, settings.drain_s)

    with contextlib.closing(server):
        accepting.start()
        log_event(_log, "serving", port=port, model=server.model.plan.name, plan=server.model.plan.plan_hash)
        loops = [partial(every, LOOK_S, partial(_observe, server, metrics))]
        loops.append(partial(every, BUDGET_LOG_S, partial(_log_budget, server)))
        await live(process, settings, health, loops=loops, drain=drain, ports={"snni": port})


async def _observe(server: Server | ShareServer, metrics: SnniServerMetrics) -> None:
    metrics.sessions.set(len(server.sessions))
    budget = _budget(server)
    metrics.budget.set(max(budget.taken.values(), default=0) / budget.per_day)
    metrics.orders.set(max(budget.ordered.values(), default=0) / budget.orders_per_day)
    if isinstance(server, ShareServer):
        metrics.ready.set(server.prepared)
        return
    metrics.ready.set(sum(len(session.pool) for session in server.sessions))
    metrics.locked.set(len(server.standing.suspects.locked))
    stored = max((session.stored_bytes for session in server.sessions), default=0)
    if stored:  # the last known one stays when clients are away
        metrics.stored.set(stored)


async def _log_budget(server: Server | ShareServer) -> None:
    """What each client, a device, has had of the day's inferences, and what was prepared for it."""
    budget = _budget(server)
    taken, ordered = budget.taken, budget.ordered
    for client in {**taken, **ordered}:
        had = {"taken": taken.get(client, 0), "prepared": ordered.get(client, 0), "allowed": budget.per_day}
        log_event(_log, "inferences_of_the_day", client=client, **had)


def _budget(server: Server | ShareServer) -> InferenceBudget:
    return server.standing.budget if isinstance(server, Server) else server.budget
