"""The gate before a camera's media: what the ward's statements and the room's own pauses come to, now.

`may` is asked before anything of a camera is decoded, from any thread. What changes is on the device's disk before it
opens a camera; what closes one is in force first and written then, and a camera of which nothing can be written is
closed.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.bus.errors import BadStatement
from services.bus.models import CameraRef, ConsentMessage
from services.bus.statement import Statement, opened
from services.ingest.consent.questions import Questions
from services.ingest.consent.store import LONGEST_S, Signed, Store
from services.ingest.consent.verdict import Held, RoomPause, Taken, Verdict, judge
from services.ingest.metrics import IngestMetrics
from services.runtime.clock import Clock
from services.runtime.logging import get_logger, log_event

REFUSED_SHOWN_S = 600.0
"""How long the ward is told of what was refused, since the last time."""
AGAIN_S = 1.0
"""A button that is pressed again so soon begins no other pause: who presses without end wears no disk, fills no log."""
SAVE_S = 60.0
"""How often a newer number alone is written: flash memory wears."""

_log = get_logger("ingest")


@dataclass
class _Camera:
    ref: CameraRef
    held: Held
    signed: Signed | None
    saved_at: float
    refused: str = ""
    refused_at: float = 0.0
    kept: RoomPause | None = None
    """The last one begun in the room that is on the disk."""
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Its own: a disk that hangs under one camera holds no other one open."""

    def again(self, seconds: float, why: str, now: float) -> RoomPause | None:
        """The pause that such a one would only repeat."""
        kept = self.kept
        same = kept is not None and kept in self.held.pauses and kept.why == why
        return kept if kept and same and kept.left_s(now) > seconds - AGAIN_S else None


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
        self._cameras = {name: _Camera(ref, *store.load(ref, now), now) for name, ref in cameras.items()}
        for one in self._cameras.values():  # what was read of another start, or could not be read, is written anew
            self._save(one, now)

    def verdict(self, camera: str) -> Verdict:
        """What holds for a camera now. From any thread."""
        return judge(self._cameras[camera].held, self._clock.now().mono)

    def may(self, camera: str) -> bool:
        """Whether the camera may be processed now. From any thread."""
        return self.verdict(camera).may

    def refused(self, camera: str) -> str:
        """What was refused of late, in one word; empty when nothing was."""
        one = self._cameras[camera]
        return one.refused if self._clock.now().mono - one.refused_at < REFUSED_SHOWN_S else ""

    def question(self) -> str:
        """What the ward's next statements must answer."""
        return self._questions.current(self._clock.now().mono)

    async def hear(self, message: ConsentMessage) -> None:
        """Take what the ward said of one of the device's cameras, or refuse it. Of others nothing is heard."""
        one = self._cameras.get(message.envelope.camera.camera)
        if one is None or one.ref != message.envelope.camera:
            return
        async with one.writing:
            try:
                statement = opened(message.statement, message.signature, self._keys)
            except BadStatement as error:
                self._refuse(one, error.why)
                return
            await self._consider(one, statement, Signed(message.statement, message.signature))

    async def pause(self, camera: str, seconds: float, why: str) -> RoomPause:
        """Pause a camera in the room, at once. Raises OSError: it is paused, and would not be after a restart."""
        seconds, why = min(seconds, LONGEST_S), why[:64]
        one = self._cameras[camera]
        async with one.writing:
            now = self._clock.now().mono
            if again := one.again(seconds, why, now):
                return again
            pause = RoomPause(secrets.token_hex(16), now, seconds, why)
            one.held = one.held.with_pause(pause, now)
            log_event(_log, "paused_in_room", camera=camera, seconds=pause.lasts_s)
            await asyncio.to_thread(self._store.save, one.ref, one.held, one.signed)
            one.kept = pause
        return pause

    async def _consider(self, one: _Camera, statement: Statement, signed: Signed) -> None:
        now = self._clock.now().mono
        asked = self._questions.asked_at(statement.answers, now)
        if statement.camera != one.ref:
            self._refuse(one, "other_camera")
        elif statement.number <= one.held.number:
            self._refuse(one, "replayed")
        elif asked is None:  # held up on the way, or meant for the process before this one
            self._metrics.statements.labels("stale").inc()
        else:
            await self._take(one, Taken(statement, asked, now), signed, now)

    async def _take(self, one: _Camera, taken: Taken, signed: Signed, now: float) -> None:
        before = one.held
        pauses = tuple(
            pause for pause in before.pauses if pause.left_s(now) > 0 and pause.id not in taken.statement.lifted
        )
        after = Held(taken.statement.number, taken, pauses)
        closes = not judge(after, now).may
        if closes:
            one.held = after
        if closes or before.broken or now - one.saved_at >= SAVE_S or _differs(before, after):
            one.signed = signed
            await asyncio.to_thread(self._save, one, now, after)
        else:
            one.held, one.signed = after, signed
        self._metrics.statements.labels("taken").inc()

    def _save(self, one: _Camera, now: float, held: Held | None = None) -> None:
        held = one.held if held is None else held
        held = replace(held, broken=False)
        try:
            self._store.save(one.ref, held, one.signed)
        except OSError as error:
            if not one.held.broken:
                log_event(_log, "consent_not_kept", logging.ERROR, camera=one.ref.camera, reason=error.strerror)
            one.held = replace(held, broken=True)
        else:
            one.held, one.saved_at = held, now

    def _refuse(self, one: _Camera, why: str) -> None:
        self._metrics.statements.labels(why).inc()
        if not self.refused(one.ref.camera):
            log_event(_log, "consent_refused", logging.ERROR, camera=one.ref.camera, why=why)
        one.refused, one.refused_at = why, self._clock.now().mono


def _differs(before: Held, after: Held) -> bool:
    """Whether more than the number, the moments and the question is new."""
    if before.taken is None or after.taken is None or before.pauses != after.pauses:
        return True
    new = {"number", "answers", "issued", "expires"}
    return before.taken.statement.model_dump(exclude=new) != after.taken.statement.model_dump(exclude=new)
