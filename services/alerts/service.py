"""The alerts service put together: restore, listen, catch up, consume, drain."""

import asyncio
import logging
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from services.alerts.alert_writer import AlertWriter
from services.alerts.audit.audit_log import AuditLog
from services.alerts.certificates import (
    CertificateWatch,
    database_context,
    page_context,
    redis_context,
    webhook_context,
)
from services.alerts.change_journal import ChangeJournal
from services.alerts.dashboard.app import Dashboard, make_app
from services.alerts.dashboard.forwarded import networks
from services.alerts.dashboard.http_server import HttpServer
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.request_guard import RequestGuard
from services.alerts.dashboard.ward_page import WardPage
from services.alerts.errors import AuditUnavailable, RecordsTooNew, RecordsUnavailable
from services.alerts.intake.recovery import live_floor, replay_from, restore
from services.alerts.intake.stream_consumer import StreamConsumer
from services.alerts.level_watch import LevelWatch
from services.alerts.metrics import AlertsMetrics
from services.alerts.notify.notifier import Notifier
from services.alerts.notify.outbox import Outbox
from services.alerts.notify.webhook import Webhook
from services.alerts.people.people import People
from services.alerts.people.provider import Provider, ProviderRules, check_roles
from services.alerts.people.session_times import SessionTimes
from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.records.database import Database
from services.alerts.records.memory import Memory
from services.alerts.redis_client import redis_client
from services.alerts.self_check import SelfCheck
from services.alerts.service_faults import ServiceFaults
from services.alerts.settings import AlertsSettings
from services.alerts.state.redis_mirror import RedisMirror
from services.alerts.state.redis_store import RedisStore
from services.alerts.state.ward_state import WardState
from services.alerts.ward_clock import WardClock
from services.bus.connection import renewed_context
from services.runtime.certificates import export
from services.runtime.errors import SettingsError, UnusableFile
from services.runtime.health import Health
from services.runtime.lifecycle import Loop, every, live
from services.runtime.logging import get_logger, log_event
from services.runtime.process import Process
from services.site.records import Site

_log = get_logger("alerts")

TICK_S = 0.25
WRITE_BACK_S = 1.0
LEVELS_S = 5.0
FORGET_S = 3600.0
CATCH_UP_GRACE_S = 15.0


