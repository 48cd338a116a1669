"""The client's end of a session: dial, agree, make correlations ahead of time, infer.

Three connections: control (handshake, liveness), live (inferences), bulk (correlations). ``advance`` and ``infer`` may
run on different threads. Any error ends the session: correlations in flight are burnt, the pool is discarded, and the
caller connects anew; nothing is resumed, so nothing can be used twice.
"""

from __future__ import annotations

import ssl
import threading
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from snni.errors import BundleError, HandshakeError, ParameterError, PeerError, SnniError, WireError
from snni.inference import Result
from snni.model.plan import Plan
from snni.session.lifetime import RENEWED_AT, Lifetime
from snni.session.pool import Pool
from snni.session.tls import Endpoint, dial
from snni.twoparty.linear.client import ClientKeys
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.client_ahead import AuditedAhead, ClientAhead, Common, Made, PlainAhead
from snni.twoparty.session.client_video_ahead import VideoAhead
from snni.twoparty.session.parameters import Listener, agreement, check_offered
from snni.twoparty.session.priority import BulkChannel, LiveFirst
from snni.twoparty.suite import TWO_PARTY, TwoPartySuite
from snni.twoparty.video.shape import VideoShape
from snni.wire.profile import Profile
from snni.wire.socket_channel import MAX_UNREAD_BYTES, SocketChannel

PING_S = 5.0


@dataclass(frozen=True)
class Target:
    """Where the server is and who it must be. plan_hash: the pinned one, or None to accept what is served.

    suite: the protocols to ask for; the server must offer its oblivious transfers. lifetime: of a session; the server's
    may be shorter. video: ask for labels of videos, whose frames the server selects, in place of levels of images.
    """

    server: Endpoint
    context: ssl.SSLContext
    plan_hash: str | None = None
    scores: bool = False
    suite: TwoPartySuite = TWO_PARTY
    timeout_s: float = 10.0
    message_timeout_s: float = 60.0
    lifetime: Lifetime = field(default_factory=Lifetime)
    video: bool = False


