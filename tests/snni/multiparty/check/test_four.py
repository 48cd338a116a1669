"""Four active servers: the reference's levels and labels where all follow the protocol."""

from __future__ import annotations

import numpy as np
import pytest

from snni.model.reference import Reference
from snni.multiparty.plan_cost import ServersCost, sent_by, total_servers_cost, video_cost
from snni.multiparty.roles import Setting
from snni.wire.framing import HEADER
from tests.snni.multiparty.check.four import STREAMS, Four
from tests.support.networks import clear_picture, residual
from tests.support.video_labels import sure_picture


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    return Four(residual(), tmp_path_factory.mktemp("four"))


def test_levels_are_the_references(four):
    picture, level = clear_picture()
    ended = four.run(np.repeat(picture[None], 2, axis=0))
    assert ended.errors == {}
    assert ended.results == (level, level)


def declared(frames: dict[str, list[bytes]], cost: ServersCost) -> None:
    """Holds what was sent to what was declared, to the byte."""
    sent = {name: sum(HEADER.size + len(frame) for frame in sent) for name, sent in frames.items()}
    for role, declared in sent_by(cost, Setting.FOUR_ACTIVE).items():
        mine = [name for name, (sender, _) in STREAMS.items() if sender is role]
        assert sum(sent[name] for name in mine) == declared.ahead + declared.online, role
    assert sent["open first"] == sent["open second"] == cost.opened
    assert len(frames["correct"]) == len(frames["check first"]) - 1 == cost.rounds


def test_what_is_sent_is_what_was_declared(four):
    pictures = np.zeros((3, *four.plan.input_shape), np.uint8)
    declared(four.run(pictures).frames, total_servers_cost(four.plan, 3))


def test_other_pictures_pass_every_check(four):
    rng = np.random.default_rng(1)
    reference = Reference(four.plan, residual().weights)
    pictures = rng.integers(0, 256, (4, *four.plan.input_shape), np.uint8)
    ended = four.run(pictures)
    assert ended.errors == {}
    for picture, level in zip(pictures, ended.results, strict=True):
        assert level in set(reference.draws(picture, 64).argmax(axis=1).tolist())


def test_a_label_is_the_laws(tmp_path):
    picture, level = sure_picture(residual())
    four = Four(residual(), tmp_path, 5, "every 2nd")
    other = np.random.default_rng(0).integers(0, 256, picture.shape, np.uint8)
    ended = four.run(np.stack([picture, other, picture, other, picture]))
    assert ended.errors == {} and ended.results == (level,)
    declared(ended.frames, sum(video_cost(four.shape).values(), ServersCost()))
