"""How far lines were told: in order, none left out that comes late, in both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from services.alerts.actor import Actor, Role, Way
from services.alerts.records.access_log import AccessLog, Kind, entry
from services.alerts.records.database import Database
from services.alerts.records.exports import GAP_S, Exports
from services.alerts.records.tables import entries

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
ADA = Actor("a1", "Ada", Role.NURSE, None, Way.PASSWORD)
MOST = 100


class Told:
    """What one receiver is told of a database."""

    def __init__(self, database: Database) -> None:
        self.mono = 0.0
        self.database = database
        self.exports = Exports(database, lambda: self.mono)
        self.log = AccessLog(database, lambda: AT, timedelta(days=365))

    async def numbers(self, most: int = MOST) -> list[int]:
        return [number for number, _ in await self.exports.waiting("record", most)]

    async def write(self, count: int) -> None:
        for number in range(count):
            self.log.note(entry(ADA, Kind.ACT, "act on alert", f"{number}", AT, "ward-1"))
        await self.log.write()

    async def taken_out(self, number: int) -> dict[str, Any]:
        """Delete a line, and give it to be put back."""
        async with self.database.transaction() as connection:
            (row,) = await connection.execute(select(entries).where(entries.c.n == number))
            await connection.execute(delete(entries).where(entries.c.n == number))
        return dict(row._mapping)


@pytest.fixture
async def one(database: Database) -> Told:
    told = Told(database)
    await told.write(2)
    assert await told.numbers() == []  # what was before the receiver was known is not told
    return told


async def test_lines_are_told_in_order_and_once(one: Told) -> None:
    await one.write(5)
    first = await one.numbers(3)
    assert len(first) == 3 and first == sorted(first) == await one.numbers(3)
    await one.exports.told("record", first[-1])
    rest = await one.numbers()
    assert len(rest) == 2 and rest[0] == first[-1] + 1
    await one.exports.told("record", rest[-1])
    assert await one.numbers() == []


async def test_a_line_that_comes_late_is_waited_for(one: Told) -> None:
    """PostgreSQL shows line 3 before line 2 where their transactions end in that order."""
    await one.write(3)
    numbers = await one.numbers()
    late = await one.taken_out(numbers[1])
    assert await one.numbers() == numbers[:1]
    one.mono += GAP_S - 1.0
    assert await one.numbers() == numbers[:1]
    async with one.database.transaction() as connection:
        await connection.execute(insert(entries).values(late))
    assert await one.numbers() == numbers


async def test_a_line_that_never_comes_holds_nothing_up_for_ever(one: Told) -> None:
    await one.write(4)
    numbers = await one.numbers()
    for number in (numbers[0], numbers[2]):
        await one.taken_out(number)
    assert await one.numbers() == []
    one.mono += GAP_S
    assert await one.numbers() == [numbers[1]]
    await one.exports.told("record", numbers[1])
    assert await one.numbers() == []
    one.mono += GAP_S
    assert await one.numbers() == [numbers[3]]


async def test_numbers_that_begin_anew_are_told(database: Database) -> None:
    """As after a database that was emptied and counts from one again."""
    told = Told(database)
    await told.exports.told("record", 10_000)
    await told.write(2)
    assert len(await told.numbers()) == 2
