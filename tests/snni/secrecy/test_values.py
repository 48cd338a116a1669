"""Each party's share of every value is uniform, whatever the secret: over thousands of places with the same secret.

Two frames of one picture, so that what is drawn for one is seen to be drawn anew for the other.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from snni.model.steps import Clip, Conv, MaxPool, Relu, Rescale
from snni.twoparty.nonlinear.comparisons import COMPARISONS
from snni.twoparty.suite import TwoPartySuite
from tests.snni.secrecy.plane import grey, plane
from tests.support.chance import assert_fair, assert_uniform, assert_unrelated
from tests.support.parties import Run, run_parties

MANY = 1000
"""Places of one secret that are enough to judge."""
LOW = 6
"""Bits by which two shares are compared."""
PARTIES = pytest.mark.parametrize("party", ["mine", "theirs"])


@pytest.fixture(scope="module", params=[(name, value) for name in COMPARISONS for value in (0, 201)], ids=str)
def run(request: pytest.FixtureRequest) -> Run:
    comparison, value = request.param
    return run_parties(plane(), [grey(value)] * 2, TwoPartySuite(COMPARISONS[comparison]))


def drawn_values() -> list[str]:
    """The picture, and what a step with draws of its own puts out."""
    made = [step.y for step in plane().plan.steps if isinstance(step, Conv | Relu | Clip | MaxPool | Rescale)]
    return [plane().plan.input, *made]


def places(shares: dict[str, np.ndarray], name: str) -> np.ndarray:
    """A share as uint32 [channels, places]."""
    share = shares[name]
    assert share[0].size >= MANY, name
    return share.reshape(len(share), -1)


def test_the_secret_is_the_same_in_every_place(run: Run) -> None:
    """But for the units that truncation and ignored bits add: one value has a sixteenth of the places at least. It is
    what makes the other tests mean something."""
    plan = plane().plan
    for name in drawn_values():
        secret = (run.mine[0][name].astype(np.int64) + run.theirs[0][name]) % (1 << plan.values[name].ring_bits)
        for channel in secret.reshape(len(secret), -1):
            _, counts = np.unique(channel, return_counts=True)
            assert counts.max() >= channel.size / 16, name


@PARTIES
def test_every_share_is_uniform(run: Run, party: str) -> None:
    for frame in getattr(run, party):
        for name in (*drawn_values(), "add"):
            bits = plane().plan.values[name].ring_bits
            for number, channel in enumerate(places(frame, name)):
                what = (party, name, number)
                for bit in range(bits):
                    assert_fair(channel >> np.uint32(bit) & 1, (*what, bit))
                assert_uniform(channel >> np.uint32(bits - 4), 16, what)
                assert_uniform(channel & np.uint32(15), 16, what)


@PARTIES
def test_shares_of_two_frames_are_unrelated(run: Run, party: str) -> None:
    first, second = getattr(run, party)
    for name in drawn_values():
        one, two = (places(frame, name) & np.uint32((1 << LOW) - 1) for frame in (first, second))
        assert_unrelated(one, two, 1 << LOW, (party, name))


@PARTIES
def test_shares_of_two_values_are_unrelated(run: Run, party: str) -> None:
    frame = getattr(run, party)[0]
    shapes = {name: places(frame, name).shape for name in drawn_values()}
    same = [pair for pair in combinations(shapes, 2) if shapes[pair[0]] == shapes[pair[1]]]
    assert len(same) >= 5
    for pair in same:
        one, two = (places(frame, name) & np.uint32((1 << LOW) - 1) for name in pair)
        assert_unrelated(one, two, 1 << LOW, (party, pair))


@PARTIES
def test_neighbours_and_channels_are_unrelated(run: Run, party: str) -> None:
    frame = getattr(run, party)[0]
    for name in drawn_values():
        share = places(frame, name) & np.uint32((1 << LOW) - 1)
        assert_unrelated(share[:, 1:], share[:, :-1], 1 << LOW, (party, name, "neighbours"))
        for one, two in combinations(share, 2):
            assert_unrelated(one, two, 1 << LOW, (party, name, "channels"))


def test_what_the_server_keeps_of_the_linear_phase_is_of_its_own_dice(run: Run) -> None:
    """H2A's masks: uniform, other ones for another frame, another convolution, another channel. A mask that came twice
    would leave the client two equations in the weights."""
    first, second = run.kept
    masks = {(frame, name): places(kept, name) for frame, kept in enumerate((first, second)) for name in kept}
    for what, mask in masks.items():
        for number, channel in enumerate(mask):
            for bit in range(LOW):
                assert_fair(channel >> np.uint32(bit) & 1, (what, number, bit))
        for one, two in combinations(mask & np.uint32((1 << LOW) - 1), 2):
            assert_unrelated(one, two, 1 << LOW, (what, "channels"))
    for one, two in combinations(masks, 2):
        width = min(masks[one].shape[1], masks[two].shape[1])
        low = (masks[key][0, :width] & np.uint32((1 << LOW) - 1) for key in (one, two))
        assert_unrelated(*low, 1 << LOW, (one, two))


def test_the_measures_see_what_is_not_masked() -> None:
    bare = np.full(MANY, 75, np.uint32)
    with pytest.raises(AssertionError, match="p = "):
        assert_fair(bare & 1)
    with pytest.raises(AssertionError, match="p = "):
        assert_uniform(bare & 15, 16)
    with pytest.raises(AssertionError, match="p = "):
        assert_unrelated(bare, bare, 1 << LOW)
    one_in_eight = np.random.default_rng(1).integers(0, 1 << 16, MANY, np.uint32)
    with pytest.raises(AssertionError, match="p = "):
        assert_unrelated(one_in_eight, np.where(np.arange(MANY) % 8 == 0, one_in_eight, 0), 1 << LOW)
