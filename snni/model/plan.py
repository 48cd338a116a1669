"""The plan: what both parties know of a network. Shapes, rings, shifts and windows; no weight, no digest of one.

A value x in Z_2^k stands for its representative in [-2^(k-1), 2^(k-1)). A *window* of m bits says that a value fits
[-2^(m-1), 2^(m-1)), so that its shares may be reduced to Z_2^m first (``Rescale`` and ``MaxPool`` need one bit more,
see there). *Truncation* by f bits is the server adding 2^f - 1 and both parties dropping f low bits:
(c >> f) + ((s + 2^f - 1) >> f) mod 2^(k-f), which is floor(x / 2^f) or the integer above it, unbiased.

What a plan tells the client besides the architecture: each layer's ring bits, hence about its largest accumulator,
and each layer's shift. A plan from a peer or a file is untrusted: every size is bounded before anything is allocated
for it, every shape and ring is derived again from the steps and compared with what is declared.

Past 400 lines because a step's fields and the checks of them stand together, one class a kind of step.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from snni.errors import BundleError

MIN_RING_BITS = 2
MAX_RING_BITS = 26
MAX_DIMENSION = 1 << 20
MAX_VALUE_ELEMENTS = 1 << 23
MAX_TOTAL_ELEMENTS = 1 << 27
MAX_WEIGHTS = 1 << 28
MAX_FAN_IN = 1 << 19
MAX_MACS = 1 << 36
MAX_WINDOW_ELEMENTS = 1 << 16
MAX_STEPS = 4096
MAX_PLAN_BYTES = 4 << 20

Name = Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,96}$")]
RingBits = Annotated[int, Field(strict=True, ge=MIN_RING_BITS, le=MAX_RING_BITS)]
Shift = Annotated[int, Field(strict=True, ge=0, le=MAX_RING_BITS - MIN_RING_BITS)]
Ignored = Annotated[int, Field(strict=True, ge=0, le=8)]
Dimension = Annotated[int, Field(strict=True, ge=1, le=MAX_DIMENSION)]
Pad = Annotated[int, Field(strict=True, ge=0, le=MAX_DIMENSION)]
Shape = tuple[Dimension, Dimension, Dimension]
Pair = tuple[Dimension, Dimension]
PadPair = tuple[Pad, Pad]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ValueSpec(_Model):
    """A shared value: shape [C, H, W] and the ring Z_2^ring_bits both parties' shares live in."""

    shape: Shape
    ring_bits: RingBits

    @property
    def elements(self) -> int:
        return math.prod(self.shape)


