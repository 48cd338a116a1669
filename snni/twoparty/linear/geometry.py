"""The shape of one convolution. A fully connected layer is a convolution on a [F, 1, 1] map."""

from __future__ import annotations

from dataclasses import dataclass

from snni.errors import ParameterError
from snni.twoparty.linear.params import MAX_FAN_IN, MAX_RING_BITS, MIN_RING_BITS

MAX_SIDE = 4096
MAX_CHANNELS = 1 << 19


@dataclass(frozen=True)
class ConvGeometry:
    """Pairs are (vertical, horizontal). The result lives in Z_2^ring_bits. Raises ParameterError on construction."""

    in_channels: int
    height: int
    width: int
    out_channels: int
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    groups: int = 1
    ring_bits: int = 20

    def __post_init__(self) -> None:
        self._need("in_channels", self.in_channels, 1, MAX_CHANNELS)
        self._need("out_channels", self.out_channels, 1, MAX_CHANNELS)
        self._need("height", self.height, 1, MAX_SIDE)
        self._need("width", self.width, 1, MAX_SIDE)
        self._need("groups", self.groups, 1, self.in_channels)
        self._need("ring_bits", self.ring_bits, MIN_RING_BITS, MAX_RING_BITS)
        for axis in (0, 1):
            self._need("kernel", self.kernel[axis], 1, MAX_SIDE)
            self._need("stride", self.stride[axis], 1, MAX_SIDE)
            self._need("padding", self.padding[axis], 0, MAX_SIDE)
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ParameterError(f"groups {self.groups} divides not both {self.in_channels} and {self.out_channels}")
        if self.out_height < 1 or self.out_width < 1:
            raise ParameterError("the kernel is larger than the padded map")
        self._need("fan_in", self.fan_in, 1, MAX_FAN_IN)

    @staticmethod
    def _need(name: str, value: int, low: int, high: int) -> None:
        if not low <= value <= high:
            raise ParameterError(f"{name} {value} outside {low}..{high}")

    @property
    def out_height(self) -> int:
        return (self.height + 2 * self.padding[0] - self.kernel[0]) // self.stride[0] + 1

    @property
    def out_width(self) -> int:
        return (self.width + 2 * self.padding[1] - self.kernel[1]) // self.stride[1] + 1

    @property
    def fan_in(self) -> int:
        return self.in_channels // self.groups * self.kernel[0] * self.kernel[1]

    @property
    def weight_shape(self) -> tuple[int, int, int, int]:
        return (self.out_channels, self.in_channels // self.groups, *self.kernel)
