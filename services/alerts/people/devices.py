"""Shared devices: a screen that shows its wards and cannot act, and on a tablet the quick change of person by PIN.

A device holds a key of its own in a cookie. A PIN counts on one device only and is hashed together with that key, which
is not kept: who has the database alone can try no PIN, who has a PIN alone needs the device.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from services.alerts.actor import Actor, Role, Way
from services.alerts.people.accounts import Account
from services.alerts.people.attempts import Attempts
from services.alerts.people.errors import SignInRefused, UnknownPerson
from services.alerts.people.passwords import Passwords, bound_pin, usable_pin
from services.alerts.people.secrets import kept_key, new_id, new_key
from services.alerts.records.database import Database
from services.alerts.records.tables import accounts, devices, pins

PIN_TRIES = 5


@dataclass(frozen=True, slots=True)
class Device:
    """A registered screen or tablet. wards: None is every ward."""

    id: str
    name: str
    wards: tuple[str, ...] | None
    made_at: datetime
    made_by: str

    @property
    def actor(self) -> Actor:
        """The device as one that sees."""
        return Actor(self.id, self.name, Role.SCREEN, self.wards, Way.DEVICE)


class Devices:
    """Registers devices, knows them by their key, and checks PINs on them. Every call raises RecordsUnavailable."""

    def __init__(self, database: Database, clock: Callable[[], datetime], passwords: Passwords) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._attempts = Attempts(database, clock)

    async def register(self, name: str, wards: Sequence[str] | None, by: str) -> tuple[str, Device]:
        """A new device and its key, which is shown to nobody again."""
        key, scope = new_key(), None if wards is None else tuple(wards)
        made = Device(new_id(), name, scope, self._clock(), by)
        values = {column: getattr(made, column) for column in Device.__slots__} | {"key": kept_key(key)}
        async with self._database.transaction() as connection:
            await connection.execute(insert(devices).values(values | {"wards": None if scope is None else list(scope)}))
        return key, made

    async def find(self, key: str) -> Device | None:
        """The device that holds a key, unless it was ended."""
        query = select(devices).where(devices.c.key == kept_key(key), devices.c.ended_at.is_(None))
        async with self._database.transaction() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _device(row)

    async def all(self) -> list[Device]:
        """Every device that was not ended, by name."""
        query = select(devices).where(devices.c.ended_at.is_(None)).order_by(devices.c.name)
        async with self._database.transaction() as connection:
            return [_device(row) for row in await connection.execute(query)]

    async def end(self, device: str) -> None:
        """It is known no more, and no PIN counts on it. Raises UnknownPerson for one that is not there."""
        which = devices.c.id == device, devices.c.ended_at.is_(None)
        async with self._database.transaction() as connection:
            await connection.execute(delete(pins).where(pins.c.device == device))
            change = update(devices).where(*which).values(ended_at=self._clock())
            if (await connection.execute(change)).rowcount != 1:
                raise UnknownPerson("no such device")

    async def people(self, device: str) -> list[tuple[str, str]]:
        """(account, name) of those who have a PIN on a device, by name."""
        query = select(accounts.c.id, accounts.c.name).join(pins, pins.c.account == accounts.c.id)
        query = query.where(pins.c.device == device, accounts.c.ended_at.is_(None)).order_by(accounts.c.name)
        async with self._database.transaction() as connection:
            return [(str(row.id), str(row.name)) for row in await connection.execute(query)]

    async def set_pin(self, account: Account, device: Device, key: str, pin: str) -> None:
        """A person's PIN on one device, whose key this is. Raises WeakSecret."""
        kept = await self._passwords.hash(bound_pin(usable_pin(pin), key))
        async with self._database.transaction() as connection:
            which = pins.c.account == account.id, pins.c.device == device.id
            await connection.execute(delete(pins).where(*which))
            values = {"account": account.id, "device": device.id, "pin": kept, "made_at": self._clock()}
            await connection.execute(insert(pins).values(values))
        await self._attempts.forgive("pin", account.id, device.id)

    async def pin_of(self, account: str, device: Device) -> str | None:
        """The hash of a person's PIN on a device; None without one, or where either is over."""
        which = pins.c.account == account, pins.c.device == device.id
        async with self._database.transaction() as connection:
            kept: str | None = (await connection.execute(select(pins.c.pin).where(*which))).scalar_one_or_none()
        return kept

    async def check_pin(self, account: str, device: Device, key: str, pin: str) -> str:
        """The hash of the PIN, which is that person's on this device. The fifth wrong one in a row removes it.

        Raises:
            SignInRefused: it is not. TooManyTries: too early.
        """
        failures = await self._attempts.begin("pin", account, device.id)
        kept = await self.pin_of(account, device)
        if await self._passwords.opens(kept, bound_pin(pin, key)) and kept is not None:
            await self._attempts.forgive("pin", account, device.id)
            return kept
        if failures >= PIN_TRIES:
            async with self._database.transaction() as connection:
                await connection.execute(delete(pins).where(pins.c.account == account, pins.c.device == device.id))
        raise SignInRefused("wrong", account if kept else None)

    async def forget_pins(self, account: str) -> None:
        """No PIN of a person counts any more, anywhere."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(pins).where(pins.c.account == account))


def _device(row: Row[Any]) -> Device:
    wards = row.wards
    return Device(row.id, row.name, None if wards is None else tuple(wards), row.made_at, row.made_by)
