"""A video's label among three servers against the law on the reference's scores; the selection, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from snni.errors import CorrelationError, ParameterError
from snni.multiparty.keys import DealerKeys
from snni.multiparty.model import (
    dealer_model,
    dealer_selection,
    evaluator_model,
    evaluator_selection,
    fresh_seeds,
    image_half,
    image_masks,
    mask_images,
    share_model,
    share_selection,
)
from snni.multiparty.opening import ChannelOpening
from snni.multiparty.plan_cost import ServersCost, video_cost
from snni.multiparty.roles import Role
from snni.multiparty.select import rows
from snni.multiparty.video import EvaluatorVideo, VideoShape, deal_video
from snni.wire.memory_channel import channel_pair
from tests.support.networks import residual
from tests.support.video_labels import sure_label, sure_picture

ROLES = (Role.FIRST, Role.SECOND)


def classify(bundle, video, chosen) -> int:
    """Checks on the way that what was declared is what was sent."""
    plan = bundle.plan
    shape = VideoShape(plan, len(video), len(chosen))
    provided, *shares = share_model(bundle)
    picked, *parts = share_selection(shape, chosen)
    keys, asked = DealerKeys.fresh(), fresh_seeds()
    (dealt, taken), (one_out, one_in), (other_out, other_in) = channel_pair(), channel_pair(), channel_pair()
    ends = (one_out, other_in), (other_out, one_in)
    s = mask_images(plan, video, asked)

    def party(index):
        model = evaluator_model(plan, ROLES[index], shares[index])
        selection = evaluator_selection(shape, ROLES[index], parts[index])
        half = image_half(plan, asked[index], len(video))
        mine = EvaluatorVideo(model, selection, (keys.first, keys.second)[index], 0, shape, half)
        mine.prepare(taken if index else None)
        opening = ChannelOpening(*ends[index])
        label_share = mine.run(s, opening)
        with pytest.raises(CorrelationError):
            mine.run(s, opening)
        return label_share

    with ThreadPoolExecutor(3) as pool:
        masks = image_masks(plan, asked, len(video))
        selected = dealer_selection(shape, picked)
        deal = pool.submit(deal_video, dealer_model(plan, provided), selected, keys, 0, shape, masks, dealt)
        runs = [pool.submit(party, index) for index in range(2)]
        mask, labels = deal.result(), [run.result() for run in runs]
    assert np.array_equal(*labels)
    cost = sum(video_cost(shape).values(), ServersCost())
    assert (dealt.bytes_sent, one_out.bytes_sent, other_out.bytes_sent) == (cost.dealt, cost.opened, cost.opened)
    return int((mask + labels[0])[0] % (1 << shape.label.law.window))


def test_a_label_is_the_laws_of_the_chosen_frames():
    bundle = residual()
    rng, chosen = np.random.default_rng(4), rows("every 3rd", 10)
    picture, level = sure_picture(bundle)
    for _ in range(2):
        video = rng.integers(0, 256, (10, *bundle.plan.input_shape), np.uint8)
        video[chosen.argmax(axis=1)] = picture
        assert sure_label(bundle, video[chosen.argmax(axis=1)]) == level
        assert classify(bundle, video, chosen) == level


def test_selections_as_people_write_them():
    assert rows("every 15th", 150).argmax(axis=1).tolist() == list(range(0, 150, 15))
    assert rows("all", 3).tolist() == np.eye(3, dtype=int).tolist()
    assert rows("2,0", 3).argmax(axis=1).tolist() == [2, 0]
    for wrong in ("every 0th", "every", "3", "", "1,", "-1", "every other"):
        with pytest.raises(ParameterError):
            rows(wrong, 3)
    with pytest.raises(ParameterError):
        rows("all", 0)
