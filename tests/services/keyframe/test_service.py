"""The running process on real servers: frames in; crops, states and metrics out."""

from __future__ import annotations

import secrets
from pathlib import Path

import numpy as np
import pytest

from faces.align import align_crop, eye_places
from faces.crop import CUTS
from faces.detect import Detector
from localsite.nats_pair import NatsPair
from services.bus.messages import encode
from services.bus.models import CROP_SHAPES
from services.keyframe.examiner import crop_of, rgb_of
from tests.services.keyframe.pictures import Source, aside, couple, darkness, furniture, i420, portrait, turned
from tests.services.keyframe.process import COLOUR, KeyframeProcess, ref
from tests.services.keyframe.room import CLOSE_CAMERA, GREY_CAMERA, Room
from tests.support.waiting import PATIENCE_S, eventually


async def test_a_frame_gives_an_aligned_crop_that_keeps_the_frames_time_and_trace(room: Room, source: Source) -> None:
    frame = source.frame(portrait())

    async def feed() -> None:
        if source.made == 1:
            source.made += 1
            await room.send(frame)

    crop = await room.crop(source.ref.camera, feed)
    assert (crop.width, crop.height, crop.channels, len(crop.data)) == (224, 224, 3, 150_528)
    assert crop.envelope.camera == source.ref
    assert crop.envelope.captured_at == frame.envelope.captured_at < crop.envelope.published_at
    assert crop.envelope.traceparent == frame.envelope.traceparent
    assert crop.faces_seen == 1 and not crop.forced and crop.detector_confidence > 0.99
    picture = np.frombuffer(crop.data, np.uint8).reshape(224, 224, 3)
    face = Detector().detect(picture)[0]
    assert np.abs(face.landmarks[:2] - np.array(eye_places())).max() < 2 * max(face.box[2:]) / 48
    skin = picture[120:140, 100:124].mean(axis=(0, 1))
    assert skin[0] > skin[1] > skin[2]  # red, green, blue in this order


async def test_a_camera_of_the_other_format_gives_grey_crops(room: Room, keyframe: KeyframeProcess) -> None:
    grey = Source(ref(GREY_CAMERA))
    crop = await room.crop(GREY_CAMERA, room.show(grey, portrait()))
    assert (crop.width, crop.height, crop.channels, len(crop.data)) == (48, 48, 1, 2304)
    assert np.frombuffer(crop.data, np.uint8).std() > 20


async def test_a_camera_of_the_close_format_gives_crops_without_a_margin(room: Room, keyframe: KeyframeProcess) -> None:
    close = Source(ref(CLOSE_CAMERA))
    crop = await room.crop(CLOSE_CAMERA, room.show(close, portrait()))
    assert (crop.format, crop.width, crop.height, crop.channels) == ("224x224x3-close", 224, 224, 3)
    decoded = rgb_of(close.frame(portrait()))
    face = Detector().detect(decoded)[0]
    wanted = align_crop(decoded, face, margin=0.0).astype(int)
    found = np.frombuffer(crop.data, np.uint8).reshape(224, 224, 3).astype(int)
    wide = align_crop(decoded, face).astype(int)
    assert np.abs(found - wanted).mean() < np.abs(found - wide).mean()


def test_every_format_that_a_camera_may_have_can_be_cut() -> None:
    face = Detector().detect(portrait())[0]
    assert set(CUTS) == set(CROP_SHAPES)
    for name, (width, height, channels) in CROP_SHAPES.items():
        crop = crop_of(portrait(), face, name)
        assert (crop.format, crop.width, crop.height, crop.channels) == (name, width, height, channels)
        assert len(crop.data) == width * height * channels


async def test_a_black_picture_is_told_as_dark(room: Room, source: Source, keyframe: KeyframeProcess) -> None:
    state = await room.told(source.ref.camera, "dark", room.show(source, darkness()))
    assert state.detail["faces"] == 0
    assert state.since <= state.envelope.published_at
    assert keyframe.metric("crops_total", camera=source.ref.camera) == 0


