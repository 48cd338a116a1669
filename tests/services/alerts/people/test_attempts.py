"""How often a name, and an address, may be tried: counted alike for whatever name, at once and over restarts."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import select

from services.alerts.people.attempts import FORGIVEN, FREE, LONGEST, Attempts, closed_for
from services.alerts.people.errors import SignInRefused, TooManyTries
from services.alerts.records.database import Database
from services.alerts.records.tables import metadata
from tests.services.alerts.people.crowd import HERE, PASSWORD, Crowd, refused


async def test_the_same_count_closes_known_and_unknown_names(crowd: Crowd) -> None:
    await crowd.person()
    for login in ("ada", "nobody"):
        for turn in range(FREE):
            crowd.later(seconds=10)
            assert type(await refused(crowd, login)) is SignInRefused, turn
        late = await refused(crowd, login, PASSWORD)
        assert isinstance(late, TooManyTries)
        assert 0 < late.retry_after_s <= closed_for(FREE).total_seconds()


async def test_a_closed_name_opens_after_its_time_and_closes_for_longer_each_time(crowd: Crowd) -> None:
    await crowd.person()
    for failures in range(1, FREE + 3):
        assert type(await refused(crowd, "ada")) is SignInRefused
        crowd.later(seconds=max(10.0, closed_for(failures).total_seconds()))
    await crowd.sign_in.by_password("ada", PASSWORD, HERE)
    crowd.later(seconds=10)
    assert type(await refused(crowd, "ada")) is SignInRefused  # forgiven: the count begins anew
    await crowd.sign_in.by_password("ada", PASSWORD, HERE)


def test_the_closed_time_doubles_up_to_its_longest() -> None:
    times = [closed_for(failures) for failures in range(FREE, FREE + 100)]
    assert [one.total_seconds() for one in times[:6]] == [30, 60, 120, 240, 480, 900]
    assert set(times[5:]) == {LONGEST}
    assert closed_for(FREE - 1) == timedelta(0)


async def test_a_restart_forgives_nothing(crowd: Crowd, database: Database) -> None:
    await crowd.person()
    for _ in range(FREE):
        crowd.later(seconds=10)
        await refused(crowd, "ada")
    again = Crowd(database)
    again.now = crowd.now
    assert isinstance(await refused(again, "ada", PASSWORD), TooManyTries)


async def test_tries_at_once_count_like_tries_in_a_row(crowd: Crowd) -> None:
    await crowd.person()
    attempts = Attempts(crowd.database, crowd.clock)
    results = await asyncio.gather(*(attempts.begin("name", "ada") for _ in range(12)), return_exceptions=True)
    assert sorted(one for one in results if isinstance(one, int)) == [1, 2, 3, 4, 5]
    assert sum(isinstance(one, TooManyTries) for one in results) == 7


async def test_a_day_without_a_try_forgives(crowd: Crowd) -> None:
    attempts = Attempts(crowd.database, crowd.clock)
    for _ in range(FREE - 1):
        await attempts.begin("name", "ada")
    crowd.now += FORGIVEN + timedelta(seconds=1)
    assert await attempts.begin("name", "ada") == 1
    crowd.now += FORGIVEN + timedelta(seconds=1)
    await attempts.forget()
    async with crowd.database.transaction() as connection:
        assert list(await connection.execute(select(metadata.tables["attempts"]))) == []


async def test_an_address_may_try_so_often_whatever_the_names(crowd: Crowd) -> None:
    kinds = [type(await refused(crowd, f"name-{number}")) for number in range(21)]
    assert kinds == [SignInRefused] * 20 + [TooManyTries]
    assert type(await refused(crowd, "name-x", address="192.0.2.2")) is SignInRefused


async def test_a_name_may_be_tried_so_often_whatever_the_addresses(crowd: Crowd) -> None:
    await crowd.person()
    for number in range(10):
        await crowd.sign_in.by_password("ada", PASSWORD, f"192.0.2.{number}")
    assert isinstance(await refused(crowd, "ada", PASSWORD, "192.0.2.99"), TooManyTries)
