"""Signing in by password, link and PIN, with both databases: who gets in, how often it may be tried, what it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from services.alerts.actor import Role, Way
from services.alerts.people.accounts import Account
from services.alerts.people.attempts import FORGIVEN, FREE, LONGEST, Attempts, closed_for
from services.alerts.people.devices import PIN_TRIES, Device
from services.alerts.people.errors import NameTaken, SignInRefused, TooManyTries, UnknownPerson, WeakSecret
from services.alerts.people.tokens import TokenScope
from services.alerts.records.database import Database
from services.alerts.records.tables import metadata
from tests.services.alerts.people.crowd import PASSWORD, Crowd

HERE = "192.0.2.1"


@pytest.fixture
def crowd(database: Database) -> Crowd:
    return Crowd(database)


async def refused(crowd: Crowd, login: str, password: str = "wrong", address: str = HERE) -> SignInRefused:
    with pytest.raises(SignInRefused) as caught:
        await crowd.sign_in.by_password(login, password, address)
    return caught.value


async def test_an_account_opens_by_its_password(crowd: Crowd) -> None:
    account = await crowd.person(wards=("ward-1",))
    key, session = await crowd.sign_in.by_password(" ADA ", PASSWORD, HERE)
    assert (session.actor.id, session.actor.name, session.actor.role) == (account.id, "Ada", Role.NURSE)
    assert (session.actor.wards, session.actor.way) == (("ward-1",), Way.PASSWORD)
    assert await crowd.sessions.find(key) == session


async def test_nothing_tells_a_wrong_password_from_a_wrong_name(crowd: Crowd) -> None:
    await crowd.person()
    await crowd.accounts.add("linked", "Linked", Role.CARER, None)
    answers = [str(await refused(crowd, login)) for login in ("ada", "nobody", "linked", "not a name", "")]
    assert answers == ["wrong"] * 5


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


async def test_an_account_that_is_over_opens_no_more(crowd: Crowd) -> None:
    account = await crowd.person()
    await crowd.accounts.end(account.id)
    assert type(await refused(crowd, "ada", PASSWORD)) is SignInRefused
    with pytest.raises(UnknownPerson):
        await crowd.accounts.by_id(account.id)
    with pytest.raises(UnknownPerson):
        await crowd.accounts.change(account.id, name="Eve")
    assert await crowd.accounts.all() == []


async def test_a_name_is_taken_once_for_ever(crowd: Crowd) -> None:
    account = await crowd.person()
    with pytest.raises(NameTaken):
        await crowd.person()
    await crowd.accounts.end(account.id)
    with pytest.raises(NameTaken):
        await crowd.person()


@pytest.mark.parametrize("role", [Role.SCREEN, Role.PROGRAM])
async def test_what_is_no_person_has_no_account(crowd: Crowd, role: Role) -> None:
    with pytest.raises(ValueError):
        await crowd.person(role=role)


async def test_a_link_opens_once_and_for_a_day(crowd: Crowd) -> None:
    account = await crowd.accounts.add("bo", "Bo", Role.CARER, ("ward-1",))
    key = await crowd.links.make(account.id)
    assert await crowd.links.leads_to(key) == account.id
    _, session = await crowd.sign_in.by_link(key, HERE)
    assert (session.actor.id, session.actor.way) == (account.id, Way.LINK)
    for wrong in (key, "", "x" * 43):
        with pytest.raises(SignInRefused):
            await crowd.sign_in.by_link(wrong, HERE)
    with pytest.raises(SignInRefused):
        await crowd.links.leads_to(key)
    first, second = await crowd.links.make(account.id), await crowd.links.make(account.id)
    with pytest.raises(SignInRefused):
        await crowd.sign_in.by_link(first, HERE)
    crowd.later(days=1)
    with pytest.raises(SignInRefused):
        await crowd.sign_in.by_link(second, HERE)


async def test_a_link_that_many_use_at_once_opens_once(crowd: Crowd) -> None:
    account = await crowd.person()
    key = await crowd.links.make(account.id)
    results = await asyncio.gather(*(crowd.sign_in.by_link(key, HERE) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(one, tuple) for one in results) == 1
    assert sum(isinstance(one, SignInRefused) for one in results) == 5


async def test_a_changed_password_needs_the_old_one_and_ends_the_other_sessions(crowd: Crowd) -> None:
    await crowd.person()
    other, _ = await crowd.sign_in.by_password("ada", PASSWORD, HERE)
    key, session = await crowd.sign_in.by_password("ada", PASSWORD, HERE)
    with pytest.raises(SignInRefused):
        await crowd.sign_in.change_password(session, "wrong", "another long password", HERE)
    with pytest.raises(WeakSecret):
        await crowd.sign_in.change_password(session, PASSWORD, "short", HERE)
    assert await crowd.sessions.find(other)
    await crowd.sign_in.change_password(session, PASSWORD, "another long password", HERE)
    assert await crowd.sessions.find(other) is None
    assert await crowd.sessions.find(key)
    assert type(await refused(crowd, "ada", PASSWORD)) is SignInRefused
    await crowd.sign_in.by_password("ada", "another long password", HERE)


async def test_a_first_password_is_set_by_whoever_came_by_a_link(crowd: Crowd) -> None:
    account = await crowd.accounts.add("bo", "Bo", Role.CARER, None)
    _, session = await crowd.sign_in.by_link(await crowd.links.make(account.id), HERE)
    await crowd.sign_in.change_password(session, "", PASSWORD, HERE)
    await crowd.sign_in.by_password("bo", PASSWORD, HERE)
    with pytest.raises(SignInRefused):
        await crowd.sign_in.change_password(session, "", "another long password", HERE)


async def test_who_forgot_the_password_comes_by_a_link_and_chooses_another(crowd: Crowd) -> None:
    account = await crowd.person()
    _, session = await crowd.sign_in.by_link(await crowd.links.make(account.id), HERE)
    assert type(await refused(crowd, "ada", PASSWORD)) is SignInRefused
    await crowd.sign_in.change_password(session, "", "another long password", HERE)
    await crowd.sign_in.by_password("ada", "another long password", HERE)


async def tablet(crowd: Crowd, wards: tuple[str, ...] | None = None) -> tuple[str, Device]:
    return await crowd.devices.register("Tablet", wards, "overseer")


async def test_a_pin_changes_the_person_on_its_device_alone(crowd: Crowd) -> None:
    account = await crowd.person(wards=("ward-1", "ward-2"))
    key, device = await tablet(crowd, ("ward-2", "ward-3"))
    other_key, other = await tablet(crowd)
    await crowd.devices.set_pin(account, device, key, "295730")
    assert await crowd.devices.people(device.id) == [(account.id, "Ada")]
    assert await crowd.devices.people(other.id) == []
    _, session = await crowd.sign_in.by_pin(account.id, "295730", device, key, HERE)
    assert (session.actor.id, session.actor.way, session.device) == (account.id, Way.PIN, device.id)
    assert session.actor.wards == ("ward-2",)
    for wrong in ((other, other_key), (device, other_key)):
        with pytest.raises(SignInRefused):
            await crowd.sign_in.by_pin(account.id, "295730", *wrong, HERE)


async def test_a_changed_person_is_soon_gone_again(crowd: Crowd) -> None:
    account = await crowd.person()
    key, device = await tablet(crowd)
    await crowd.devices.set_pin(account, device, key, "295730")
    cookie, _ = await crowd.sign_in.by_pin(account.id, "295730", device, key, HERE)
    crowd.later(minutes=4)
    assert await crowd.sessions.find(cookie)
    crowd.later(minutes=5)
    assert await crowd.sessions.find(cookie) is None


async def test_five_wrong_pins_in_a_row_remove_it_also_over_a_restart(crowd: Crowd) -> None:
    account = await crowd.person()
    key, device = await tablet(crowd)
    await crowd.devices.set_pin(account, device, key, "295730")
    for turn in range(PIN_TRIES):
        assert await crowd.devices.people(device.id) != [], turn
        again = Crowd(crowd.database)
        again.now = crowd.now
        with pytest.raises(SignInRefused):
            await again.sign_in.by_pin(account.id, "295731", device, key, HERE)
    assert await crowd.devices.people(device.id) == []
    crowd.later(days=2)
    with pytest.raises(SignInRefused):
        await crowd.sign_in.by_pin(account.id, "295730", device, key, HERE)
    await crowd.devices.set_pin(account, device, key, "295730")
    await crowd.sign_in.by_pin(account.id, "295730", device, key, HERE)


async def test_a_changed_password_ends_every_pin(crowd: Crowd) -> None:
    account = await crowd.person()
    key, device = await tablet(crowd)
    await crowd.devices.set_pin(account, device, key, "295730")
    _, session = await crowd.sign_in.by_password("ada", PASSWORD, HERE)
    await crowd.sign_in.change_password(session, PASSWORD, "another long password", HERE)
    assert await crowd.devices.people(device.id) == []


async def ended(crowd: Crowd, account: Account, device: Device) -> None:
    await crowd.accounts.end(account.id)
    await crowd.devices.forget_pins(account.id)


async def demoted(crowd: Crowd, account: Account, device: Device) -> None:
    await crowd.accounts.change(account.id, role=Role.CARER.value)


async def moved(crowd: Crowd, account: Account, device: Device) -> None:
    await crowd.accounts.change(account.id, wards=["ward-2"])


async def another_password(crowd: Crowd, account: Account, device: Device) -> None:
    await crowd.accounts.change(account.id, password=await crowd.passwords.hash("another long password"))
    await crowd.devices.forget_pins(account.id)


async def device_ended(crowd: Crowd, account: Account, device: Device) -> None:
    await crowd.devices.end(device.id)


@pytest.mark.parametrize(
    ("way", "change"),
    [
        *(("password", one) for one in (ended, demoted, moved, another_password)),
        *(("pin", one) for one in (ended, another_password, device_ended)),
    ],
)
async def test_nobody_comes_in_by_what_was_changed_while_it_was_checked(
    crowd: Crowd,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    change: Callable[[Crowd, Account, Device], Awaitable[None]],
) -> None:
    """Sessions are ended once the change is written: of the one that is about to begin none is there yet."""
    account = await crowd.person()
    key, device = await tablet(crowd)
    await crowd.devices.set_pin(account, device, key, "295730")
    opens = crowd.passwords.opens

    async def slowly(kept: str | None, secret: str) -> bool:
        opened = await opens(kept, secret)
        await change(crowd, account, device)
        await crowd.sessions.end_all(lambda one: True)
        return opened

    monkeypatch.setattr(crowd.passwords, "opens", slowly)
    with pytest.raises(SignInRefused):
        if way == "pin":
            await crowd.sign_in.by_pin(account.id, "295730", device, key, HERE)
        else:
            await crowd.sign_in.by_password("ada", PASSWORD, HERE)
    assert await crowd.sessions.all() == []


async def test_a_device_is_known_by_its_key_until_it_is_ended(crowd: Crowd) -> None:
    account = await crowd.person()
    key, device = await tablet(crowd, ("ward-1",))
    await crowd.devices.set_pin(account, device, key, "295730")
    assert await crowd.devices.find(key) == device
    assert await crowd.devices.find("x" * 43) is None
    assert (device.actor.role, device.actor.wards) == (Role.SCREEN, ("ward-1",))
    assert await crowd.devices.all() == [device]
    await crowd.devices.end(device.id)
    assert await crowd.devices.find(key) is None
    assert await crowd.devices.people(device.id) == []
    with pytest.raises(UnknownPerson):
        await crowd.devices.end(device.id)


async def test_a_token_lasts_until_its_end_and_no_longer(crowd: Crowd) -> None:
    key, token = await crowd.tokens.make("Wall", [TokenScope.SEE], ("ward-1",), "overseer", timedelta(days=30))
    assert key.startswith("veilward_")
    assert await crowd.tokens.find(key) == token
    assert (token.actor.role, token.actor.wards) == (Role.PROGRAM, ("ward-1",))
    assert await crowd.tokens.all() == [token]
    assert await crowd.tokens.find(key[:-1]) is None
    crowd.later(days=30)
    assert await crowd.tokens.find(key) is None
    assert await crowd.tokens.all() == []
    key, token = await crowd.tokens.make("Wall", [TokenScope.ACT], None, "overseer", timedelta(days=1))
    await crowd.tokens.end(token.id)
    assert await crowd.tokens.find(key) is None
    for wrong in (0, 367):
        with pytest.raises(ValueError):
            await crowd.tokens.make("Wall", [], None, "overseer", timedelta(days=wrong))


async def test_no_secret_lies_in_the_database(crowd: Crowd) -> None:
    account = await crowd.person()
    device_key, device = await tablet(crowd)
    await crowd.devices.set_pin(account, device, device_key, "295730")
    link = await crowd.links.make(account.id)
    token, _ = await crowd.tokens.make("Wall", [], None, "overseer", timedelta(days=1))
    await refused(crowd, "hunter2-typed-as-a-name", "hunter2")
    written = []
    async with crowd.database.transaction() as connection:
        for name in metadata.tables:
            written += [str(row) for row in await connection.execute(text(f"SELECT * FROM {name}"))]
    everything = "\n".join(written)
    assert "ada" in everything
    for secret in (PASSWORD, "295730", device_key, link, token, "hunter2"):
        assert secret not in everything
