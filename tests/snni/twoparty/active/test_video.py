"""Labels of videos on authenticated bits: the law's, exactly, of the frames that the server selects."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import ParameterError
from snni.model.reference import Reference
from snni.model.video_label import LabelLaw, label, probabilities
from snni.twoparty.active.label import label_of, most_label_ands
from snni.twoparty.active.party import Party, Side
from snni.twoparty.active.triples import TripleMaker
from snni.twoparty.active.video import ActiveVideo, check_video
from snni.twoparty.active.words import Arithmetic, bits_of, numbers
from tests.support.active_parties import run_both
from tests.support.networks import grey
from tests.support.tiny import tiny


@pytest.mark.parametrize(("bits", "classes", "frames"), [(14, 4, 3), (20, 3, 2)])
def test_labels_are_the_laws_exactly(bits: int, classes: int, frames: int) -> None:
    law, rng = LabelLaw(bits, classes, frames), np.random.default_rng(bits)
    for spread in (1, bits // 2, bits - 2):
        scores = rng.integers(-(1 << (bits - 1)), 1 << (bits - 1), (frames, classes)) >> spread
        scores[0] = -np.abs(scores[0])

        def run(who: Party, scores: np.ndarray = scores):
            triples = TripleMaker(who)
            given = who.input(Side.SERVER, bits_of(scores, bits).reshape(-1)).reshape(bits, frames, classes)
            made = label_of(Arithmetic(who, triples), law, given)
            return int(numbers(who.open_to(Side.CLIENT, made))), triples.made

        (got, made), _ = run_both(run)
        assert got == label(law, scores), probabilities(law, scores)
        assert made <= most_label_ands(law) + 4096


@pytest.mark.heavy
def test_a_video_has_the_label_of_its_selected_frames() -> None:
    plan, reference = tiny().plan, Reference(tiny().plan, tiny().weights)
    video = np.random.default_rng(3).integers(0, 256, (4, *plan.input_shape), np.uint8)
    rows = np.zeros((2, 4), np.int8)
    rows[[0, 1], [3, 1]] = 1

    def run(who: Party):
        mine = who.side is Side.CLIENT
        one = ActiveVideo(plan, who, 4, 2)
        return one.label(video if mine else None, None if mine else rows, {} if mine else tiny().weights)

    got, nothing = run_both(run)
    law = LabelLaw(plan.values[plan.scores].ring_bits, plan.levels, 2)
    assert got == label(law, np.stack([reference.run(video[at]).scores for at in (3, 1)])) and nothing is None


def test_videos_that_are_too_large_are_refused_by_name() -> None:
    check_video(grey().plan, 6, 3)
    with pytest.raises(ParameterError, match="ANDs for this network and 10 of 150 frames"):
        check_video(grey().plan, 150, 10)
    with pytest.raises(ParameterError, match="frames"):
        check_video(tiny().plan, 0, 1)
