"""No face reaches an operator of three or four: the search of test_marker.py, with share servers in place of an edge.

Crops of clips are kept in the room's memory and go as masked pixels like the others; after their time nothing of them
is kept there either. What two operators have together tells the picture by arithmetic (SECURITY.md); what is asserted
is that none of them has, logs or stores a piece of it, and that their logs and files together do not.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import cv2
import pytest

from faces.align import align_crop
from faces.detect import Detector
from localsite.stack import Stack
from tests.demo.test_marker import HEIGHT, PIECES, in_files, in_memory, pieces_of, show
from tests.support.waiting import eventually

MODES = ["four-servers", pytest.param("three-servers", marks=pytest.mark.heavy)]


@pytest.fixture(scope="module", params=MODES)
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    from tests.demo.test_marker import BUNDLE

    overrides = {"keyframe": {"scene_threshold": 0.0, "face_threshold": 0.0}, "snni_client": {"clip_every_s": 10.0}}
    with Stack(BUNDLE, overrides=overrides, mode=request.param) as running:
        running.wait_pool()
        running.start_keyframe(2.0).ports()
        yield running


async def test_no_piece_of_a_face_is_at_an_operator_the_hub_or_in_two_operators_logs(stack: Stack) -> None:
    client = stack.services["snni_client"]
    frames = await show(stack, count=8)

    async def a_clip_too() -> bool:
        frames.extend(await show(stack, count=sum(event["event"] == "scored" for event in client.events()) + 1))
        return any(event["event"] == "clip_classified" for event in client.events())

    await eventually(a_clip_too)
    crops = []
    for frame in frames:
        rgb = cv2.cvtColor(frame, cv2.COLOR_YUV2RGB_I420)
        (face, *_) = Detector().detect(rgb)
        crops.append(align_crop(rgb, face))
    luma = [piece for frame in frames[-6:] for piece in pieces_of(frame[:HEIGHT], 1)]
    colour = [piece for crop in crops for piece in pieces_of(crop, 2)]
    assert in_memory(client.pid, colour) > 0, "the search does not find crops where they are"
    operators = {name: one for name, one in stack.services.items() if name.startswith("share_")}
    assert len(operators) == (4 if stack.mode == "four-servers" else 3)
    outside = {name: one.pid for name, one in operators.items()}
    outside |= {"alerts": stack.services["alerts"].pid, "hub": stack.nats.hub.process.pid}
    for name, pid in outside.items():
        assert in_memory(pid, luma[:PIECES] + colour) == 0, f"{name} holds a piece of a face"
    for one, other in itertools.combinations(operators.values(), 2):
        text = b"".join(part for each in (one, other) for part in (each.log.read_bytes(), each.metrics().encode()))
        assert not any(piece in text for piece in luma + colour), (one.name, other.name)
    assert in_files(stack.root, luma + colour) == [], "a file holds a piece of a face"
