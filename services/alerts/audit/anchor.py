"""The audit log's head, signed by whoever leads and kept in places apart from it.

A head is signed soon after every change, at most one in APART_S, and one every AGAIN_S also where nothing changes.
Each term begins with a look at the newest head of every place: one that tells of more lines than there are, or of
another one, is a technical alarm of its own.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.alerts.audit.head import Head, opened_head, signed_head
from services.alerts.audit.head_places import HeadPlace
from services.alerts.audit.ledger import Ledger
from services.alerts.audit.line import Place
from services.alerts.errors import AuditUnavailable, NotSigned
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

LOOK_S = 1.0
APART_S = 10.0
AGAIN_S = 900.0
PATIENCE_S = 10.0
"""After which a place that does not answer counts as one that cannot be written."""
END_S = 1.0


@dataclass(slots=True)
class _Kept:
    """What a place was last told, when (monotonic), whether that worked, and what of it still runs."""

    place: Place | None = None
    tried: float = float("-inf")
    well: bool = True
    looked: bool = False
    running: asyncio.Task[None] | None = None


class Anchor:
    """One term's end of it. cut: a signed head that was found of a line that the log has not, or has otherwise."""

    def __init__(
        self,
        site: str,
        ledger: Ledger,
        key: Ed25519PrivateKey | None,
        places: Mapping[str, HeadPlace],
        clock: Callable[[], datetime],
        mono: Callable[[], float],
    ) -> None:
        """key: None signs nothing. places: by name. mono: seconds of a clock that nobody sets."""
        self.cut: Head | None = None
        self._site = site
        self._ledger = ledger
        self._key = key
        self._places = dict(places) if key is not None else {}
        self._kept = {name: _Kept() for name in self._places}
        self._clock = clock
        self._mono = mono

    def well(self, name: str) -> bool:
        """Whether a place took what it was last to keep; one that there is none of is well."""
        return name not in self._kept or self._kept[name].well

    async def look(self) -> None:
        """Sign and keep what is due. For a timer; one place waits for no other, and this for none longer than a bit."""
        due = [name for name in self._places if self._ledger.leads and self._is_due(self._kept[name])]
        for name in due:
            kept = self._kept[name]
            kept.tried = self._mono()
            kept.running = asyncio.create_task(self._tell(name, kept))
        await asyncio.sleep(0)
        for name, kept in self._kept.items():
            if kept.running is not None and self._mono() - kept.tried > PATIENCE_S:
                self._note(name, kept, "no answer")

    async def keep(self) -> None:
        """Sign and keep the last head now, where that is possible soon; for the end of a term."""
        for kept in self._kept.values():
            if kept.place != self._ledger.place:
                kept.tried = float("-inf")
        await self.look()
        if running := self._running():
            await asyncio.wait(running, timeout=END_S)

    def drop(self) -> None:
        """Wait for no place any more."""
        for one in self._running():
            one.cancel()

    def _running(self) -> list[asyncio.Task[None]]:
        return [kept.running for kept in self._kept.values() if kept.running is not None]

    def _is_due(self, kept: _Kept) -> bool:
        since = self._mono() - kept.tried
        changed = kept.place != self._ledger.place or not kept.well
        return kept.running is None and since >= (APART_S if changed else AGAIN_S)

    async def _tell(self, name: str, kept: _Kept) -> None:
        place, reason = self._ledger.place, ""
        try:
            if not kept.looked:
                await self._compare(name)
                kept.looked = True
            if self._key is not None:
                await self._places[name].keep(signed_head(Head(self._site, place, self._clock()), self._key))
        except AuditUnavailable as error:
            reason = str(error)
        else:
            kept.place = place
        finally:
            kept.running = None
        self._note(name, kept, reason)

    def _note(self, name: str, kept: _Kept, reason: str) -> None:
        if reason and kept.well:
            log_event(_log, "head_not_kept", logging.ERROR, place=name, reason=reason)
        kept.well = not reason

    async def _compare(self, name: str) -> None:
        """Whether the log still has what a place's newest head tells. Raises AuditUnavailable."""
        found = await self._places[name].newest()
        if found is None or self._key is None:
            return
        try:
            head = opened_head(found, [self._key.public_key()])
        except NotSigned as error:  # also one of the key before this one
            log_event(_log, "head_not_ours", logging.WARNING, place=name, reason=str(error))
            return
        if head.site == self._site and not await self._has(head.place):
            self.cut = head
            log_event(
                _log, "audit_cut", logging.ERROR, place=name, line=head.place.count, lines=self._ledger.place.count
            )

    async def _has(self, told: Place) -> bool:
        if told.count >= self._ledger.place.count or told.count == 0:
            return told == self._ledger.place or told.count == 0
        line = await asyncio.to_thread(self._ledger.copy.line, told.count)
        return line is None or json.loads(line)["hash"] == told.head
