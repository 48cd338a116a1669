"""No face leaves the room: pieces of real frames and crops are searched for everywhere outside, and found inside.

The pieces are runs of bytes of the frames and crops themselves, as they are on the room's bus. The same search must
find them in the room's own memory, so that it cannot pass by not looking.
"""

from pathlib import Path

import cv2
import pytest

from faces.align import align_crop
from faces.detect import Detector
from localsite.stack import Stack
from services.runtime.shutdown import dumpable
from tests.demo.pieces import BUNDLE, HEIGHT, PIECES, in_files, in_memory, pieces_of, show


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
