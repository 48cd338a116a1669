"""The gate before a camera's media: what the ward's statements and the room's own pauses come to, now.

`may` is asked before anything of a camera is decoded, from any thread. What changes is on the device's disk before it
opens a camera; what closes one is in force first and written then, and a camera of which nothing can be written is
closed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.bus.errors import BadStatement
from services.bus.models import CameraRef, ConsentMessage
from services.bus.statement import opened
from services.ingest.consent.kept_camera import KeptCamera
from services.ingest.consent.questions import Questions
from services.ingest.consent.store import LONGEST_S, Signed, Store
from services.ingest.consent.verdict import RoomPause, Taken, Verdict, judge
from services.ingest.metrics import IngestMetrics
from services.runtime.clock import Clock
from services.runtime.logging import get_logger, log_event

REFUSED_SHOWN_S = 600.0
"""How long the ward is told of what was refused, since the last time."""

_log = get_logger("ingest")


class Gate:
    """Of every camera of the device."""

    def __init__(
        self,
        cameras: Mapping[str, CameraRef],
        keys: Sequence[Ed25519PublicKey],
        store: Store,
        metrics: IngestMetrics,
        clock: Clock,
        questions: Questions | None = None,
    ) -> None:
        """keys: the ward's. Reads what was kept."""
        self._keys, self._store, self._metrics, self._clock = keys, store, metrics, clock
        self._questions = questions or Questions()
        now = clock.now().mono
        self._cameras = {name: KeptCamera(ref, store, now) for name, ref in cameras.items()}
        self._refused = dict.fromkeys(cameras, ("", 0.0))

    def verdict(self, camera: str) -> Verdict:
        """What holds for a camera now. From any thread."""
        return judge(self._cameras[camera].held, self._clock.now().mono)

    def may(self, camera: str) -> bool:
        """Whether the camera may be processed now. From any thread."""
        return self.verdict(camera).may

    def refused(self, camera: str) -> str:
        """What was refused of late, in one word; empty when nothing was."""
        why, at = self._refused[camera]
        return why if self._clock.now().mono - at < REFUSED_SHOWN_S else ""

    def question(self) -> str:
        """What the ward's next statements must answer."""
        return self._questions.current(self._clock.now().mono)

    async def hear(self, message: ConsentMessage) -> None:
        """Take what the ward said of one of the device's cameras, or refuse it. Of others nothing is heard."""
        one = self._cameras.get(message.envelope.camera.camera)
        if one is None or one.ref != message.envelope.camera:
            return
        try:
            statement = opened(message.statement, message.signature, self._keys)
        except BadStatement as error:
            self._refuse(one, error.why)
            return
        now = self._clock.now().mono
        asked = self._questions.asked_at(statement.answers, now)
        if statement.camera != one.ref:
            self._refuse(one, "other_camera")
        elif statement.number <= one.held.number:
            self._refuse(one, "replayed")
        elif asked is None:  # held up on the way, or meant for the process before this one
            self._metrics.statements.labels("stale").inc()
        else:
            await one.take(Taken(statement, asked, now), Signed(message.statement, message.signature), now)
            self._metrics.statements.labels("taken").inc()

    async def pause(self, camera: str, seconds: float, why: str) -> RoomPause:
        """Pause a camera in the room, at once. Raises OSError: it is paused, and would not be after a restart."""
        return await self._cameras[camera].pause(min(seconds, LONGEST_S), why[:64], self._clock.now().mono)

    def _refuse(self, one: KeptCamera, why: str) -> None:
        self._metrics.statements.labels(why).inc()
        if not self.refused(one.ref.camera):
            log_event(_log, "consent_refused", logging.ERROR, camera=one.ref.camera, why=why)
        self._refused[one.ref.camera] = (why, self._clock.now().mono)
