"""A leaf's store that starts over. Real servers; every level reaches the ward, once."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair, start_pair
from localsite.pki import make_pki
from services.bus.errors import BusRefused
from services.bus.identities import spiffe
from services.bus.models import PainMessage
from services.bus.nats_bus import Bus
from services.bus.subjects import STREAM_WARD
from tests.services.bus import samples
from tests.support.waiting import PATIENCE_S, eventually

SINCE = datetime.now(UTC) - timedelta(hours=1)


class Levels:
    """Publishes numbered levels as snni_client, and counts what the ward has of them."""

    def __init__(self, pair: NatsPair) -> None:
        self.pair = pair
        self.published = 0

    async def publish(self, count: int) -> None:
        """More levels, each acknowledged by the leaf."""
        async with self.pair.bus("snni_client", streams=False) as bus:
            for _ in range(count):
                await bus.publish_durable(samples.pain(sequence=self.published))
                self.published += 1

    async def in_ward(self) -> Counter[int]:
        """How often each is in the ward's stream, by its number."""
        async with self.pair.bus("alerts", streams=False) as bus:
            found = [one async for one in bus.replay(STREAM_WARD, SINCE) if isinstance(one, PainMessage)]
        return Counter(one.envelope.sequence for one in found)

    async def all_arrived(self) -> None:
        """Wait for all; AssertionError when one came twice."""

        async def all_there() -> bool:
            return len(await self.in_ward()) == self.published

        await eventually(all_there)
        assert set((await self.in_ward()).values()) == {1}


def store(pair: NatsPair) -> Path:
    """Where the leaf keeps its streams."""
    return pair.leaf.config.parent / "jetstream"


async def test_a_store_that_was_emptied(fresh_pair: NatsPair) -> None:
    await fresh_pair.provision()
    levels = Levels(fresh_pair)
    await levels.publish(30)
    await levels.all_arrived()
    for count in (5, 60):
        fresh_pair.leaf.kill()
        shutil.rmtree(store(fresh_pair))
        fresh_pair.restart_leaf()
        await fresh_pair.provision()
        await levels.publish(count)
        await levels.all_arrived()


async def test_a_store_put_back_from_a_copy_is_not_made_up_for(fresh_pair: NatsPair, tmp_path: Path) -> None:
    """As the manual warns: what carries numbers that the hub has passed does not reach the ward."""
    await fresh_pair.provision()
    levels = Levels(fresh_pair)
    await levels.publish(5)
    await levels.all_arrived()
    fresh_pair.leaf.kill()
    shutil.copytree(store(fresh_pair), tmp_path / "copy")
    fresh_pair.restart_leaf()
    await levels.publish(10)
    await levels.all_arrived()
    fresh_pair.leaf.kill()
    shutil.rmtree(store(fresh_pair))
    shutil.copytree(tmp_path / "copy", store(fresh_pair))
    fresh_pair.restart_leaf()
    await levels.publish(10 + 1)  # the copy ends with the fifth: these are the sixth to the sixteenth once more

    async def the_newest_is_there() -> bool:
        return levels.published - 1 in await levels.in_ward()

    await eventually(the_newest_is_there)
    assert set(await levels.in_ward()) == {*range(15), levels.published - 1}


async def test_a_clock_from_before_the_certificates_begins_no_store(tmp_path: Path) -> None:
    """As a device without a battery for its clock sees it after it was set up: its numbers would be too low."""
    pki = make_pki(tmp_path / "pki")
    pki.issue("nats_leaf", "bus-room", spiffe("room", "nats"), "server", datetime.now(UTC) + timedelta(days=2))
    with start_pair(tmp_path, pki) as pair:
        with pytest.raises(BusRefused):
            await Bus.connect(pair.settings("bridge"), "bridge")
        assert not list(store(pair).rglob("OUT"))


async def test_a_store_that_is_whole_is_left_as_it_is(fresh_pair: NatsPair) -> None:
    await fresh_pair.provision()
    levels = Levels(fresh_pair)
    await levels.publish(5)
    await levels.all_arrived()
    client = await fresh_pair.client("bridge")
    before = (await client.jetstream().stream_info("OUT")).state
    fresh_pair.restart_leaf()
    await fresh_pair.provision()
    again = await fresh_pair.client("bridge")
    after = (await again.jetstream().stream_info("OUT")).state
    assert (after.messages, after.first_seq, after.last_seq) == (before.messages, before.first_seq, before.last_seq)
    await again.close()


async def test_nobody_may_empty_it_once_it_holds_something(fresh_pair: NatsPair) -> None:
    await fresh_pair.provision()
    await Levels(fresh_pair).publish(1)
    client = await fresh_pair.client("bridge")
    answer = await client.request("$JS.API.STREAM.PURGE.OUT", b"", timeout=PATIENCE_S)
    assert b'"error"' in answer.data
    assert (await client.jetstream().stream_info("OUT")).state.messages == 1
    await client.close()
