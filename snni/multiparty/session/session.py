"""One session at one server: its streams, and what is common to the work on each. Any error on any of them ends all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from snni.errors import CorrelationError, HandshakeError, PeerError
from snni.multiparty.model import DealerModel, EvaluatorModel
from snni.multiparty.session import messages as ms
from snni.multiparty.session.parties import Limits
from snni.multiparty.session.streams import needed
from snni.multiparty.task import Label, Levels, Task
from snni.multiparty.video_shape import VideoShape
from snni.wire.socket_channel import SocketChannel

LOOK_S = 0.1  # how often a session that is not whole looks whether one of its streams was hung up

Event = Callable[[str, str, int], None]
"""(event, session's short name, batch number or -1). Events: session_started, made, claimed, burnt, session_ended;
of a video also selected and scored, as they are over."""


class Session:
    """Streams by name; ``wait`` until all have come together. asker: SHA-256 of the certificate that asks; client: its
    SPIFFE id, empty until it has opened a stream here itself.

    work: by the name of a stream that who asks opened, what its thread does; the others are read by these threads.
    """

    work: dict[str, Callable[[], None]]
    prepared = 0
    running = False

    def __init__(
        self, model: DealerModel | EvaluatorModel, name: str, asker: str, limits: Limits, event: Event
    ) -> None:
        self.name, self.asker, self.client = name, asker, ""
        self._began = time.monotonic()
        self._limits, self._event = limits, event
        self._needed = needed(model.role, model.setting)
        self._streams: dict[str, SocketChannel] = {}
        self._changed = threading.Condition()
        self._closed = False

    @property
    def short(self) -> str:
        """For logs: not enough to join with."""
        return self.name[:8]

    def attach(self, stream: str, channel: SocketChannel) -> None:
        """Raises HandshakeError: there is one already. PeerError: the session has ended."""
        with self._changed:
            if self._closed:
                raise PeerError("the session has ended")
            if stream in self._streams:
                raise HandshakeError("stream", f"the session has its {stream} stream")
            self._streams[stream] = channel
            self._changed.notify_all()

    def wait(self) -> dict[str, SocketChannel]:
        """All that the work needs. Raises PeerError: they did not come together in time, or one was hung up meanwhile:
        what is left of an attempt would keep its place from the next one.
        """
        deadline = time.monotonic() + self._limits.handshake_timeout_s
        with self._changed:
            while not self._closed and not set(self._needed) <= set(self._streams):
                hung_up = any(channel.hung_up() for channel in self._streams.values())
                if hung_up or time.monotonic() > deadline:
                    break
                self._changed.wait(LOOK_S)
            else:
                if not self._closed:
                    return dict(self._streams)
            missing = [name for name in self._needed if name not in self._streams]
            raise PeerError(f"the session's streams did not come together: {', '.join(missing) or 'ended'}")

    def next_of(self, channel: SocketChannel, tag: int, kind: type[ms.Message], silent: bool = False) -> ms.Message:
        """What who asks says next. silent: it may say nothing here for as long as its ``ask`` stream stands.

        Raises PeerError: gone, or the session has lived long enough: who asks on shows a certificate again.
        """
        channel.settimeout(None if silent else self._limits.idle_timeout_s)
        try:
            said = ms.receive(channel, tag, kind)
        finally:
            channel.settimeout(self._limits.message_timeout_s)
        if self._limits.lifetime.spent(time.monotonic() - self._began, 0):
            raise PeerError("the session has reached its age; connect anew")
        return said

    def close(self) -> None:
        """Ends every stream; what was prepared is burnt."""
        with self._changed:
            first, self._closed = not self._closed, True
            streams = list(self._streams.values())
            self._changed.notify_all()
        for channel in streams:
            channel.close()
        if first:
            self._event("session_ended", self.short, -1)


def task_of(model: DealerModel | EvaluatorModel, images: int, limits: Limits) -> Task:
    """What an order of so many images, or 0 for a video, asks for. Raises CorrelationError: it cannot be had here."""
    if images:
        if images > limits.max_images:
            raise CorrelationError(f"{images} images; at most {limits.max_images} together")
        return Levels(model.plan, images)
    if model.selection is None:
        raise CorrelationError("no video can be classified here: there is no share of a selection")
    return Label(video_shape(model))


def video_shape(model: DealerModel | EvaluatorModel) -> VideoShape:
    """Of the selection that the model has a share of, 0 of 0 frames where it has none."""
    if model.selection is None:
        return VideoShape(model.plan, 0, 0)
    step = model.selection.step
    return VideoShape(model.plan, model.selection.channels, step.out_channels)
