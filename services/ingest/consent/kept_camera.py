"""What the room holds of one camera: in force at once, and on the device's disk.

What closes the camera is in force before it is written; what opens it once it is on the disk. Writes come one after the
other, and what comes during one is in force meanwhile: nobody waits for a disk to be paused.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass, replace

from services.bus.models import CameraRef
from services.ingest.consent.store import Signed, Store
from services.ingest.consent.verdict import Held, RoomPause, Taken, judge
from services.runtime.logging import get_logger, log_event
from services.runtime.shielded import shielded

AGAIN_S = 1.0
"""A button that is pressed again so soon begins no other pause: who presses without end wears no disk, fills no log."""
SAVE_S = 60.0
"""How often a newer number alone is written: flash memory wears."""

_log = get_logger("ingest")


@dataclass(frozen=True)
class _Heard:
    """A statement, and the word that it came as. pauses: those that stood when it came, without those it lifts."""

    taken: Taken
    signed: Signed
    stood: tuple[RoomPause, ...]
    pauses: tuple[RoomPause, ...]

    def onto(self, held: Held, now: float) -> Held:
        """It in the place of the one before; a pause that was begun since it came goes on."""
        after = Held(self.taken.statement.number, self.taken, self.pauses)
        for pause in held.pauses:
            if pause not in self.stood:
                after = after.with_pause(pause, now)
        return after


class KeptCamera:
    """Used on one event loop; `held` is read from any thread."""

    def __init__(self, ref: CameraRef, store: Store, now: float) -> None:
        """Reads what was kept, and writes it anew: it may be of another start, or have been unreadable."""
        self.ref, self._store = ref, store
        self.held, self._signed = store.load(ref, now)
        self._saved_at = now
        self._on_disk: RoomPause | None = None
        self._begun: RoomPause | None = None
        self._writing = asyncio.Lock()
        self._next: _Heard | None = None
        try:
            store.save(ref, self.held, self._signed)
        except OSError as error:
            self._broken(error)

    async def pause(self, seconds: float, why: str, now: float) -> RoomPause:
        """As Gate.pause."""
        pause = self._repeated(seconds, why, now)
        if pause is None:
            pause = self._begun = RoomPause(secrets.token_hex(16), now, seconds, why)
            self.held = self.held.with_pause(pause, now)
            log_event(_log, "paused_in_room", camera=self.ref.camera, seconds=pause.lasts_s)
        await shielded(self._keep_pause(pause))
        return pause

    async def take(self, taken: Taken, signed: Signed, now: float) -> None:
        """A statement of a newer number. Back when it is on the disk, or will be by whoever writes one of before."""
        before = self.held
        pauses = tuple(one for one in before.pauses if one.left_s(now) > 0 and one.id not in taken.statement.lifted)
        heard = _Heard(taken, signed, before.pauses, pauses)
        after = heard.onto(before, now)
        closes = not judge(after, now).may
        if closes:
            self.held, self._signed = after, signed
        if not (closes or before.broken or now - self._saved_at >= SAVE_S or _differs(before, after)):
            self.held, self._signed = after, signed
            return
        if self._next is None or self._next.taken.statement.number < taken.statement.number:
            self._next = heard
        await shielded(self._keep_heard(now))

    def _repeated(self, seconds: float, why: str, now: float) -> RoomPause | None:
        """The pause that such a one would only repeat."""
        begun = self._begun
        same = begun is not None and begun in self.held.pauses and begun.why == why
        return begun if begun and same and begun.left_s(now) > seconds - AGAIN_S else None

    async def _keep_pause(self, pause: RoomPause) -> None:
        async with self._writing:
            if self._on_disk is not pause:
                await asyncio.to_thread(self._store.save, self.ref, self.held, self._signed)
                self._on_disk = pause

    async def _keep_heard(self, now: float) -> None:
        async with self._writing:
            heard, self._next = self._next, None
            if heard is None:  # written by who came before
                return
            error = None
            try:
                await asyncio.to_thread(self._store.save, self.ref, heard.onto(self.held, now), heard.signed)
            except OSError as raised:
                error = raised
            if self.held.number <= heard.taken.statement.number:  # else it was closed by a newer one meanwhile
                self.held, self._signed = heard.onto(self.held, now), heard.signed
            if error:
                self._broken(error)
            else:
                self._saved_at = now

    def _broken(self, error: OSError) -> None:
        if not self.held.broken:
            log_event(_log, "consent_not_kept", logging.ERROR, camera=self.ref.camera, reason=error.strerror)
        self.held = replace(self.held, broken=True)


def _differs(before: Held, after: Held) -> bool:
    """Whether more than the number, the moments and the question is new."""
    if before.taken is None or after.taken is None or before.pauses != after.pauses:
        return True
    new = {"number", "answers", "issued", "expires"}
    return before.taken.statement.model_dump(exclude=new) != after.taken.statement.model_dump(exclude=new)
