"""People for tests: all that sign-in is made of, on a database and a Redis, with a clock that is turned by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.alerts.actor import Role
from services.alerts.people.accounts import Account, Accounts
from services.alerts.people.attempts import Attempts
from services.alerts.people.devices import Device, Devices
from services.alerts.people.errors import SignInRefused
from services.alerts.people.links import Links
from services.alerts.people.passwords import Cost, Passwords
from services.alerts.people.sessions import Sessions
from services.alerts.people.sign_in import SessionTimes, SignIn
from services.alerts.people.tokens import Tokens
from services.alerts.records.database import Database
from services.alerts.redis_client import redis_client
from tests.support.waiting import PATIENCE_S

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
"""The least that Argon2id takes: tests check that secrets are checked, not how dear that is."""
PASSWORD = "correct horse battery"
NOWHERE = "unix:///nonexistent/redis.sock"
HERE = "192.0.2.1"
"""An address to sign in from."""


class Crowd:
    """now: the clock. mono follows it."""

    def __init__(self, database: Database, redis_url: str = NOWHERE, site: str = "home") -> None:
        self.now = START
        self.database = database
        self.passwords = Passwords(CHEAP)
        self.accounts = Accounts(database, self.clock)
        self.attempts = Attempts(database, self.clock)
        self.links = Links(database, self.clock)
        self.devices = Devices(database, self.clock, self.passwords)
        self.tokens = Tokens(database, self.clock)
        self.sessions = Sessions(redis_client(redis_url, timeout_s=PATIENCE_S), site, self.clock)
        self.sign_in = SignIn(
            self.accounts,
            self.passwords,
            self.attempts,
            self.links,
            self.devices,
            self.sessions,
            lambda: (self.now - START).total_seconds(),
            SessionTimes(),
        )

    def clock(self) -> datetime:
        return self.now

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    async def person(
        self,
        login: str = "ada",
        role: Role = Role.NURSE,
        wards: tuple[str, ...] | None = None,
        password: str = PASSWORD,
    ) -> Account:
        """An account with a password."""
        kept = await self.passwords.hash(password)
        return await self.accounts.add(login, login.capitalize(), role, wards, kept)


def database_at(directory: Path) -> Database:
    """A file's, not open yet."""
    return Database(f"sqlite:///{directory}/records.db")


async def refused(crowd: Crowd, login: str, password: str = "wrong", address: str = HERE) -> SignInRefused:
    """The error of a password that does not open."""
    with pytest.raises(SignInRefused) as caught:
        await crowd.sign_in.by_password(login, password, address)
    return caught.value


async def tablet(crowd: Crowd, wards: tuple[str, ...] | None = None) -> tuple[str, Device]:
    """A shared device, with its key."""
    return await crowd.devices.register("Tablet", wards, "overseer")
