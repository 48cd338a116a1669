"""Clips with a real edge and real share servers: labels come at their time whatever levels are, no crop is in two."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from localsite.nats_pair import start_pair
from services.bus.models import ClipMessage, PainMessage
from services.snni_client.settings import SnniClientSettings
from snni.multiparty.roles import Setting
from snni.multiparty.select import rows
from tests.services.snni_client.line import Line, exported
from tests.services.snni_client.servers_line import ServersLine
from tests.support.networks import grey
from tests.support.video_labels import sure_picture
from tests.support.waiting import eventually

FRAMES, SELECTION = 5, "every 2nd"
EVERY_S = 10.0


@asynccontextmanager
async def started(directory, pki, setting, selects=True):
    """A room whose clips are due every EVERY_S, and its servers, or without a setting its edge; selects: whether they
    have a selection, or a share of one."""
    pair = start_pair(directory, pki)
    await pair.provision()
    selection = rows(SELECTION, FRAMES) if selects else None
    chosen = {"selection": selection, "clip_every_s": EVERY_S}
    line = ServersLine(directory, pair, setting, **chosen) if setting else Line(directory, pair, **chosen)
    try:
        await line.ready()
        yield line
    finally:
        line.stop()
        pair.stop()


@asynccontextmanager
async def fed(line, pixels):
    """Crops of the same picture come all the time."""

    async def feed():
        async with line.pair.bus("keyframe") as room:
            while True:
                await room.publish_durable(line.crop(0).model_copy(update={"data": pixels.tobytes()}))
                await asyncio.sleep(0.5)  # the load, not a wait

    feeding = asyncio.create_task(feed())
    try:
        yield
    finally:
        feeding.cancel()


SETTINGS = [
    pytest.param(None, id="two-party"),
    *(pytest.param(one, id=one.mode, marks=pytest.mark.heavy if one.proved else ()) for one in Setting),
]


@pytest.mark.parametrize("setting", SETTINGS)
async def test_the_label_of_the_last_seconds_is_the_videos(tmp_path, pki, setting):
    picture, level = sure_picture(grey())
    async with started(tmp_path, pki, setting) as line, exported(line.pair) as messages, fed(line, picture):

        async def two_came():
            return len(await messages(ClipMessage)) >= 2

        await eventually(two_came)
        clips, levels = await messages(ClipMessage), await messages(PainMessage)
        metrics = line.client.metrics()
    for clip in clips:
        assert clip.level == level
        assert (clip.frames, clip.selected) == (FRAMES, 3)
        assert clip.crops >= 1 and clip.began_at <= clip.envelope.captured_at
        active = setting is not None and setting.active
        among = setting.mode.removesuffix("-active") if setting else "two-party"
        assert clip.mode == f"{among}/{'active' if active else 'passive'}"
        assert clip.plan_hash == grey().plan.plan_hash
    assert clips[1].began_at > clips[0].envelope.captured_at, "a crop is in two clips"
    assert [clip.envelope.sequence for clip in clips] == list(range(len(clips)))
    assert levels
    told = [event["number"] for event in line.events("clip_classified")]
    assert told == sorted(set(told))
    assert 'veilward_snni_client_clips_total{result="classified"}' in metrics


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("setting", "said"), [(None, "selects no frames"), (Setting.THREE_PASSIVE, "share of a selection")]
)
async def test_who_has_no_selection_classifies_no_clip_and_levels_go_on(tmp_path, pki, setting, said):
    picture, _ = sure_picture(grey())
    async with started(tmp_path, pki, setting, selects=False) as line, exported(line.pair) as messages:
        async with fed(line, picture):

            async def told():
                return any(said in event["reason"] for event in line.events("clip_lost"))

            await eventually(told)
            before = len(await messages(PainMessage))

            async def goes_on():
                return len(await messages(PainMessage)) > before

            await eventually(goes_on)
        assert await messages(ClipMessage) == []
        assert line.client.ready()


@pytest.mark.heavy
@pytest.mark.parametrize("setting", [None, Setting.THREE_PASSIVE])
async def test_clips_come_again_after_a_server_was_killed(tmp_path, pki, setting):
    picture, level = sure_picture(grey())
    async with started(tmp_path, pki, setting) as line, exported(line.pair) as messages:
        async with fed(line, picture):

            async def came(count=1):
                return len(await messages(ClipMessage)) >= count

            await eventually(came)
            service = line.servers.services[line.servers.setting.roles[0]] if setting else line.server
            service.kill()

            service.start()
            before = len(await messages(ClipMessage))

            async def again():
                return len(await messages(ClipMessage)) > before

            await eventually(again)
        assert {clip.level for clip in await messages(ClipMessage)} == {level}


@pytest.mark.parametrize(
    "values",
    [
        {"mode": "two-party", "edge_url": "snni://e:1", "clip_every_s": 30.0, "clip_s": 31.0},
        {"mode": "three-servers", "peers_file": "p", "clip_every_s": 30.0, "clip_s": 31.0},
        {"mode": "three-servers", "peers_file": "p", "clip_every_s": 1.0},
    ],
)
def test_settings_that_cannot_be(values):
    common = {"site_file": "s", "plan_hash": "0" * 64, "certificate": "c", "key": "k", "ca": "a"}
    bus = {"nats_url": "tls://n:1", "nats_cert": "c", "nats_key": "k", "nats_ca": "a"}
    with pytest.raises(ValueError, match="clip"):
        SnniClientSettings(**common, **bus, **values)