class AlertsService:
    """One process's parts, wired but not started. No I/O before run()."""

    def __init__(self, settings: AlertsSettings, site: Site, process: Process) -> None:
        """Raises SettingsError when the policy's rules contradict each other, UnusableFile for a certificate."""
        self._settings = settings
        self._process = process
        self._now = WardClock(process.clock)
        self.metrics = AlertsMetrics(process.metrics)
        self.ward_state = WardState(
            site,
            AlertPolicy(settings.rules(), zone=ZoneInfo(settings.timezone or "UTC")),
            self._now(),
            settings.max_cameras,
        )
        self._page_context = page_context(settings)
        redis, receivers, records = redis_context(settings), webhook_context(settings), database_context(settings)
        for one in (self._page_context, redis, receivers, records):
            if one is not None:
                export(process.metrics, "alerts", one)
        self.store = RedisStore(settings.redis_url.get_secret_value(), site.site, context=redis)
        self.audit = AuditLog(settings.audit_file)
        self.database = Database(settings.database_address, records)
        self.people = People(
            self.database,
            redis_client(settings.redis_url.get_secret_value(), redis),
            site.site,
            self._now,
            lambda: process.clock.now().mono,
            SessionTimes(timedelta(seconds=settings.session_idle_s), timedelta(seconds=settings.session_longest_s)),
            timedelta(days=settings.records_days),
        )
        self.memory = Memory(
            self.database, self._now, timedelta(days=settings.records_days), timedelta(days=settings.levels_days)
        )
        self._records_open = False
        self.mirror = RedisMirror(self.ward_state, self.store, self._now)
        secret = settings.webhook_secret
        key = secret.get_secret_value().encode() if secret else None
        webhooks = [Webhook(str(url), key, self.metrics) for url in settings.webhook_urls]
        self.notifier = Notifier(Outbox(settings.outbox), webhooks, receivers)
        self.journal = ChangeJournal(self.notifier, self.audit, self.metrics)
        self.writer = AlertWriter(self.ward_state, self.mirror, self.journal, self.metrics, self._now)
        self.notifier.on_taken = self.writer.notified
        self.writer.listeners.append(self.memory.hear)
        self.writer.act_listeners.append(self.memory.settings.note)
        self.level_watch = LevelWatch(self.ward_state, self.memory.levels, self._now)
        self._since = self._now()
        self.consumer = StreamConsumer(settings, self.writer, lambda: self._since, process.metrics)
        contexts = (self._page_context, redis, receivers, records, renewed_context(settings))
        self.self_check = SelfCheck(
            self.writer,
            self.consumer,
            CertificateWatch([one.files for one in contexts if one is not None]),
            process.clock,
            lambda: self._records_open and self.people.log.available,
        )
        self.faults = ServiceFaults(self.self_check.checks, self._now)
        renderer = Renderer(settings.timezone)
        self.pages = {
            ward.id: WardPage(
                self.ward_state, ward, renderer, self._now, self.problems, self.writer.desk, self.faults.look
            )
            for ward in site.wards
        }
        self.writer.listeners += [page.mark_changed for page in self.pages.values()]
        self.dashboard = Dashboard(
            self.writer,
            self.people,
            self.pages,
            renderer,
            self.problems,
            process.stop,
            settings.max_viewers,
            self._provider(),
        )

    def problems(self) -> tuple[str, ...]:
        """What does not work in the service itself, in words for the ward."""
        return tuple(one.text for one in self.faults.look())

    def _provider(self) -> Provider | None:
        one = self._settings
        if one.oidc_issuer is None:
            return None
        try:
            check_roles(one.oidc_roles)
        except ValueError as error:
            raise SettingsError(("VEILWARD_ALERTS_OIDC_ROLES",), str(error)) from None
        secret = one.oidc_client_secret.get_secret_value() if one.oidc_client_secret else None
        back = f"{one.oidc_page_url.rstrip('/')}/provider/back"
        rules = ProviderRules(one.oidc_issuer, one.oidc_client_id, secret, back, one.oidc_claim, one.oidc_roles)
        return Provider(rules, self.people.accounts, lambda: self._process.clock.now().mono)

    async def run(self) -> None:
        """Serve until the process is to stop, then drain.

        Raises UnusableFile for a file of its settings, OSError for an address, and what `live` raises.
        """
        http = self._http()
        await self._restore()
        loops: list[Loop] = [
            http.run,
            *(page.run for page in self.pages.values()),
            self.notifier.run,
            self.consumer.run,
            self._tick,
            partial(every, WRITE_BACK_S, self.mirror.refresh),
            partial(every, WRITE_BACK_S, self._keep_people),
            partial(every, LEVELS_S, self._watch_levels),
            partial(every, FORGET_S, self._forget),
        ]
        try:
            await live(
                self._process,
                self._settings,
                self._health(),
                loops=loops,
                drain=partial(self._drain, http),
                ports={"http": http.port},
            )
        finally:
            await self.journal.write()
            await self.mirror.save(tuple(self.ward_state.cameras))
            await self.notifier.close()
            await self.people.keep()
            await self.memory.keep()
            await self.people.sessions.close()
            await self.database.close()
            await self.store.close()

    async def _drain(self, http: HttpServer) -> None:
        for page in self.pages.values():
            page.wake_all()
        http.stop()
        await http.ended()

    async def _open_records(self) -> None:
        """Open the database. One that is away is asked for again: the ward's alarms do not wait for it."""
        try:
            await self.database.open()
            self._records_open = True
        except RecordsTooNew as error:
            raise UnusableFile(self._settings.audit_file, f"the database was {error}") from error
        except RecordsUnavailable as error:
            log_event(_log, "records_away_at_start", logging.ERROR, reason=str(error))

    async def _keep_people(self) -> None:
        if not self._records_open:
            await self._open_records()
        await self.people.keep()
        await self.memory.keep_alerts()

    async def _watch_levels(self) -> None:
        if self.consumer.caught_up.is_set():
            await self.level_watch.look()
        if self.level_watch.is_due():
            await self.memory.levels.keep()

    async def _forget(self) -> None:
        try:
            await self.people.forget()
            await self.memory.forget()
        except RecordsUnavailable as error:
            log_event(_log, "old_records_not_deleted", logging.WARNING, reason=str(error))

    async def _restore(self) -> None:
        await self._open_records()
        try:
            self.audit.open()
        except AuditUnavailable as error:
            raise UnusableFile(self._settings.audit_file, str(error)) from error
        log_event(_log, "audit_opened", lines=self.audit.count, head=self.audit.head)
        await self.notifier.open()
        saved = await restore(self.ward_state, self.store, self.audit.index, self._now())
        span = timedelta(seconds=self._settings.rebuild_window_s)
        self.memory.history.note([*self.ward_state.history, *self.ward_state.open_alerts()])
        self._since = replay_from(saved, self._now(), span)
        self.writer.floor = live_floor(saved, self._now(), span)
        self.mirror.sequence = saved.stream_sequence if saved else 0
        self.mirror.complete_until = self._since
        await self.mirror.write_back()

    def _http(self) -> HttpServer:
        one = self._settings
        app = RequestGuard(
            make_app(self.dashboard), one.allowed_hosts, one.http_cert is not None, networks(one.forwarded_allow_ips)
        )
        return HttpServer(app, one.http_host, one.http_port, self._page_context, one.drain_s)

    def _health(self) -> Health:
        health = Health()
        health.add_check("page", lambda: all(page.drawn for page in self.pages.values()))
        health.add_apart("bus", lambda: self.consumer.connected)  # without it the page says that nothing new can arrive
        health.add_apart("caught_up", self.consumer.caught_up.is_set)
        return health

    async def _tick(self) -> None:
        try:
            await asyncio.wait_for(self.consumer.caught_up.wait(), CATCH_UP_GRACE_S)
        except TimeoutError:
            log_event(_log, "timers_run_before_catch_up", logging.WARNING)
        await every(TICK_S, self._look)

    async def _look(self) -> None:
        self.metrics.up["nats"].set(self.consumer.connected)
        by = self._now.take_step()
        if by:
            self.faults.move(by)
            self.memory.levels.forget_open()
            await self.writer.move(by)
        await self.writer.tick()
        self.self_check.timers_ran()
