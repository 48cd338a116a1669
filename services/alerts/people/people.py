"""People and what they sign in with, wired for one site: what the service, its pages and its commands share."""

from collections.abc import Callable
from datetime import datetime, timedelta

from redis.asyncio import Redis

from services.alerts.people.accounts import Account, Accounts
from services.alerts.people.attempts import Attempts
from services.alerts.people.devices import Device, Devices
from services.alerts.people.links import Links
from services.alerts.people.passwords import COST, Cost, Passwords
from services.alerts.people.remembered import Remembered
from services.alerts.people.session_times import SessionTimes
from services.alerts.people.sessions import Sessions
from services.alerts.people.sign_in import SignIn
from services.alerts.people.tokens import Token, Tokens
from services.alerts.records.access_log import AccessLog
from services.alerts.records.database import Database

TIMES = SessionTimes()


class People:
    """The parts. No I/O before they are used; the database is opened by whoever made it.

    mono: seconds of a clock that nobody sets. kept: how long it is known who did what.
    """

    def __init__(
        self,
        database: Database,
        redis: Redis,
        site: str,
        clock: Callable[[], datetime],
        mono: Callable[[], float],
        times: SessionTimes = TIMES,
        kept: timedelta = timedelta(days=365),
        cost: Cost = COST,
    ) -> None:
        self.clock = clock
        self.database = database
        self.passwords = Passwords(cost)
        self.accounts = Accounts(database, clock)
        self.attempts = Attempts(database, clock)
        self.links = Links(database, clock)
        self.devices = Devices(database, clock, self.passwords)
        self.tokens = Tokens(database, clock)
        self.sessions = Sessions(redis, site, clock)
        self.log = AccessLog(database, clock, kept)
        self.known_devices: Remembered[Device] = Remembered(self.devices.find, mono)
        self.known_tokens: Remembered[Token] = Remembered(self.tokens.find, mono)
        self.sign_in = SignIn(
            self.accounts, self.passwords, self.attempts, self.links, self.devices, self.sessions, mono, times
        )

    async def end_account(self, account: Account) -> None:
        """Nobody is in it any more, or comes in again: its sessions and PINs end with it."""
        await self.accounts.end(account.id)
        await self.devices.forget_pins(account.id)
        await self.sessions.end_all(lambda one: one.actor.id == account.id)

    async def end_device(self, device: str) -> None:
        """It shows nothing any more, and whoever was changed to on it is out."""
        await self.devices.end(device)
        self.known_devices.forget()
        await self.sessions.end_all(lambda one: one.device == device)

    async def end_token(self, token: str) -> None:
        """No program gets in by it any more."""
        await self.tokens.end(token)
        self.known_tokens.forget()

    async def keep(self) -> None:
        """Write what waits: lines of the records, and what Redis has not taken of the sessions. For a timer."""
        await self.log.write()
        await self.sessions.write_back()

    async def forget(self) -> None:
        """Delete what is older than it is kept. For a timer. Raises RecordsUnavailable."""
        await self.log.forget()
        await self.attempts.forget()
