"""snni_client with three and with four share servers as real processes; a mode is never another by itself."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from localsite.nats_pair import start_pair
from services.bus.models import PainMessage
from snni.model.reference import Reference
from snni.multiparty.roles import Setting
from tests.services.snni_client.line import exported
from tests.services.snni_client.servers_line import ServersLine
from tests.support.networks import grey
from tests.support.waiting import eventually

ASKED = [
    pytest.param(one, id=one.mode, marks=pytest.mark.heavy if one is Setting.THREE_ACTIVE else ()) for one in Setting
]
"""Settings that rooms have a mode for. The sessions of three active servers are those of four without a witness."""


@pytest.fixture(params=ASKED)
async def line(tmp_path, pki, request):
    pair = start_pair(tmp_path, pki)
    await pair.provision()
    running = ServersLine(tmp_path, pair, request.param)
    await running.ready()
    yield running
    running.stop()
    pair.stop()


async def scored(line, messages, seeds):
    """Levels after publishing a crop of each seed; oldest first."""
    before = len(await messages(PainMessage))
    async with line.pair.bus("keyframe") as room:
        for at, seed in enumerate(seeds):
            await room.publish_durable(line.crop(seed))

            async def arrived(count=before + at + 1):
                return len(await messages(PainMessage)) == count

            await eventually(arrived)
    told = (await messages(PainMessage))[before:]
    setting = line.servers.setting
    servers = "four-servers" if setting.witnessed else "three-servers"
    assert {message.mode for message in told} == {f"{servers}/{'active' if setting.active else 'passive'}"}
    return [message.level for message in told]


async def test_levels_come_also_after_each_server_was_killed(line):
    reference = Reference(grey().plan, grey().weights)
    async with exported(line.pair) as messages:
        expected = []
        for seed, role in enumerate(line.servers.setting.roles):
            pixels = np.random.default_rng(seed).integers(0, 256, (1, 48, 48), np.uint8)
            drawn = {int(np.argmax(scores)) for scores in reference.draws(pixels, 24)}
            (level,) = await scored(line, messages, [seed])
            assert level in drawn
            expected.append(level)
            line.servers.services[role].kill()

            line.servers.services[role].start()

            async def found_again(count=seed + 2):
                return len(line.events("edge_found")) >= count and line.client.ready()

            await eventually(found_again)
        assert (await scored(line, messages, [0]))[0] in range(4)
    claimed = [(event["epoch"], event["number"]) for event in line.events("claimed")]
    assert len(claimed) == len(set(claimed)) == len(line.servers.services) + 1


async def test_the_mode_is_told(line):
    assert f'veilward_snni_client_mode{{mode="{line.servers.setting.mode}"}} 1.0' in line.client.metrics()


@pytest.mark.parametrize("served", ASKED)
async def test_a_room_never_takes_servers_of_another_setting(tmp_path, pki, served):
    """Neither fewer than it asks for nor more; it says which it wants."""
    wanted = next(setting for setting in Setting if setting is not served and (served.active or not setting.proved))
    pair = start_pair(tmp_path, pki)
    await pair.provision()
    running = ServersLine(tmp_path, pair, served, wanted)

    async def told():
        return any(wanted.value in event["reason"] for event in running.events("edge_lost"))

    await eventually(told)
    assert running.events("edge_found") == []
    running.stop()
    pair.stop()


async def test_a_server_killed_under_load_costs_no_label_and_no_pad(line):
    """Crops come all the time, in their order one seed each; SIGKILL right after a run is claimed."""
    reference, stop = Reference(grey().plan, grey().weights), asyncio.Event()

    async def feed():
        async with line.pair.bus("keyframe") as room:
            while not stop.is_set():
                await room.publish_durable(line.crop(line.sequence))
                await asyncio.sleep(0.1)  # the load, not a wait

    async with exported(line.pair) as messages:
        feeding = asyncio.create_task(feed())
        for role, service in line.servers.services.items():
            before = len(line.events("claimed"))

            async def claimed(count=before):
                return len(line.events("claimed")) > count

            await eventually(claimed)
            service.kill()

            async def told(word=f"the {role.value} is missing"):
                return any(word in event["reason"] for event in line.events("edge_lost"))

            await eventually(told)
            scored_before = len(await messages(PainMessage))
            service.start()

            async def goes_on(count=scored_before):
                return len(await messages(PainMessage)) > count

            await eventually(goes_on)
        stop.set()
        await feeding
        levels = await messages(PainMessage)
    for message in levels:
        picture = np.random.default_rng(message.envelope.sequence).integers(0, 256, (1, 48, 48), np.uint8)
        drawn = {int(np.argmax(scores)) for scores in reference.draws(picture, 24)}
        assert message.level in drawn or not sure(reference, picture)
    for process in (line.client, *line.servers.services.values()):
        for event in ("claimed", "made"):
            used = [(told["epoch"], told["number"]) for told in process.events() if told["event"] == event]
            assert len(used) == len(set(used)), (process.name, event)


def sure(reference: Reference, picture) -> bool:
    """Whether no rounding within the bound makes another level."""
    scores = np.sort(np.asarray(reference.run(picture).scores).reshape(-1))
    return bool(scores[-1] - scores[-2] > 64)
