"""What the server holds for one client, and the two streams' work on it: correlations (bulk), inferences (live)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from snni.errors import CorrelationError, PeerError
from snni.session.budget import InferenceBudget
from snni.session.pool import Pool
from snni.twoparty.inference.server import ServerInference
from snni.twoparty.server_model import ServerModel
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.parameters import ServerLimits
from snni.twoparty.session.priority import BulkChannel, LiveFirst
from snni.twoparty.session.server_ahead import AuditingAhead, PlainServerAhead, ServerAhead, Serving, one_in
from snni.twoparty.session.server_video_ahead import VideoServerAhead
from snni.twoparty.session.suspects import Suspects
from snni.twoparty.suite import suite_of
from snni.twoparty.video.server import ServerVideo
from snni.wire.channel import Channel
from snni.wire.profile import Profile
from snni.wire.socket_channel import MAX_UNREAD_BYTES, SocketChannel

Event = Callable[[str, str, int], None]
"""(event, epoch, correlation number); see parameters.Listener. Also session_started, session_ended with number -1."""


@dataclass(frozen=True)
class Standing:
    """What the server knows of clients by their names. chosen: which units they are to show (server_ahead.py)."""

    budget: InferenceBudget
    suspects: Suspects
    chosen: Callable[[int], bool] = one_in


def video_of(model: ServerModel) -> tuple[int, int] | None:
    """(frames of a video, of which are selected), where the model classifies videos."""
    return None if model.selection is None else (model.selection.shape[1], model.selection.shape[0])


class ServerSession:
    """One session: at most one stream of each kind, each on its own thread; the bulk thread alone makes inferences.

    standing: of all clients, whatever sessions they have. hello: what the client asked for. client: the SPIFFE id it
    belongs to. peer: its certificate, byte for byte.
    """

    def __init__(
        self,
        model: ServerModel,
        limits: ServerLimits,
        standing: Standing,
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
        self._standing = standing
        self._began = time.monotonic()
        self._event = event
        self.pool: Pool[ServerInference | ServerVideo] = Pool(lambda name, number: event(name, self.epoch, number))
        self._lock = threading.Lock()
        self._channels: dict[str, Channel] = {}
        self._closed = False
        self._running = False
        self.public_key = b""
        self.stored_bytes = 0  # of the last inference that was made

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
        """Requests for work ahead of time until the client leaves."""
        ahead = self._work(BulkChannel(channel, priority))  # this thread's alone, so that it ends with it
        ahead.start()
        while True:
            channel.settimeout(None)  # between requests the control stream says whether the client is there
            request = hs.receive(channel, hs.REQUEST, hs.Request, hs.MAX_HELLO_BYTES)
            channel.settimeout(self._limits.message_timeout_s)
            self._check_lifetime(ahead.claimed)
            if not self._running:  # the last of the day is not cut off by what was asked for beside it
                self._standing.budget.check(self.client)
            if request.kind != "nonlinear":  # which goes on with what was ordered
                self._standing.budget.order(self.client, request.count)
            ahead.serve(request)
            self.stored_bytes = ahead.stored_bytes

    def _work(self, bulk: Channel) -> ServerAhead:
        serving = Serving(
            bulk,
            self._model,
            self.suite,
            self.pool,
            lambda name, number: self._event(name, self.epoch, number),
            self.offline,
            self._limits,
            self.scores,
        )
        if self.video is not None:
            return VideoServerAhead(serving, self.public_key)
        if self._limits.audit:
            return AuditingAhead(serving, self._standing.suspects, self.client, self._standing.chosen)
        return PlainServerAhead(serving, self.public_key)

    def check_age(self) -> None:
        """Raises PeerError: it has lived long enough, whether anything is asked of it or not."""
        self._check_lifetime(transfers=0)

    def _check_lifetime(self, transfers: int) -> None:
        """Raises PeerError: it has lived long enough."""
        if self._limits.lifetime.spent(time.monotonic() - self._began, transfers):
            raise PeerError("the session has reached its age or its transfers; connect anew")

    def serve_live(self, channel: SocketChannel, priority: LiveFirst) -> NoReturn:
        """Claims and inferences until the client leaves."""
        channel.most_unread = MAX_UNREAD_BYTES
        while True:
            channel.settimeout(None)  # as for bulk
            claim = hs.receive(channel, hs.CLAIM, hs.Claim, hs.MAX_HELLO_BYTES)
            channel.settimeout(self._limits.message_timeout_s)
            self._check_lifetime(0)
            self._standing.suspects.check(self.client)
            self._running = True
            self._standing.budget.take(self.client)
            number, inference = self.pool.claim(claim.number)
            try:
                with priority.live():
                    self._event("online", self.epoch, number)
                    inference.run(channel, self.online)
            finally:
                self._running = False
                self.pool.burn(number)

    def close(self) -> None:
        """End it: correlations burnt, streams closed, none attached after."""
        with self._lock:
            self._closed = True
            channels = list(self._channels.values())
        self.pool.close()
        for channel in channels:
            channel.close()
