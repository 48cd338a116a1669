"""Tokens of programs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.alerts.actor import Role
from services.alerts.people.tokens import TokenScope
from tests.services.alerts.people.crowd import Crowd


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
