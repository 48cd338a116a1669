"""A server session's work ahead of time where it is for videos: a video at a time."""

from __future__ import annotations

from snni.errors import WireError
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.server_ahead import ServerAhead, Serving
from snni.twoparty.video.server import ServerVideo
from snni.twoparty.video.shape import VideoShape


class VideoServerAhead(ServerAhead):
    """Keys and transfers are the session's. public_key: the client's."""

    def __init__(self, serving: Serving, public_key: bytes) -> None:
        super().__init__(serving)
        self._public_key = public_key
        self._work = serving.preparation(serving.bulk, public_key)
        self._next = 0

    @property
    def claimed(self) -> int:
        return self._work.claimed

    def start(self) -> None:
        self._work.setup()

    def _make(self, request: hs.Request) -> None:
        serving, number, rows = self._serving, request.number, self._serving.model.selection
        if request.kind != "video":
            raise WireError("work of another kind than the session is for")
        if number != self._next or rows is None or len(serving.pool):  # what one video holds is enough
            raise WireError("a video's work out of order, or before the last one was run")
        shape = VideoShape(serving.model.plan, rows.shape[1], rows.shape[0], serving.suite)
        video = ServerVideo(serving.model, shape, rows, lambda phase: serving.event(phase, number))
        video.prepare_linear(
            serving.bulk, self._public_key, self._work.layer, serving.limits.max_batch, serving.profile
        )
        with serving.profile.step("ot", serving.bulk):
            video.prepare(serving.bulk, self._work.sender, self._work.receiver)
        self._next += 1
        self.stored_bytes = video.stored_bytes
        serving.pool.put(number, video)
