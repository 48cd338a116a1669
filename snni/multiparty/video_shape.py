"""What a video's classification is, by sizes alone."""

from __future__ import annotations

from dataclasses import dataclass

from snni.model.plan import Plan
from snni.model.steps import Conv
from snni.model.video_label import LabelLaw
from snni.multiparty.label import LabelOperation


@dataclass(frozen=True)
class VideoShape:
    """``frames`` pictures of the plan's input, of which ``selected`` are looked at."""

    plan: Plan
    frames: int
    selected: int

    @property
    def selection(self) -> Conv:
        """The convolution that selects: one pixel, a channel a frame (select.py)."""
        return Conv(
            name="selection",
            x="video",
            y="selected",
            kernel=(1, 1),
            stride=(1, 1),
            padding=(0, 0),
            out_channels=self.selected,
            groups=1,
            ring_bits=self.plan.input_bits,
        )

    @property
    def pixels(self) -> int:
        return self.plan.values[self.plan.input].elements

    @property
    def label(self) -> LabelOperation:
        scores = self.plan.values[self.plan.scores]
        return LabelOperation(LabelLaw(scores.ring_bits, scores.elements, self.selected))
