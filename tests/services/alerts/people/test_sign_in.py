"""Signing in by password and PIN, with both databases: who gets in, what is told of it, what it leaves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.alerts.actor import Role, Way
from services.alerts.people.accounts import Account
from services.alerts.people.devices import Device
from services.alerts.people.errors import SignInRefused
from services.alerts.records.tables import metadata
from tests.services.alerts.people.crowd import HERE, PASSWORD, Crowd, refused, tablet


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
