"""Shared devices and the PINs on them."""

from __future__ import annotations

import pytest

from services.alerts.actor import Role, Way
from services.alerts.people.devices import PIN_TRIES
from services.alerts.people.errors import SignInRefused, UnknownPerson
from tests.services.alerts.people.crowd import HERE, PASSWORD, Crowd, tablet


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
