"""No face reaches an operator of three or four: the search of test_marker.py, with share servers in place of an edge.

Crops of clips are kept in the room's memory and go as masked pixels like the others; after their time nothing of them
is kept there either. What two operators have together tells the picture by arithmetic (SECURITY.md); what is asserted
is that none of them has, logs or stores a piece of it, and that their logs and files together do not.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faces.align import align_crop
from faces.detect import Detector
from localsite.stack import Stack
from tests.demo.pieces import BUNDLE, HEIGHT, in_files, in_memory, pieces_of, show
from tests.support.waiting import eventually

LOOKED_AT, PIECES_EACH = 12, 2
"""Frames, and pieces of each: every server's whole memory is searched for every one."""


def crop_of(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The face of an I420 frame, as keyframe cuts it."""
    rgb = cv2.cvtColor(frame, cv2.COLOR_YUV2RGB_I420)
    (face, *_) = Detector().detect(rgb)
    return align_crop(rgb, face)


@pytest.fixture(scope="module", params=["three-servers", "three-servers-active", "four-servers"])
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    overrides: dict[str, dict[str, object]] = {
        "keyframe": {"scene_threshold": 0.0, "face_threshold": 0.0},
        "snni_client": {"clip_every_s": 10.0},
    }
    with Stack(BUNDLE, overrides=overrides, mode=request.param) as running:
        running.wait_pool()
        running.start_keyframe(2.0).ports()
        yield running


@pytest.mark.heavy
async def test_no_piece_of_a_face_is_at_an_operator_the_hub_or_in_two_operators_logs(stack: Stack) -> None:
    client = stack.services["snni_client"]
    frames = await show(stack, count=8)

    async def a_clip_too() -> bool:
        frames.extend(await show(stack, count=sum(event["event"] == "scored" for event in client.events()) + 1))
        return any(event["event"] == "clip_classified" for event in client.events())

    await eventually(a_clip_too)
    shown = frames[-LOOKED_AT:]
    luma = [piece for frame in shown for piece in pieces_of(frame[:HEIGHT], 1)[:PIECES_EACH]]
    colour = [piece for frame in shown for piece in pieces_of(crop_of(frame), 2)[:PIECES_EACH]]
    room = [stack.nats.leaf.process.pid, stack.services["keyframe"].pid, client.pid]
    assert sum(in_memory(pid, colour) for pid in room) > 0, "the search does not find crops where they are"
    operators = {name: one for name, one in stack.services.items() if name.startswith("share_")}
    assert len(operators) == (4 if stack.mode == "four-servers" else 3)
    outside = {name: one.pid for name, one in operators.items()}
    outside |= {"alerts": stack.services["alerts"].pid, "hub": stack.nats.hub.process.pid}
    for name, pid in outside.items():
        assert in_memory(pid, luma[:PIECES_EACH] + colour) == 0, f"{name} holds a piece of a face"
    for one, other in itertools.combinations(operators.values(), 2):
        text = b"".join(part for each in (one, other) for part in (each.log.read_bytes(), each.metrics().encode()))
        assert not any(piece in text for piece in luma + colour), (one.name, other.name)
    assert in_files(stack.root, luma + colour) == [], "a file holds a piece of a face"
