"""The WHIP sessions: opened by a POST, living on their own, ended by DELETE, the peer, the reaper or draining."""

from __future__ import annotations

import asyncio
import logging
import secrets
import uuid
from dataclasses import dataclass

from services.ingest.cameras import Camera
from services.ingest.frames.pipeline import FramePipeline
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.webrtc.reception import Gate
from services.ingest.sources.webrtc.sending import Sending
from services.ingest.sources.whip.errors import NotFound, Unavailable
from services.ingest.sources.whip.fragment import Fragment, check_generation
from services.ingest.sources.whip.peer import Peer
from services.ingest.sources.whip.session_table import LivenessPolicy, Session, SessionTable
from services.runtime.clock import Clock
from services.runtime.logging import get_logger, log_event

ANSWER_TIMEOUT_S = 10.0
RETRY_AFTER_S = 5.0

_log = get_logger("ingest")


@dataclass
class Connection:
    """An answered session with its peer and the task that takes its frames."""

    session: Session
    offer: Sending
    peer: Peer
    consumer: asyncio.Task[None] | None = None


class Sessions:
    """All sessions. `tasks` is the service's task group: no session hangs on an HTTP request."""

    def __init__(
        self,
        cameras: dict[str, Camera],
        liveness: LivenessPolicy,
        pipeline: FramePipeline,
        metrics: IngestMetrics,
        clock: Clock,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._cameras = cameras
        self._pipeline = pipeline
        self._metrics = metrics
        self._clock = clock
        self._tasks = tasks
        self._table = SessionTable(liveness)
        self._connections: dict[str, Connection] = {}
        self._draining = False

    def __len__(self) -> int:
        return len(self._table)

    async def open(self, camera: str, offer: Sending) -> tuple[Session, str]:
        """Start a session and return it with the SDP answer.

        Raises:
            CameraBusy, Unavailable, MalformedBody, Unacceptable
        """
        if self._draining:
            raise Unavailable("the service is going away", RETRY_AFTER_S)
        dead = self._table.check(camera, self._clock.now().mono)
        if dead is not None:
            await self.end(dead.id, "replaced")
        etag = f'"{secrets.token_hex(8)}"'
        session = self._table.add(str(uuid.uuid4()), camera, etag, self._clock.now().mono)
        gate = Gate(self._cameras[camera].may, self._metrics.withheld.labels(camera).inc)
        peer = Peer(offer, lambda why: self._end_soon(session.id, why), self._pipeline.period_s, self._clock, gate)
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                answer = await peer.answer()
            if self._draining:
                raise Unavailable("the service is going away", RETRY_AFTER_S)
        except BaseException as error:
            self._table.remove(session.id)
            await peer.close()
            if isinstance(error, TimeoutError):
                raise Unavailable("no candidates gathered in time", RETRY_AFTER_S) from None
            raise
        self._table.answered(session.id, self._clock.now().mono)
        self._start(Connection(session, offer, peer))
        return session, answer

    async def trickle(self, session: Session, fragment: Fragment) -> None:
        """Add a fragment's candidates. Raises RestartUnsupported, NotFound."""
        connection = self._connections.get(session.id)
        if connection is None:
            raise NotFound("no such session")
        check_generation(fragment, connection.offer.transport.ufrag, connection.offer.transport.pwd)
        await connection.peer.add_candidates(fragment.candidates)

    def find(self, camera: str, session_id: str) -> Session:
        """A session of this camera. Raises NotFound."""
        return self._table.find(camera, session_id)

    async def end(self, session_id: str, why: str) -> None:
        """End a session; nothing when it is over already."""
        session = self._table.remove(session_id)
        connection = self._connections.pop(session_id, None)
        if session is None or connection is None:
            return
        self._cameras[session.camera].tracker.closed(self._clock.now(), why)
        self._metrics.sessions.set(len(self._connections))
        self._metrics.ended.labels(why).inc()
        log_event(_log, "session_ended", camera=session.camera, why=why)
        if connection.consumer is not None and connection.consumer is not asyncio.current_task():
            connection.consumer.cancel()
        await connection.peer.close()

    async def sweep(self) -> None:
        """Note whose packets and pictures came since the last sweep, and end the sessions that are due."""
        now = self._clock.now().mono
        for connection in list(self._connections.values()):
            session, peer = connection.session, connection.peer
            session.connected = session.connected or peer.connected
            camera = self._cameras[session.camera]
            session.look(now, peer.video_packets, camera.frames, may=camera.may())
        for session, why in self._table.due(now):
            await self.end(session.id, why)

    async def drain(self) -> None:
        """Take no more sessions and end every one."""
        self._draining = True
        await asyncio.gather(*(self.end(session_id, "draining") for session_id in list(self._connections)))

    def _start(self, connection: Connection) -> None:
        session = connection.session
        self._connections[session.id] = connection
        self._cameras[session.camera].tracker.opened(self._clock.now())
        self._metrics.sessions.set(len(self._connections))
        log_event(_log, "session_opened", camera=session.camera, audio=connection.offer.has_audio)
        connection.consumer = self._tasks.create_task(self._consume(connection))

    def _end_soon(self, session_id: str, why: str) -> None:
        if session_id in self._connections:
            self._tasks.create_task(self.end(session_id, why))

    async def _consume(self, connection: Connection) -> None:
        session = connection.session
        try:
            ended = await self._pipeline.run(session.camera, connection.peer.frames())
            why = "peer_closed" if ended else "overloaded"
        except Exception as error:  # one camera's pictures must not end the others' sessions
            log_event(_log, "session_failed", logging.ERROR, camera=session.camera, kind=type(error).__name__)
            why = "failed"
        await self.end(session.id, why)
