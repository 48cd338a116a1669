"""Digests of every message under fixed seeds: one for all machines, whatever vectors they have."""

import pytest

from tests.snni.twoparty.linear.fixed_seeds import GOLDEN, messages


@pytest.mark.parametrize("params", GOLDEN, ids=lambda p: f"n{p.degree}")
def test_messages_are_these_bytes(params):
    assert messages(params) == GOLDEN[params]