async def test_an_empty_room_is_told_and_a_face_in_it_at_once(
    room: Room, source: Source, keyframe: KeyframeProcess
) -> None:
    camera = source.ref.camera
    await room.told(camera, "no_face", room.show(source, furniture()))
    assert keyframe.metric("kept_total", camera=camera, why="retry") > 0
    await room.send(source.frame(portrait()))  # one frame, less than a period after the last look
    await room.told(camera, "ok", _nothing)
    assert keyframe.metric("crops_total", camera=camera) == 1


async def test_a_lying_face_gives_an_upright_crop(room: Room, source: Source) -> None:
    upright = await room.crop(source.ref.camera, room.show(source, turned(0)))
    lying = [await room.crop(source.ref.camera, room.show(source, turned(degrees))) for degrees in (90, 180, 240)]
    for crop in lying:
        one, other = (
            np.frombuffer(data, np.uint8).reshape(224, 224, 3).astype(int) for data in (crop.data, upright.data)
        )
        middle = slice(40, 190)
        right, wrong = (np.abs(other - way)[middle, middle].mean() for way in (one, one[::-1, ::-1]))
        assert right < wrong / 3
    assert await room.told(source.ref.camera, "ok", _nothing)


async def test_a_face_from_the_side_is_told_and_never_cropped(
    room: Room, source: Source, keyframe: KeyframeProcess
) -> None:
    state = await room.told(source.ref.camera, "face_turned_away", room.show(source, aside()))
    assert state.detail["crops"] == 0
    assert keyframe.metric("crops_total", camera=source.ref.camera) == 0


async def test_several_faces_are_told_and_the_largest_is_cropped(room: Room, source: Source) -> None:
    feed = room.show(source, couple())
    crop = await room.crop(source.ref.camera, feed)
    assert crop.faces_seen == 2
    right = np.arange(640)[:, None] >= 300
    large, small = [await room.crop(source.ref.camera, room.show(source, couple() * half)) for half in (right, ~right)]
    assert large.faces_seen == small.faces_seen == 1
    bright, bright_large, bright_small = (np.frombuffer(one.data, np.uint8).mean() for one in (crop, large, small))
    assert abs(bright - bright_large) < abs(bright - bright_small)
    state = await room.told(source.ref.camera, "several_faces", _flicker(room, source))
    assert state.detail["faces"] == 2


async def test_the_state_is_repeated_while_frames_arrive(room: Room, source: Source) -> None:
    feed = room.show(source, portrait())

    async def repeated() -> bool:
        await feed()
        return sum(one.status == "ok" for one in await room.states(source.ref.camera)) >= 3

    await eventually(repeated)
    states = [one for one in await room.states(source.ref.camera) if one.status == "ok"]
    assert len({one.since for one in states}) == 1
    assert [one.envelope.sequence for one in states] == list(range(len(states)))


async def test_an_unchanged_picture_is_reduced(room: Room, source: Source, keyframe: KeyframeProcess) -> None:
    feed, camera = room.show(source, portrait()), source.ref.camera

    async def reduced() -> bool:
        await feed()
        return keyframe.metric("reduced_total", camera=camera) >= 1

    await eventually(reduced)
    assert keyframe.metric("crops_total", camera=camera) == 1


