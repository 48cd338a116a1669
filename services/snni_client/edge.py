"""The way to the edge: a session kept standing and its pool kept filled, on a thread of its own.

The thread connects with back-off, makes correlations up to the target, and connects anew when a session ends; a session
near its age gets a successor first. An edge that left the protocol too often is not dialled again: each fault could
tell it one thing about a picture by how this process reacts; nor one that answers known pictures wrongly. The event
loop waits for readiness and scores; the engine's native code runs without the GIL.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from services.runtime.certificates import Lease, RenewedContext
from services.runtime.logging import get_logger, log_event
from services.snni_client.connection import connection
from services.snni_client.layers import LayerCosts
from services.snni_client.metrics import SnniClientMetrics
from services.snni_client.settings import SnniClientSettings
from snni.errors import CorrelationError, HandshakeError, PeerError, SnniError, WireError
from snni.inference import InferenceSession, Result

EdgeStatus = Literal["edge_unreachable", "edge_distrusted", "edge_wrong", "model_mismatch", "filling", "scoring"]
IDLE_S = 0.2
DISAGREEMENTS = ("plan", "parameters", "input", "ot", "setting")
"""Fields of a HandshakeError that someone must set right; anything else may pass by itself."""

_log = get_logger("snni_client")


class Edge:
    """Owns the session, of whatever suite. ``start`` and ``close`` from the loop; ``score`` one crop at a time."""

    def __init__(
        self,
        settings: SnniClientSettings,
        metrics: SnniClientMetrics,
        accepts: Callable[[InferenceSession], None],
        context: RenewedContext,
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._layers = LayerCosts(metrics)
        self._accepts = accepts
        self._session: InferenceSession | None = None
        self._refused = False
        self._lost = False
        self._faults = 0
        self._wrong = False
        self._in_use = threading.Lock()  # an inference on the session, or its end
        self._closing = threading.Event()
        self._wake = threading.Event()
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._scorer = ThreadPoolExecutor(1, thread_name_prefix="snni-live")
        self._thread = threading.Thread(target=self._run, name="snni-bulk", daemon=True)
        self._connect = connection(settings, context)
        self._context = context
        metrics.target.set(settings.pool_target)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def status(self) -> EdgeStatus:
        """What a technician should know."""
        session = self._session
        if self._wrong:
            return "edge_wrong"
        if self._distrusted:
            return "edge_distrusted"
        if session is None or session.ended:
            between = self._over and not self._lost
            return "model_mismatch" if self._refused else "filling" if between else "edge_unreachable"
        return "scoring" if session.ready else "filling"

    @property
    def ready(self) -> bool:
        """Whether an inference could start now."""
        session = self._session
        return session is not None and not session.ended and session.ready > 0 and not self._distrusted

    @property
    def plan(self) -> tuple[str, str]:
        """(name, hash) of the plan in use. Raises CorrelationError without a session."""
        if self._session is None:
            raise CorrelationError("no session with the edge")
        return self._session.plan.name, self._session.plan.plan_hash

    @property
    def crop_format(self) -> str:
        """Of the crops that the plan in use takes. Raises CorrelationError without a session."""
        if self._session is None:
            raise CorrelationError("no session with the edge")
        return self._session.plan.crop_format

    async def wait_ready(self) -> None:
        """Until an inference could start."""
        while not self.ready:
            self._changed.clear()
            if not self.ready:
                await self._changed.wait()

    async def score(self, image: NDArray[np.uint8]) -> Result:
        """One secure inference, uint8 [C, H, W]. Raises SnniError; the correlation is burnt either way."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._scorer, self._infer, image)
        finally:
            self._wake.set()

    def _infer(self, image: NDArray[np.uint8]) -> Result:
        with self._in_use:
            session = self._session
            if session is None:
                raise CorrelationError("no session with the edge")
            try:
                result = session.infer(image)
                self._layers.online(session.plan, result.online)
                return result
            except WireError as error:
                self._count_fault(error)
                raise

    @property
    def _distrusted(self) -> bool:
        return self._wrong or self._faults >= self._settings.max_protocol_errors

    @property
    def _over(self) -> bool:
        """Whether the session has ended by its age, as one does whose successor was refused: nothing broke."""
        session = self._session
        return session is not None and session.ended and session.over

    def believe_no_more(self) -> None:
        """Its answers are wrong: the session ends, and there is no other until this process starts anew."""
        self._wrong = True
        log_event(_log, "edge_wrong", logging.ERROR)
        if self._session is not None:
            self._session.close()
        self._wake.set()

    def _count_fault(self, error: WireError) -> None:
        """An error that no network makes: TLS delivers what the edge sent, or nothing."""
        self._faults += 1
        self._metrics.faults.inc()
        if self._distrusted:
            log_event(_log, "edge_distrusted", logging.ERROR, kind=type(error).__name__, faults=self._faults)

    def close(self) -> None:
        """End the session and the thread."""
        self._closing.set()
        self._wake.set()
        if self._session is not None:
            self._session.close()
        self._scorer.shutdown(wait=False, cancel_futures=True)

    def _listener(self, event: str, number: int) -> None:
        session = self._session
        log_event(_log, event, epoch=session.epoch if session else "", number=number)
        if event == "burnt":
            self._metrics.burnt.inc()

    def _notify(self) -> None:
        session = self._session
        self._metrics.ready.set(session.ready if session and not session.ended else 0)
        self._metrics.connected.set(int(session is not None and not session.ended))
        self._loop.call_soon_threadsafe(self._changed.set)

    def _run(self) -> None:
        """The thread: connect, fill, start again."""
        pause = self._settings.reconnect_min_s
        while not self._closing.is_set() and not self._distrusted:
            began = time.monotonic()
            try:
                self._run_session()
            except Exception as error:  # the session is over whatever it was; the next one starts clean
                self._lost = True
                self._refused = isinstance(error, HandshakeError) and error.field in DISAGREEMENTS
                self._metrics.error(error)
                if isinstance(error, WireError):
                    self._count_fault(error)
                reason = str(error) if isinstance(error, SnniError) else type(error).__name__
                log_event(_log, "edge_lost", logging.WARNING, kind=type(error).__name__, reason=reason)
            finally:
                if self._session is not None:
                    self._session.close()
                self._notify()
            pause = self._settings.reconnect_min_s if time.monotonic() - began > 30 else pause
            self._closing.wait(pause)
            pause = min(2 * pause, self._settings.reconnect_max_s)

    def _run_session(self) -> None:
        """One session from handshake to its end, and its successors. Raises SnniError when one breaks; by its age one
        only ends."""
        lease = self._context.lease()
        session = self._session = self._accepted()
        self._notify()
        try:
            self._keep_filled(session, lease)
        except PeerError as error:
            if isinstance(error, HandshakeError) or not self._over:
                raise
        if self._over:
            log_event(_log, "session_over", epoch=self._session.epoch)
        elif not (self._closing.is_set() or self._distrusted):
            raise PeerError("the session broke off")

    def _keep_filled(self, session: InferenceSession, lease: Lease) -> None:
        """Work that a batch shares is done as soon as nothing of the last one is left, so that no crop waits for it.

        A session whose successor is refused goes on until its own end, with an inference ready at a time. Successors
        come no faster than a client reconnects at last, whatever age the other side says.
        """
        first, again, pause = True, 0.0, self._settings.reconnect_min_s
        while not (self._closing.is_set() or self._distrusted or session.ended):
            due = session.spent or self._context.outlived(lease)
            if due and time.monotonic() >= again:
                newer = self._context.lease()
                try:
                    session, lease, due = self._succeeded(session), newer, False
                    again, pause = time.monotonic() + self._settings.reconnect_max_s, self._settings.reconnect_min_s
                except PeerError as error:
                    if session.ended:
                        raise
                    self._metrics.error(error)
                    log_event(_log, "successor_refused", logging.WARNING, kind=type(error).__name__, reason=str(error))
                    again, pause = time.monotonic() + pause, min(2 * pause, self._settings.reconnect_max_s)
            short = session.ready < (1 if due else min(self._settings.pool_target, session.max_prepared))
            if short or (session.batches and not due):
                session.advance(1 if first or due else self._settings.batch)
                self._layers.ahead(session)
                first = first and session.ready == 0
                self._notify()
            else:
                self._wake.wait(IDLE_S)
                self._wake.clear()

    def _accepted(self) -> InferenceSession:
        """A new session whose plan serves these cameras. Raises SnniError."""
        session = self._connect(self._listener)
        try:
            self._accepts(session)
        except HandshakeError:
            session.close()
            raise
        self._refused = self._lost = False
        self._metrics.sessions.inc()
        log_event(_log, "edge_found", epoch=session.epoch, model=session.plan.name)
        return session

    def _succeeded(self, old: InferenceSession) -> InferenceSession:
        """A session with an inference ready in place of the old one, which serves what it has until then and ends
        between two inferences. Raises SnniError."""
        session = self._accepted()
        try:
            while not session.ready and not self._closing.is_set():
                session.advance(1)
                self._layers.ahead(session)
        except SnniError:
            session.close()
            raise
        with self._in_use:
            self._session = session
            old.close()
        self._notify()
        return session
