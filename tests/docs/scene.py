"""A ward as the pictures of the manuals show it: a day that is over, and a morning in which several rooms call.

Everything comes in as it does in a home (levels, states, acts of people), by a clock that is turned by hand.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.alerts.actor import Role, typed_name
from services.alerts.policy.alert import Acknowledgement, Alert, AlertStatus, Arrival, Outcome, Resolution
from services.alerts.policy.coverage import Coverage
from services.alerts.policy.pauses import alarm_pause
from services.bus.messages import StateMessage
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.page import Page
from tests.services.alerts.site import ROOMS, ref

ZONE = "Europe/Berlin"
ADA, BO, GRACE, DIRK = "Ada Okafor", "Bo Lind", "Grace Owusu", "Dirk Jansen"
MORNING_S, LASTS_S = 3700, 600
"""When the morning begins, after an alert whose look again is due in it, and how long it is watched."""
DAY = timedelta(days=1)
SEVERE, MODERATE = 3, 2


def level_of(room: str, second: int, drawn: random.Random) -> int:
    """What a face reads so many seconds into the morning."""
    hurts: dict[str, Callable[[int], int | None]] = {
        "room-3": lambda at: SEVERE if at >= 480 else None,
        "room-2": lambda at: MODERATE if at >= 505 else None,
        "room-5": lambda at: SEVERE if 486 <= at < 496 else MODERATE if at >= 496 else None,
        "room-7": lambda at: MODERATE if at >= 515 else None,
    }
    found = hurts[room](second) if room in hurts else None
    return int(drawn.random() < 0.15) if found is None else found


@dataclass
class Scene:
    """A bench and its page, with what happened."""

    bench: Bench
    page: Page

    async def play(self) -> None:
        """From the plans to the picture's moment."""
        await self.settings()
        self.yesterday()
        await self.treated("room-9", 0)
        await self.morning()
        await self.page.people.sessions.end_all(lambda one: one.actor.name not in (ADA, BO, GRACE))
        for name in (ADA, BO, GRACE):
            await self.page.headers(name)
        await self.page.on_duty.look()
        self.page.ward_page.refresh()

    async def settings(self) -> None:
        """Consents of most rooms, a resident's plan, and one that was changed."""
        ada, olga = await self.page.client(ADA), await self.page.client("Olga Ruiz", Role.OVERSEER)
        bed = "ward-1/room-1/cam-room-1"
        plan = {"review_on": "2026-04-01", "baseline": 1, "reason": "her calm face reads 1 since the stroke"}
        (await ada.post(f"/api/v1/plans/{bed}", json=plan)).raise_for_status()
        night = {"review_on": "2026-06-01", "quiet": "22:00-06:00", "reason": "night rounds at 0, 2 and 4"}
        (await olga.post("/api/v1/plans/ward-1", json=night)).raise_for_status()
        plan |= {
            "raise_pieces": 3,
            "raise_among": 5,
            "reason": "one frown at breakfast is no pain",
            "review_on": "2026-06-01",
        }
        (await ada.post(f"/api/v1/plans/{bed}", json=plan)).raise_for_status()
        given = {"basis": "given", "decided_by": "the resident", "review_on": "2026-09-01"}
        for room in list(ROOMS)[:7]:
            (await olga.post(f"/api/v1/consents/ward-1/{room}/cam-{room}", json=given)).raise_for_status()
        care = {"times": "mo-su 07:00-07:30 washing"}
        (await olga.post(f"/api/v1/care-times/{bed}", json=care)).raise_for_status()

    def yesterday(self) -> None:
        """Alerts of the day before, some answered, and what was seen of every room since then."""
        drawn, begin = random.Random(7), START - timedelta(hours=33)
        first = Alert("0", "", MODERATE, AlertStatus.CLEARED, START, START, START, START, START)
        alerts = [_past(first, number, begin, drawn) for number in range(24)]
        self.page.memory.history.note(alerts)
        for room in ROOMS:
            self.seen(f"ward-1/{room}/cam-{room}", begin, drawn)

    def seen(self, camera: str, begin: datetime, drawn: random.Random) -> None:
        """A night and a day of one camera, a look every 20 seconds."""
        kinds = [(Coverage.SEEN, 0)] * 5 + [(Coverage.SEEN, 1), (Coverage.NOBODY, None), (Coverage.PAUSED, None)]
        at = begin
        broken = begin + timedelta(hours=drawn.uniform(8, 30))
        while at < START:
            coverage, level = drawn.choice(kinds)
            if at <= broken < at + timedelta(hours=2):
                coverage, level = Coverage.BLIND, None
            longest = {Coverage.PAUSED: 30, Coverage.NOBODY: 120, Coverage.BLIND: 90, Coverage.SEEN: 240}[coverage]
            until = min(START, at + timedelta(minutes=drawn.uniform(10, longest)))
            while at < until:
                self.page.memory.levels.note(camera, coverage, level, at)
                at += timedelta(seconds=20)

    async def treated(self, room: str, second: int) -> None:
        """Somebody hurt, and was treated: whether it helped is to be looked at an hour later."""
        alert = await self.bench.raised(room, MODERATE, second)
        await self.bench.arrive(alert, GRACE)
        self.bench.at(second + 60)
        await self.bench.resolve(alert, Outcome.PAIN_TREATED, GRACE, "turned her to the left, pillow under the knee")

    async def morning(self) -> None:
        """Ten minutes, a level of every room every five seconds."""
        drawn = random.Random(1)
        for second in range(0, LASTS_S, 5):
            now = MORNING_S + second
            if second % 15 == 0:
                await self.parts_speak(now)
            for room in ROOMS:
                if room not in ("room-4", "room-6") or second < 450:
                    await self.bench.pain(now, level_of(room, second, drawn), room)
            await self.bench.pain(now, 0, "room-2", "cam-chair")
            await self.people_act(second)
            await self.bench.tick(now + 1)
        await self.parts_speak(MORNING_S + LASTS_S)

    async def people_act(self, second: int) -> None:
        """What people do at some moments of the morning."""
        rooms = {one.camera.split("/")[1]: one.id for one in self.bench.ward_state.open_alerts()}
        match second:
            case 400:
                by, rules, now = typed_name(BO), self.bench.ward_state.policy.rules, self.bench.now
                self.bench.ward_state.pause(("ward-1", "room-2"), alarm_pause(by, 600.0, "washing", now, rules))
            case 530:
                await self.bench.arrive(rooms["room-5"], BO)
            case 560:
                await self.bench.accept(rooms["room-7"], ADA)

    async def parts_speak(self, second: int) -> None:
        """Heartbeats: all is well, but that a camera is offline and another one sees nothing for want of light."""
        self.bench.at(second)
        for key in list(self.bench.ward_state.cameras):
            room, camera = key.split("/")[1:]
            for component, status in (("ingest", "live"), ("keyframe", "ok"), ("snni_client", "scoring")):
                since = MORNING_S
                if second >= MORNING_S + 450 and (room, component) == ("room-4", "ingest"):
                    status, since = "offline", MORNING_S + 450
                if second >= MORNING_S + 450 and (room, component) == ("room-6", "keyframe"):
                    status, since = "dark", MORNING_S + 450
                await self.say(room, camera, component, status, since)

    async def say(self, room: str, camera: str, component: str, status: str, since: int) -> None:
        """One heartbeat."""
        now, begun = self.bench.now, START + timedelta(seconds=since)
        envelope = self.bench.epoch.envelope(ref(room, camera), component, now, now)
        message = StateMessage(
            envelope=envelope, component=component, status=status, since=begun, detail={"consent_asks": "x"}
        )
        await self.bench.writer.receive(message)


