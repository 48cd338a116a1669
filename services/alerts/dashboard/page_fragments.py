"""A ward's page in one language as versioned fragments. A browser is sent the fragments newer than what it has: no
queue per browser, and however slow one reads, it is told the newest state next.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.ward_view import RoomView
from services.runtime.logging import get_logger

_log = get_logger("alerts")


@dataclass(frozen=True, slots=True)
class PageFragment:
    """A part of the page (HTML, or JSON for the order of the tiles) and the version in which it last changed."""

    version: int
    text: str


class PageFragments:
    """Fragments of one ward: room:<id>, order, lane, recent, summary, elsewhere, sound, on, banner.

    version grows with every change; boot names this run of the service and this language, so that ids of another are
    not trusted.
    """

    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        self.boot = uuid.uuid4().hex[:12]
        self.version = 0
        self.parts: dict[str, PageFragment] = {}
        self._shows: dict[str, object] = {}
        self._failed: set[str] = set()
        self._told = 0
        self.next = asyncio.Event()

    @property
    def drawn(self) -> bool:
        """Whether everything is shown as it is."""
        return not self._failed

    def new_day(self) -> None:
        """Draw everything anew next time: times that were today's are not any more."""
        self._shows.clear()

    def room(self, view: RoomView, now: datetime) -> None:
        """Draw a room, unless it stands as it is."""
        self.draw(f"room:{view.id}", view, partial(self.renderer.room, view, now))

    def draw(self, name: str, shows: object, make: Callable[[], str]) -> None:
        """Make one fragment, unless it stands as it is. shows: what it is made of, compared with what it was made of.

        One that fails silences neither the others nor webhooks and metrics; it is tried again.
        """
        if name in self._shows and self._shows[name] == shows and name not in self._failed:
            return
        self._shows[name] = shows
        try:
            text = make()
        except Exception:  # whatever it is made of that it cannot show: pages are optional, alarms are not
            self._failed.add(name)
            _log.exception("fragment_not_drawn")
            return
        self._failed.discard(name)
        if name not in self.parts or self.parts[name].text != text:
            self.version += 1
            self.parts[name] = PageFragment(self.version, text)

    def tell(self) -> None:
        """Wake whoever waits, where something is new."""
        if self.version != self._told:
            self._told = self.version
            self.wake()

    def wake(self) -> None:
        """Wake whoever waits, although nothing changed: once, who then waits for what comes next sleeps."""
        self.next.set()
        self.next = asyncio.Event()

    def newer(self, version: int) -> dict[str, str]:
        """The fragments that changed after a version."""
        return {name: one.text for name, one in self.parts.items() if one.version > version}

    async def wait_beyond(self, version: int, timeout_s: float, turn: asyncio.Event) -> bool:
        """Wait until something is newer than version, somebody wakes, or timeout_s passed; whether something is newer.

        turn: `next` as it was when whoever asks last looked at what else it minds, so that it misses no waking.
        """
        if self.version <= version:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await turn.wait()
        return self.version > version

    def event_id(self) -> str:
        """The id of the present state, for Last-Event-ID."""
        return f"{self.boot}-{self.version}"

    def resume(self, event_id: str | None) -> int:
        """The version that a browser has: 0 (send everything) unless the id is of this run."""
        boot, _, version = (event_id or "").partition("-")
        known = boot == self.boot and version.isdigit() and int(version) <= self.version
        return int(version) if known else 0
