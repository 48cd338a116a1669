"""Who has an account, and until when."""

from __future__ import annotations

import pytest

from services.alerts.actor import Role
from services.alerts.people.errors import NameTaken, SignInRefused, UnknownPerson
from tests.services.alerts.people.crowd import PASSWORD, Crowd, refused


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
