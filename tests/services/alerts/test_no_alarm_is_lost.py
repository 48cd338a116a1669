"""Whatever happens, in any order: no level 3 stays silent for longer than the policy says, no alarm is lost or doubled.

Evidence of any level, acts of two people, time that passes, wall clocks that are set, restarts with Redis and without
it: against the real parts of the service, a real audit log and a real Redis, with a clock that the test turns.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from redis.asyncio import Redis

from localsite.redis_server import RedisServer
from services.alerts.audit.audit_file import verify
from services.alerts.intake.recovery import StreamReplay, live_floor, replay_from, restore
from services.alerts.policy.alert import Alert, AlertStatus, Outcome
from services.alerts.policy.errors import AlertConflict
from services.alerts.policy.life_cycle import Accept, Arrive, Resolve
from tests.services.alerts.bench import NOWHERE, Bench
from tests.services.alerts.nurses import ADA, BO
from tests.services.alerts.stream import stream

ROOMS = ("room-1", "room-3")
HOUR = timedelta(hours=1)


class House(RuleBasedStateMachine):
    """A ward of two rooms that matter."""

    redis_url = NOWHERE

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.bench = Bench(Path(self.folder.name), self.redis_url)
        self.known: set[str] = set()
        self.run(self.emptied())
        self.run(self.bench.mirror.write_back())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    async def emptied(self) -> None:
        async with Redis.from_url(self.redis_url) as redis:
            await redis.flushall()

    def teardown(self) -> None:
        self.run(self.bench.store.close())
        self.loop.close()
        self.folder.cleanup()

    @property
    def seconds(self) -> float:
        return self.bench.hand.mono

    @rule(level=st.sampled_from([0, 0, 1, 2, 2, 3, 3]), room=st.sampled_from(ROOMS), times=st.integers(1, 4))
    def a_face_is_scored(self, level: int, room: str, times: int) -> None:
        for _ in range(times):
            self.run(self.scored(level, room))

    @rule(room=st.sampled_from(ROOMS), promised=st.booleans())
    def a_face_stays_calm_for_longer_than_a_promise_holds(self, room: str, promised: bool) -> None:
        for alert in self.bench.ward_state.open_alerts() if promised else []:
            with suppress(AlertConflict):
                self.run(self.bench.writer.act(alert.id, Accept(ADA)))
        for _ in range(7):
            self.run(self.scored(0, room, 30.0))

    async def scored(self, level: int, room: str, after: float = 5.0) -> None:
        message = self.bench.epoch.pain(room, level, self.bench.now + timedelta(seconds=after - 0.9))
        self.bench.at(self.seconds + after)
        self.bench.sent.append(message)
        await self.bench.writer.receive(message)
        await self.bench.writer.tick()

    @rule(passes=st.sampled_from([1.0, 11.0, 59.0, 61.0, 130.0, 181.0, 901.0, 3601.0]), looks=st.integers(1, 4))
    def time_passes(self, passes: float, looks: int) -> None:
        for _ in range(looks):
            self.run(self.bench.tick(self.seconds + passes / looks))

    @rule(by=st.sampled_from([-86400.0, -3600.0, -90.0, 90.0, 3600.0, 86400.0]))
    def the_wall_clock_is_set(self, by: float) -> None:
        self.run(self.bench.set_clock(by))

    @precondition(lambda self: self.bench.ward_state.open_alerts())
    @rule(data=st.data(), who=st.sampled_from([ADA, BO]), what=st.sampled_from([Accept, Arrive, *Outcome]))
    def somebody_acts(self, data: st.DataObject, who: Any, what: Any) -> None:
        alert = data.draw(st.sampled_from(self.bench.ward_state.open_alerts()))
        act = Resolve(who, what) if isinstance(what, Outcome) else what(who)
        try:
            self.run(self.bench.writer.act(alert.id, act))
        except AlertConflict:
            return

    @rule(room=st.sampled_from(ROOMS), seconds=st.sampled_from([30.0, 600.0, 7200.0]))
    def somebody_pauses_a_rooms_alarms(self, room: str, seconds: float) -> None:
        act = self.bench.writer.desk.pause_room(("ward-1", room), ADA, seconds, "", self.bench.now)
        self.run(self.bench.writer.note(act, self.bench.ward_state.rooms["ward-1", room]))

    @rule()
    def redis_keeps_nothing_from_now_on(self) -> None:
        self.bench.mirror.available = False

    @rule(keep=st.booleans(), down=st.sampled_from([0.0, 5.0, 200.0, 4000.0]))
    def the_process_is_killed_and_starts_again(self, keep: bool, down: float) -> None:
        self.run(self.restart(keep, down))

    async def restart(self, keep: bool, down: float) -> None:
        old = self.bench
        await old.store.close()
        if not keep:
            await self.emptied()
        new = Bench(Path(self.folder.name), self.redis_url, old.site)
        new.hand.wall, new.hand.mono = old.hand.wall, old.hand.mono + down
        new.clock.take_step()
        new.epoch = old.epoch
        saved = await restore(new.ward_state, new.store, new.audit.index, new.now)
        since = replay_from(saved, new.now, HOUR)
        new.writer.floor = live_floor(saved, new.now, HOUR)
        new.mirror.complete_until = since
        await new.mirror.write_back()
        new.sent = old.sent
        await StreamReplay(new.writer).run(stream([one for one in old.sent if one.envelope.published_at >= since]))
        await new.writer.tick()
        self.bench = new

    def lines(self) -> list[dict[str, Any]]:
        path = self.bench.audit.copy.path
        return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []

    @invariant()
    def no_level_three_is_silent_for_longer_than_the_policy_says(self) -> None:
        self.run(self.bench.writer.tick())
        for alert in self.bench.ward_state.open_alerts():
            pause = self.bench.ward_state.cameras[alert.camera].state.pause
            asked = heard(alert)
            if pause is not None:
                limit = timedelta(seconds=self.bench.ward_state.policy.rules.pause_limit_s)
                assert pause.until - self.bench.now <= limit
                asked = max(asked, pause.until)
            if alert.level == 3:
                assert self.bench.now - asked < self.longest(alert), alert

    def longest(self, alert: Alert) -> timedelta:
        rules = self.bench.ward_state.policy.rules
        seconds = {
            AlertStatus.RAISED: rules.repeat_s,
            AlertStatus.ACKNOWLEDGED: rules.ack_timeout_s,
            AlertStatus.ARRIVED: rules.presence_timeout_s,
        }
        return timedelta(seconds=seconds[alert.status])

    @invariant()
    def no_alarm_is_lost_and_none_doubled(self) -> None:
        if self.bench.audit.copy.path.exists():
            assert verify(self.bench.audit.copy.path) == self.bench.audit.place.count
        lines = self.lines()
        raised = Counter(one["alert"]["id"] for one in lines if one["change"] == "raised")
        ended = Counter(one["alert"]["id"] for one in lines if one["change"] in ("cleared", "resolved"))
        is_open = {one.id for one in self.bench.ward_state.open_alerts()}
        assert set(raised.values()) <= {1}
        assert set(ended.values()) <= {1}
        assert set(raised) == set(ended) | is_open
        assert not set(ended) & is_open

    @invariant()
    def nothing_but_a_person_who_came_ends_level_three(self) -> None:
        for one in self.lines():
            if one["change"] == "cleared":
                assert one["alert"]["level"] < 3 or one["alert"]["arrival"] is not None


def heard(alert: Alert) -> datetime:
    """When it last called, or somebody last answered."""
    answers = {AlertStatus.ACKNOWLEDGED: alert.ack, AlertStatus.ARRIVED: alert.arrival}
    answer = answers.get(alert.status)
    return alert.signalled_at if answer is None else max(alert.signalled_at, answer.at)


def test_whatever_happens(fresh_redis: RedisServer) -> None:
    class Ward(House):
        redis_url = fresh_redis.url

    run_state_machine_as_test(
        Ward,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
