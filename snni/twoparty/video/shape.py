"""What a video's classification between two parties is, and sends, by sizes alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from snni.errors import ParameterError
from snni.model.plan import Plan
from snni.model.video_label import LabelLaw
from snni.twoparty.linear.geometry import ConvGeometry
from snni.twoparty.linear.layout import Layout
from snni.twoparty.linear.portions import layout
from snni.twoparty.nonlinear.correlations import FIRST, Claimed, offline_traffic
from snni.twoparty.nonlinear.label import LabelShape
from snni.twoparty.suite import TWO_PARTY, TwoPartySuite
from snni.wire.framing import HEADER
from snni.wire.packing import packed_bytes
from snni.wire.traffic import Traffic

MAX_FRAMES = 1024


@dataclass(frozen=True)
class VideoShape:
    """``frames`` pictures of the plan's input, 1 to 1024, of which ``selected`` are looked at, 1 to 64.

    Raises ParameterError: outside these, or scores that no label is made of.
    """

    plan: Plan
    frames: int
    selected: int
    suite: TwoPartySuite = TWO_PARTY

    def __post_init__(self) -> None:
        if not 1 <= self.frames <= MAX_FRAMES:
            raise ParameterError(f"{self.frames} frames; a video has 1 to {MAX_FRAMES}")
        self.label  # noqa: B018 -- its law has bounds of its own

    @cached_property
    def label(self) -> LabelShape:
        scores = self.plan.values[self.plan.scores]
        return LabelShape(LabelLaw(scores.ring_bits, scores.elements, self.selected), self.suite.comparison)

    @cached_property
    def selection(self) -> Layout:
        """The convolution that selects: one pixel, a channel a frame, a picture's rows one above the other."""
        channels, height, width = self.plan.input_shape
        one_pixel = ConvGeometry(
            in_channels=self.frames,
            height=channels * height,
            width=width,
            out_channels=self.selected,
            kernel=(1, 1),
            ring_bits=self.plan.input_bits,
        )
        return layout(one_pixel, 1)

    @property
    def video_shape(self) -> tuple[int, ...]:
        """Of the video, [N, C, H, W]."""
        return self.frames, *self.plan.input_shape

    @property
    def masked_bytes(self) -> int:
        """Payload of the masked video."""
        return packed_bytes(math.prod(self.video_shape), self.plan.input_bits)

    @property
    def selection_online(self) -> Traffic:
        """The masked video, from the client."""
        return Traffic(HEADER.size + self.masked_bytes, 0, 1)

    @property
    def network_online(self) -> Traffic:
        """All selected frames, up to their scores."""
        shapes = [self.suite.shape(self.plan, step) for step in self.plan.steps[:-1]]
        one = sum((shape.traffic for shape in shapes if shape is not None), Traffic())
        return sum((one for _ in range(self.selected)), Traffic())

    @property
    def label_online(self) -> Traffic:
        return self.label.traffic

    @property
    def selection_ahead(self) -> Traffic:
        chosen = self.selection
        return Traffic(HEADER.size + chosen.upload_bytes, HEADER.size + chosen.reply_bytes, 2)

    def transfers_ahead(self, before: Claimed = FIRST) -> Traffic:
        """Of all frames' correlations and the label's, after ``before`` claimed transfers."""
        total = Traffic()
        for _ in range(self.selected):
            sent, before = self.suite.nonlinear_traffic(self.plan, scores=True, before=before)
            total += sent
        return total + offline_traffic(self.label.correlations, self.suite.transfers, before)
