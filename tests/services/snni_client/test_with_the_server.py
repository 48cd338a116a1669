"""snni_client and snni_server as real processes around a small network: levels come out, bad input does no harm."""

import asyncio
import json
import os
import re
import signal
import uuid
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from localsite import parties
from localsite.nats_pair import NatsPair, start_pair
from localsite.service import Service
from localsite.site_file import write_site
from services.bus.messages import encode
from services.bus.models import CameraRef, CropMessage, Envelope, PainMessage, StateMessage
from services.bus.subjects import PAIN_ALL, STATE_ALL, STREAM_WARD
from services.site.file import load_site
from services.snni_client.edge import DISAGREEMENTS
from services.snni_client.service import check_crops
from snni.errors import HandshakeError
from snni.model.reference import Reference
from tests.support.networks import grey
from tests.support.waiting import PATIENCE_S, eventually

REF = CameraRef(site="home", ward="ward-1", room="room-1", camera="cam-1")


class Line:
    """Both services and the buses around them."""

    def __init__(
        self,
        directory: Path,
        pair: NatsPair,
        crop: str = "48x48x1",
        selection: NDArray[np.int8] | None = None,
        **client: object,
    ) -> None:
        self.pair, self.producer, self.sequence = pair, uuid.uuid4().hex, 0
        bundle = directory / "bundle"
        grey().save(bundle)
        asked: dict[str, object] = {}
        if selection is not None:
            asked["selection"] = directory / "selection.npy"
            np.save(directory / "selection.npy", selection)
        self.server = parties.server(bundle, directory, pair.pki, settings=asked).start()
        certificate, key, ca = pair.pki.cert("snni_client")
        write_site(directory / "site.yaml", ["cam-1"], "home", {"cam-1": crop})
        settings = pair.connection("snni_client") | {
            "site_file": directory / "site.yaml",
            "edge_url": f"snni://127.0.0.1:{self.server.ports()['snni']}",
            "plan_hash": grey().plan.plan_hash,
            "certificate": certificate,
            "key": key,
            "ca": ca,
            "heartbeat_s": 0.5,
            "reconnect_max_s": 1.0,
        }
        self.server.stay_on(listen_port="snni")
        self.client = Service("snni_client", settings | client, directory).start()

    def crop(self, seed: int, age_s: float = 0.0) -> CropMessage:
        now = datetime.now(UTC)
        captured = now - timedelta(seconds=age_s)
        envelope = Envelope(
            camera=REF, sequence=self.sequence, producer=self.producer, captured_at=captured, published_at=now
        )
        self.sequence += 1
        pixels = np.random.default_rng(seed).integers(0, 256, 48 * 48, np.uint8)
        shape = {"format": "48x48x1", "width": 48, "height": 48, "channels": 1}
        return CropMessage(
            envelope=envelope, data=pixels.tobytes(), forced=False, faces_seen=1, detector_confidence=1.0, **shape
        )

    def events(self, name: str) -> list[dict]:
        return [event for event in self.client.events() if event["event"] == name]

    async def ready(self) -> None:
        async def check():
            return self.client.ready() and self.events("made")

        await eventually(check)

    def stop(self) -> None:
        self.client.stop()
        self.server.stop()


@pytest.fixture
async def line(tmp_path, pki):
    pair = start_pair(tmp_path, pki)
    await pair.provision()
    running = Line(tmp_path, pair)
    await running.ready()
    yield running
    running.stop()
    pair.stop()


@asynccontextmanager
async def exported(pair: NatsPair):
    """What the hub's stream holds, by kind."""
    async with pair.bus("alerts") as bus:

        async def messages(kind):
            since = datetime.now(UTC) - timedelta(hours=1)
            return [m async for m in bus.replay(STREAM_WARD, since) if isinstance(m, kind)]

        yield messages


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


BAD = {
    "a shape that its length contradicts": {"vw-width": "224", "vw-height": "224"},
    "a shape that no network takes": {"vw-width": "16", "vw-height": "144"},
    "negative width": {"vw-width": "-48"},
    "not a number": {"vw-channels": "one"},
    "another version": {"vw-schema": "2"},
    "another type": {"ce-type": "org.veilward.frame.v1"},
    "no id": {"ce-id": None},
    "another camera than its subject": {"ce-source": "/home/cam-2"},
}


async def test_bad_crops_are_refused_by_type_and_the_next_good_one_is_scored(line):
    client = await line.pair.client("keyframe")
    jetstream = client.jetstream()
    for name, changes in BAD.items():
        subject, headers, body = encode(line.crop(1))
        headers = {key: value for key, value in (headers | changes).items() if value is not None}
        headers["Nats-Msg-Id"] = uuid.uuid4().hex
        before = len(line.events("crop_rejected"))
        await jetstream.publish(subject, body, headers=headers)

        async def rejected(before=before):
            return len(line.events("crop_rejected")) > before

        try:
            await eventually(rejected)
        except AssertionError:
            pytest.fail(f"{name}: not rejected")
    subject, headers, body = encode(line.crop(2))
    await jetstream.publish(subject, body[:-5], headers=headers)
    await client.close()
    kinds = {event["kind"] for event in line.events("crop_rejected")}
    assert kinds and all(kind not in ("NoneType", "Exception") for kind in kinds)
    async with line.pair.bus("keyframe") as room:
        await room.publish_durable(line.crop(3))

        async def scored():
            return line.events("scored")

        await eventually(scored)
    assert line.client.running and line.client.ready()


async def test_a_crop_that_is_too_old_is_skipped_and_counted(line):
    async with line.pair.bus("keyframe") as room:
        await room.publish_durable(line.crop(1, age_s=60))

        async def skipped():
            return line.events("crop_skipped")

        await eventually(skipped)
    assert 'skipped_total{camera="cam-1",reason="too_old"} 1.0' in line.client.metrics()


