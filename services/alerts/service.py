"""The alerts service put together: restore, listen, catch up, consume, drain."""

import asyncio
import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from services.alerts.audit import AuditLog
from services.alerts.book import Book
from services.alerts.consumer import Consumer
from services.alerts.dashboard.app import Dashboard, make_app
from services.alerts.dashboard.board import Board
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.security import Guard
from services.alerts.desk import Desk
from services.alerts.keeper import Keeper
from services.alerts.metrics import AlertsMetrics
from services.alerts.policy import AlertPolicy
from services.alerts.rebuild import live_floor, replay_from, restore
from services.alerts.serve import HttpServer
from services.alerts.settings import Settings
from services.alerts.store import RedisStore
from services.alerts.webhooks import Webhook
from services.bus.site import Site
from services.runtime.health import Health, start_health
from services.runtime.logging import log_event
from services.runtime.metrics import PROCESS, Metrics
from services.runtime.ports import write_port_file

TICK_S = 0.25
MEND_S = 1.0
CATCH_UP_GRACE_S = 15.0


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


class Alerts:
    """One process's parts, wired but not started. No I/O before run()."""

    def __init__(self, settings: Settings, site: Site, logger: logging.Logger, metrics: Metrics = PROCESS) -> None:
        self._settings = settings
        self._logger = logger
        self._registry = metrics
        self.metrics = AlertsMetrics(metrics)
        self.book = Book(site, AlertPolicy(settings.rules()), settings.max_cameras)
        self.store = RedisStore(settings.redis_url.get_secret_value(), site.site, ca=settings.redis_ca)
        self.audit = AuditLog(settings.audit_file)
        self.keeper = Keeper(self.book, self.store, utc_now, logger)
        self.desk = Desk(self.book, self.keeper, self.audit, self.metrics, utc_now, logger)
        self._since = utc_now()
        self.consumer = Consumer(
            settings,
            settings.room_domains,
            self.desk,
            lambda: self._since,
            metrics,
            logger,
            settings.ack_wait_s,
        )
        secret = settings.webhook_secret
        key = secret.get_secret_value().encode() if secret else None
        self.webhooks = [Webhook(str(url), key, self.metrics, logger) for url in settings.webhook_urls]

    def problems(self) -> tuple[str, ...]:
        """What does not work in the service itself, in words for the ward."""
        checks = (
            (self.consumer.connected, "No connection to the message bus: nothing new can arrive."),
            (self.consumer.caught_up.is_set(), "The events since the last start are still being read."),
            (self.keeper.available, "Redis is away: alerts are held in memory."),
            (self.desk.audit_ok, "The audit log cannot be written."),
            (self.audit.broken is None, "The audit log was found altered and has been set aside."),
            (not any(one.failing for one in self.webhooks), "A webhook does not answer."),
        )
        return tuple(text for well, text in checks if not well)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until stop is set, then drain for at most drain_s seconds."""
        await self._restore()
        renderer = Renderer(self._settings.timezone)
        boards = {
            ward.id: Board(self.book, ward, renderer, utc_now, self.problems, self._logger)
            for ward in self.book.site.wards
        }
        self.desk.listeners += [*(board.mark for board in boards.values()), *(hook.offer for hook in self.webhooks)]
        health = self._health(boards.values())
        dashboard = Dashboard(self.desk, boards, renderer, self.problems, stop, self._settings.max_viewers)
        http = self._http(dashboard)
        health_server = await start_health(
            health, self._settings.health_host, self._settings.health_port, self._registry
        )
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(http.run())
            endless = [board.run() for board in boards.values()] + [hook.run() for hook in self.webhooks]
            tasks = [group.create_task(one) for one in (*endless, self.consumer.run(), self._tick(), self._mend())]
            await http.started()
            write_port_file(self._settings.port_file, {"http": http.port, "health": health_server.port})
            await stop.wait()
            health.set_draining()
            for board in boards.values():
                board.release()
            http.stop()
            for task in tasks:
                task.cancel()
            await serving
        await self.keeper.keep(tuple(self.book.cameras))
        await self.store.close()
        await health_server.close()

    async def _restore(self) -> None:
        self.audit.open()
        log_event(self._logger, "audit_opened", lines=self.audit.count, head=self.audit.head)
        saved = await restore(self.book, self.store, self.audit.index, self._logger)
        span = timedelta(seconds=self._settings.rebuild_window_s)
        self._since = replay_from(saved, utc_now(), span)
        self.desk.floor = live_floor(saved, utc_now(), span)
        self.keeper.sequence = saved.stream_sequence if saved else 0
        self.keeper.complete_until = self._since
        await self.keeper.mend()

    def _http(self, dashboard: Dashboard) -> HttpServer:
        secure = self._settings.http_cert is not None
        app = Guard(make_app(dashboard), self._settings.allowed_hosts, secure)
        one = self._settings
        return HttpServer(app, one.http_host, one.http_port, one.http_cert, one.http_key, one.drain_s)

    def _health(self, boards: Collection[Board]) -> Health:
        health = Health()
        health.add_check("bus", lambda: self.consumer.connected)
        health.add_check("caught_up", self.consumer.caught_up.is_set)
        health.add_check("page", lambda: all(board.drawn for board in boards))
        return health

    async def _tick(self) -> None:
        try:
            await asyncio.wait_for(self.consumer.caught_up.wait(), CATCH_UP_GRACE_S)
        except TimeoutError:
            self._logger.warning("timers_run_before_catch_up")
        while True:
            self.metrics.up["nats"].set(self.consumer.connected)
            await self.desk.tick()
            await asyncio.sleep(TICK_S)

    async def _mend(self) -> None:
        while True:
            await asyncio.sleep(MEND_S)
            await (self.keeper.probe() if self.keeper.available else self.keeper.mend())
