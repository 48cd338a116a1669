"""A session with the share servers for videos alone, beside that of the crops: neither waits for the other.

Blocking; for one thread. A session that broke is made anew when the next clip is due, which is never soon: a clip is no
alarm, and a server that spoils runs is to learn no more from them than times.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

import numpy as np
from numpy.typing import NDArray

from snni.errors import HandshakeError, ParameterError, SnniError
from snni.multiparty.session.alive import kept_alive
from snni.multiparty.session.client import Answer, AskingSession
from snni.multiparty.video_shape import VideoShape
from snni.session.lifetime import RENEWED_AT, Lifetime

LEVELS = 4


class ClipServers:
    """connect: a session with all servers of the mode that is set. Raises SnniError, as everything here does."""

    def __init__(self, connect: Callable[[], AskingSession]) -> None:
        self._connect = connect
        self._session: AskingSession | None = None
        self._alive = ExitStack()
        self._began = 0.0
        self._changing = threading.Lock()
        self._closed = False

    def prepared(self) -> VideoShape:
        """Have a run made ahead; what a video must be."""
        session = self._standing()
        if session.video is None:
            raise HandshakeError("video", "the servers have no share of a selection: `./run share-model --selection`")
        if session.plan.levels != LEVELS:
            raise HandshakeError("video", f"the network has {session.plan.levels} levels, pain has {LEVELS}")
        if not session.ready:
            session.prepare_video()
        return session.video

    def label(self, video: NDArray[np.uint8]) -> tuple[Answer, tuple[str, str]]:
        """The label of a video uint8 [N, C, H, W], and the plan's name and hash. The run is used up either way."""
        session = self._session
        if session is None:
            raise ParameterError("nothing is prepared")
        return session.run(video), (session.plan.name, session.plan.plan_hash)

    def end(self) -> None:
        """End the session; the next call makes another."""
        with self._changing:
            self._alive.close()
            if self._session is not None:
                with suppress(SnniError):
                    self._session.close()
            self._session = None

    def close(self) -> None:
        """For good."""
        self._closed = True
        self.end()

    def _standing(self) -> AskingSession:
        session = self._session
        spent = Lifetime().spent(time.monotonic() - self._began, 0, RENEWED_AT)
        if session is not None and not session.ended and not spent:
            return session
        self.end()
        made = self._connect()
        with self._changing:
            if self._closed:
                made.close()
                raise ParameterError("closed")
            self._alive.enter_context(kept_alive(made))
            self._session, self._began = made, time.monotonic()
        return made
