"""No face leaves the room: pieces of real frames and crops are searched for everywhere outside, and found inside.

The pieces are runs of bytes of the frames and crops themselves, as they are on the room's bus. The same search must
find them in the room's own memory, so that it cannot pass by not looking.
"""

import asyncio
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from faces.align import align_crop
from faces.detect import Detector
from localsite.site_file import ROOM, SITE, WARD
from localsite.stack import CAMERA, Stack
from services.bus.models import CameraRef, Envelope, FrameMessage
from services.runtime.shutdown import dumpable
from tests.support.waiting import PATIENCE_S

BUNDLE = Path(__file__).parents[2] / "models" / "squeezenet-synthetic"
REF = CameraRef(site=SITE, ward=WARD, room=ROOM, camera=CAMERA)
PIECE, PIECES = 24, 8
WIDTH, HEIGHT = 512, 512


def picture(seed: int) -> np.ndarray:
    """An I420 frame of a real face under fresh sensor noise: uint8 [HEIGHT * 3 / 2, WIDTH]."""
    noise = np.random.default_rng(seed).normal(0, 3, (HEIGHT, WIDTH, 3))
    rgb = np.clip(data.astronaut() + noise, 0, 255).astype(np.uint8)
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)


def pieces_of(array: np.ndarray, seed: int) -> list[bytes]:
    """Runs of PIECE bytes with at least ten different values: noise makes them unlike anything else."""
    flat, rng, found = array.reshape(-1), np.random.default_rng(seed), []
    while len(found) < PIECES:
        start = int(rng.integers(0, flat.size - PIECE))
        piece = flat[start : start + PIECE].tobytes()
        if len(set(piece)) >= 10:
            found.append(piece)
    return found


def memory(pid: int) -> Iterator[bytes]:
    """The readable, private memory of a process, region by region."""
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", 0) as file:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if match is None:
                continue
            start, end = (int(value, 16) for value in match.groups())
            try:
                file.seek(start)
                yield file.read(end - start)
            except (OSError, ValueError):
                continue


def in_memory(pid: int, pieces: list[bytes]) -> int:
    """How many of the pieces the process holds."""
    held: set[bytes] = set()
    for region in memory(pid):
        held |= {piece for piece in pieces if piece not in held and piece in region}
    return len(held)


def in_files(root: Path, pieces: list[bytes]) -> list[Path]:
    """Files under root that hold a piece."""
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if any(piece in path.read_bytes() for piece in pieces)]


async def show(stack: Stack, count: int) -> list[np.ndarray]:
    """Publish frames as ingest would until `count` levels came out; the frames."""
    producer, frames = uuid.uuid4().hex, []
    client = stack.services["snni_client"]
    async with stack.nats.bus("ingest", streams=False) as bus:
        while sum(event["event"] == "scored" for event in client.events()) < count:
            assert len(frames) < 2 * PATIENCE_S, client.log.read_text()[-2000:]
            now = datetime.now(UTC)
            frames.append(picture(len(frames)))
            envelope = Envelope(camera=REF, sequence=len(frames), producer=producer, captured_at=now, published_at=now)
            data = frames[-1].tobytes()
            await bus.publish(FrameMessage(envelope=envelope, width=WIDTH, height=HEIGHT, data=data))
            await asyncio.sleep(0.5)
    return frames


@pytest.fixture(scope="module")
def stack():
    with Stack(BUNDLE, overrides={"keyframe": {"scene_threshold": 0.0, "face_threshold": 0.0}}) as running:
        running.wait_pool()
        running.start_keyframe(2.0).ports()
        yield running


async def test_no_piece_of_a_face_is_outside_the_room(stack):
    frames = await show(stack, count=3)
    crops = []
    for frame in frames:
        rgb = cv2.cvtColor(frame, cv2.COLOR_YUV2RGB_I420)
        (face, *_) = Detector().detect(rgb)
        crops.append(align_crop(rgb, face))
    luma = [piece for frame in frames[-6:] for piece in pieces_of(frame[:HEIGHT], 1)]
    colour = [piece for crop in crops[-6:] for piece in pieces_of(crop, 2)]
    services = stack.services
    room = [stack.nats.leaf.process.pid, services["keyframe"].pid, services["snni_client"].pid]
    assert sum(in_memory(pid, luma) for pid in room) > 0, "the search does not find frames where they are"
    assert sum(in_memory(pid, colour) for pid in room) > 0, "the search does not find crops where they are"
    outside = {
        "snni_server": services["snni_server"].pid,
        "alerts": services["alerts"].pid,
        "hub": stack.nats.hub.process.pid,
        "redis": stack.redis.process.pid,
    }
    for name, pid in outside.items():
        assert in_memory(pid, luma[:PIECES] + colour) == 0, f"{name} holds a piece of a face"
    assert in_files(stack.root, luma + colour) == [], "a file holds a piece of a face"
    for name, service in services.items():
        text = service.metrics().encode() + service.log.read_bytes()
        assert not any(piece in text for piece in luma + colour), name


def test_room_services_and_the_edge_cannot_dump_core(stack):
    """RLIMIT_CORE is 0 in every room process; they are not dumpable (their /proc files belong to root alone)."""
    for name in ("ingest", "keyframe", "snni_client", "snni_server"):
        limits = Path(f"/proc/{stack.services[name].pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"], name
    assert dumpable()  # the test's own process still is, so the call tells the difference
