"""One-time links, and the passwords that are chosen after one or in place of another."""

from __future__ import annotations

import asyncio

import pytest

from services.alerts.actor import Role, Way
from services.alerts.people.errors import SignInRefused, WeakSecret
from tests.services.alerts.people.crowd import HERE, PASSWORD, Crowd, refused


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