def _need(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


def _same(shapes: Sequence[tuple[int, ...]]) -> bool:
    return all(shape == shapes[0] for shape in shapes)


def pooled_size(size: int, kernel: int, stride: int, padding: int, ceil_mode: bool = False) -> int:
    """Outputs along one axis, as torch counts them: with ceil_mode the last window must start inside size + padding.

    Raises:
        ValueError: the window is larger than the padded axis.
    """
    span = size + 2 * padding - kernel
    _need(span >= 0, f"a window of {kernel} does not fit {size} values padded by {padding}")
    out = (span + (stride - 1 if ceil_mode else 0)) // stride + 1
    return out - 1 if ceil_mode and (out - 1) * stride >= size + padding else out


class _Windowed(_Model):
    """Steps that slide a window over [C, H, W]."""

    kernel: Pair
    stride: Pair
    padding: PadPair

    def map_size(self, x: ValueSpec, ceil_mode: bool = False) -> tuple[int, int]:
        """Output height and width. Raises ValueError where the window does not fit or padding reaches past it."""
        _need(math.prod(self.kernel) <= MAX_WINDOW_ELEMENTS, "window too large")
        _need(all(p < k for p, k in zip(self.padding, self.kernel, strict=True)), "padding reaches past the window")
        height, width = (
            pooled_size(*axis, ceil_mode)
            for axis in zip(x.shape[1:], self.kernel, self.stride, self.padding, strict=True)
        )
        return height, width


class Conv(_Windowed):
    """y = W * x + b in Z_2^ring_bits, zero padding; x's shares are reduced mod 2^ring_bits first.

    W is int8 ``<name>.weight`` [out_channels, C / groups, kh, kw]; b is int64 ``<name>.bias`` [out_channels] in
    [0, 2^ring_bits). A linear layer is a convolution on [F, 1, 1]. Error of the protocol: one unit, rarely.
    """

    op: Literal["conv"] = "conv"
    name: Name
    x: Name
    y: Name
    out_channels: Dimension
    groups: Dimension
    ring_bits: RingBits

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        (x,) = specs
        channels = x.shape[0]
        _need(x.ring_bits >= self.ring_bits, f"needs {self.ring_bits} ring bits, its input has {x.ring_bits}")
        _need(channels % self.groups == 0 and self.out_channels % self.groups == 0, "groups do not divide channels")
        _need(self.fan_in(x.shape) <= MAX_FAN_IN, f"fan-in above {MAX_FAN_IN}")
        return ValueSpec(shape=(self.out_channels, *self.map_size(x)), ring_bits=self.ring_bits)

    def fan_in(self, shape: Shape) -> int:
        """Products summed for one output, input of ``shape``."""
        return shape[0] // self.groups * math.prod(self.kernel)

    def weight_shape(self, shape: Shape) -> tuple[int, int, int, int]:
        """[M, C / groups, kh, kw] for an input of ``shape``."""
        return (self.out_channels, shape[0] // self.groups, *self.kernel)


class _Truncation(_Model):
    """Steps of one value: truncate by ``shift``, reduce to Z_2^window, extend to Z_2^out_bits."""

    name: Name
    x: Name
    y: Name
    shift: Shift
    window: Annotated[int, Field(strict=True, ge=3, le=MAX_RING_BITS)]
    out_bits: RingBits

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        (x,) = specs
        _need(x.ring_bits - self.shift >= self.window, "window wider than the truncated ring")
        _need(self.out_bits >= self.window, "out_bits below the window")
        return ValueSpec(shape=x.shape, ring_bits=self.out_bits)


class _Ignoring(_Model):
    """Steps that compare. ``ignored``: low bits of the window that the comparison drops, not written where it is 0."""

    ignored: Ignored = 0

    @model_serializer(mode="wrap")
    def _written(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        fields: dict[str, object] = handler(self)
        return fields if self.ignored else {name: value for name, value in fields.items() if name != "ignored"}

    def keeps_bits(self, window: int) -> None:
        """Raises ValueError: nothing below the sign is left to compare."""
        _need(self.ignored <= window - 2, "more bits ignored than the window has below its sign")


class _Compared(_Ignoring, _Truncation):
    """Those that truncate, compare and extend."""

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        self.keeps_bits(self.window)
        return super().infer(specs)


class Relu(_Compared):
    """y = max(trunc(x), 0), |trunc(x)| < 2^(window - 1) - 2^ignored (2^(window - 1) where nothing is ignored).

    The comparison drops ``ignored`` low bits of the truncated shares: with h = 2^(ignored - 1) - 1, a value of 1..h may
    come out as 0, one of -h..-1 as it is (snni/twoparty/nonlinear/gate.py).
    """

    op: Literal["relu"] = "relu"


class Clip(_Compared):
    """y = trunc(min(max(x, 0), limit)), |trunc(x)| and |trunc(x - limit)| within the window as a ReLU's.

    The limits are int64 ``<name>.limit`` [C] in [1, 2^(ring_bits of x - 1)), among the weights: the server's alone.
    """

    op: Literal["clip"] = "clip"


class Rescale(_Truncation):
    """y = trunc(x) with its sign, without a comparison.

    |trunc(x)| < 2^(window - 2): 2^(window - 2) is added so that the sign is known, and removed after the extension.
    """

    op: Literal["rescale"] = "rescale"


class MaxPool(_Ignoring, _Windowed):
    """Largest of each window. Truncate by ``shift``, reduce to Z_2^window, tournament by b + relu(a - b).

    |a - b| < 2^(window - 1) - 2^ignored for any two values of a window (2^(window - 1) where nothing is ignored), y in
    Z_2^window. Padded positions take no part. The comparisons drop ``ignored`` low bits: of two values at most
    2^(ignored - 1) - 1 apart either may win.
    """

    op: Literal["maxpool"] = "maxpool"
    name: Name
    x: Name
    y: Name
    ceil_mode: Annotated[bool, Field(strict=True)]
    shift: Shift
    window: RingBits

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        (x,) = specs
        _need(x.ring_bits - self.shift >= self.window, "window wider than the truncated ring")
        self.keeps_bits(self.window)
        _need(all(2 * p <= k for p, k in zip(self.padding, self.kernel, strict=True)), "padding above half the window")
        return ValueSpec(shape=(x.shape[0], *self.map_size(x, self.ceil_mode)), ring_bits=self.window)


class SumPool(_Windowed):
    """Sum of each window, zero padding, same ring; 1 / n belongs to the scale of what follows. Local, exact."""

    op: Literal["sumpool"] = "sumpool"
    name: Name
    x: Name
    y: Name

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        (x,) = specs
        return ValueSpec(shape=(x.shape[0], *self.map_size(x)), ring_bits=x.ring_bits)


class _Joined(_Model):
    """Steps that join values: each is multiplied by 2^left_shifts[i] (none: all 0), then reduced to Z_2^out_bits.

    Multiplying shares in Z_2^k by 2^l gives shares in Z_2^(k+l), so out_bits <= min(ring_bits + left shift). Local,
    exact. A residual branch of 8-bit activations meets an accumulator this way without a protocol.
    """

    name: Name
    xs: Annotated[tuple[Name, ...], Field(min_length=2, max_length=256)]
    y: Name
    out_bits: RingBits
    left_shifts: tuple[Shift, ...] = ()

    def shifts(self) -> tuple[int, ...]:
        """One left shift for each of ``xs``."""
        return self.left_shifts or (0,) * len(self.xs)

    def check_rings(self, specs: Sequence[ValueSpec]) -> None:
        """Raises ValueError where the rings cannot give ``out_bits``."""
        _need(len(self.shifts()) == len(self.xs), "as many left shifts as inputs")
        available = min(x.ring_bits + shift for x, shift in zip(specs, self.shifts(), strict=True))
        _need(self.out_bits <= available, f"out_bits above {available}")


class Add(_Joined):
    """y = sum of 2^l_i x_i, equal shapes."""

    op: Literal["add"] = "add"

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        self.check_rings(specs)
        _need(_same([x.shape for x in specs]), "shapes differ")
        return ValueSpec(shape=specs[0].shape, ring_bits=self.out_bits)


class Concat(_Joined):
    """y = the 2^l_i x_i one after another along channels, equal maps."""

    op: Literal["concat"] = "concat"

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        self.check_rings(specs)
        _need(_same([x.shape[1:] for x in specs]), "maps differ")
        return ValueSpec(shape=(sum(x.shape[0] for x in specs), *specs[0].shape[1:]), ring_bits=self.out_bits)


class Flatten(_Model):
    """[C, H, W] -> [C H W, 1, 1] in C order. Local."""

    op: Literal["flatten"] = "flatten"
    name: Name
    x: Name
    y: Name

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        (x,) = specs
        return ValueSpec(shape=(x.elements, 1, 1), ring_bits=x.ring_bits)


class Argmax(_Model):
    """Index of the largest of x's values, the lowest index of equals. |a - b| < 2^(window - 1); y is [1, 1, 1]."""

    op: Literal["argmax"] = "argmax"
    name: Name
    x: Name
    y: Name
    window: RingBits

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        (x,) = specs
        _need(x.ring_bits >= self.window, "window wider than the ring")
        _need(2 <= x.elements <= 4096, "argmax wants 2 to 4096 values")
        return ValueSpec(shape=(1, 1, 1), ring_bits=max(MIN_RING_BITS, (x.elements - 1).bit_length()))


Step = Annotated[
    Conv | Relu | Clip | Rescale | MaxPool | SumPool | Add | Concat | Flatten | Argmax, Field(discriminator="op")
]


def inputs_of(step: Step) -> tuple[str, ...]:
    """Names of the values a step reads, in order."""
    return step.xs if isinstance(step, Add | Concat) else (step.x,)


class Plan(_Model):
    """A network, stripped of its weights. Frozen; valid by construction.

    ``values`` holds every value of the network, input and output among them; each is made by one step (the input by
    none) and each but the output is read by one. ``levels`` is the number of values under the final argmax.
    ``weights_commitment`` is sha256(salt || weights), the salt known to the server alone.
    """

    format: Literal[1] = 1
    name: Name
    input: Name
    output: Name
    input_shape: Shape
    input_bits: RingBits
    values: Annotated[dict[Name, ValueSpec], Field(max_length=MAX_STEPS + 1)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MAX_STEPS)]
    levels: Annotated[int, Field(strict=True, ge=2, le=4096)]
    weights_commitment: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        declared = self.values.get(self.input)
        _need(declared is not None, f"input {self.input} is not among the values")
        _need(declared == ValueSpec(shape=self.input_shape, ring_bits=self.input_bits), "input's value disagrees")
        _check_steps(self)
        _check_sizes(self)
        return self

    @property
    def scores(self) -> str:
        """Name of the value under the final argmax."""
        return inputs_of(self.steps[-1])[0]

    @property
    def plan_hash(self) -> str:
        """sha256 of the canonical JSON, hexadecimal."""
        return hashlib.sha256(self.to_json()).hexdigest()

    def to_json(self) -> bytes:
        """Canonical: keys sorted, no white space, ASCII."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":")).encode("ascii")

    @classmethod
    def from_json(cls, text: bytes) -> Plan:
        """Raises BundleError: not JSON, not a plan, or one that no party should run."""
        if len(text) > MAX_PLAN_BYTES:
            raise BundleError(f"plan of {len(text)} bytes; at most {MAX_PLAN_BYTES}")
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise BundleError(first_problem(error)) from None

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Raises BundleError naming the file."""
        try:
            with Path(path).open("rb") as file:
                return cls.from_json(file.read(MAX_PLAN_BYTES + 1))
        except OSError as error:
            raise BundleError(f"{path}: {error.strerror}") from error
        except BundleError as error:
            raise BundleError(f"{path}: {error}") from None


def first_problem(error: ValidationError) -> str:
    """Where a plan is wrong and how, in one line and without the input's text."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "plan"
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"


def _check_steps(plan: Plan) -> None:
    """Order, names, shapes and rings: each step's output is derived from its inputs and compared."""
    made: dict[str, ValueSpec] = {plan.input: plan.values[plan.input]}
    names: set[str] = set()
    read: set[str] = set()
    for index, step in enumerate(plan.steps):
        _need(step.name not in names, f"step {step.name} named twice")
        _need(step.y not in made, f"value {step.y} made twice")
        _need((step.op == "argmax") == (index == len(plan.steps) - 1), "argmax is the last step and no other")
        missing = [x for x in inputs_of(step) if x not in made]
        _need(not missing, f"step {step.name} reads {missing[0] if missing else ''} before it is made")
        try:
            made[step.y] = step.infer([made[x] for x in inputs_of(step)])
        except ValueError as error:
            raise ValueError(f"step {step.name}: {_text(error)}") from None
        _need(plan.values.get(step.y) == made[step.y], f"step {step.name}: value {step.y} is declared otherwise")
        names.add(step.name)
        read.update(inputs_of(step))
    _need(plan.output == plan.steps[-1].y, "the output is not the last step's")
    _need(made.keys() == plan.values.keys(), "values that no step makes")
    _need(read == plan.values.keys() - {plan.output}, "values that no step reads")
    _need(plan.levels == made[plan.scores].elements, "levels is not the number of scores")


def _text(error: ValueError) -> str:
    return error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)


def _check_sizes(plan: Plan) -> None:
    """What a party allocates or computes for one frame is bounded."""
    elements = [value.elements for value in plan.values.values()]
    _need(max(elements) <= MAX_VALUE_ELEMENTS, f"a value of more than {MAX_VALUE_ELEMENTS} elements")
    _need(sum(elements) <= MAX_TOTAL_ELEMENTS, f"more than {MAX_TOTAL_ELEMENTS} elements in all values")
    shapes = {step: plan.values[step.x].shape for step in plan.steps if isinstance(step, Conv)}
    _need(sum(math.prod(c.weight_shape(s)) for c, s in shapes.items()) <= MAX_WEIGHTS, "too many weights")
    _need(sum(macs(c, plan.values) for c in shapes) <= MAX_MACS, f"more than {MAX_MACS} multiplications")
    windows = [s for s in plan.steps if isinstance(s, MaxPool | SumPool)]
    reads = sum(math.prod(s.kernel) * plan.values[s.y].elements for s in windows)
    _need(reads <= 4 * MAX_TOTAL_ELEMENTS, "too many values under pooling windows")


def macs(step: Conv, values: Mapping[str, ValueSpec]) -> int:
    """Multiplications of one convolution for one frame."""
    return step.fan_in(values[step.x].shape) * values[step.y].elements
