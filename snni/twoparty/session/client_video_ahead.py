"""A client session's work ahead of time where it is for videos: a video at a time."""

from __future__ import annotations

import time

from snni.twoparty.linear.client import ClientKeys
from snni.twoparty.preparation.client import ClientPreparation
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.client_ahead import ClientAhead, Common, Made
from snni.twoparty.video.client import ClientVideo
from snni.twoparty.video.shape import VideoShape
from snni.wire.profile import stored_bytes


class VideoAhead(ClientAhead):
    """Keys and transfers are the session's."""

    def __init__(self, common: Common, keys: ClientKeys, shape: VideoShape) -> None:
        super().__init__(common)
        self._keys = keys
        self._shape = shape
        self._next = 0
        self.preparation = ClientPreparation(
            common.bulk, common.plan, common.suite, keys, common.profile, scores=common.scores
        )

    @property
    def claimed(self) -> int:
        return self.preparation.claimed

    def start(self) -> None:
        self.preparation.setup()

    def advance(self, batch: int) -> str:
        """'video': all of one video's. batch: of how many frames the server's limit is taken instead."""
        common, number, video, work = self._common, self._next, ClientVideo(self._shape), self.preparation
        common.listener("video_started", number)
        hs.send(common.bulk, hs.REQUEST, hs.Request(kind="video", number=number))
        started, before = time.perf_counter(), self._transferred()
        video.prepare_linear(common.bulk, self._keys, work.layer, common.max_batch, common.profile)
        with common.profile.step("ot", common.bulk):
            video.prepare(common.bulk, work.receiver, work.sender)
            common.bulk.recv(hs.DONE, limit=0)
        spent = time.perf_counter() - started, self._transferred() - before
        self._next += 1
        common.pool.put(number, Made(video, *spent, stored_bytes(video)))
        return "video"
