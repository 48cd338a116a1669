"""The alerts service put together: restore, listen, catch up, consume, drain."""

import asyncio
import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from services.alerts.alert_writer import AlertWriter
from services.alerts.audit.audit_log import AuditLog
from services.alerts.change_journal import ChangeJournal
from services.alerts.dashboard.app import Dashboard, make_app
from services.alerts.dashboard.http_server import HttpServer
from services.alerts.dashboard.page_fragments import PageFragments
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.request_guard import RequestGuard
from services.alerts.intake.recovery import live_floor, replay_from, restore
from services.alerts.intake.stream_consumer import StreamConsumer
from services.alerts.metrics import AlertsMetrics
from services.alerts.notify.notifier import Notifier
from services.alerts.notify.outbox import Outbox
from services.alerts.notify.webhook import Webhook
from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.settings import AlertsSettings
from services.alerts.state.redis_mirror import RedisMirror
from services.alerts.state.redis_store import RedisStore
from services.alerts.state.ward_state import WardState
from services.runtime.health import Health, start_health
from services.runtime.logging import log_event
from services.runtime.metrics import PROCESS, Metrics
from services.runtime.ports import write_port_file
from services.site.records import Site

TICK_S = 0.25
MEND_S = 1.0
CATCH_UP_GRACE_S = 15.0


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


class AlertsService:
    """One process's parts, wired but not started. No I/O before run()."""

    def __init__(
        self, settings: AlertsSettings, site: Site, logger: logging.Logger, metrics: Metrics = PROCESS
    ) -> None:
        self._settings = settings
        self._logger = logger
        self._registry = metrics
        self.metrics = AlertsMetrics(metrics)
        self.ward_state = WardState(site, AlertPolicy(settings.rules()), settings.max_cameras)
        self.store = RedisStore(settings.redis_url.get_secret_value(), site.site, ca=settings.redis_ca)
        self.audit = AuditLog(settings.audit_file)
        self.mirror = RedisMirror(self.ward_state, self.store, utc_now, logger)
        secret = settings.webhook_secret
        key = secret.get_secret_value().encode() if secret else None
        webhooks = [Webhook(str(url), key, self.metrics, logger) for url in settings.webhook_urls]
        self.notifier = Notifier(Outbox(settings.outbox), webhooks, logger)
        self.journal = ChangeJournal(self.notifier, self.audit, self.metrics, logger)
        self.writer = AlertWriter(self.ward_state, self.mirror, self.journal, self.metrics, utc_now, logger)
        self._since = utc_now()
        self.consumer = StreamConsumer(
            settings,
            settings.room_domains,
            self.writer,
            lambda: self._since,
            metrics,
            logger,
            settings.ack_wait_s,
        )

    def problems(self) -> tuple[str, ...]:
        """What does not work in the service itself, in words for the ward."""
        checks = (
            (self.consumer.connected, "No connection to the message bus: nothing new can arrive."),
            (self.consumer.caught_up.is_set(), "The events since the last start are still being read."),
            (self.mirror.available, "Redis is away: alerts are held in memory."),
            (self.journal.audit_ok, "The audit log cannot be written."),
            (self.journal.outbox_ok, "The outbox of webhooks cannot be written."),
            (self.audit.broken is None, "The audit log was found altered and has been set aside."),
            (not self.notifier.broken, "The outbox of webhooks was found damaged and has been set aside."),
            (not self.notifier.failing, "A webhook does not answer."),
        )
        return tuple(text for well, text in checks if not well)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until stop is set, then drain for at most drain_s seconds."""
        await self._restore()
        renderer = Renderer(self._settings.timezone)
        pages = {
            ward.id: PageFragments(self.ward_state, ward, renderer, utc_now, self.problems, self._logger)
            for ward in self.ward_state.site.wards
        }
        self.writer.listeners += [page.mark_changed for page in pages.values()]
        health = self._health(pages.values())
        dashboard = Dashboard(self.writer, pages, renderer, self.problems, stop, self._settings.max_viewers)
        http = self._http(dashboard)
        health_server = await start_health(
            health, self._settings.health_host, self._settings.health_port, self._registry
        )
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(http.run())
            endless = [*(page.run() for page in pages.values()), self.notifier.run()]
            tasks = [
                group.create_task(one) for one in (*endless, self.consumer.run(), self._tick(), self._write_back())
            ]
            await http.started()
            write_port_file(self._settings.port_file, {"http": http.port, "health": health_server.port})
            await stop.wait()
            health.set_draining()
            for page in pages.values():
                page.wake_all()
            http.stop()
            for task in tasks:
                task.cancel()
            await serving
        await self.journal.write()
        await self.mirror.save(tuple(self.ward_state.cameras))
        await self.notifier.close()
        await self.store.close()
        await health_server.close()

    async def _restore(self) -> None:
        self.audit.open()
        log_event(self._logger, "audit_opened", lines=self.audit.count, head=self.audit.head)
        await self.notifier.open()
        saved = await restore(self.ward_state, self.store, self.audit.index, self._logger)
        span = timedelta(seconds=self._settings.rebuild_window_s)
        self._since = replay_from(saved, utc_now(), span)
        self.writer.floor = live_floor(saved, utc_now(), span)
        self.mirror.sequence = saved.stream_sequence if saved else 0
        self.mirror.complete_until = self._since
        await self.mirror.write_back()

    def _http(self, dashboard: Dashboard) -> HttpServer:
        secure = self._settings.http_cert is not None
        app = RequestGuard(make_app(dashboard), self._settings.allowed_hosts, secure)
        one = self._settings
        return HttpServer(app, one.http_host, one.http_port, one.http_cert, one.http_key, one.drain_s)

    def _health(self, pages: Collection[PageFragments]) -> Health:
        health = Health()
        health.add_check("bus", lambda: self.consumer.connected)
        health.add_check("caught_up", self.consumer.caught_up.is_set)
        health.add_check("page", lambda: all(page.drawn for page in pages))
        return health

    async def _tick(self) -> None:
        try:
            await asyncio.wait_for(self.consumer.caught_up.wait(), CATCH_UP_GRACE_S)
        except TimeoutError:
            self._logger.warning("timers_run_before_catch_up")
        while True:
            self.metrics.up["nats"].set(self.consumer.connected)
            await self.writer.tick()
            await asyncio.sleep(TICK_S)

    async def _write_back(self) -> None:
        while True:
            await asyncio.sleep(MEND_S)
            await (self.mirror.ping() if self.mirror.available else self.mirror.write_back())
