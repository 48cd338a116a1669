"""One term of this replica over its site: restore, catch up, consume, run timers, call; until another replica leads.

Everything that knows a ward's state is made anew for each term, so that nothing of a former one is left.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from services.alerts.alert_writer import AlertWriter
from services.alerts.audit import anchor
from services.alerts.change_journal import ChangeJournal
from services.alerts.consents.speaker import ConsentSpeaker
from services.alerts.dashboard.app import Dashboard, make_app
from services.alerts.dashboard.drawing_turns import DrawingTurns
from services.alerts.dashboard.ward_page import WardPage
from services.alerts.errors import AuditUnavailable, Deposed, RecordsUnavailable
from services.alerts.intake.recovery import live_floor, replay_from, restore
from services.alerts.intake.stream_consumer import StreamConsumer
from services.alerts.leading.lease import RENEW_S
from services.alerts.level_watch import LevelWatch
from services.alerts.notify.notifier import Notifier
from services.alerts.notify.trial import Tried
from services.alerts.parts import Parts
from services.alerts.people import on_duty
from services.alerts.people.on_duty import OnDuty
from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.ward_act import WardAct, WardChange
from services.alerts.receivers import audit_trail, receivers, room_states
from services.alerts.records.memory import Memory
from services.alerts.self_check import SelfCheck
from services.alerts.service_faults import ServiceFaults
from services.alerts.state.redis_mirror import RedisMirror
from services.alerts.state.redis_store import RedisStore
from services.alerts.state.ward_state import WardState
from services.alerts.stores import Stores
from services.runtime.garbage import settle
from services.runtime.lifecycle import Loop, every
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

TICK_S = 0.25
WRITE_BACK_S = 1.0
LEVELS_S = 5.0
FORGET_S = 3600.0
STORES_S = 30.0
CATCH_UP_GRACE_S = 15.0


class Leader:
    """No I/O before run(). app: the pages; there is nothing to see on them before `restored`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        one, site, clock, metrics = parts.settings, parts.site, parts.clock, parts.metrics
        clock.take_step()
        policy = AlertPolicy(one.rules(), zone=ZoneInfo(one.timezone or "UTC"))
        every = timedelta(seconds=one.probe_every_s)
        self.ward_state = WardState(parts.whole_site, policy, clock(), one.max_cameras, probe_every=every)
        self.store = RedisStore(one.redis_url.get_secret_value(), site.site, context=parts.contexts.redis)
        self.mirror = RedisMirror(self.ward_state, self.store, clock)
        self.notifier = Notifier(parts.undelivered, tuple(receivers(parts)), clock, parts.lease.sure)
        self.journal = ChangeJournal(parts.ledger, metrics)
        self.writer = AlertWriter(
            self.ward_state, self.mirror, self.journal, self.notifier, metrics, clock, parts.lease.sure
        )
        self.writer.traces = parts.traces
        self.anchor = anchor.Anchor(
            site.site, parts.ledger, parts.audit_key, parts.head_places, clock, lambda: parts.process.clock.now().mono
        )
        self.notifier.on_taken, self.notifier.note = self.writer.notified, self.journal.write
        kept, levels_kept = timedelta(days=one.records_days), timedelta(days=one.levels_days)
        self.speaker = self._speaker()
        self.memory = Memory(parts.people.database, clock, kept, levels_kept)
        self.writer.listeners.append(self.memory.hear)
        self.writer.act_listeners += [self.memory.settings.note, self.notifier.hear]
        if self.speaker is not None:
            self.writer.act_listeners.append(self.speaker.hear)
        self.room_states = room_states(parts, self.ward_state.open_alerts, parts.lease.sure)
        if self.room_states is not None:
            self.writer.listeners.append(self.room_states.hear)
        self.audit_trail = audit_trail(parts, parts.lease.sure)
        beside = [one for one in (self.room_states, self.audit_trail) if one is not None]
        self.told: tuple[Tried, ...] = (*self.notifier.receivers, *beside)
        self.level_watch = LevelWatch(self.ward_state, self.memory.levels, clock)
        self.consumer = StreamConsumer(parts.link, self.writer, clock(), one.ack_wait_s)
        self.self_check = SelfCheck(
            self.writer,
            self.consumer,
            parts.certificates,
            parts.process.clock,
            parts.records_kept,
            self.anchor,
            parts.consent_key is not None,
            lambda: any(one.failing for one in self.told),
        )
        self.stores = Stores(parts.link, self.store, parts.people.database, one.audit_file.absolute().parent, metrics)
        self.faults = ServiceFaults(self.self_check.checks, clock)
        self.on_duty = OnDuty(parts.people.sessions)
        self.pages = self._pages()
        self.writer.listeners += [page.mark_changed for page in self.pages.values()]
        dashboard = Dashboard(
            self.writer,
            parts.people,
            self.memory,
            self.pages,
            parts.renderer,
            self.problems,
            parts.process.stop,
            one.max_viewers,
            parts.provider,
            one.shifts,
            self.told,
        )
        self.app = make_app(dashboard)
        self.restored = asyncio.Event()

    def problems(self) -> tuple[str, ...]:
        """What does not work in the service itself, in words for the ward."""
        return tuple(one.text for one in self.faults.look())

    @property
    def drawn(self) -> bool:
        """Whether every page shows everything as it is."""
        return all(page.drawn for page in self.pages.values())

    def wake_viewers(self) -> None:
        """Wake every open page, so that it notices that it is to end."""
        for page in self.pages.values():
            page.wake_all()

    async def run(self) -> None:
        """Until cancelled, and then write what waits. Raises Deposed in an exception group."""
        try:
            await self._restore()
            self.restored.set()
            async with asyncio.TaskGroup() as tasks:
                for loop in self._loops():
                    tasks.create_task(loop())
        except BaseExceptionGroup:
            raise
        except asyncio.CancelledError:
            await self.journal.write()
            await self.anchor.keep()
            await self.mirror.save(tuple(self.ward_state.cameras))
            await self.memory.keep()
            raise
        finally:
            self.journal.end()
            self.anchor.drop()
            self.wake_viewers()
            self._parts.people.sessions.listeners.clear()
            await self.store.close()

    def _loops(self) -> Iterator[Loop]:
        yield from (page.run for page in self.pages.values())
        yield self.notifier.run
        yield self.consumer.run
        yield self._tick
        yield self._deposed
        if self.speaker is not None:
            yield self.speaker.run
        if self.room_states is not None:
            yield partial(self._once_caught_up, self.room_states.run)
        if self.audit_trail is not None:
            yield self.audit_trail.run
        yield partial(every, WRITE_BACK_S, self.mirror.refresh)
        yield partial(every, RENEW_S, self._hold)
        yield partial(every, WRITE_BACK_S, self._remember)
        yield partial(every, anchor.LOOK_S, self.anchor.look)
        yield partial(every, LEVELS_S, self._watch_levels)
        yield partial(every, on_duty.LOOK_S, self.on_duty.look)
        yield partial(every, FORGET_S, self._forget)
        yield partial(every, STORES_S, self.stores.look)

    def _speaker(self) -> ConsentSpeaker | None:
        """Who says consents to the rooms, where there is a key to sign them."""
        parts = self._parts
        if parts.consent_key is None:
            return None

        def term() -> int | None:
            return self.store.token if parts.ledger.leads else None

        holds = timedelta(seconds=parts.settings.consent_holds_s)
        return ConsentSpeaker(
            parts.consent_key,
            self.ward_state,
            parts.link,
            parts.clock,
            parts.process.clock,
            holds,
            term,
            parts.lease.sure,
        )

    def _pages(self) -> dict[str, WardPage]:
        parts, desk, faults, on = self._parts, self.writer.desk, self.faults.look, self.on_duty.names
        turns = DrawingTurns()
        return {
            ward.id: WardPage(
                self.ward_state, ward, parts.renderer, parts.clock, self.problems, desk, faults, on, turns
            )
            for ward in parts.site.wards
        }

    async def _restore(self) -> None:
        await self._take_ledger()
        parts, now = self._parts, self._parts.clock()
        saved = await restore(self.ward_state, self.store, parts.ledger.index, now)
        span = timedelta(seconds=parts.settings.rebuild_window_s)
        self.memory.history.note(parts.ledger.index.written(self.ward_state.history.maxlen or 0))
        self.consumer.since = replay_from(saved, now, span)
        self.writer.floor = live_floor(saved, now, span)
        self.mirror.sequence = saved.stream_sequence if saved else 0
        self.mirror.complete_until = self.consumer.since
        await self.mirror.write_back()
        await self.notifier.open(parts.ledger.index.open.values())

    async def _take_ledger(self) -> None:
        """Become the one who appends to the log; without a bus as soon as there is one. Raises Deposed."""
        parts = self._parts
        before, begun = parts.ledger.place, self.restored.is_set()
        led = WardAct(WardChange.LED, parts.site.site, parts.clock(), None, {"replica": parts.settings.replica_name})
        try:
            self.store.token = await parts.ledger.lead(led)
        except AuditUnavailable as error:
            self.store.token = parts.ledger.place.count
            log_event(_log, "leads_without_log", logging.ERROR, reason=str(error))
            return
        if begun and self.store.token != before.count + 1:
            raise Deposed("another replica led meanwhile")  # what it did is not in this term's state

    async def _hold(self) -> None:
        await self._parts.lease.renew()
        if not self._parts.ledger.leads and self._parts.link.connected:
            await self._take_ledger()

    async def _remember(self) -> None:
        await self.writer.confirm()
        await self.memory.keep_alerts()

    async def _watch_levels(self) -> None:
        await self.writer.confirm()
        if self.consumer.caught_up.is_set():
            await self.level_watch.look()
        if self.level_watch.is_due():
            await self.memory.levels.keep()

    async def _forget(self) -> None:
        try:
            await self.memory.forget()
        except RecordsUnavailable as error:
            log_event(_log, "old_records_not_deleted", logging.WARNING, reason=str(error))

    async def _deposed(self) -> None:
        await self._parts.lease.lost.wait()
        raise Deposed("another replica leads")

    async def _tick(self) -> None:
        if not await self._caught_up():
            log_event(_log, "timers_run_before_catch_up", logging.WARNING)
        settle()
        await every(TICK_S, self._look)

    async def _caught_up(self) -> bool:
        """Wait until everything that was stored is known, for as long as that may keep the ward waiting."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CATCH_UP_GRACE_S):
                await self.consumer.caught_up.wait()
        return self.consumer.caught_up.is_set()

    async def _once_caught_up(self, loop: Loop) -> None:
        await self._caught_up()
        await loop()

    async def _look(self) -> None:
        self._parts.metrics.up["nats"].set(self.consumer.connected)
        await self.writer.confirm()
        by = self._parts.clock.take_step()
        if by:
            self.faults.move(by)
            self.memory.levels.forget_open()
            await self.writer.move(by)
        await self.writer.tick()
        self.self_check.timers_ran()
