"""The alerts service as a process: its page, its people, its copy of the log; it leads its site, or follows."""

import asyncio
import contextlib
import logging
import secrets
from functools import partial

from services.alerts.dashboard.between_leaders import BetweenLeaders
from services.alerts.dashboard.forwarded import networks
from services.alerts.dashboard.http_server import HttpServer
from services.alerts.dashboard.request_guard import RequestGuard
from services.alerts.errors import AuditUnavailable, Deposed, RecordsTooNew, RecordsUnavailable
from services.alerts.leader import CATCH_UP_GRACE_S, Leader
from services.alerts.leading.file_lock import FileLock
from services.alerts.leading.forwarding import Forwarding
from services.alerts.leading.lease import LOOK_S, Word
from services.alerts.leading.switch import Switch, WhileLeading
from services.alerts.parts import make_parts
from services.alerts.settings import AlertsSettings
from services.bus.errors import BusError
from services.runtime.errors import SettingsError, UnusableFile
from services.runtime.garbage import settle
from services.runtime.health import Health
from services.runtime.lifecycle import Loop, every, live
from services.runtime.logging import get_logger, log_event
from services.runtime.process import Process
from services.site.records import Site

_log = get_logger("alerts")

KEEP_S = 1.0
FORGET_S = 3600.0
GIVE_UP_S = 2.0
ASKING = 256
"""Connections besides those that follow a ward: pages, what they load, acts, programs; those to be refused."""


