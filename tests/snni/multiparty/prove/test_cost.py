"""What is sent is what was declared, to the byte."""

from __future__ import annotations

import numpy as np
import pytest

from snni.multiparty.plan_cost import plan_sent, video_sent
from snni.multiparty.prove.making import DEALT
from snni.multiparty.roles import Setting
from snni.wire.framing import HEADER, MAX_FRAME_BYTES
from snni.wire.memory_channel import MemoryChannel
from tests.snni.multiparty.prove.little import little
from tests.snni.multiparty.prove.servers import ROLES, STREAMS, Three
from tests.support.networks import residual


@pytest.mark.parametrize(("network", "images"), [("little", 1), ("residual", 2)])
def test_every_server_sends_what_was_declared(tmp_path, network, images):
    three = Three(residual(), tmp_path) if network == "residual" else little(tmp_path)[0]
    ended = three.run(np.zeros((images, *three.plan.input_shape), np.uint8))
    compared(ended, plan_sent(three.plan, images, Setting.THREE_ACTIVE))


def test_a_video_too(tmp_path):
    three = Three(residual(), tmp_path, 3, "0,2")
    ended = three.run(np.zeros((3, *three.plan.input_shape), np.uint8))
    compared(ended, video_sent(three.shape, Setting.THREE_ACTIVE))


def compared(ended, declared):
    assert ended.errors == {}
    assert set(declared) == set(ROLES)
    for role, cost in declared.items():
        sent = {"prove": 0, "other": 0}
        for name, (sender, _) in STREAMS.items():
            if sender is role:
                kind = "prove" if name.startswith("prove") else "other"
                sent[kind] += sum(HEADER.size + len(frame) for frame in ended.frames[name])
        assert sent == {"prove": cost.ahead, "other": cost.online}, role


@pytest.mark.parametrize("frames", [0, 3])
def test_the_second_makes_room_for_what_is_dealt_and_no_more(tmp_path, monkeypatch, frames):
    """A dealer that says that a message is longer, as long as a frame may be, is refused at its header."""
    three = Three(residual(), tmp_path, frames, "0,2" if frames else "all")
    real, limits = MemoryChannel.recv, []

    def recv(self, tag, limit=MAX_FRAME_BYTES):
        if tag == DEALT:
            limits.append(limit)
        return real(self, tag, limit)

    monkeypatch.setattr(MemoryChannel, "recv", recv)
    ended = three.run(np.zeros((frames or 1, *three.plan.input_shape), np.uint8))
    assert ended.errors == {}
    assert limits == [len(frame) for frame in ended.frames["prove dealer second"]][: len(limits)]
    assert len(limits) > len(three.plan.steps) // 2
