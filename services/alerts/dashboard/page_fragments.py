"""One ward's page as versioned fragments. A browser is sent the fragments newer than what it has: no queue per browser,
and however slow one reads, it is told the newest state next.
"""

import asyncio
import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from jinja2 import TemplateError

from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.ward_view import RoomView, WardView, arrange, room_view
from services.alerts.policy.care_plan import CarePlan
from services.alerts.policy.faults import Handling
from services.alerts.policy.technical import TechnicalCondition
from services.alerts.state.ward_desk import WardDesk
from services.alerts.state.ward_state import WardState
from services.runtime.logging import get_logger
from services.site.records import Ward

_log = get_logger("alerts")

SPACING_S = 0.03


@dataclass(frozen=True, slots=True)
class PageFragment:
    """A part of the page (HTML, or JSON for the order of the tiles) and the version in which it last changed."""

    version: int
    text: str


class PageFragments:
    """Fragments of one ward: room:<id>, order, lane, recent, summary, elsewhere, sound, banner.

    version grows with every change; boot names this run of the service, so that
    ids of an earlier run are not trusted.
    """

    def __init__(
        self,
        ward_state: WardState,
        ward: Ward,
        renderer: Renderer,
        clock: Callable[[], datetime],
        problems: Callable[[], tuple[str, ...]],
        desk: WardDesk,
        faults: Callable[[], tuple[TechnicalCondition, ...]] = tuple,
    ) -> None:
        self.ward = ward
        self._desk = desk
        self.faults = faults
        self.boot = uuid.uuid4().hex[:12]
        self.version = 0
        self.parts: dict[str, PageFragment] = {}
        self._ward_state = ward_state
        self._renderer = renderer
        self._clock = clock
        self._problems = problems
        self._views: dict[str, RoomView] = {}
        self._drawn: dict[str, RoomView] = {}
        self._day: date | None = None
        self._failed: set[str] = set()
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self._changed = asyncio.Event()
        self.view = arrange(ward, [], ward_state)
        self.refresh()

    def mark_changed(self, cameras: Iterable[str], transitions: object = None) -> None:
        """These cameras (keys) changed: their rooms are rendered at the next turn of the loop. A listener."""
        prefix = f"{self.ward.id}/"
        rooms = {key.split("/")[1] for key in cameras if key.startswith(prefix)}
        if rooms:
            self._dirty |= rooms
            self._wake.set()

    async def run(self, period_s: float = 1.0) -> None:
        """Render what is marked, at once but in bursts together, and what time alone changed every period_s."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            try:
                await asyncio.wait_for(self._wake.wait(), max(0.0, due - loop.time()))
                rooms: Iterable[str] | None = self._dirty
            except TimeoutError:
                due = loop.time() + period_s
                rooms = None
            self.refresh(rooms)
            await asyncio.sleep(SPACING_S)

    def refresh(self, rooms: Iterable[str] | None = None) -> None:
        """Bring the fragments of some rooms, or of all, up to date."""
        now = self._clock()
        ids = self._rooms() if rooms is None else list(rooms)
        self._dirty = set()
        self._wake.clear()
        if self._day != self._renderer.day(now):
            self._day = self._renderer.day(now)
            self._drawn.clear()
            ids = self._rooms()
        before = self.version
        for room in ids:
            view = room_view(self._ward_state, self.ward, room, now)
            name = f"room:{room}"
            self._views[room] = view
            if self._drawn.get(room) != view or name in self._failed:
                self._drawn[room] = view
                self._draw(name, partial(self._renderer.room, view, now))
        self.view = arrange(self.ward, list(self._views.values()), self._ward_state)
        self._draw_rest(self.view, now)
        if self.version != before:
            self._changed.set()
            self._changed = asyncio.Event()

    def wake_all(self) -> None:
        """Wake whoever waits, although nothing changed."""
        self._changed.set()

    def newer(self, version: int) -> dict[str, str]:
        """The fragments that changed after a version."""
        return {name: one.text for name, one in self.parts.items() if one.version > version}

    async def wait_beyond(self, version: int, timeout_s: float) -> bool:
        """Wait until something is newer than version; False when timeout_s passed."""
        if self.version > version:
            return True
        try:
            await asyncio.wait_for(self._changed.wait(), timeout_s)
        except TimeoutError:
            return False
        return True

    def event_id(self) -> str:
        """The id of the present state, for Last-Event-ID."""
        return f"{self.boot}-{self.version}"

    def resume(self, event_id: str | None) -> int:
        """The version that a browser has: 0 (send everything) unless the id is of this run."""
        boot, _, version = (event_id or "").partition("-")
        known = boot == self.boot and version.isdigit() and int(version) <= self.version
        return int(version) if known else 0

    def names(self) -> dict[str, str]:
        """Camera key to the name of its room."""
        return {camera.key: room.name for room in self._views.values() for camera in room.cameras}

    @property
    def drawn(self) -> bool:
        """Whether everything is shown as it is."""
        return not self._failed

    def _rooms(self) -> list[str]:
        return [room for ward, room in self._ward_state.rooms if ward == self.ward.id]

    def _reviews(self, now: datetime) -> list[tuple[str, CarePlan]]:
        today = self._renderer.day(now)
        plans = self._ward_state.plans.all().items()
        return [(scope, one) for scope, one in plans if scope.split("/")[0] == self.ward.id and one.is_due(today)]

    def _lane(self, ward: WardView) -> list[tuple[TechnicalCondition, Handling]]:
        return [(one, self._desk.faults.of(one)) for one in (*self.faults(), *ward.alarms)]

    def _draw_rest(self, ward: WardView, now: datetime) -> None:
        names = self.names()
        self._draw("order", lambda: json.dumps([room.id for room in ward.rooms]))
        self._draw("lane", lambda: self._renderer.lane(ward, self._lane(ward), self._reviews(now), names, now))
        self._draw("recent", lambda: self._renderer.recent(ward.recent, names, now))
        self._draw("summary", lambda: self._renderer.summary(ward))
        self._draw("elsewhere", lambda: self._renderer.elsewhere(ward, self._ward_state.site, now))
        self._draw("sound", lambda: self._renderer.sound(ward, self._desk.sound_pause(ward.id, now), now))
        self._draw("banner", lambda: self._renderer.banner(self._problems()))

    def _draw(self, name: str, make: Callable[[], str]) -> None:
        """Make one fragment. One that fails silences neither the others nor webhooks and metrics; it is tried again."""
        try:
            text = make()
        except TemplateError:
            self._failed.add(name)
            _log.exception("fragment_not_drawn")
            return
        self._failed.discard(name)
        if name not in self.parts or self.parts[name].text != text:
            self.version += 1
            self.parts[name] = PageFragment(self.version, text)
