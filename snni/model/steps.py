"""The steps of a plan, a class a kind: what it computes, in which rings and windows; no weight.

A *window* of m bits says that a value fits [-2^(m-1), 2^(m-1)), so that its shares may be reduced to Z_2^m first
(``Rescale`` and ``MaxPool`` need one bit more, see there). *Truncation* by f bits, trunc(x), is x / 2^f or an integer
next to it in Z_2^(k-f); which one, and how often, is the law of the suite that runs the plan (error_law.py).

Each step derives its output's shape and ring from its inputs' (``infer``) and raises ValueError where they do not fit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from snni.model.step import PlanStep, TensorSpec
from snni.model.values import (
    MAX_RING_BITS,
    MIN_RING_BITS,
    Dimension,
    Ignored,
    Name,
    PlanModel,
    RingBits,
    Shape,
    Shift,
    ValueSpec,
    need,
)
from snni.model.windowed import Windowed

MAX_FAN_IN = 1 << 19
WEIGHT_LIMIT = 127


def _same(shapes: Sequence[tuple[int, ...]]) -> bool:
    return all(shape == shapes[0] for shape in shapes)


class Conv(Windowed):
    """y = W * x + b in Z_2^ring_bits, zero padding; x's shares are reduced mod 2^ring_bits first.

    W is int8 ``<name>.weight`` [out_channels, C / groups, kh, kw]; b is int64 ``<name>.bias`` [out_channels] in
    [0, 2^ring_bits). A linear layer is a convolution on [F, 1, 1].
    """

    op: Literal["conv"] = "conv"
    out_channels: Dimension
    groups: Dimension
    ring_bits: RingBits

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        (x,) = specs
        channels = x.shape[0]
        need(x.ring_bits >= self.ring_bits, f"needs {self.ring_bits} ring bits, its input has {x.ring_bits}")
        need(channels % self.groups == 0 and self.out_channels % self.groups == 0, "groups do not divide channels")
        need(self.fan_in(x.shape) <= MAX_FAN_IN, f"fan-in above {MAX_FAN_IN}")
        return ValueSpec(shape=(self.out_channels, *self.map_size(x)), ring_bits=self.ring_bits)

    def fan_in(self, shape: Shape) -> int:
        """Products summed for one output, input of ``shape``."""
        return shape[0] // self.groups * math.prod(self.kernel)

    def weight_shape(self, shape: Shape) -> tuple[int, int, int, int]:
        """[M, C / groups, kh, kw] for an input of ``shape``."""
        return (self.out_channels, shape[0] // self.groups, *self.kernel)

    def tensors(self, x: ValueSpec) -> tuple[TensorSpec, ...]:
        shape = self.weight_shape(x.shape)
        return (
            TensorSpec("weight", "int8", shape, -WEIGHT_LIMIT, WEIGHT_LIMIT),
            TensorSpec("bias", "int64", shape[:1], 0, (1 << self.ring_bits) - 1),
        )

    def macs(self, values: Mapping[str, ValueSpec]) -> int:
        return self.fan_in(values[self.x].shape) * values[self.y].elements

    def weights(self, values: Mapping[str, ValueSpec]) -> int:
        return math.prod(self.weight_shape(values[self.x].shape))

    def window_reads(self, values: Mapping[str, ValueSpec]) -> int:
        return 0  # its products are counted


class _Unary(PlanStep):
    """Steps of one value."""

    x: Name

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.x,)


class _Truncation(_Unary):
    """Those that truncate by ``shift``, reduce to Z_2^window, extend to Z_2^out_bits."""

    shift: Shift
    window: Annotated[int, Field(strict=True, ge=3, le=MAX_RING_BITS)]
    out_bits: RingBits

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        (x,) = specs
        need(x.ring_bits - self.shift >= self.window, "window wider than the truncated ring")
        need(self.out_bits >= self.window, "out_bits below the window")
        return ValueSpec(shape=x.shape, ring_bits=self.out_bits)


class _Ignoring(PlanModel):
    """Steps that compare. ``ignored``: low bits of the window that the comparison drops, not written where it is 0."""

    ignored: Ignored = 0

    @model_serializer(mode="wrap")
    def _written(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        fields: dict[str, object] = handler(self)
        return fields if self.ignored else {name: value for name, value in fields.items() if name != "ignored"}

    def keeps_bits(self, window: int) -> None:
        """Raises ValueError: nothing below the sign is left to compare."""
        need(self.ignored <= window - 2, "more bits ignored than the window has below its sign")


class _Compared(_Ignoring, _Truncation):
    """Those that truncate, compare and extend."""

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        self.keeps_bits(self.window)
        return super().infer(specs)


class Relu(_Compared):
    """y = max(trunc(x), 0), |trunc(x)| < 2^(window - 1) - 2^ignored (2^(window - 1) where nothing is ignored).

    The comparison drops ``ignored`` low bits of the truncated shares: a value next to zero, within what they hide, may
    be taken for one of the other sign (error_law.py).
    """

    op: Literal["relu"] = "relu"

    def relus(self, values: Mapping[str, ValueSpec]) -> int:
        return values[self.y].elements

    def comparisons(self, values: Mapping[str, ValueSpec]) -> int:
        return values[self.y].elements


class Clip(_Compared):
    """y = trunc(min(max(x, 0), limit)), |trunc(x)| and |trunc(x - limit)| within the window as a ReLU's.

    The limits are int64 ``<name>.limit`` [C] in [1, 2^(ring_bits of x - 1)), among the weights: the server's alone.
    """

    op: Literal["clip"] = "clip"

    def tensors(self, x: ValueSpec) -> tuple[TensorSpec, ...]:
        return (TensorSpec("limit", "int64", x.shape[:1], 1, (1 << (x.ring_bits - 1)) - 1),)

    def relus(self, values: Mapping[str, ValueSpec]) -> int:
        return values[self.y].elements

    def comparisons(self, values: Mapping[str, ValueSpec]) -> int:
        return 2 * values[self.y].elements


class Rescale(_Truncation):
    """y = trunc(x) with its sign, without a comparison.

    |trunc(x)| < 2^(window - 2): 2^(window - 2) is added so that the sign is known, and removed after the extension.
    """

    op: Literal["rescale"] = "rescale"


class MaxPool(_Ignoring, Windowed):
    """Largest of each window. Truncate by ``shift``, reduce to Z_2^window, tournament by b + relu(a - b).

    |a - b| < 2^(window - 1) - 2^ignored for any two values of a window (2^(window - 1) where nothing is ignored), y in
    Z_2^window. Padded positions take no part. The comparisons drop ``ignored`` low bits: of two values at most
    2^(ignored - 1) - 1 apart either may win.
    """

    op: Literal["maxpool"] = "maxpool"
    ceil_mode: Annotated[bool, Field(strict=True)]
    shift: Shift
    window: RingBits

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        (x,) = specs
        need(x.ring_bits - self.shift >= self.window, "window wider than the truncated ring")
        self.keeps_bits(self.window)
        need(all(2 * p <= k for p, k in zip(self.padding, self.kernel, strict=True)), "padding above half the window")
        return ValueSpec(shape=(x.shape[0], *self.map_size(x, self.ceil_mode)), ring_bits=self.window)

    def comparisons(self, values: Mapping[str, ValueSpec]) -> int:
        """Along rows first, then along columns; padding takes no part."""
        channels = values[self.x].shape[0]
        down, across = (self._windows(axis, values) for axis in (0, 1))
        rows = {row for window in down for row in window}
        first = len(rows) * sum(len(window) - 1 for window in across)
        return channels * (first + len(across) * sum(len(window) - 1 for window in down))

    def _windows(self, axis: int, values: Mapping[str, ValueSpec]) -> list[range]:
        """Along one axis, which positions of x each position of y covers."""
        size, outputs = values[self.x].shape[1 + axis], values[self.y].shape[1 + axis]
        starts = (i * self.stride[axis] - self.padding[axis] for i in range(outputs))
        return [range(max(0, start), min(size, start + self.kernel[axis])) for start in starts]


class SumPool(Windowed):
    """Sum of each window, zero padding, same ring; 1 / n belongs to the scale of what follows. Local, exact."""

    op: Literal["sumpool"] = "sumpool"

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        (x,) = specs
        return ValueSpec(shape=(x.shape[0], *self.map_size(x)), ring_bits=x.ring_bits)


class _Joined(PlanStep):
    """Steps that join values: each is multiplied by 2^left_shifts[i] (none: all 0), then reduced to Z_2^out_bits.

    Multiplying shares in Z_2^k by 2^l gives shares in Z_2^(k+l), so out_bits <= min(ring_bits + left shift). Local,
    exact. A residual branch of 8-bit activations meets an accumulator this way without a protocol.
    """

    xs: Annotated[tuple[Name, ...], Field(min_length=2, max_length=256)]
    out_bits: RingBits
    left_shifts: tuple[Shift, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        return self.xs

    def shifts(self) -> tuple[int, ...]:
        """One left shift for each of ``xs``."""
        return self.left_shifts or (0,) * len(self.xs)

    def check_rings(self, specs: Sequence[ValueSpec]) -> None:
        """Raises ValueError where the rings cannot give ``out_bits``."""
        need(len(self.shifts()) == len(self.xs), "as many left shifts as inputs")
        available = min(x.ring_bits + shift for x, shift in zip(specs, self.shifts(), strict=True))
        need(self.out_bits <= available, f"out_bits above {available}")


class Add(_Joined):
    """y = sum of 2^l_i x_i, equal shapes."""

    op: Literal["add"] = "add"

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        self.check_rings(specs)
        need(_same([x.shape for x in specs]), "shapes differ")
        return ValueSpec(shape=specs[0].shape, ring_bits=self.out_bits)


class Concat(_Joined):
    """y = the 2^l_i x_i one after another along channels, equal maps."""

    op: Literal["concat"] = "concat"

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        self.check_rings(specs)
        need(_same([x.shape[1:] for x in specs]), "maps differ")
        return ValueSpec(shape=(sum(x.shape[0] for x in specs), *specs[0].shape[1:]), ring_bits=self.out_bits)


class Flatten(_Unary):
    """[C, H, W] -> [C H W, 1, 1] in C order. Local."""

    op: Literal["flatten"] = "flatten"

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        (x,) = specs
        return ValueSpec(shape=(x.elements, 1, 1), ring_bits=x.ring_bits)


class Argmax(_Unary):
    """Index of the largest of x's values, the lowest index of equals. |a - b| < 2^(window - 1); y is [1, 1, 1]."""

    op: Literal["argmax"] = "argmax"
    window: RingBits

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        (x,) = specs
        need(x.ring_bits >= self.window, "window wider than the ring")
        need(2 <= x.elements <= 4096, "argmax wants 2 to 4096 values")
        return ValueSpec(shape=(1, 1, 1), ring_bits=max(MIN_RING_BITS, (x.elements - 1).bit_length()))

    def comparisons(self, values: Mapping[str, ValueSpec]) -> int:
        return values[self.x].elements - 1


Step = Annotated[
    Conv | Relu | Clip | Rescale | MaxPool | SumPool | Add | Concat | Flatten | Argmax, Field(discriminator="op")
]