class AlertsService:
    """One process's parts, wired but not started. No I/O before run() but of certificates."""

    def __init__(self, settings: AlertsSettings, site: Site, process: Process) -> None:
        """Raises SettingsError when the policy's rules contradict each other, UnusableFile for a certificate."""
        self._settings = settings
        self._process = process
        self._key = secrets.token_urlsafe(32)
        self._url = ""
        self._records_open = False
        self.parts = make_parts(settings, site, process, self._word, lambda: self._records_open)
        self.leader: Leader | None = None
        self._shown: Leader | None = None
        self._between = BetweenLeaders(self.parts.renderer)
        self.forwarding = Forwarding(
            lambda: None if self.parts.lease.leads else self.parts.lease.word, process.stop, self._between
        )
        self.switch = Switch(self.forwarding)

    async def run(self) -> None:
        """Serve until the process is to stop, then drain.

        Raises UnusableFile for a file of its settings, OSError for an address, and what `live` raises.
        """
        with contextlib.closing(self._http()) as http, FileLock(self._settings.audit_file):
            try:
                self.parts.ledger.open()
            except AuditUnavailable as error:
                raise UnusableFile(self._settings.audit_file, str(error)) from error
            log_event(_log, "audit_opened", lines=self.parts.ledger.place.count, head=self.parts.ledger.place.head)
            await self._open_records()
            try:
                await self._linked(http)
            finally:
                await self.forwarding.close()
                await self.parts.people.keep()
                await self.parts.people.sessions.close()
                await self.parts.people.database.close()
                if self.parts.traces is not None:
                    await asyncio.to_thread(self.parts.traces.close)

    async def _linked(self, http: HttpServer) -> None:
        """The bus outlasts everything that writes at its end."""
        async with asyncio.TaskGroup() as tasks:
            link = tasks.create_task(self.parts.link.run())
            try:
                await self._live(http)
            finally:
                link.cancel()

    async def _live(self, http: HttpServer) -> None:
        loops: list[Loop] = [
            http.run,
            self._roles,
            partial(every, KEEP_S, self._keep_people),
            partial(every, FORGET_S, self._forget),
        ]
        await live(
            self._process,
            self._settings,
            self._health(),
            loops=loops,
            drain=partial(self._drain, http),
            ports={"http": http.port},
        )

    async def _roles(self) -> None:
        """Follow, lead, follow again, until cancelled."""
        while True:
            settle()  # of the term that ended, nothing is left
            await self._follow()
            self.forwarding.cut()
            self.parts.metrics.leads.set(1)
            self.leader = leader = Leader(self.parts)
            opened = asyncio.create_task(self._show(leader))
            try:
                await leader.run()
            except* Deposed:
                log_event(_log, "deposed", logging.WARNING, replica=self._settings.replica_name)
            finally:
                opened.cancel()
                self.switch.use(self.forwarding)
                self.leader = self._shown = None
                self.parts.metrics.follows()
                self.parts.ledger.stand_down()
                await self._give_up()
                self.parts.lease.lose()

    async def _show(self, leader: Leader) -> None:
        await leader.restored.wait()
        self.switch.use(WhileLeading(leader.app, self.parts.lease.sure, self._between))
        self._shown = leader

    async def _follow(self) -> None:
        """Copy the log until this replica is to lead: it took the lease, or never since its start was there a bus."""
        begun, lease = self._process.clock.now().mono, self.parts.lease
        while True:
            try:
                if await lease.try_take():
                    return
                self._check_database()
                self.forwarding.look()
                await self.parts.ledger.follow()
            except BusError:
                with contextlib.suppress(BusError):
                    await self.parts.link.ensure()
            except AuditUnavailable as error:
                log_event(_log, "log_not_followed", logging.DEBUG, reason=str(error))
            if not lease.reached and self._process.clock.now().mono - begun > CATCH_UP_GRACE_S:
                lease.lead_on()
                log_event(_log, "leads_without_bus", logging.ERROR)
                return
            await asyncio.sleep(LOOK_S)

    def _check_database(self) -> None:
        """Two replicas with a database each would be two books of who may do what. Raises SettingsError."""
        word, mine = self.parts.lease.word, self.parts.people.database.file_identity
        if word is not None and self.parts.lease.alive and mine is not None and word.database != mine:
            reason = "another replica leads this site with another database: several replicas need one PostgreSQL"
            raise SettingsError(("VEILWARD_ALERTS_DATABASE_URL",), reason)

    async def _give_up(self) -> None:
        """A process that ends lets another lead at once."""
        with contextlib.suppress(BusError, TimeoutError):
            async with asyncio.timeout(GIVE_UP_S):
                await self.parts.lease.give_up()

    def _word(self) -> Word:
        certificate = self._settings.http_cert
        try:
            shown = "" if certificate is None else _first(certificate.read_text())
        except OSError:
            shown = ""  # half renewed: the next word has it
        url, database = self._settings.replica_url or self._url, self.parts.people.database.file_identity or ""
        return Word(self._settings.replica_name, url, shown, self._key, database)

    async def _drain(self, http: HttpServer) -> None:
        if self.leader is not None:
            self.leader.wake_viewers()
        http.stop()
        await http.ended()

    async def _open_records(self) -> None:
        """Open the database. One that is away is asked for again: the ward's alarms do not wait for it."""
        try:
            await self.parts.people.database.open()
            self._records_open = True
        except RecordsTooNew as error:
            raise UnusableFile(self._settings.audit_file, f"the database was {error}") from error
        except RecordsUnavailable as error:
            log_event(_log, "records_away_at_start", logging.ERROR, reason=str(error))

    async def _keep_people(self) -> None:
        if not self._records_open:
            await self._open_records()
        await self.parts.people.keep()

    async def _forget(self) -> None:
        try:
            await self.parts.people.forget()
        except RecordsUnavailable as error:
            log_event(_log, "old_records_not_deleted", logging.WARNING, reason=str(error))

    def _http(self) -> HttpServer:
        one = self._settings
        secure = one.http_cert is not None
        proxies, drawn = networks(one.forwarded_allow_ips), self.parts.renderer
        app = RequestGuard(self.switch, one.allowed_hosts, secure, proxies, lambda: self._key, drawn)
        most = one.max_viewers + ASKING
        http = HttpServer(app, one.http_host, one.http_port, self.parts.contexts.page, one.drain_s, most)
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(one.http_host, one.http_host)
        self._url = f"{'https' if secure else 'http'}://{host}:{http.port}"
        return http

    def _health(self) -> Health:
        health = Health()
        health.add_check("page", lambda: self._shown.drawn if self._shown else self.forwarding.knows_leader)
        health.add_apart("bus", lambda: self.parts.link.connected)  # without it nothing new can arrive
        health.add_apart("caught_up", lambda: self.leader is None or self.leader.consumer.caught_up.is_set())
        return health


def _first(pem: str) -> str:
    """The first certificate of a chain: the one that is shown."""
    end = "-----END CERTIFICATE-----"
    return pem.partition(end)[0] + end + "\n"
