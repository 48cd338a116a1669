"""No mask that evaluators draw halves of masks two values of one run, in whatever plan is allowed."""

from __future__ import annotations

from collections import Counter

import numpy as np

from snni.model.plan import MAX_STEPS, Plan
from snni.model.steps import Argmax, MaxPool
from snni.model.values import ValueSpec
from snni.model.windowed import MAX_WINDOW_ELEMENTS
from snni.multiparty.prove.counted import Counted
from snni.multiparty.prove.label import LABEL
from snni.multiparty.prove.walk import A_STEP, INNER, walk
from snni.multiparty.roles import Role
from snni.multiparty.video import SELECTED

BITS = 12
LONG = 1026
"""Values in one window: so many less one maxima, one after another."""


class Drawn(Counted):
    """Counts how often each stream is drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.streams: Counter[int] = Counter()

    def draw(self, stream, shape, bits):
        self.streams[stream] += 1
        return super().draw(stream, shape, bits)


def test_a_long_window_draws_no_mask_of_the_step_behind_it():
    """The argmax's winner under the mask of one of the maxima gave evaluators the level."""
    shape = (2, 1, LONG)
    pool = MaxPool(
        name="pool",
        x="x",
        y="y",
        kernel=(1, LONG),
        stride=(1, 1),
        padding=(0, 0),
        ceil_mode=False,
        shift=0,
        window=BITS,
        ignored=0,
    )
    largest = Argmax(name="argmax", x="y", y="level", window=BITS)
    values = {"x": ValueSpec(shape=shape, ring_bits=BITS)}
    for step in (pool, largest):
        values[step.y] = step.infer([values[step.x]])
    plan = Plan(
        name="long",
        input="x",
        output="level",
        input_shape=shape,
        input_bits=BITS,
        values=values,
        steps=(pool, largest),
        levels=2,
    )
    maker = Drawn()
    walk(plan, plan.steps, {}, maker, 1, {Role.FIRST: np.zeros((1, *shape), np.uint32)})
    assert sum(maker.streams.values()) == LONG - 1 + 1
    assert maker.streams.most_common(1)[0][1] == 1


def test_no_plans_streams_reach_into_others():
    """A step draws for itself or, within it, once for each place of a window at most."""
    assert MAX_STEPS <= SELECTED < INNER
    assert 2 * MAX_WINDOW_ELEMENTS <= A_STEP
    assert INNER + MAX_STEPS * A_STEP <= LABEL < 1 << 63
