"""Clips classified by the share servers, as they classify videos."""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray

from services.snni_client.clip_parties import ClipLabel, ClipParties, ClipShape
from snni.errors import HandshakeError
from snni.multiparty.session.alive import kept_alive
from snni.multiparty.session.client import AskingSession


class ClipServers(ClipParties[AskingSession]):
    """The session is kept alive between clips."""

    def _shape(self, session: AskingSession) -> ClipShape:
        if session.video is None:
            raise HandshakeError("video", "the servers have no share of a selection: `./run share-model --selection`")
        return ClipShape(session.video.frames, session.video.selected)

    def _prepare(self, session: AskingSession) -> None:
        if not session.ready:
            session.prepare_video()

    def _run(self, session: AskingSession, video: NDArray[np.uint8]) -> ClipLabel:
        answer = session.run(video)
        plan = session.plan
        return ClipLabel(answer.results[0], answer.number, answer.seconds, answer.bytes, plan.name, plan.plan_hash)

    def _kept(self, session: AskingSession) -> AbstractContextManager[None]:
        return kept_alive(session)
