"""What the server holds for one client, and the two streams' work on it: correlations (bulk), inferences (live)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import NoReturn

from snni.errors import CorrelationError, PeerError, WireError
from snni.model.steps import Conv
from snni.session.pool import Pool
from snni.twoparty.frames.server import ServerFrame
from snni.twoparty.linear.portions import layout
from snni.twoparty.linear.server import ServerLinear
from snni.twoparty.offline import FrameShares, offline_server
from snni.twoparty.ot import Direction, OtReceiver, OtSender
from snni.twoparty.server_model import ServerModel
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.budget import InferenceBudget
from snni.twoparty.session.parameters import ServerLimits
from snni.twoparty.session.priority import BulkChannel, LiveFirst
from snni.twoparty.suite import suite_of
from snni.twoparty.video.server import ServerVideo
from snni.twoparty.video.shape import VideoShape
from snni.wire.channel import Channel
from snni.wire.profile import Profile
from snni.wire.socket_channel import SocketChannel

Event = Callable[[str, str, int], None]
"""(event, epoch, correlation number); see parameters.Listener. Also session_started, session_ended with number -1."""


def video_of(model: ServerModel) -> tuple[int, int] | None:
    """(frames of a video, of which are selected), where the model classifies videos."""
    return None if model.selection is None else (model.selection.shape[1], model.selection.shape[0])


class ServerSession:
    """One session: at most one stream of each kind, each on its own thread; the bulk thread alone makes frames.

    budget: of inferences, all sessions' together. hello: what the client asked for. client: the SPIFFE id it belongs
    to. peer: its certificate, byte for byte.
    """

    def __init__(
        self,
        model: ServerModel,
        limits: ServerLimits,
        budget: InferenceBudget,
        hello: hs.Hello,
        client: str,
        peer: bytes,
        event: Event,
    ) -> None:
        self.epoch = os.urandom(16).hex()
        self.ticket = os.urandom(32).hex()
        self.client = client
        self.peer = peer
        self.scores = hello.scores
        self.video = video_of(model) if hello.video else None
        self.suite = suite_of(hello.ot, hello.comparison, hello.link)
        self.online = Profile()
        self.offline = Profile()
        self._model = model
        self._limits = limits
        self._budget = budget
        self._began = time.monotonic()
        self._event = event
        self._linear: dict[tuple[str, int], ServerLinear] = {}
        self._batch = 0
        self._waiting: list[FrameShares] = []
        self._next_linear = self._next_nonlinear = 0
        self.pool: Pool[ServerFrame | ServerVideo] = Pool(lambda name, number: event(name, self.epoch, number))
        self._lock = threading.Lock()
        self._channels: dict[str, Channel] = {}
        self._closed = False
        self.public_key = b""
        self.stored_bytes = 0

    @property
    def agreed(self) -> bool:
        """Whether its control stream stands: the client has accepted plan and parameters."""
        with self._lock:
            return "control" in self._channels

    def attach(self, stream: str, channel: Channel) -> None:
        """Raises PeerError after the session's end, CorrelationError when it has this stream already."""
        with self._lock:
            if self._closed:
                raise PeerError("the session has ended")
            if stream in self._channels:
                raise CorrelationError(f"the session has its {stream} stream already")
            self._channels[stream] = channel

    def serve_bulk(self, channel: SocketChannel, priority: LiveFirst) -> NoReturn:
        """Base OTs, then requests until the client leaves."""
        bulk = BulkChannel(channel, priority)
        params = self.suite.transfers
        sender = OtSender(bulk, Direction.S_SENDS, params)
        sender.setup()
        receiver = OtReceiver(bulk, Direction.C_SENDS, params)
        receiver.setup()
        while True:
            channel.settimeout(None)  # between requests the control stream says whether the client is there
            request = hs.receive(bulk, hs.REQUEST, hs.Request, hs.MAX_HELLO_BYTES)
            channel.settimeout(self._limits.message_timeout_s)
            self._check_lifetime(max(sender.claimed, receiver.claimed))
            self._event(f"{request.kind}_started", self.epoch, request.number)
            if (request.kind == "video") != (self.video is not None):
                raise WireError("work of another kind than the session is for")
            if request.kind == "video":
                self._make_video(bulk, request, sender, receiver)
            elif request.kind == "linear":
                self._make_linear(bulk, request)
            else:
                self._make_nonlinear(bulk, request, sender, receiver)
            bulk.send(hs.DONE, b"")

    def _check_lifetime(self, transfers: int) -> None:
        """Raises PeerError: it has lived long enough."""
        if self._limits.lifetime.spent(time.monotonic() - self._began, transfers):
            raise PeerError("the session has reached its age or its transfers; connect anew")

    def _make_linear(self, bulk: Channel, request: hs.Request) -> None:
        if request.number != self._next_linear or request.count > self._limits.max_batch or self._waiting:
            raise WireError("linear work out of order, or more than the limit")
        if request.count != self._batch:  # one batch size at a time is kept: a client may ask for every size there is
            self._linear, self._batch = {}, request.count
        self._waiting = offline_server(bulk, self._model.plan, self._layer, request.count, self.offline)
        self._next_linear += request.count
        self._event("linear_made", self.epoch, request.number)

    def _make_nonlinear(self, bulk: Channel, request: hs.Request, sender: OtSender, receiver: OtReceiver) -> None:
        if request.number != self._next_nonlinear or not self._waiting:
            raise WireError("nonlinear work out of order")
        if len(self.pool) > self._limits.max_prepared:  # one more: the client may have claimed before we heard of it
            raise WireError("more prepared inferences than the limit")
        frame = ServerFrame(self._model, self._waiting.pop(0).expand(), self.suite, scores=self.scores)
        with self.offline.step("ot", bulk):
            frame.prepare(bulk, sender, receiver)
        self._next_nonlinear += 1
        self.stored_bytes = frame.stored_bytes
        self.pool.put(request.number, frame)

    def _make_video(self, bulk: Channel, request: hs.Request, sender: OtSender, receiver: OtReceiver) -> None:
        number, rows = request.number, self._model.selection
        if number != self._next_nonlinear or rows is None or len(self.pool):  # what one video holds is enough
            raise WireError("a video's work out of order, or before the last one was run")
        shape = VideoShape(self._model.plan, rows.shape[1], rows.shape[0], self.suite)
        video = ServerVideo(self._model, shape, rows, lambda phase: self._event(phase, self.epoch, number))
        batch = self._limits.max_batch
        video.prepare_linear(bulk, self.public_key, self._layer, batch, self.offline)
        with self.offline.step("ot", bulk):
            video.prepare(bulk, sender, receiver)
        self._next_nonlinear += 1
        self.stored_bytes = video.stored_bytes
        self.pool.put(number, video)

    def _layer(self, step: Conv, size: int) -> ServerLinear:
        if (step.name, size) not in self._linear:
            chosen = layout(self._model.geometries[step.name], size)
            weights = self._model.weights[step.name]
            self._linear[step.name, size] = ServerLinear(chosen, self.public_key, weights, self._model.product)
        return self._linear[step.name, size]

    def serve_live(self, channel: SocketChannel, priority: LiveFirst) -> NoReturn:
        """Claims and inferences until the client leaves."""
        while True:
            channel.settimeout(None)  # as for bulk
            claim = hs.receive(channel, hs.CLAIM, hs.Claim, hs.MAX_HELLO_BYTES)
            channel.settimeout(self._limits.message_timeout_s)
            self._check_lifetime(0)
            self._budget.take(self.client)
            number, frame = self.pool.claim(claim.number)
            try:
                with priority.live():
                    self._event("online", self.epoch, number)
                    frame.run(channel, self.online)
            finally:
                self.pool.burn(number)

    def close(self) -> None:
        """End it: correlations burnt, streams closed, none attached after."""
        with self._lock:
            self._closed = True
            channels = list(self._channels.values())
        self.pool.close()
        for channel in channels:
            channel.close()