async def test_poison_does_not_stop_it(
    room: Room, source: Source, keyframe: KeyframeProcess, nats_pair: NatsPair
) -> None:
    subject, headers, body = encode(source.frame(portrait()))
    raw = await nats_pair.client("ingest")
    before = keyframe.get("/metrics").count("veilward_bus_rejected_messages_total{")
    await raw.publish(subject, body[:-7], headers=headers)
    await raw.publish(subject, b"", headers=headers)
    await raw.publish(subject, body, headers=headers | {"vw-width": "-2"})
    await raw.publish(subject, secrets.token_bytes(1000))
    await raw.flush()
    await raw.close()
    noise = source.frame(portrait(), data=secrets.token_bytes(len(body)))
    await room.send(noise, Source(ref("key-none")).frame(darkness()))
    await room.send(Source(ref(source.ref.camera, room="room-9")).frame(portrait()))
    assert (await room.crop(source.ref.camera, room.show(source, portrait()))).channels == 3

    async def counted() -> bool:
        rejected = keyframe.get("/metrics").count("veilward_bus_rejected_messages_total{")
        return rejected > before and keyframe.metric("frames_unknown_total") == 2

    await eventually(counted)
    assert keyframe.running and "ok" in keyframe.get("/healthz")


async def test_the_newest_frame_wins_and_every_other_is_counted(
    room: Room, source: Source, keyframe: KeyframeProcess
) -> None:
    camera = source.ref.camera
    picture = i420(portrait())
    frames = [source.frame(portrait(), data=picture) for _ in range(12)]
    await room.send(*frames)

    async def all_accounted() -> bool:
        done = keyframe.metric("frames_examined_total", camera=camera)
        return done + keyframe.metric("frames_skipped_total", camera=camera) == len(frames) and done >= 1

    await eventually(all_accounted)
    assert keyframe.metric("examine_seconds_count", camera=camera) == keyframe.metric(
        "frames_examined_total", camera=camera
    )


async def test_nothing_of_a_picture_is_in_logs_or_metrics(
    room: Room, source: Source, keyframe: KeyframeProcess
) -> None:
    marker = b"MARKER-" + secrets.token_hex(8).encode()
    data = bytearray(i420(portrait()))
    data[: len(marker)] = marker
    data[1000 * len(marker) : 1001 * len(marker)] = marker
    frame = source.frame(portrait(), data=bytes(data))
    await room.crop(source.ref.camera, lambda: room.send(frame))
    assert marker not in keyframe.log.read_bytes()
    assert marker.decode() not in keyframe.get("/metrics")
    everything = b"".join(path.read_bytes() for path in keyframe.log.parent.rglob("*") if path.is_file())
    assert marker not in everything


def test_it_cannot_dump_core(keyframe: KeyframeProcess) -> None:
    limits = Path(f"/proc/{keyframe.pid}/limits").read_text().splitlines()
    core = next(line for line in limits if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"period_s": -1}, "VEILWARD_KEYFRAME_PERIOD_S"), ({"perod_s": 5}, "VEILWARD_KEYFRAME_PEROD_S")],
)
def test_wrong_settings_end_it_with_2_and_their_name(
    wrong: dict[str, object], named: str, nats_pair: NatsPair, tmp_path: Path
) -> None:
    process = KeyframeProcess(tmp_path, nats_pair, {"key-00": COLOUR}, **wrong).start()
    assert process.wait(PATIENCE_S) == 2
    assert named in process.log_end()


def test_an_identity_that_may_not_hear_frames_ends_it_with_1(nats_pair: NatsPair, tmp_path: Path) -> None:
    stranger = nats_pair.connection("keyframe", certificate="bus_ingest")
    process = KeyframeProcess(tmp_path, nats_pair, {"key-00": COLOUR}, **stranger).start()
    try:
        assert process.wait(PATIENCE_S) == 1
    finally:
        process.kill()
    assert (process.events()[-1]["event"], process.events()[-1]["error"]) == ("failed", "BusRefused")


async def _nothing() -> None:
    return


def _flicker(room: Room, source: Source):  # type: ignore[no-untyped-def]
    """Two faces in changing light, so that every candidate is a keyframe."""
    light = iter(range(10_000))

    async def feed() -> None:
        shade = 0.7 if next(light) % 2 else 1.0
        await room.send(source.frame((couple() * shade).astype(np.uint8)))

    return feed
