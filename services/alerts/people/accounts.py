"""The accounts of people, in the database. Their ids are never given again; an account that is over stays there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from services.alerts.actor import Actor, Role, Way
from services.alerts.people.errors import NameTaken, UnknownPerson
from services.alerts.people.secrets import new_id
from services.alerts.records.database import Database
from services.alerts.records.tables import accounts

PERSONS = (Role.CARER, Role.NURSE, Role.OVERSEER, Role.TECHNICIAN, Role.AUDITOR)
"""The roles that an account may have."""


@dataclass(frozen=True, slots=True)
class Account:
    """One person's. password: its hash, None where only a provider or a link opens it. wards: None is every ward.

    language: of the pages, where the person has chosen one.
    """

    id: str
    login: str
    name: str
    role: Role
    wards: tuple[str, ...] | None
    password: str | None
    subject: str | None
    made_at: datetime
    ended_at: datetime | None
    language: str | None = None

    def actor(self, way: Way) -> Actor:
        """This person, signed in this way."""
        return Actor(self.id, self.name, self.role, self.wards, way)

    def __repr__(self) -> str:
        return f"Account({self.id})"


class Accounts:
    """Makes, finds, changes and ends accounts. Every call raises RecordsUnavailable."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def add(
        self,
        login: str,
        name: str,
        role: Role,
        wards: Sequence[str] | None,
        password: str | None = None,
        subject: str | None = None,
    ) -> Account:
        """Make one. login: as sign_in_name gives it; password: its hash. Raises NameTaken, ValueError for a role."""
        if role not in PERSONS:
            raise ValueError("not a person's role")
        scope = None if wards is None else tuple(wards)
        made = Account(new_id(), login, name, role, scope, password, subject, self._clock(), None)
        values = {column: getattr(made, column) for column in Account.__slots__}
        values |= {"role": role.value, "wards": None if scope is None else list(scope)}
        try:
            async with self._database.transaction() as connection:
                await connection.execute(insert(accounts).values(values))
        except IntegrityError:
            raise NameTaken("another account has this sign-in name") from None
        return made

    async def by_login(self, login: str) -> Account | None:
        """The one that is signed in to by this name, unless it is over."""
        return await self._one(accounts.c.login == login)

    async def by_subject(self, subject: str) -> Account | None:
        """The one that a provider vouches for, unless it is over."""
        return await self._one(accounts.c.subject == subject)

    async def by_id(self, account: str) -> Account:
        """Raises UnknownPerson."""
        found = await self._one(accounts.c.id == account)
        if found is None:
            raise UnknownPerson("no such account")
        return found

    async def all(self) -> list[Account]:
        """Every account that is not over, by name."""
        query = select(accounts).where(accounts.c.ended_at.is_(None)).order_by(accounts.c.name, accounts.c.login)
        async with self._database.transaction() as connection:
            return [_account(row) for row in await connection.execute(query)]

    async def change(self, account: str, **values: object) -> None:
        """Set password (a hash), name, role, wards or language of one that is not over. Raises UnknownPerson."""
        allowed = {"password", "name", "role", "wards", "language"}
        if not values.keys() <= allowed:
            raise ValueError("not a value that changes")
        await self._update(account, values)

    async def end(self, account: str) -> None:
        """Nobody signs in to it any more. Raises UnknownPerson."""
        await self._update(account, {"ended_at": self._clock(), "password": None})

    async def _update(self, account: str, values: dict[str, Any]) -> None:
        change = update(accounts).where(accounts.c.id == account, accounts.c.ended_at.is_(None)).values(values)
        async with self._database.transaction() as connection:
            if (await connection.execute(change)).rowcount != 1:
                raise UnknownPerson("no such account")

    async def _one(self, which: ColumnElement[bool]) -> Account | None:
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(accounts).where(which))).one_or_none()
        return None if row is None or row.ended_at is not None else _account(row)


def _account(row: Row[Any]) -> Account:
    values = dict(row._mapping)
    wards = values["wards"]
    return Account(**values | {"role": Role(values["role"]), "wards": None if wards is None else tuple(wards)})
