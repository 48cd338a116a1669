"""Clips classified with the edge of two-party mode, which selects frames without seeing any."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.snni_client.clip_parties import ClipLabel, ClipParties, ClipShape
from snni.errors import HandshakeError
from snni.twoparty.session.client import Session


class ClipEdge(ClipParties[Session]):
    """The session pings by itself. What a clip needs is made when it is due and used up at once, so that neither party
    stores a video's correlations meanwhile."""

    def _shape(self, session: Session) -> ClipShape:
        if session.video is None:
            raise HandshakeError("video", "the session is for single images")
        return ClipShape(session.video.frames, session.video.selected)

    def _prepare(self, session: Session) -> None:
        while not session.ready:
            session.advance()

    def _run(self, session: Session, video: NDArray[np.uint8]) -> ClipLabel:
        result = session.infer(video)
        online, plan = result.online, session.plan
        return ClipLabel(
            result.outcome.level, result.number, online.seconds, online.total_bytes, plan.name, plan.plan_hash
        )
