"""The WHIP sessions: opened by a POST, living on their own, ended by DELETE, the peer, the reaper or draining."""

from __future__ import annotations

import asyncio
import logging
import secrets
import uuid
from dataclasses import dataclass, field

from services.ingest.cameras import Camera
from services.ingest.errors import FrameError, NotFound, Unavailable
from services.ingest.fragment import Fragment, check_generation
from services.ingest.metrics import IngestMetrics
from services.ingest.offer import Offer
from services.ingest.outbox import Outbox, Sample
from services.ingest.peer import Peer
from services.ingest.picture import to_picture
from services.ingest.roster import LivenessPolicy, Roster, Seat
from services.ingest.sampling import CaptureClock, Sampler
from services.runtime.clock import Clock
from services.runtime.logging import get_logger, log_event

ANSWER_TIMEOUT_S = 10.0
RETRY_AFTER_S = 5.0

_log = get_logger("ingest")


@dataclass(frozen=True)
class SessionOptions:
    """Seconds: the sampling period, and how far decoding may fall behind before the session is ended."""

    liveness: LivenessPolicy = field(default_factory=LivenessPolicy)
    sample_period_s: float = 1.0
    max_lag_s: float = 5.0


@dataclass
class Running:
    """A session with its connection and the task that takes its frames."""

    seat: Seat
    offer: Offer
    peer: Peer
    consumer: asyncio.Task[None] | None = None
    packets: int = 0


class Sessions:
    """All sessions. `tasks` is the service's task group: no session hangs on an HTTP request."""

    def __init__(
        self,
        cameras: dict[str, Camera],
        options: SessionOptions,
        outbox: Outbox,
        metrics: IngestMetrics,
        clock: Clock,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._cameras = cameras
        self._options = options
        self._outbox = outbox
        self._metrics = metrics
        self._clock = clock
        self._tasks = tasks
        self._roster = Roster(options.liveness)
        self._running: dict[str, Running] = {}
        self._draining = False

    def __len__(self) -> int:
        return len(self._roster)

    async def open(self, camera: str, offer: Offer) -> tuple[Seat, str]:
        """Start a session and return its seat and the SDP answer.

        Raises:
            CameraBusy, Unavailable, MalformedBody, Unacceptable
        """
        if self._draining:
            raise Unavailable("the service is going away", RETRY_AFTER_S)
        dead = self._roster.check(camera, self._clock.now().mono)
        if dead is not None:
            await self.end(dead.session, "replaced")
        etag = f'"{secrets.token_hex(8)}"'
        seat = self._roster.take(str(uuid.uuid4()), camera, etag, self._clock.now().mono)
        peer = Peer(offer, lambda why: self._end_soon(seat.session, why))
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                answer = await peer.answer()
            if self._draining:
                raise Unavailable("the service is going away", RETRY_AFTER_S)
        except BaseException as error:
            self._roster.release(seat.session)
            await peer.close()
            if isinstance(error, TimeoutError):
                raise Unavailable("no candidates gathered in time", RETRY_AFTER_S) from None
            raise
        self._roster.answered(seat.session, self._clock.now().mono)
        self._start(Running(seat, offer, peer))
        return seat, answer

    async def trickle(self, seat: Seat, fragment: Fragment) -> None:
        """Add a fragment's candidates. Raises RestartUnsupported, NotFound."""
        running = self._running.get(seat.session)
        if running is None:
            raise NotFound("no such session")
        check_generation(fragment, running.offer.transport.ufrag, running.offer.transport.pwd)
        await running.peer.add_candidates(fragment.candidates)

    def find(self, camera: str, session: str) -> Seat:
        """The seat of a session of this camera. Raises NotFound."""
        return self._roster.find(camera, session)

    async def end(self, session: str, why: str) -> None:
        """End a session; nothing when it is over already."""
        seat = self._roster.release(session)
        running = self._running.pop(session, None)
        if seat is None or running is None:
            return
        self._cameras[seat.camera].watch.closed(self._clock.now(), why)
        self._metrics.sessions.set(len(self._running))
        self._metrics.ended.labels(why).inc()
        log_event(_log, "session_ended", camera=seat.camera, why=why)
        if running.consumer is not None and running.consumer is not asyncio.current_task():
            running.consumer.cancel()
        await running.peer.close()

    async def sweep(self) -> None:
        """Note who was heard since the last sweep, and end the sessions that are due."""
        now = self._clock.now().mono
        for running in list(self._running.values()):
            running.seat.connected = running.seat.connected or running.peer.connected
            packets = await running.peer.video_packets()
            if packets > running.packets:
                running.packets, running.seat.heard_at = packets, now
        for seat, why in self._roster.due(now):
            await self.end(seat.session, why)

    async def drain(self) -> None:
        """Take no more sessions and end every one."""
        self._draining = True
        await asyncio.gather(*(self.end(session, "draining") for session in list(self._running)))

    def _start(self, running: Running) -> None:
        seat = running.seat
        self._running[seat.session] = running
        self._cameras[seat.camera].watch.opened(self._clock.now())
        self._metrics.sessions.set(len(self._running))
        log_event(_log, "session_opened", camera=seat.camera, audio=running.offer.has_audio)
        running.consumer = self._tasks.create_task(self._consume(running))

    def _end_soon(self, session: str, why: str) -> None:
        if session in self._running:
            self._tasks.create_task(self.end(session, why))

    async def _consume(self, running: Running) -> None:
        try:
            why = await self._take_frames(running)
        except Exception as error:  # one camera's pictures must not end the others' sessions
            log_event(_log, "session_failed", logging.ERROR, camera=running.seat.camera, kind=type(error).__name__)
            why = "failed"
        await self.end(running.seat.session, why)

    async def _take_frames(self, running: Running) -> str:
        camera = self._cameras[running.seat.camera]
        sampler, capture = Sampler(self._options.sample_period_s), CaptureClock()
        name = camera.ref.camera
        async for frame in running.peer.frames():
            now = self._clock.now()
            camera.frame(now)
            self._metrics.frames.labels(name).inc()
            self._metrics.last_frame.labels(name).set(now.wall.timestamp())
            age = capture.age(frame.time, now.mono) if frame.time is not None else 0.0
            if age > self._options.max_lag_s:
                return "overloaded"
            if not sampler.take(now.mono):
                continue
            self._metrics.lag.observe(age)
            try:
                sample = Sample(name, to_picture(frame), now.before(age))
            except FrameError:
                self._metrics.skipped.labels(name, "picture").inc()
                continue
            if self._outbox.put(sample):
                self._metrics.skipped.labels(name, "replaced").inc()
        return "peer_closed"
