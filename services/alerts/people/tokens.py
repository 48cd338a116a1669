"""API tokens: what programs carry in place of a person. Shown once, kept as SHA-256, with scopes, wards and an end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from services.alerts.actor import Actor, Role, Way
from services.alerts.people.errors import UnknownPerson
from services.alerts.people.secrets import kept_key, new_id, new_key
from services.alerts.records.database import Database
from services.alerts.records.tables import tokens

PREFIX = "veilward_"
"""So that whoever searches for secrets that got astray finds it."""
LONGEST = timedelta(days=366)


class TokenScope(StrEnum):
    """What a token lets a program do."""

    SEE = "see"
    LOOK_BACK = "look back"
    ACT = "act"
    TECHNICAL = "technical"


@dataclass(frozen=True, slots=True)
class Token:
    """One program's. wards: None is every ward."""

    id: str
    name: str
    scopes: frozenset[TokenScope]
    wards: tuple[str, ...] | None
    made_at: datetime
    made_by: str
    ends_at: datetime

    @property
    def actor(self) -> Actor:
        """The program as one that acts."""
        return Actor(self.id, self.name, Role.PROGRAM, self.wards, Way.TOKEN)


class Tokens:
    """Makes, knows and ends tokens. Every call raises RecordsUnavailable."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def make(
        self, name: str, scopes: Sequence[TokenScope], wards: Sequence[str] | None, by: str, lasts: timedelta
    ) -> tuple[str, Token]:
        """A new token as it is carried, shown this once, and what it lets do. Raises ValueError for its length."""
        if not timedelta(0) < lasts <= LONGEST:
            raise ValueError(f"a token lasts up to {LONGEST.days} days")
        key, now, scope = PREFIX + new_key(), self._clock(), None if wards is None else tuple(wards)
        made = Token(new_id(), name, frozenset(scopes), scope, now, by, now + lasts)
        values = {column: getattr(made, column) for column in Token.__slots__} | {"key": kept_key(key)}
        values |= {"scopes": sorted(made.scopes), "wards": None if scope is None else list(scope)}
        async with self._database.transaction() as connection:
            await connection.execute(insert(tokens).values(values))
        return key, made

    async def find(self, key: str) -> Token | None:
        """The token that a program carries, while it lasts."""
        query = select(tokens).where(tokens.c.key == kept_key(key), tokens.c.ended_at.is_(None))
        async with self._database.transaction() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None or row.ends_at <= self._clock() else _token(row)

    async def all(self) -> list[Token]:
        """Every token that counts, by name."""
        query = select(tokens).where(tokens.c.ended_at.is_(None), tokens.c.ends_at > self._clock())
        async with self._database.transaction() as connection:
            return [_token(row) for row in await connection.execute(query.order_by(tokens.c.name))]

    async def end(self, token: str) -> None:
        """It counts no more. Raises UnknownPerson for one that is not there."""
        which = tokens.c.id == token, tokens.c.ended_at.is_(None)
        async with self._database.transaction() as connection:
            if (await connection.execute(update(tokens).where(*which).values(ended_at=self._clock()))).rowcount != 1:
                raise UnknownPerson("no such token")


def _token(row: Row[Any]) -> Token:
    wards = None if row.wards is None else tuple(row.wards)
    scopes = frozenset(TokenScope(one) for one in row.scopes)
    return Token(row.id, row.name, scopes, wards, row.made_at, row.made_by, row.ends_at)
