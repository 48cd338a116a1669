"""Failed tries in a row, in the database, so that a restart forgives none.

A try is counted before it is checked and forgiven when it was right: tries that come at once count like tries that
come one after the other. After FREE failures each further one closes the way for twice as long, up to LONGEST; a day
without a try forgives all.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from services.alerts.people.errors import TooManyTries
from services.alerts.records.database import Database
from services.alerts.records.tables import attempts

FREE = 5
FIRST = timedelta(seconds=30)
LONGEST = timedelta(minutes=15)
FORGIVEN = timedelta(days=1)


def closed_for(failures: int) -> timedelta:
    """How long after this many failures in a row nothing is tried: 0, then 30 s, doubling, at most 15 min."""
    if failures < FREE:
        return timedelta(0)
    return min(LONGEST, FIRST * (1 << min(failures - FREE, 30)))


class Attempts:
    """Counts tries by what is tried: words that name it."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, *words: str) -> int:
        """Count a try as failed, which forgive() undoes; how many failures in a row these are now.

        Raises:
            TooManyTries: it is too early. RecordsUnavailable.
        """
        key = _key(words)
        while True:
            try:
                return await self._count(key, self._clock())
            except IntegrityError:
                continue  # another try came first: its row is there now

    async def forgive(self, *words: str) -> None:
        """What was tried was right. Raises RecordsUnavailable."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(attempts).where(attempts.c.key == _key(words)))

    async def forget(self) -> None:
        """Delete what a day forgave. Raises RecordsUnavailable."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(attempts).where(attempts.c.last_at < self._clock() - FORGIVEN))

    async def _count(self, key: str, now: datetime) -> int:
        async with self._database.transaction() as connection:
            query = select(attempts).where(attempts.c.key == key).with_for_update()
            row = (await connection.execute(query)).one_or_none()
            if row is not None and row.last_at <= now < row.closed_until:
                raise TooManyTries((row.closed_until - now).total_seconds())
            failures = 1 if row is None or now - row.last_at > FORGIVEN else row.failures + 1
            values = {"failures": failures, "last_at": now, "closed_until": now + closed_for(failures)}
            if row is None:
                await connection.execute(insert(attempts).values(key=key, **values))
            else:
                await connection.execute(update(attempts).where(attempts.c.key == key).values(**values))
            return int(failures)


def _key(words: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()
