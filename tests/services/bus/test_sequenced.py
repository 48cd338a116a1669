"""Expected-sequence appends on a real server, and the stream in memory that other tests take in its place."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from localsite.nats_pair import NatsPair
from services.bus.errors import OutOfSequence, TooLarge
from services.bus.sequenced import SequencedStream, Stored
from services.bus.streams import EVENT_MAX_BYTES, lease_stream, ledger_stream
from services.bus.subjects import alert, lease
from tests.services.alerts.kept_stream import KeptStream

Stream = SequencedStream | KeptStream
COUNT = iter(range(1000))


@pytest.fixture(params=["server", "memory"])
async def ledger(request: pytest.FixtureRequest, nats_pair: NatsPair) -> AsyncIterator[Stream]:
    """A stream of lines; the server's one has those of the tests before."""
    if request.param == "memory":
        yield KeptStream()
        return
    async with nats_pair.bus("alerts", streams=False) as bus:
        one = bus.sequenced(ledger_stream(), alert("home"))
        await one.ensure()
        yield one


async def test_only_who_knows_the_newest_message_stores_the_next(ledger: Stream) -> None:
    count, name = await ledger.count(), f"line-{next(COUNT)}"
    assert await ledger.append(b"one", f"{name}-1", count) == count + 1
    for after in (count - 1, count, count + 2):
        with pytest.raises(OutOfSequence):
            await ledger.append(b"other", f"{name}-{after}-other", after)
    assert await ledger.append(b"two", f"{name}-2", count + 1) == count + 2
    assert await ledger.read(count + 1) == [b"one", b"two"]
    assert await ledger.read(count + 3) == []
    assert await ledger.count() == count + 2
    assert await ledger.newest() == Stored(count + 2, b"two")


async def test_a_message_that_is_sent_again_is_refused_and_stored_once(ledger: Stream) -> None:
    count, name = await ledger.count(), f"again-{next(COUNT)}"
    await ledger.append(b"one", name, count)
    with pytest.raises(OutOfSequence):
        await ledger.append(b"one", name, count)
    assert await ledger.count() == count + 1


async def test_a_message_that_is_too_long_is_told_apart_from_a_server_that_is_away(ledger: Stream) -> None:
    count, name = await ledger.count(), f"long-{next(COUNT)}"
    with pytest.raises(TooLarge):
        await ledger.append(b"x" * (EVENT_MAX_BYTES + 1), name, count)
    assert await ledger.append(b"next", f"{name}-next", count) == count + 1


async def test_many_are_read_together(ledger: Stream) -> None:
    count, name = await ledger.count(), f"many-{next(COUNT)}"
    bodies = [str(number).encode() for number in range(70)]
    for number, body in enumerate(bodies):
        await ledger.append(body, f"{name}-{number}", count + number)
    assert await ledger.read(count + 1) == bodies[:64]
    assert await ledger.read(count + 65) == bodies[64:]


async def test_of_a_subject_the_newest_word_is_kept(nats_pair: NatsPair) -> None:
    async with nats_pair.bus("alerts", streams=False) as bus:
        one, other = (bus.sequenced(lease_stream(), lease(site)) for site in ("one", "other"))
        await one.ensure()
        assert await one.newest() is None
        first = await one.replace(b"a", 0)
        await other.replace(b"b", 0)
        with pytest.raises(OutOfSequence):
            await one.replace(b"c", 0)
        second = await one.replace(b"c", first)
        assert await one.newest() == Stored(second, b"c")
        assert (await other.newest() or Stored(0, b"")).body == b"b"
