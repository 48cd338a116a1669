"""The alerts service's parts around one ward's state, in this process, with a clock that the test turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.alerts.actor import typed_name
from services.alerts.alert_writer import AlertWriter
from services.alerts.audit.audit_file import AuditFile
from services.alerts.audit.ledger import Ledger
from services.alerts.audit.line import Entry
from services.alerts.change_journal import ChangeJournal
from services.alerts.metrics import AlertsMetrics
from services.alerts.notify.notifier import Notifier
from services.alerts.notify.receiver import Receiver
from services.alerts.notify.undelivered import Undelivered
from services.alerts.notify.webhook import Webhook
from services.alerts.policy.alert import Alert, Outcome
from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.life_cycle import Accept, Arrive, Resolve
from services.alerts.policy.thresholds import Thresholds
from services.alerts.state.redis_mirror import RedisMirror
from services.alerts.state.redis_store import RedisStore
from services.alerts.state.ward_state import MessageEffect, WardState
from services.alerts.ward_clock import WardClock
from services.bus.messages import PainMessage, StateMessage
from services.runtime.clock import Instant
from services.runtime.metrics import Metrics
from services.site.records import Site
from tests.services.alerts.kept_stream import KeptStream
from tests.services.alerts.rooms import Epoch
from tests.services.alerts.site import make_site
from tests.support.waiting import PATIENCE_S

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
NOWHERE = "unix:///nonexistent/redis.sock"


class HandClock:
    """A monotonic clock and a wall clock, turned by hand. start: what the wall clock says at mono 0."""

    def __init__(self, start: datetime) -> None:
        self.mono = 0.0
        self.wall = start

    def now(self) -> Instant:
        return Instant(self.mono, self.wall + timedelta(seconds=self.mono))


async def always() -> None:
    """Nobody else leads."""


class LedgerInUse(Ledger):
    """A ledger whose replica leads from the first append on, without a line that says so."""

    async def append(self, entries: Sequence[Entry], over: Callable[[], bool] = lambda: False) -> int:
        if not self.leads:
            await self._follow(self._there())
            await self._restore(self._there())
            self._leads = True
            carried, self._carried = self._carried, []
            await super().append(carried)
        return await super().append(entries, over)


class Bench:
    """Ward state, writer, mirror and audit log. now: the ward's time. sent: every message in stream order."""

    def __init__(
        self,
        directory: Path,
        redis_url: str = NOWHERE,
        site: Site | None = None,
        urls: Sequence[str] = (),
        secret: bytes | None = None,
        others: Callable[[Bench], Sequence[Receiver]] = lambda bench: (),
    ) -> None:
        """others: receivers beside the webhooks of urls."""
        self.hand = HandClock(START)
        self.clock = WardClock(self.hand)
        self.registry = Metrics()
        self.site = site or make_site(directory)
        self.ward_state = WardState(self.site, AlertPolicy(Thresholds()), self.now)
        self.store = RedisStore(redis_url, self.site.site, timeout_s=PATIENCE_S)
        self.mirror = RedisMirror(self.ward_state, self.store, self.clock)
        self.undelivered = Undelivered()
        self.stream = KeptStream()
        self.audit = LedgerInUse(AuditFile(directory / "audit.jsonl"), lambda: self.stream, [self.undelivered.note])
        self.audit.open()
        self.metrics = AlertsMetrics(self.registry, [one.camera for one in self.site.test_cameras])
        webhooks = [Webhook(url, secret, self.metrics, first_pause_s=0.01) for url in urls]
        self.notifier = Notifier(self.undelivered, [*webhooks, *others(self)], self.clock, always)
        self.journal = ChangeJournal(self.audit, self.metrics)
        self.notifier.note = self.journal.write
        self.writer = AlertWriter(
            self.ward_state, self.mirror, self.journal, self.notifier, self.metrics, self.clock, always
        )
        self.epoch = Epoch()
        self.sent: list[PainMessage | StateMessage] = []

    @property
    def now(self) -> datetime:
        return self.clock()

    @now.setter
    def now(self, at: datetime) -> None:
        self.hand.mono += (at - self.clock()).total_seconds()

    def at(self, seconds: float) -> datetime:
        """Let time pass until START + seconds, by a clock that nobody set; it never goes back."""
        self.hand.mono = max(self.hand.mono, seconds)
        return self.now

    async def set_clock(self, seconds: float) -> None:
        """Set the wall clock by so much, and look at it as the service does."""
        self.hand.wall += timedelta(seconds=seconds)
        by = self.clock.take_step()
        if by:
            await self.writer.move(by)

    async def alive(self, *rooms: str, **statuses: str) -> None:
        """Every component of these rooms, or of all, says now that all is well, or what statuses say of it."""
        said = {"ingest": "live", "keyframe": "ok", "snni_client": "scoring"} | statuses
        for key in list(self.ward_state.cameras):
            room, camera = key.split("/")[1:]
            for component, status in said.items():
                if not rooms or room in rooms:
                    message = self.epoch.state(room, component, status, self.now, camera)
                    self.sent.append(message)
                    await self.writer.receive(message)

    async def pain(self, seconds: float, level: int, room: str = "room-1", camera: str | None = None) -> MessageEffect:
        """A level captured at seconds and received 0.9 s later."""
        message = self.epoch.pain(room, level, START + timedelta(seconds=seconds), camera)
        self.at(seconds + 0.9)
        self.sent.append(message)
        return await self.writer.receive(message)

    async def state(
        self, seconds: float, component: str, status: str, room: str = "room-1", **detail: str
    ) -> MessageEffect:
        message = self.epoch.state(room, component, status, START + timedelta(seconds=seconds), detail=detail)
        self.at(seconds)
        self.sent.append(message)
        return await self.writer.receive(message)

    async def tick(self, seconds: float) -> None:
        self.at(seconds)
        await self.writer.tick()

    async def raised(self, room: str = "room-1", level: int = 2, seconds: float = 0.0) -> str:
        """Two pieces of evidence five seconds apart; the alert's id."""
        await self.pain(seconds, level, room)
        (change,) = (await self.pain(seconds + 5, level, room)).transitions
        return change.alert.id

    async def accept(self, alert: str, name: str = "Ada") -> Alert:
        """Somebody promises to go."""
        return await self.writer.act(alert, Accept(typed_name(name)))

    async def arrive(self, alert: str, name: str = "Ada") -> Alert:
        """Somebody is at the bed."""
        return await self.writer.act(alert, Arrive(typed_name(name)))

    async def resolve(self, alert: str, outcome: Outcome, name: str = "Ada", reason: str = "") -> Alert:
        """Somebody says what it was, or looks again."""
        return await self.writer.act(alert, Resolve(typed_name(name), outcome, reason))

    def value(self, name: str, **labels: str) -> float:
        """A metric's value."""
        found = self.registry.registry.get_sample_value(f"veilward_alerts_{name}", labels)
        assert found is not None, name
        return found