class Session:
    """One client session. Use ``Session.connect``; ``close`` when done."""

    def __init__(
        self,
        target: Target,
        plan: Plan,
        channels: dict[str, SocketChannel],
        keys: ClientKeys | None,
        limits: hs.Welcome,
        listener: Listener,
        began: float,
    ) -> None:
        """began: before the server knew of it, by time.monotonic()."""
        self.plan = plan
        self.epoch = limits.epoch
        self.max_batch = limits.max_batch
        self.max_prepared = limits.max_prepared
        self.offline = Profile()
        self._target = target
        self.video = check_video(limits, plan, target)
        self._taken = plan.input_shape if self.video is None else self.video.video_shape
        self._channels = channels
        self._listener = listener
        self._priority = LiveFirst()
        self._bulk = BulkChannel(channels["bulk"], self._priority)
        self._live_lock, self._bulk_lock = threading.Lock(), threading.Lock()
        self._pool: Pool[Made] = Pool(listener)
        self._ahead = self._work(keys, limits)
        self._ended = threading.Event()
        self._began = began
        self._lifetimes = target.lifetime, Lifetime(limits.max_age_s, limits.max_transfers)

    def _work(self, keys: ClientKeys | None, limits: hs.Welcome) -> ClientAhead:
        target = self._target
        common = Common(
            self._bulk,
            self.plan,
            target.suite,
            self._pool,
            self._listener,
            self.offline,
            self.max_batch,
            self.max_prepared,
            target.scores,
        )
        if keys is None:
            return AuditedAhead(common)
        return PlainAhead(common, keys) if self.video is None else VideoAhead(common, keys, self.video)

    @classmethod
    def connect(cls, target: Target, listener: Listener) -> Session:
        """Handshake on all three streams, then base OTs.

        Raises:
            HandshakeError: certificate, identity, version, plan, oblivious transfers or parameters differ.
            PeerError, WireError: the server is gone, refuses, or does not speak the protocol.
        """
        channels: dict[str, SocketChannel] = {}
        began = time.monotonic()

        def open_stream(stream: str, ticket: str) -> SocketChannel:
            sock = dial(target.server, target.context, target.timeout_s)
            channel = channels[stream] = SocketChannel(sock)
            channel.most_unread = MAX_UNREAD_BYTES if stream == "live" else 0
            hs.send(
                channel,
                hs.HELLO,
                hs.Hello.model_validate(
                    {
                        "version": hs.VERSION,
                        "stream": stream,
                        "ticket": ticket,
                        "scores": target.scores,
                        "ot": target.suite.transfers.extension,
                        "gadget": target.suite.comparison.name,
                        "link": target.suite.link,
                        "video": target.video,
                    }
                ),
            )
            return channel

        try:
            control = open_stream("control", "")
            welcome = hs.receive(control, hs.WELCOME, hs.Welcome)
            plan = check_plan(welcome, target)
            hs.send(control, hs.ACCEPT, hs.Accept(agreed=welcome.agreed))
            keys = None if welcome.audit else ClientKeys.generate()  # audited, each unit has its own
            if keys is not None:
                control.send(hs.PUBLIC_KEY, keys.public_key())
            control.recv(hs.READY, limit=0)
            for stream in ("live", "bulk"):
                open_stream(stream, welcome.ticket).recv(hs.READY, limit=0)
                channels[stream].settimeout(target.message_timeout_s)
            session = cls(target, plan, channels, keys, welcome, listener, began)
            session._start()
            return session
        except BaseException:
            for channel in channels.values():
                channel.close()
            raise

    def _start(self) -> None:
        """Base OTs of both directions where they are the session's, then the liveness thread."""
        self._ahead.start()
        threading.Thread(target=self._ping, name="snni-ping", daemon=True).start()

    def _ping(self) -> None:
        control = self._channels["control"]
        while not self._ended.wait(PING_S):
            try:
                control.send(hs.PING, b"")
                control.recv(hs.PONG, limit=0)
            except SnniError:
                self.close()

    @property
    def ready(self) -> int:
        """Inferences that could start now."""
        return len(self._pool)

    @property
    def waiting(self) -> int:
        """Inferences whose linear phase is done and whose nonlinear phase is not."""
        return len(self._ahead.waiting)

    @property
    def batches(self) -> bool:
        """Whether `advance` would do linear work, which a batch shares."""
        return self._ahead.batches

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    @property
    def spent(self) -> bool:
        """Whether its successor should be made, either party's lifetime for it being nearly over."""
        age_s = time.monotonic() - self._began
        return any(one.spent(age_s, self._ahead.claimed, RENEWED_AT) for one in self._lifetimes)

    @property
    def over(self) -> bool:
        """Whether the server's lifetime for it has passed: what ends it then is no break."""
        return self._lifetimes[1].spent(time.monotonic() - self._began, self._ahead.claimed)

    def advance(self, batch: int = 1) -> str:
        """Work ahead of time: 'linear' for at most `batch` inferences when none waits, else 'nonlinear' for one; or
        'video', all of one video's.

        Where the server audits, inferences become ready when all of a batch are made, or never.
        """
        with self._bulk_lock, self._guard():
            return self._ahead.advance(batch)

    def infer(self, image: NDArray[np.uint8], wait_s: float = 0.0, online: Profile | None = None) -> Result:
        """Score one image, uint8 [C, H, W], or label one video, uint8 [N, C, H, W], whichever the session is for.
        online: what is filled, in place of a new profile.

        Raises:
            ParameterError: of another shape (nothing is claimed).
            CorrelationError: none ready within wait_s (the session goes on).
            PeerError, WireError: the session has ended; the correlation is burnt. Where the error says `image_used`,
                the image was sent under its mask and must not be tried again.
        """
        if image.shape != self._taken or image.dtype != np.uint8:
            raise ParameterError(f"image {image.dtype} {image.shape}, the session wants uint8 {self._taken}")
        channel = self._channels["live"]
        online, image_used = Profile() if online is None else online, False
        with self._live_lock:  # before the claim: the server takes numbers in rising order only
            number, made = self._pool.claim(timeout_s=wait_s)
            try:
                with self._priority.live(), self._guard():
                    image_used = True
                    with online.step("claim", channel):  # the image follows in the same flight
                        hs.send(channel, hs.CLAIM, hs.Claim(number=number))
                    self._listener("online", number)
                    outcome = made.inference.run(channel, image, online)
            except SnniError as error:
                error.image_used = image_used
                raise
            finally:
                self._pool.burn(number)
        return Result(outcome, number, online, made.seconds, made.bytes, made.stored)

    def _guard(self) -> _EndOnError:
        return _EndOnError(self)

    def close(self) -> None:
        """End the session; every correlation left is burnt."""
        if not self._ended.is_set():
            self._ended.set()
            self._pool.close()
            for channel in self._channels.values():
                channel.close()


class _EndOnError:
    """Whatever breaks a protocol mid-way leaves the parties out of step: the session is over."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> None:
        if self._session.ended:
            raise PeerError("the session has ended")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if kind is not None:
            self._session.close()
            if isinstance(error, OSError | ValueError) and not isinstance(error, SnniError):
                raise WireError(f"the session broke: {kind.__name__}") from error


def check_video(welcome: hs.Welcome, plan: Plan, target: Target) -> VideoShape | None:
    """What is asked for, if the server's numbers make one. Raises HandshakeError."""
    if target.video != (welcome.video is not None):
        raise HandshakeError("video", "the server offers another service than was asked for")
    if welcome.video is None:
        return None
    try:
        return VideoShape(plan, *welcome.video, target.suite)
    except ParameterError as error:
        raise HandshakeError("video", f"two parties cannot label the server's videos: {error}") from error


def check_plan(welcome: hs.Welcome, target: Target) -> Plan:
    """The served plan, if it is the pinned one and both hold the same parameters. Raises HandshakeError."""
    check_offered(target.suite.transfers.extension, welcome.ot)
    try:
        plan = Plan.from_json(welcome.plan.encode())
    except BundleError as error:
        raise HandshakeError("plan", "the server's plan is not a valid one") from error
    if target.plan_hash is not None and plan.plan_hash != target.plan_hash:
        raise HandshakeError("plan", f"the server's plan is {plan.plan_hash[:16]}, pinned is {target.plan_hash[:16]}")
    try:
        target.suite.check(plan)
    except ParameterError as error:
        raise HandshakeError("plan", f"two parties cannot run the server's plan: {error}") from error
    agreed = agreement(plan, target.suite, scores=target.scores, video=welcome.video, audit=welcome.audit)
    if agreed != welcome.agreed:
        raise HandshakeError("parameters", "the parties' protocol parameters differ")
    return plan