async def test_a_crop_that_a_clock_set_back_makes_one_of_the_future_is_skipped(line):
    """Nobody knows how long it waited."""
    async with line.pair.bus("keyframe") as room:
        await room.publish_durable(line.crop(1, age_s=-3600))

        async def skipped():
            return line.events("crop_skipped")

        await eventually(skipped)
    assert 'skipped_total{camera="cam-1",reason="too_old"} 1.0' in line.client.metrics()


async def test_crops_of_cameras_that_the_site_has_not_give_no_level(line):
    """As from a keyframe that still has the site file of before: a camera that hung in another room, and one more."""
    elsewhere = REF.model_copy(update={"room": "room-2"}), REF.model_copy(update={"camera": "cam-9"})
    async with line.pair.bus("keyframe") as room, exported(line.pair) as messages:
        for count, ref in enumerate(elsewhere, 1):
            crop = line.crop(count)
            await room.publish_durable(
                crop.model_copy(update={"envelope": crop.envelope.model_copy(update={"camera": ref})})
            )

            async def refused(count=count):
                return f"crops_unknown_total {count}.0" in line.client.metrics()

            await eventually(refused)
        await room.publish_durable(line.crop(3))

        async def arrived():
            return await messages(PainMessage)

        assert [message.envelope.camera for message in await eventually(arrived)] == [REF]
    assert "cam-9" not in line.client.metrics() + line.client.log.read_text()


async def test_a_crop_of_another_format_is_skipped_and_counted(line):
    """As from a keyframe that still has the site file of before."""
    other = line.crop(1).model_copy(
        update={"format": "224x224x3-close", "width": 224, "height": 224, "channels": 3, "data": bytes(224 * 224 * 3)}
    )
    async with line.pair.bus("keyframe") as room:
        await room.publish_durable(other)

        async def skipped():
            return line.events("crop_skipped")

        await eventually(skipped)
    assert 'skipped_total{camera="cam-1",reason="other_format"} 1.0' in line.client.metrics()


def test_crops_that_only_their_margin_tells_apart_are_another_format(tmp_path):
    for sent, taken in (("224x224x3", "224x224x3-close"), ("224x224x3-close", "224x224x3")):
        write_site(tmp_path / "site.yaml", ["cam-1"], "home", {"cam-1": sent})
        site = load_site(tmp_path / "site.yaml")
        plan = grey().plan.model_copy(update={"crop": taken})
        with pytest.raises(HandshakeError, match=f"set `crop: {taken}` for it in site.yaml") as caught:
            check_crops(site, SimpleNamespace(plan=plan))
        assert caught.value.field in DISAGREEMENTS
        check_crops(site, SimpleNamespace(plan=plan.model_copy(update={"crop": sent})))


async def test_another_plan_or_crop_format_is_a_state_and_not_ready(tmp_path, pki):
    for name, options in (("plan", {"plan_hash": "0" * 64}), ("crop", {"crop": "224x224x3"})):
        directory = tmp_path / name
        directory.mkdir()
        pair = start_pair(directory, pki)
        await pair.provision()
        line = Line(directory, pair, **options)
        try:
            async with exported(pair) as messages:

                async def told(messages=messages):
                    return any(m.status == "model_mismatch" for m in await messages(StateMessage))

                await eventually(told)
            assert line.client.running and not line.client.ready()
            assert any(event["kind"] == "HandshakeError" for event in line.events("edge_lost"))
        finally:
            line.stop()
            pair.stop()


async def test_sigterm_drains_both_and_they_end_well(line):
    for service in (line.client, line.server):
        assert service.stop() == 0, f"{service.name} ended with {service.exit_code}\n{service.log_end()}"
    assert any(event["event"] == "stopped" for event in line.server.events())


async def test_logs_hold_no_pixels_and_no_levels(line):
    async with line.pair.bus("keyframe") as room:
        await room.publish_durable(line.crop(1))

        async def scored():
            return line.events("scored")

        await eventually(scored)
    for service in (line.client, line.server):
        for event in service.events():
            assert "level" not in {key for key in event if key != "level"} and event["level"] in ("INFO", "WARNING")
            assert not any(isinstance(value, list | dict) for value in event.values())
            assert len(json.dumps(event)) < 1000


def test_subjects_cover_what_is_exported():
    assert PAIN_ALL == "pain.>" and STATE_ALL == "state.>"


def test_services_do_not_import_what_their_zone_must_not_have():
    """The room's scorer runs without torch and safetensors, the edge without the bus."""
    import subprocess
    import sys

    for module, absent in (
        ("services.snni_client.main", ("torch", "safetensors", "cv2")),
        ("services.snni_server.main", ("torch", "nats", "cv2", "services.bus")),
    ):
        code = f"import {module}, sys; sys.exit(','.join(n for n in {absent!r} if n in sys.modules) or 0)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_a_bundle_that_is_not_one_is_one_clear_line(tmp_path, pki):
    for name, content in (("empty", {}), ("noise", {"plan.json": b"noise"})):
        bundle = tmp_path / name
        bundle.mkdir()
        for file, body in content.items():
            (bundle / file).write_bytes(body)
        server = parties.server(bundle, tmp_path, pki).start()
        assert server.wait(PATIENCE_S) == 2
        last = server.log.read_text().strip().splitlines()[-1]
        assert last.startswith("veilward-snni-server: ") and "plan.json" in last
        server.log.unlink()


async def test_asyncio_is_not_blocked_by_an_inference(line):
    """Health answers while inferences run."""
    async with line.pair.bus("keyframe") as room:
        await room.publish_durable(line.crop(1))
        for _ in range(20):
            assert await asyncio.to_thread(line.client.ready)
