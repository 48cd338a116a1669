"""What a server refuses to take or to say, and as which error: too large, another's, no stream yet."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair, start_pair
from localsite.pki import Pki
from services.bus.errors import BusRefused, BusUnavailable, TooLarge
from services.bus.nats_config import LeafOptions
from services.bus.streams import crops_stream
from services.bus.subjects import FRAMES_ALL
from tests.services.bus import samples
from tests.services.bus.room import crops_of, room


async def test_too_large_for_the_server(tmp_path: Path, pki: Pki) -> None:
    pair = start_pair(tmp_path, pki, leaf_options=LeafOptions(max_payload=4096))
    try:
        async with room(pair) as (keyframe, client):
            for publish in (keyframe.publish, keyframe.publish_durable):
                with pytest.raises(TooLarge) as caught:
                    await publish(samples.big_crop())
                assert (caught.value.size, caught.value.limit) == (150_528, 4096)
            assert keyframe.connected
            await keyframe.publish_durable(samples.crop())
            async with aclosing(crops_of(client)) as deliveries:  # type: ignore[type-var]
                await (await anext(deliveries)).ack()
    finally:
        pair.stop()


async def test_too_large_for_the_stream(fresh_pair: NatsPair) -> None:
    async with room(fresh_pair) as (keyframe, client):
        await client.own(replace(crops_stream(), max_msg_size=1024))
        with pytest.raises(TooLarge) as caught:
            await keyframe.publish_durable(samples.crop())
        assert caught.value.size == 2304
        assert keyframe.connected


async def test_what_an_identity_may_not_do_is_refused(fresh_pair: NatsPair) -> None:
    pair = fresh_pair
    await pair.provision()
    async with pair.bus("ingest") as ingest:
        with pytest.raises(BusRefused):
            await ingest.publish_durable(samples.pain(), timeout_s=60)
        with pytest.raises(BusRefused):
            await ingest.subscribe(FRAMES_ALL)
        assert ingest.connected


async def test_no_stream_yet_is_unavailable(fresh_pair: NatsPair) -> None:
    async with fresh_pair.bus("keyframe") as keyframe:
        with pytest.raises(BusUnavailable):
            await keyframe.publish_durable(samples.crop(), timeout_s=1)
