"""One ward's page while it lives: what it shows, seen once, and drawn in every language that somebody has asked for."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import partial

from services.alerts.dashboard.drawing_turns import DrawingTurns
from services.alerts.dashboard.lane_view import lane_view
from services.alerts.dashboard.page_fragments import PageFragments
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.ward_view import RoomView, WardView, arrange, room_view
from services.alerts.policy.care_plan import CarePlan
from services.alerts.policy.faults import Handling
from services.alerts.policy.technical import TechnicalCondition
from services.alerts.state.ward_desk import WardDesk
from services.alerts.state.ward_state import WardState
from services.site.records import Ward

SPACING_S = 0.03
PARTS = 4
"""In so many turns every room is looked at."""


class WardPage:
    """Views of one ward, and its fragments by language; English is always drawn."""

    def __init__(
        self,
        ward_state: WardState,
        ward: Ward,
        renderer: Renderer,
        clock: Callable[[], datetime],
        problems: Callable[[], tuple[str, ...]],
        desk: WardDesk,
        faults: Callable[[], tuple[TechnicalCondition, ...]] = tuple,
        on_duty: Callable[[str], tuple[str, ...]] = lambda ward: (),
        turns: DrawingTurns | None = None,
    ) -> None:
        """on_duty: the names of those who are on in a ward. turns: those of all pages of the process."""
        self.ward = ward
        self.faults = faults
        self._desk = desk
        self._ward_state = ward_state
        self._renderer = renderer
        self._clock = clock
        self._problems = problems
        self._on_duty = on_duty
        self._turns = turns or DrawingTurns()
        self._views: dict[str, RoomView] = {}
        self._day: date | None = None
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self._languages = {renderer.language.code: PageFragments(renderer)}
        self.view = arrange(ward, [], ward_state)
        self.refresh()

    @property
    def drawn(self) -> bool:
        """Whether everything is shown as it is."""
        return all(one.drawn for one in self._languages.values())

    def spoken(self, code: str) -> PageFragments:
        """The page in a language, drawn from now on. Raises KeyError."""
        if code not in self._languages:
            self._languages[code] = PageFragments(self._renderer.spoken(code))
            self.refresh()
        return self._languages[code]

    def mark_changed(self, cameras: Iterable[str], transitions: object = None) -> None:
        """These cameras (keys) changed: their rooms are rendered at the next turn of the loop. A listener."""
        prefix = f"{self.ward.id}/"
        rooms = {key.split("/")[1] for key in cameras if key.startswith(prefix)}
        if rooms:
            self._dirty |= rooms
            self._wake.set()

    async def run(self, period_s: float = 1.0) -> None:
        """Render what is marked, at once but in bursts together, and what time alone changed every period_s.

        The latter a part of the rooms at a time: nothing that happened waits for the whole ward to be looked through.
        """
        loop, step_s = asyncio.get_running_loop(), period_s / PARTS
        due = loop.time() + self._turns.phase() * step_s
        for part in itertools.cycle(range(PARTS)):
            while loop.time() < due:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(due):
                        await self._wake.wait()
                if self._dirty:
                    await self._turns.draw(lambda: self.refresh(self._dirty))
                    await asyncio.sleep(SPACING_S)
            await self._turns.draw(partial(self._look_through, part))
            due = max(due + step_s, loop.time())
            await asyncio.sleep(SPACING_S)

    def _look_through(self, part: int) -> None:
        self.refresh(self._dirty.union(self._rooms()[part::PARTS]))

    def refresh(self, rooms: Iterable[str] | None = None) -> None:
        """Bring the fragments of some rooms, or of all, up to date."""
        now = self._clock()
        ids = self._rooms() if rooms is None else list(rooms)
        self._dirty = set()
        self._wake.clear()
        if self._day != self._renderer.day(now):
            self._day = self._renderer.day(now)
            ids = self._rooms()
            for one in self._languages.values():
                one.new_day()
        self._views |= {room: room_view(self._ward_state, self.ward, room, now) for room in ids}
        self.view = arrange(self.ward, list(self._views.values()), self._ward_state)
        rest = self._rest(self.view, now)
        for one in self._languages.values():
            for room in ids:
                one.room(self._views[room], now)
            for name, (shows, make) in rest.items():
                one.draw(name, shows, partial(make, one.renderer))
            one.tell()

    def wake_all(self) -> None:
        """Wake whoever waits, although nothing changed."""
        for one in self._languages.values():
            one.wake()

    def names(self) -> dict[str, str]:
        """Camera key to the name of its room, with the camera's own where the room has several."""
        return {
            camera.key: room.name if len(room.cameras) == 1 else f"{room.name}, {camera.name}"
            for room in self._views.values()
            for camera in room.cameras
        }

    def rooms(self) -> dict[str, str]:
        """Every room with its name."""
        return {room.id: room.name for room in self._views.values()}

    def _rooms(self) -> list[str]:
        return [room for ward, room in self._ward_state.rooms if ward == self.ward.id]

    def _reviews(self, now: datetime) -> list[tuple[str, CarePlan]]:
        today = self._renderer.day(now)
        plans = self._ward_state.plans.all().items()
        return [(scope, one) for scope, one in plans if scope.split("/")[0] == self.ward.id and one.is_due(today)]

    def _lane(self, ward: WardView) -> tuple[list[tuple[TechnicalCondition, Handling]], int]:
        """What stands there, with what was done about it, and how many cameras' silence the lost hub explains."""
        longest = timedelta(seconds=self._ward_state.policy.rules.silent_after_s)
        shown, folded = lane_view(self.faults(), ward.alarms, self._ward_state.listening_since, longest)
        return [(one, self._desk.faults.of(one)) for one in shown], folded

    def _rest(self, ward: WardView, now: datetime) -> dict[str, tuple[object, Callable[[Renderer], str]]]:
        """The fragments beside the rooms: by name what each is made of, and how it is made in a language."""
        names, (lane, folded), reviews = self.names(), self._lane(ward), self._reviews(now)
        order, problems, on_duty = [room.id for room in ward.rooms], self._problems(), self._on_duty(ward.id)
        sound = self._desk.sound_pause(ward.id, now)
        counts = (ward.open, ward.looks, len(ward.alarms), len(ward.rooms))
        return {
            "order": (order, lambda to: json.dumps(order)),
            "lane": (
                (lane, folded, reviews, names, ward.unassessed),
                lambda to: to.lane(ward, lane, folded, reviews, names, now),
            ),
            "recent": ((ward.recent, names), lambda to: to.recent(ward.recent, names, now)),
            "summary": (counts, lambda to: to.summary(ward)),
            "elsewhere": (ward.elsewhere, lambda to: to.elsewhere(ward, self._ward_state.site, now)),
            "sound": (sound, lambda to: to.sound(ward, sound, now)),
            "on": (on_duty, lambda to: to.on_duty(on_duty)),
            "banner": ((problems, ward.broken), lambda to: to.banner(problems, ward)),
        }
