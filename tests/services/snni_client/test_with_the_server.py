"""snni_client and snni_server as real processes around a small network: levels come out, also after a silence."""

import asyncio
import os
import re
import signal

import numpy as np

from services.bus.models import PainMessage, StateMessage
from snni.model.reference import Reference
from tests.services.snni_client.line import Line, exported
from tests.support.networks import grey
from tests.support.waiting import eventually


async def test_crops_become_levels_with_where_they_came_from(line):
    reference = Reference(grey().plan, grey().weights)
    async with line.pair.bus("keyframe") as room, exported(line.pair) as messages:
        for seed in range(3):
            await room.publish_durable(line.crop(seed))

            async def arrived(count=seed + 1):
                return len(await messages(PainMessage)) == count

            await eventually(arrived)
        levels = await messages(PainMessage)

        async def told():
            return "scoring" in {message.status for message in await messages(StateMessage)}

        await eventually(told)
    for seed, message in enumerate(levels):
        picture = np.random.default_rng(seed).integers(0, 256, 48 * 48, np.uint8).reshape(1, 48, 48)
        scores = np.sort(reference.run(picture).scores)
        if scores[-1] - scores[-2] > 64:
            assert message.level == reference.run(picture).level
        assert message.plan_hash == grey().plan.plan_hash and message.model == "grey_toy"
        assert message.envelope.sequence == seed and message.envelope.producer == line.producer
        assert message.mode == "two-party/passive"
        assert message.bytes_online > 1000 and message.bytes_offline > message.bytes_online
        assert 0 <= message.stages["keyframe"] <= message.stages["claimed"] <= message.stages["scored"]
    assert [message.inference for message in levels] == sorted({message.inference for message in levels})
    by_kind = layer_bytes(line)
    assert sum(by_kind["online"].values()) == sum(message.bytes_online for message in levels)
    assert {kind for kind, moved in by_kind["online"].items() if moved} >= {"claim", "input", "relu", "argmax"}
    assert {kind for kind, moved in by_kind["offline"].items() if moved} == {"conv", "ot"}


def layer_bytes(line: Line) -> dict[str, dict[str, float]]:
    """By phase and kind of layer, as the client tells Prometheus."""
    found = re.findall(
        r'^veilward_snni_client_layer_bytes_total{kind="(\w+)",phase="(\w+)"} (\S+)$', line.client.metrics(), re.M
    )
    return {phase: {kind: float(n) for kind, one, n in found if one == phase} for phase in ("online", "offline")}


async def test_an_edge_that_goes_silent_is_left_and_found_again(line):
    """Stopped as a machine that hangs is: its connections stand, and nothing comes of them."""

    def connected() -> bool:
        return "veilward_snni_client_edge_connected 1.0\n" in line.client.metrics()

    async with line.pair.bus("keyframe") as room, exported(line.pair) as messages:
        os.kill(line.server.pid, signal.SIGSTOP)
        try:

            async def left():
                return not connected()

            await eventually(left)
        finally:
            os.kill(line.server.pid, signal.SIGCONT)
        before = len(await messages(PainMessage))
        await line.ready()
        await room.publish_durable(line.crop(1))

        async def arrived():
            return len(await messages(PainMessage)) > before

        await eventually(arrived)


async def test_asyncio_is_not_blocked_by_an_inference(line):
    """Health answers while inferences run."""
    async with line.pair.bus("keyframe") as room:
        await room.publish_durable(line.crop(1))
        for _ in range(20):
            assert await asyncio.to_thread(line.client.ready)


async def test_sigterm_drains_both_and_they_end_well(line):
    for service in (line.client, line.server):
        assert service.stop() == 0, f"{service.name} ended with {service.exit_code}\n{service.log_end()}"
    assert any(event["event"] == "stopped" for event in line.server.events())


async def test_work_that_a_batch_shares_is_done_before_a_crop_waits_for_it(tmp_path, nats_pair):
    """With as much ready as is asked for and nothing of the last batch left, the next batch is begun."""
    line = Line(tmp_path, nats_pair, pool_target=1, batch=3)
    try:
        await line.ready()

        async def begun():
            return 1 in [event["number"] for event in line.events("linear_made")]

        await eventually(begun)
        assert [event["number"] for event in line.events("made")] == [0]
    finally:
        line.stop()