def _past(first: Alert, number: int, begin: datetime, drawn: random.Random) -> Alert:
    """One alert of the day before."""
    at = begin + timedelta(hours=drawn.uniform(0, 33))
    room = drawn.choice(list(ROOMS))
    level = SEVERE if drawn.random() < 0.2 else MODERATE
    one = replace(first, id=f"{number:05}", camera=f"ward-1/{room}/cam-{room}", level=level, raised_at=at, onset_at=at)
    if drawn.random() < 0.2 and level < SEVERE:
        return replace(one, cleared_at=at + timedelta(minutes=4))
    who = typed_name(drawn.choice([ADA, BO, GRACE, DIRK]))
    ack = at + timedelta(seconds=drawn.uniform(20, 150))
    there, said = ack + timedelta(seconds=drawn.uniform(30, 240)), ack + timedelta(minutes=drawn.uniform(6, 15))
    outcome = drawn.choice(
        [Outcome.PAIN_TREATED, Outcome.PAIN_TREATED, Outcome.PAIN, Outcome.NO_PAIN, Outcome.NOT_ASSESSED]
    )
    return replace(
        one,
        status=AlertStatus.RESOLVED,
        ack=Acknowledgement(who, ack, ack + timedelta(minutes=3)),
        arrival=Arrival(who, there, there + timedelta(minutes=15)),
        resolution=Resolution(who, said, outcome, drawn.choice(["", "repositioned", "paracetamol", "slept again"])),
    )
